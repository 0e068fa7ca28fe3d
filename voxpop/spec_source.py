"""A specification before it is validated: plain data from a file, paths beside it, single keys overridden.

Knows TOML and where things stand, not what they may be.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.errors import RunSpecError
from surveys.toml_text import DEEPEST, is_too_deep

Override = str | tuple[str, Any]
"""One key set from outside: "population.n=50", or the dotted key and its value."""


def read_data(path: Path) -> dict[str, Any]:
    """The TOML file `path` as plain data, a byte order mark dropped. Raises RunSpecError where that fails."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        if is_too_deep(data):  # dotted keys can nest tables deeper than the parser's own limit
            raise RecursionError
        return data
    except FileNotFoundError:
        raise RunSpecError(
            f"{path}: there is no such file; write a spec (docs/spec.md) or copy one from runs/"
        ) from None
    except IsADirectoryError:
        raise RunSpecError(f"{path}: this is a folder; give the path of a spec (.toml) in it") from None
    except OSError as error:
        raise RunSpecError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from error
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is 0x{error.object[error.start]:02x}"
        raise RunSpecError(f"{path}: not UTF-8 text ({where}); save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RunSpecError(f"{path}: not valid TOML: {error}; correct it there") from error
    except ValueError:
        raise RunSpecError(f"{path}: not valid TOML: a number has thousands of digits; shorten it") from None
    except RecursionError:
        raise RunSpecError(f"{path}: tables or lists are nested too deeply; flatten them") from None


def beside(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`data` with a survey file, human answers or respondent table beside the spec named by its path from here."""
    copied = _deep_copy(data)
    survey = copied.get("survey")
    if isinstance(survey, str):
        copied["survey"] = survey = {"instrument": survey}
    sections = copied.get("population", [])
    places = [(survey, "instrument"), (copied.get("engine"), "humans")]
    places += [(section, "path") for section in (sections if isinstance(sections, list) else [sections])]
    for section, key in places:
        name = section.get(key) if isinstance(section, dict) else None
        if isinstance(section, dict) and isinstance(name, str) and _is_file(folder / name):
            section[key] = str(folder / name)
    return copied


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long to be one, say; whoever opens it says so
        return False


def merged(data: Mapping[str, Any], overrides: Sequence[Override]) -> dict[str, Any]:
    """`data` with each "dotted.key=value" set; a value is TOML where it parses as such, else a string."""
    if is_too_deep(data):
        raise RunSpecError("the specification: tables or lists are nested too deeply; flatten them")
    copied = _deep_copy(data)
    changes = [(key.split("."), value) for key, value in map(one_change, overrides)]
    # The engine's name first: options given beside it are the new engine's, wherever they stand.
    for path, value in sorted(changes, key=lambda change: change[0] != ["engine", "name"]):
        if path == ["engine", "name"]:
            _leave_engine(copied, value)
        _set(copied, path, value)
    return copied


def one_change(override: Override) -> tuple[str, Any]:
    """The dotted key that an override sets, and the value. Raises RunSpecError where it is none."""
    if not isinstance(override, str):
        return override
    key, separator, text = override.partition("=")
    if key.count(".") > DEEPEST:
        raise RunSpecError(f"--set {key[:40]!r}...: the key has {key.count('.') + 1} parts; see docs/spec.md for keys")
    if not separator or not key.strip():
        raise RunSpecError(f"--set {override!r}: write it as key=value, for example --set population.n=50")
    return key.strip(), _toml_value(text.strip())


def names_in(text: str, option: str) -> list[str]:
    """The names in a list with commas; RunSpecError where one is empty."""
    names = [part.strip() for part in text.split(",")]
    if not all(names):
        raise RunSpecError(
            f"{option} {text!r}: a name is empty; write names with commas between them, as in city,named"
        )
    return names


def _leave_engine(data: dict[str, Any], name: Any) -> None:
    """Drop the file's engine options where another engine is chosen: they say nothing to that one."""
    section = data.get("engine", {})
    current = section.get("name", "synthetic") if isinstance(section, dict) else section
    if current != name:
        data["engine"] = {}


def _set(section: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set `path` in nested tables, in every table of an array of tables."""
    first, *rest = path
    if not rest:
        if first == "strategies":
            section.pop("strategy", None)  # the short form of the same key
        section[first] = value
        return
    inner = section.get(first)
    if isinstance(inner, str):  # survey = "name" and engine = "name" are short for a section
        inner = {"instrument" if first == "survey" else "name": inner}
    if not isinstance(inner, (dict, list)):
        inner = {}
    section[first] = inner
    for table in inner if isinstance(inner, list) else [inner]:
        if isinstance(table, dict):  # anything else is a fault that validation names
            _set(table, rest, value)


def _toml_value(text: str) -> Any:
    """`text` read as a TOML value, or itself where it is none (a bare word is a string)."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
        return text if is_too_deep(value) else value
    except (ValueError, RecursionError):
        return text


def _deep_copy(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) for key, value in data.items()}


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _deep_copy(value)
    return [_copied(inner) for inner in value] if isinstance(value, list) else value
