"""The surveys that come with voxpop, by name, and any other by path. Knows where they lie, not what they ask."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from simulator.errors import InstrumentError
from surveys.instrument import Instrument
from surveys.loader import instrument_from_toml, load_instrument
from surveys.suggest import did_you_mean


def catalog_names() -> list[str]:
    """The names of the built-in surveys, sorted."""
    folder = files("surveys") / "catalog"
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def find_instrument(name_or_path: str | Path) -> Instrument:
    """A built-in survey by its name, or the survey file at a path (anything with a slash or ending in .toml).

    InstrumentError names what exists where there is no such survey. A built-in survey is read once per process.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, Path) or name.endswith(".toml") or "/" in name or "\\" in name:
        return load_instrument(name_or_path)
    if name not in catalog_names():
        near = did_you_mean(name, catalog_names(), "built-in surveys")
        raise InstrumentError(f"there is no survey {name!r}; {near}; or give the path of a .toml file")
    return _built_in(name)


@cache
def _built_in(name: str) -> Instrument:
    text = (files("surveys") / "catalog" / f"{name}.toml").read_text(encoding="utf-8")
    return instrument_from_toml(text, f"built-in survey {name!r}")
