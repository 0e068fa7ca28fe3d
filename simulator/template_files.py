"""Files of templates: the built-in ones by name, a user's by path. Knows no template, only how such a file is read."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from simulator.errors import RunSpecError
from surveys.toml_text import is_too_deep


def read_template_file(
    name: str, what: str, folder: Traversable, built_in: Sequence[str], *, others: Sequence[str] = ()
) -> dict[str, Any]:
    """The TOML of the built-in file `name` in `folder`, or of the user's file at the path `name` (ending in .toml).

    what: what is read, for messages ("prompt style"); others: names that are known and have no file. Raises
    RunSpecError for an unknown name, and for a file that cannot be read or is no TOML.
    """
    try:
        data = tomllib.loads(_text(name, what, folder, built_in, others))
        if is_too_deep(data):
            raise ValueError("tables are nested too deeply")
    except (ValueError, RecursionError) as error:
        raise RunSpecError(f"{what} {name!r} is not valid TOML: {error}; correct the file") from error
    return data


def _text(name: str, what: str, folder: Traversable, built_in: Sequence[str], others: Sequence[str]) -> str:
    if name in built_in:
        return (folder / f"{name}.toml").read_text(encoding="utf-8")
    if not name.endswith(".toml"):
        known = (*others, *built_in)
        close = difflib.get_close_matches(name, known, n=1)
        guess = f"did you mean {close[0]!r}? " if close else ""
        raise RunSpecError(
            f"there is no {what} {name!r}; {guess}built in: {', '.join(known)}; or give the path of a file ending in "
            ".toml"
        )
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RunSpecError(f"{what} {name!r} cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise RunSpecError(f"{what} {name!r} is not UTF-8 text ({error}); save the file as UTF-8") from error
