"""How the reply to a battery is read: one answer for each item, found by its number, and what was wrong with the list.

Knows no engine, memory or store. What a line says is read by `simulator.parsing.parse`, as in an interview; which line
belongs to which item is decided here, and nothing is ever shifted: a line counts for the item whose number it bears,
and a list without numbers only if it is exactly as long as the list of items. What cannot be read is `unparsed` with a
reason that begins with one of these kinds, each counted in `BatteryReading.faults`:

| kind | meaning | then |
|---|---|---|
| `missing` | an item has no line | unparsed |
| `wrong_length` | more or fewer entries than items (once per reply) | all unparsed where none has a number |
| `out_of_range` | a number or letter that was not offered | unparsed |
| `decimal` | a decimal, 4.0 too: labels are whole | unparsed |
| `ambiguous` | a range, an alternative, several labels | unparsed |
| `repeated` | several lines for an item that differ | unparsed |
| `said_twice` | a further line for an item that says the same | counted only |
| `unknown_number` | a line for a number that was not asked | the line is left out |
| `renumbered` | the list counts its lines anew, from 1 or 0 (once per reply) | all unparsed |
| `draft` | an earlier list, which a later complete one replaces | the earlier one is left out |
| `unclear_numbers` | numbers that may be those of items or answers (once per reply) | all unparsed |
| `other_digits` | a line in digits of another script | counted only |
| `unreadable` | a line that gives no answer in any other way | unparsed |
| `no_list` | the reply holds no list (once per reply) | all unparsed |
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulator.battery_list import Forms, Row, bare_entries, has_pairs, joined, take_apart
from simulator.markers import Markers, strip_thinking
from simulator.messages import ShownOption
from simulator.numerals import has_other_digits
from simulator.option_reader import OptionReader, reader_for
from simulator.parsing import Reading, parse
from simulator.presentation import Presentation
from simulator.protocols.lists import LONGEST_REPLY
from simulator.reply_text import clean

FAULTS = (
    *("missing", "wrong_length", "out_of_range", "decimal", "ambiguous", "repeated", "said_twice", "unknown_number"),
    *("renumbered", "draft", "unclear_numbers", "other_digits", "unreadable", "no_list"),
)
"""Every kind of fault that is counted; what each means stands in the docstring of the module."""

_DECIMAL = re.compile(r"(?:label |label, |out_of_range: )[-+]?\d{1,9}\.\d")
_DECIMAL_ALONE = re.compile(r"\W{0,3}\d{1,9}\.\d{1,9}\W{0,3}")
_RANGE = re.compile(r"\d{1,9}(?:\.\d{1,9})?\s?-\s?\d{1,9}(?:\.\d{1,9})?\W{0,3}")
_SIGN = re.compile(r"\W{0,3}(?:[A-Za-z]|[IVXivx]{1,5}|[-+]?\d{1,9})\W{0,3}")
_COMMA_DECIMAL = re.compile(r"\W{0,3}\d{1,4},\d{1,3}(?![\d,])")
_WITH_COMMA = frozenset({"de", "es", "fr"})
_REASON = re.compile(r"\s-+\s|\s?\(")
_TAIL = re.compile(r"(?:[:=>|]|\s-)\s?([^:=>|\n]{1,200})$")


class BatteryEntry(NamedTuple):
    """An item that a battery listed: its number there, its options as shown, and how it is to be answered."""

    number: int
    item_id: str
    options: tuple[ShownOption, ...]
    format: str
    max_picks: int | None


@dataclass(frozen=True, slots=True)
class BatteryReading:
    """What was understood of a battery's reply.

    `readings` has one entry per item, in the order of the items; `faults` counts what was wrong with the list by kind
    (`FAULTS`), without the kinds that did not occur.
    """

    readings: tuple[Reading, ...]
    faults: Mapping[str, int]


def read_battery(
    text: str, entries: Sequence[BatteryEntry], language: str, answer_format: str = "label"
) -> BatteryReading:
    """Read the reply to a battery that listed `entries`, in their order, each under its number.

    Every item gets a reading of its own, with the statuses of `parse`. The numbers of `entries` are unique but need
    not be contiguous: a re-ask lists what is left under the numbers it had. Never raises on any text; linear in its
    length.
    """
    faults: Counter[str] = Counter()
    readers = [reader_for(entry.options) for entry in entries]
    forms = Forms(list(dict.fromkeys(readers)))
    asked = [_Asked(entry, reader, language, answer_format) for entry, reader in zip(entries, readers, strict=True)]
    rows, is_unclear = take_apart(text, [entry.number for entry in entries], forms)
    faults["other_digits"] = sum(has_other_digits(line) for line in strip_thinking(text[:LONGEST_REPLY]).split("\n"))
    if is_unclear:
        faults["unclear_numbers"] = 1
        readings = [_unread("unclear_numbers", "every number is also the label of the text behind it") for _ in asked]
    elif any(row.number is not None for row in rows):
        readings = _read_numbered(joined(rows), asked, faults)
    elif has_pairs(rows, [entry.number for entry in entries]):
        faults["unclear_numbers"] = 1
        readings = [_unread("unclear_numbers", "two numbers may be an item and its answer or two answers")] * len(asked)
    else:
        takes_several = any(entry.format == "multiple" for entry in entries)
        readings = _read_bare(bare_entries(rows, forms, takes_several), text, asked, faults)
    if not any(reading.codes for reading in readings):
        readings = _declined(text, rows, asked) or readings
    return BatteryReading(tuple(readings), {kind: faults[kind] for kind in FAULTS if faults[kind]})


def _unread(kind: str, why: str) -> Reading:
    return Reading("unparsed", (), None, f"{kind}: {why}")


class _Asked:
    """One item with what is needed to read a line of its own."""

    def __init__(self, entry: BatteryEntry, reader: OptionReader, language: str, answer_format: str) -> None:
        self.number, self.reader, self.language = entry.number, reader, language
        self.takes_decimals = entry.format != "open"
        self.presentation = Presentation(
            item_id=entry.item_id,
            item_position=None,
            question="",
            messages=(),
            options=entry.options,
            format=entry.format,
            language=language,
            answer_format=answer_format,
            max_picks=entry.max_picks,
            choices=None,
            prompt_hash=0,
            markers=Markers(),
        )

    def read(self, text: str) -> Reading:
        """What a line says, or why it says nothing."""
        if self.presentation.format == "open":
            return parse(text, self.presentation)
        if self.presentation.format != "multiple" and _RANGE.fullmatch(text):
            return _unread("ambiguous", f"{text[:20]!r} is a range")
        reading = parse(self._without_reason(text), self.presentation)
        if reading.detail == "no_label" and (tail := _TAIL.search(text)) is not None:
            # A line may repeat the item before the answer; only a whole label or text behind it is one.
            said = parse(tail[1], self.presentation)
            reading = said if said.detail in {"label", "option_text"} and len(tail[1]) < 60 else reading
        if reading.detail == "no_label" and _DECIMAL_ALONE.fullmatch(text):
            return _unread("decimal", f"{text[:20]!r} is no label")
        if reading.detail == "no_label" and _SIGN.fullmatch(text):
            return _unread("out_of_range", f"{text[:20]} is not offered")
        if _DECIMAL.search(reading.reason) or self._has_comma_decimal(text):
            return _unread("decimal", f"{text[:20]!r} is no label")
        return reading

    def _has_comma_decimal(self, text: str) -> bool:
        is_one = self.presentation.format != "multiple" and self.reader.are_numbers
        return is_one and self.language in _WITH_COMMA and _COMMA_DECIMAL.match(text) is not None

    def _without_reason(self, text: str) -> str:
        """A label without the reason that follows it behind a dash or in brackets, unless an option is named there."""
        found = _REASON.search(text)
        if found is None or self.reader.code_of(text[: found.start()].strip(" .:)"), fold=True) is None:
            return text
        rest = text[found.end() : found.end() + 400]
        label = self.reader.label_at(rest, 0)
        is_second = label is not None and self.reader.ends_well(rest, label) and not self.reader.is_word(label, rest)
        return text if is_second or self.reader.text_at(rest, 0) else text[: found.start()]


def _count_unread(reading: Reading, faults: Counter[str]) -> None:
    if reading.status == "unparsed":
        faults[reading.detail if reading.detail in FAULTS else "unreadable"] += 1


def _read_numbered(rows: list[Row], asked: Sequence[_Asked], faults: Counter[str]) -> list[Reading]:
    """Every item's reading from the rows that bear its number."""
    known = {entry.number: entry for entry in asked}
    rows = _last_list(rows, set(known), faults)
    unknown = [row.number for row in rows if row.number not in known]
    faults["unknown_number"] = len(unknown)
    if len({row.number for row in rows}) != len(asked):
        faults["wrong_length"] = 1
    if unknown and _counts_anew([row.number or 0 for row in rows], list(known)):
        faults["renumbered"] = 1
        why = f"the list counts anew, with number {unknown[0]}, which was not asked"
        return [_unread("unknown_number", why) for _ in asked]
    said: dict[int, list[Reading]] = {number: [] for number in known}
    for row in rows:
        if row.number in known:
            said[row.number].append(known[row.number].read(row.text))
    readings = [_one_of(entry.number, said[entry.number], faults) for entry in asked]
    for reading in readings:
        _count_unread(reading, faults)
    return readings


