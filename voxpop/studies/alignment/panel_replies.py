"""What each respondent of a list said: their own entry of the one reply that answers for a whole panel.

The record keeps a list once, with the first respondent of its panel; every answer's reason says which entry it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from simulator.protocols.lists import list_entries

LISTED = "critique-list"
_PLACE = re.compile(r"; entry (?P<entry>\d+) in exchange (?P<exchange>\d+) of (?P<who>r\d+) \(")


def with_entries(frame: pd.DataFrame, completions: Mapping[tuple[str, int], str | None]) -> pd.DataFrame:
    """The frame with the entry in place of the whole list in its column `reply`; None where there is none.

    completions: (respondent's name, exchange number) → completion.
    """
    lists: dict[tuple[str, int], tuple[str, ...]] = {}
    told = zip(frame["protocol"].astype(str), frame["reply"], frame["reason"].astype(str), strict=True)
    replies = [_entry(reason, completions, lists) if arm == LISTED else reply for arm, reply, reason in told]
    return frame.assign(reply=pd.Series(replies, index=frame.index, dtype="object"))


def _entry(
    reason: str, completions: Mapping[tuple[str, int], str | None], lists: dict[tuple[str, int], tuple[str, ...]]
) -> str | None:
    found = _PLACE.search(reason)
    if found is None:
        return None
    key = found["who"], int(found["exchange"])
    if key not in lists:
        lists[key] = list_entries(completions.get(key) or "", lambda text: bool(text.strip()))
    place = int(found["entry"]) - 1
    return lists[key][place] if place < len(lists[key]) else None
