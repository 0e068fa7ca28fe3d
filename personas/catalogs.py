"""The shipped facts (`catalog/`): files of rows that carry their own source, year and licence.

A TOML file holds `title`, `source`, `year`, `licence` and `rows`; a CSV file holds the same heading as TOML in leading
lines that begin with "# ". Knows how such a file is read, not what any of them means.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

_HEADING = "# "


class Catalog(NamedTuple):
    """One file of facts: where they come from, and the rows (text cells for CSV, TOML values for TOML)."""

    title: str
    source: str
    year: int
    licence: str
    rows: tuple[Mapping[str, Any], ...]
    heading: Mapping[str, Any]


def catalog_names() -> tuple[str, ...]:
    """The names of all shipped files, sorted."""
    folder = files("personas") / "catalog"
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.name.endswith((".csv", ".toml"))))


@cache
def catalog(name: str) -> Catalog:
    """Read the shipped file `name`, for example "regions.csv"; the result is shared, so do not change it."""
    text = (files("personas") / "catalog" / name).read_text(encoding="utf-8")
    heading, rows = read_headed_csv(text) if name.endswith(".csv") else _read_toml(text)
    return Catalog(heading["title"], heading["source"], heading["year"], heading["licence"], rows, heading)


def read_headed_csv(text: str) -> tuple[dict[str, Any], tuple[Mapping[str, Any], ...]]:
    """The heading and the rows of a CSV text whose leading lines, marked "# ", are TOML."""
    lines = text.splitlines()
    n_heading = next(position for position, line in enumerate(lines) if not line.startswith(_HEADING))
    heading = tomllib.loads("\n".join(line.removeprefix(_HEADING) for line in lines[:n_heading]))
    return heading, tuple(csv.DictReader(lines[n_heading:]))


def _read_toml(text: str) -> tuple[dict[str, Any], tuple[Mapping[str, Any], ...]]:
    heading = tomllib.loads(text)
    return heading, tuple(heading.pop("rows", ()))