def _last_list(rows: list[Row], asked: set[int], faults: Counter[str]) -> list[Row]:
    """Rows from the last list on that holds every item; all rows where there is none."""
    starts = [0] + [place for place in range(1, len(rows)) if (rows[place].number or 0) < (rows[place - 1].number or 0)]
    ends = [*starts[1:], len(rows)]
    for place in range(len(starts) - 1, 0, -1):
        if asked <= {row.number for row in rows[starts[place] : ends[place]]}:
            faults["draft"] = place
            return rows[starts[place] :]
    return rows


def _counts_anew(numbers: Sequence[int], asked: Sequence[int]) -> bool:
    """Whether numbers that were not asked are places in the list rather than slips of an item's number."""
    is_whole = sorted(asked) == list(range(1, len(asked) + 1))
    return max(numbers) <= len(asked) + 1 and not (is_whole and min(numbers) >= 1)


def _one_of(number: int, said: Sequence[Reading], faults: Counter[str]) -> Reading:
    """The one reading of all lines for an item; what only names the item beside a line that answers does not count."""
    if not said:
        return _unread("missing", f"no line for number {number}")
    telling = [reading for reading in said if reading.detail not in {"no_label", "empty"}] or said[:1]
    if len({(reading.status, reading.codes, reading.text) for reading in telling}) > 1:
        return _unread("repeated", f"number {number} stands there {len(telling)} times, with different answers")
    faults["said_twice"] += len(telling) - 1
    return telling[0]


