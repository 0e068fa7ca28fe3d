"""Who the judged respondents are: weight, arm and the groups of their attributes, read from a record.

Age is put into the bands of Liu et al. 2025; an attribute with more values than a table can hold is left out by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from analysis.insensitivity import Member
from simulator.store.reader import Reader

__all__ = ["Members", "age_band", "members_of"]

MOST_GROUPS = 12
AGE_BANDS = ((18, 29), (30, 49), (50, 200))
ARM = "arm"


class Members(NamedTuple):
    """Respondents by number; the groupings that they can be split by; and attributes with too many values."""

    by_number: dict[int, Member]
    groupings: tuple[str, ...]
    left_out: tuple[str, ...]


def members_of(reader: Reader, numbers: Sequence[int], attributes: Sequence[str] | None = None) -> Members:
    """The respondents of these numbers with their arm ("population, condition 2") and attributes.

    attributes: names to split by; None for all whose values are few enough. Raises KeyError for a name nobody has.
    """
    wanted = set(numbers)
    rows = [row for row in reader.respondents() if row.number in wanted]
    groups = {row.number: {ARM: f"{row.strategy}, condition {row.condition}"} for row in rows}
    names = dict.fromkeys(name for row in rows for name in row.attributes)
    if attributes is not None:
        unknown = [name for name in attributes if name not in names]
        if unknown:
            raise KeyError(", ".join(unknown))
        names = dict.fromkeys(attributes)
    kept, left_out = [ARM], []
    for name in names:
        values = {row.number: value for row in rows if (value := _group(name, row.attributes.get(name))) is not None}
        if attributes is None and len(set(values.values())) > MOST_GROUPS:
            left_out.append(name)
            continue
        kept.append(name)
        for number, value in values.items():
            groups[number][name] = value
    by_number = {row.number: Member(row.weight, groups[row.number]) for row in rows}
    return Members(by_number, tuple(kept), tuple(left_out))


def _group(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return age_band(value) if name == "age" else str(value)


def age_band(age: Any) -> str | None:
    """18-29, 30-49 or 50+ for an age in years or a range such as "35-44" (by its middle); None where it is neither."""
    years = [int(number) for number in re.findall(r"\d+", str(age))]
    if not years:
        return None
    middle = sum(years) / len(years)
    for low, high in AGE_BANDS:
        if low <= middle < high + 1:
            return f"{low}-{high}" if high < 200 else f"{low}+"
    return None
