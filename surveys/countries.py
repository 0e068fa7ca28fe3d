"""Names of countries as surveys print them, and their two-letter codes. Knows no region and no language.

The codes are those of ISO 3166-1 (XK, which is not in it, is what Eurostat uses for Kosovo); the names are English
short names and the spellings found in the World Values Survey, in Pew Global Attitudes and in their mirrors.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from surveys.suggest import did_you_mean

_SAMPLE = re.compile(r"(.+?)\s*\(([^)]*?)\s*sample\)\s*")
_PARTS = {"northern ireland": ("GB", "region=northern-ireland")}
"""Samples of a part of a country: its code, and the group that they are."""


class Place(NamedTuple):
    """A country by its code, and the group that a sample of it is: empty for the country as a whole."""

    code: str
    group: str = ""


@cache
def country_codes() -> Mapping[str, str]:
    """Name in small letters → two-letter code."""
    text = (files("surveys") / "catalog" / "country_names.csv").read_text(encoding="utf-8")
    return {row["name"].casefold(): row["code"] for row in csv.DictReader(io.StringIO(text, newline=""))}


def find_country(name: str) -> Place | None:
    """The country of that name or two-letter code; None where there is none.

    "India (Current national sample)" is India; "India (Non-national sample)" is a group of it, "sample=non-national",
    and so is a part of a country: neither is taken for everybody.
    """
    found = _SAMPLE.fullmatch(name.strip())
    if found is not None:
        code, kind = _code(found[1]), found[2].casefold()
        if code is None:
            return None
        if kind in ("national", "current national"):
            return Place(code)
        return Place(code, f"sample={re.sub(r'[^a-z0-9]+', '-', kind).strip('-')}")
    folded = name.strip().casefold()
    if folded in _PARTS:
        return Place(*_PARTS[folded])
    code = _code(name)
    return None if code is None else Place(code)


def _code(name: str) -> str | None:
    folded = name.strip().casefold()
    codes = country_codes()
    if folded in codes:
        return codes[folded]
    return folded.upper() if re.fullmatch("[a-z]{2}", folded) and folded.upper() in set(codes.values()) else None


def unknown_country_remedy(name: str) -> str:
    """What to do about a country that `find_country` does not know."""
    near = did_you_mean(name, [known.title() for known in country_codes()], "known").partition("? ")
    guess = f"{near[0]}? " if near[1] else ""
    return f"{guess}write its two-letter code (ISO 3166-1), such as US or CN"