def _read_bare(found: Sequence[str], text: str, asked: Sequence[_Asked], faults: Counter[str]) -> list[Reading]:
    """Every item's reading from a list without numbers, which must be exactly as long as that of the items."""
    if len(asked) == 1 and len(found) <= 1:
        readings = [asked[0].read(found[0] if found else text)]
    elif not found:
        faults["no_list"] = 1
        return [_unread("no_list", "no line bears a number, and there is no list of answers") for _ in asked]
    elif len(found) != len(asked):
        faults["wrong_length"] = 1
        return [_unread("wrong_length", f"{len(found)} answers without numbers for {len(asked)} items") for _ in asked]
    else:
        readings = [entry.read(part) for entry, part in zip(asked, found, strict=True)]
    for reading in readings:
        _count_unread(reading, faults)
    return readings


def _declined(text: str, rows: Sequence[Row], asked: Sequence[_Asked]) -> list[Reading] | None:
    """The reading of every item where the reply declines as a whole or does not know, and answers none."""
    before = [row.line for row in rows[: next((n for n, row in enumerate(rows) if row.number is not None), len(rows))]]
    head = parse("\n".join(before) or clean(text[:600]), asked[0].presentation)
    if head.status not in {"refused", "dont_know"} or head.codes:
        return None
    return [head for _ in asked]
