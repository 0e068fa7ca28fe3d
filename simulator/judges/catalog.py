"""The rubrics that come with voxpop, by name, and any other by the path of its file. Knows where they lie."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from simulator.errors import InstrumentError, RunSpecError
from simulator.judges.rubric import Rubric
from simulator.judges.rubric_source import rubric_from_data
from surveys.loader import parse_toml, read_text
from surveys.suggest import did_you_mean

LONGEST_CHAIN = 8
"""So many rubrics may be based on one another."""


def rubric_names() -> list[str]:
    """The names of the built-in rubrics, sorted."""
    folder = files("simulator.judges") / "catalog"
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def find_rubric(name_or_path: str | Path) -> Rubric:
    """A built-in rubric by its name, or the rubric file at a path (anything with a slash or ending in .toml).

    RunSpecError names what exists where there is no such rubric, or every fault of a file.
    """
    source = str(name_or_path)
    return rubric_from_data(_resolved(source, None, ()), source if is_path(source) else f"built-in rubric {source!r}")


def is_path(name: str) -> bool:
    """Whether `name` is that of a file rather than of a built-in rubric."""
    return name.endswith(".toml") or "/" in name or "\\" in name


def _resolved(name: str, folder: Path | None, chain: tuple[str, ...]) -> dict[str, Any]:
    """The data of a rubric with everything that it takes over from the one it is based on."""
    if len(chain) >= LONGEST_CHAIN:
        raise RunSpecError(
            f"rubric {chain[0]!r} is based on itself, by way of {', '.join(chain[1:])}; break the circle"
        )
    data = _data(name, folder)
    base = data.pop("based_on", None)
    if base is None:
        return data
    if not isinstance(base, str):
        raise RunSpecError(f"{name}: based_on is no text; name a built-in rubric or a file")
    inner = _resolved(base, _folder_of(name, folder), (*chain, name))
    own = data.get("frame", {})
    if not isinstance(own, Mapping):  # a fault, to be named with the others
        return {**inner, **data}
    frames = {**inner.get("frame", {})}
    for language, table in own.items():
        frames[language] = {**frames.get(language, {}), **table} if isinstance(table, Mapping) else table
    return {**inner, **data, **({"frame": frames} if frames else {})}


def _folder_of(name: str, folder: Path | None) -> Path | None:
    """Where the paths inside rubric `name` start from."""
    if not is_path(name):
        return None
    return (folder / name if folder is not None else Path(name)).parent


def _data(name: str, folder: Path | None) -> dict[str, Any]:
    if not is_path(name):
        if name not in rubric_names():
            near = did_you_mean(name, rubric_names(), "built-in rubrics")
            raise RunSpecError(f"there is no rubric {name!r}; {near}; or give the path of a .toml file")
        text = (files("simulator.judges") / "catalog" / f"{name}.toml").read_text(encoding="utf-8")
        return tomllib.loads(text)
    path = folder / name if folder is not None else Path(name)
    try:
        return parse_toml(read_text(path, "a rubric file"), str(path))
    except InstrumentError as error:
        raise RunSpecError(str(error), error.faults) from error
