"""What the loopback server says to a battery: it reads the list it is shown, and draws a label for every item of it.

Items are numbered lines; their options stand once above the list or beneath each item. Knows no HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

LEADS = (
    "Please answer every item of this list.",
    "请回答下列每一项。",
    "Bitte beantworten Sie jeden Eintrag dieser Liste.",
    "次の項目すべてにお答えください。",
)
SHARED = (
    "Options for every item:",
    "每一项的选项：",
    "Antwortmöglichkeiten für jeden Eintrag:",
    "すべての項目に共通の選択肢：",
)
NUMBERED = re.compile(r"^(\d+)\. \S")
LABELLED = re.compile(r"^\(?([A-Za-z]{1,5}|\d{1,3})[.)] ?")


class Entry(NamedTuple):
    """One item of a list: its number, and the labels that stand with it; none of an open item."""

    number: int
    labels: tuple[str, ...]


def entries_in(text: str) -> list[Entry]:
    """The items of a list as it stands in a user message; none where that puts no list."""
    if not text.startswith(LEADS):
        return []
    entries: list[Entry] = []
    shared: tuple[str, ...] | None = None
    for paragraph in text.split("\n\n")[1:]:
        lines = paragraph.split("\n")
        if lines[0] in SHARED:
            shared = _labels(lines[1:])
        elif shared is not None:
            entries += [Entry(int(found[1]), shared) for line in lines if (found := NUMBERED.match(line))]
        elif found := NUMBERED.match(lines[0]):
            entries.append(Entry(int(found[1]), _labels(lines[1:])))
    return entries


def _labels(lines: list[str]) -> tuple[str, ...]:
    return tuple(found[1] for line in lines if (found := LABELLED.match(line)))


def list_reply(text: str, draw: Callable[[int], float], because: str = "") -> str:
    """A numbered list with a label for every item, drawn from numbers in [0, 1) by the item's number; `because` follows
    each.
    """
    lines = []
    for number, labels in entries_in(text):
        said = labels[int(draw(number) * len(labels))] if labels else "I see it this way."
        lines.append(f"{number}. {said}{because}")
    return "\n".join(lines)
