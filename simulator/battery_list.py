"""A battery's reply taken apart into rows: which number stands before what, and nothing about what it says.

Pure and linear in the length of the reply. Knows no option but by the forms of it that it is given. A number is taken
for an item's only where it cannot be an answer: "7. 4" is item 7, but "3.5" is a decimal and "3 - 4" a range unless
the lines of the reply count up through the items. The list of several respondents is `simulator.protocols.lists`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from simulator.json_lists import Entry, entries_in_json
from simulator.markers import strip_thinking
from simulator.numerals import value_of
from simulator.option_reader import OptionReader
from simulator.protocols.lists import BULLET, DASHES, LONGEST_REPLY
from simulator.reply_text import clean
from simulator.restated import squeeze

_WORD = (
    r"(?:item|question|statement|description|portrait|person|number|answer|frage|aussage|beschreibung|punkt|nummer|"
    r"antwort|q|no|nr|第|问题|問題|题目|题|质问|質問|設問|设问|問|问|项目|項目|陈述|描述|条目|回答|番号)"
)
_UNIT = r"(?:道?题|道?題|項目?|项目?|问|問|番目?|号|条)"
_NUMBER = r"(?:\d{1,4}(?!\d)|[一二三四五六七八九十]{1,3})"
_HEAD = re.compile(
    rf"\s?(?:[-•·>+]\s)?[(\[{{\"']{{0,3}}(?P<word>{_WORD}\.?\s?(?:no\.?|nr\.?)?\s?)?(?P<number>{_NUMBER})"
    rf"(?:\s?(?P<unit>{_UNIT}))?(?P<close>[)\]\"']{{0,2}})(?:(?<![)\]])\s?\([^()\n]{{1,80}}\)(?=\s?[:=]))?(?P<link>\s?[:=|)\]>→.\-,]{{0,3}}\s?)",
    re.IGNORECASE,
)
_TABLE_ROW = re.compile(r"\s?\|")
_IN_LINE = re.compile(
    rf"(?:^|(?<=[,;{{(|\s]))[\"'(]?(?:{_WORD}\.?\s?)?(?P<number>\d{{1,4}})[\"']?(?P<link>\s?[:=)]|\.(?=\s)|\s?->|-(?=\d))\s?",
    re.IGNORECASE,
)
_LINK = re.compile(r"\d{1,4}(?:\.|\s?-\s?)\d")
_COUNTING = 5
"""So many lines that count up through the items are numbered, whatever stands between number and answer."""
_PART = 60
_SEPARATORS = re.compile(r"\s?[,;/|]\s?|\s")
_SEPARATORS_OF_SEVERAL = re.compile(r"\s?[;|]\s?")
_PAIR = re.compile(r"(\d{1,4})(?:\s?,\s?|\s)[-+]?(?:\d{1,9}|[A-Za-z]{1,4})[.,;]?")
_NUMERIC = re.compile(r"[-+]?\d{1,9}(?:\.\d{1,9})?(?:\s?-\s?\d{1,9}(?:\.\d{1,9})?)?")
_LIST_PART = re.compile(r"[-+]?\d{1,9}(?:\.\d{1,9})?|[A-Za-z]{1,4}")


class Row(NamedTuple):
    """One line, or one part of it: the item number before it (None: none), the rest, and the line as it stands."""

    number: int | None
    text: str
    line: str
    is_doubtful: bool = False


class Forms:
    """Every form in which an option of the battery may stand by itself: its label, its text, or both."""

    def __init__(self, readers: Sequence[OptionReader]) -> None:
        self.lists = [
            tuple(squeeze(clean(f"{option.label}. {option.text}")) for option in reader.options) for reader in readers
        ]
        self.lines = frozenset().union(*[reader.lines for reader in readers])
        self.labels = frozenset().union(*[reader.exact for reader in readers])
        self._whole = (
            self.lines | {squeeze(label) for label in self.labels} | {squeeze(t) for r in readers for t, _ in r.texts}
        )

    def holds(self, text: str) -> bool:
        """Whether `text` is one option and nothing else."""
        return len(text) <= 400 and bool(text) and squeeze(text) in self._whole

    def holds_entry(self, text: str) -> bool:
        """Whether `text` is an option, or a number or range that was given for one."""
        return self.holds(text) or _NUMERIC.fullmatch(text) is not None


def _row(line: str) -> Row:
    """A clean line with the number that it begins with, if it may be an item's."""
    is_table = _TABLE_ROW.match(line) is not None
    if is_table:
        cells = [cell.strip() for cell in line.strip(" |").split("|")]
        line = f"{cells[0]}: {' - '.join(cell for cell in cells[1:] if cell)}" if len(cells) > 1 else cells[0]
    found = _HEAD.match(line)
    if found is None:
        return Row(None, line, line)
    number, link, text = found["number"], found["link"], line[found.end() :]
    is_named = bool(found["word"] or found["unit"])
    if not number.isdigit():
        if not is_named or not (found["word"] or "").strip() or number.count("十") > 1:
            return Row(None, line, line)
        number = str(_numeral(number))
    sign = (found["close"] + link).strip(" \"'")
    if not (is_named or sign or (link and text)):
        return Row(None, line, line)
    # "3.5" may be a decimal, "3 - 4" a range, "3, 4" two answers.
    is_unclear = (sign in {"-", ","} or link == ".") and text[:1].isdigit()
    is_doubtful = not sign or is_unclear
    return Row(int(number), text.strip(), line, is_doubtful and not is_named and not is_table)


def _numeral(numeral: str) -> int:
    """The value of a Chinese numeral; -1, which no item has, where its signs make none."""
    try:
        return value_of(numeral)
    except KeyError:
        return -1


def _in_one_line(line: str, forms: Forms) -> list[Row]:
    """The rows of a line that holds several numbered answers, "1: 4, 2: 5"; none where it does not."""
    heads = list(_IN_LINE.finditer(line))
    if len(heads) < 2:
        return []
    ends = [head.start() for head in heads[1:]] + [len(line)]
    texts = [line[head.end() : end].strip(" ,;.}()|\"'") for head, end in zip(heads, ends, strict=True)]
    numbers = [int(head["number"]) for head in heads]
    if not all(0 < len(text) <= _PART for text in texts) or 2 * sum(map(forms.holds, texts)) < len(texts):
        return []
    # "3-4, 2-3" are ranges, unless there are many that count up.
    are_ranges = len(heads) < _COUNTING or any(after <= before for before, after in pairwise(numbers))
    if are_ranges and any(head["link"].strip() == "-" for head in heads):
        return []
    return [Row(number, text, f"{number}. {text}") for number, text in zip(numbers, texts, strict=True)]


def _counts_up(rows: Sequence[Row], asked: Sequence[int]) -> bool:
    """Whether the numbers before rows run through the items asked, so that they cannot be answers."""
    numbers = [row.number or 0 for row in rows]
    if numbers == list(asked) and len(rows) > 1:
        # All items in order; but "1 - 2, 2 - 3, 3 - 4" are ranges, and "1.5, 2.5, 3.5" decimals.
        behind = {int(row.text) - (row.number or 0) for row in rows if row.text.isdecimal() and len(row.text) < 5}
        texts = {row.text for row in rows}
        return len(behind) != 1 and len(texts) > 1 and (len(rows) > 2 or all(_LINK.match(row.line) for row in rows))
    if len(rows) < _COUNTING:
        return False
    up = sum(after > before for before, after in pairwise(numbers))
    return 5 * up >= 4 * (len(numbers) - 1)


def _settled(rows: list[Row], asked: Sequence[int], forms: Forms) -> list[Row]:
    """Rows whose doubtful numbers are made item numbers, or part of the line again."""
    numbered = [row for row in rows if row.number is not None]
    if _counts_up(numbered, asked):
        return rows
    rises = all(row.number in asked for row in numbered) and all(
        (after.number or 0) > (before.number or 0) for before, after in pairwise(numbered)
    )

    def is_item(row: Row) -> bool:
        # Beside labels 1 to 6, "7 - 4" and "7.4" can only be item 7; "7, 4" may be two answers.
        is_joined = rises and _LINK.match(row.line) is not None
        return is_joined and str(row.number) not in forms.labels

    return [row if not row.is_doubtful or is_item(row) else Row(None, row.line, row.line) for row in rows]


def _without_options(rows: list[Row], asked: Sequence[int], forms: Forms) -> list[Row]:
    """Rows without a list of the options that stands before the answers, restated."""
    first = next((place for place, row in enumerate(rows) if row.number is not None), len(rows))
    squeezed = tuple([squeeze(row.line) for row in rows])
    for lines in forms.lists:
        behind = first + len(lines)
        if squeezed[first:behind] == lines and _starts_behind(rows[first:behind], rows[behind:], asked):
            return rows[:first] + rows[behind:]
    return rows


def _starts_behind(options: Sequence[Row], rest: Sequence[Row], asked: Sequence[int]) -> bool:
    """Whether the answers begin behind what may be options, and are not one list with them."""
    numbers = [row.number for row in options if row.number is not None]
    following = next((row.number for row in rest if row.number is not None), None)
    if not numbers or following is None:
        return False
    # Going on from "6." with "7.", what follows is item 7 only if it cannot be the seventh of the items.
    is_item = following in asked and following > len(asked) and not set(numbers) & set(asked)
    return following <= numbers[-1] or is_item


def _reading_of(rows: Sequence[Row], asked: Sequence[int], forms: Forms) -> Literal["items", "labels", "unclear"]:
    """What stands before the lines of a list: numbers of items, or labels ("2. Agree / 1. Strongly agree / 2. Agree").

    Where every number is also the label of the text behind it, both could be meant, and may be told apart only where
    both come to the same, where no number is that of an item, or where a long list has far fewer numbers than lines.
    """
    numbers = [row.number for row in rows if row.number is not None]
    if not numbers or not all(squeeze(row.line) in forms.lines for row in rows if row.number is not None):
        return "items"
    if numbers == list(asked):
        return "items"
    if not set(numbers) & set(asked) or (len(numbers) >= _COUNTING and 2 * len(set(numbers)) < len(numbers)):
        return "labels"
    return "unclear"


class Taken(NamedTuple):
    """The rows of a reply in order, a blank line as an empty row; `is_unclear` where numbers may also be labels."""

    rows: list[Row]
    is_unclear: bool = False


def take_apart(reply: str, asked: Sequence[int], forms: Forms) -> Taken:
    """The rows of a reply to a battery that asked for these numbers, each with the number it is for."""
    text = strip_thinking(reply[:LONGEST_REPLY])
    entries = entries_in_json(text)
    if entries is not None and any(entry.key is not None for entry in entries):
        return Taken([_keyed(entry) for entry in entries])
    lines = [entry.said for entry in entries] if entries is not None else text.split("\n")
    rows: list[Row] = []
    for line in lines:
        cleaned = " ".join(clean(DASHES.sub(" - ", line)).split("\n"))
        rows += _in_one_line(cleaned, forms) or [_row(cleaned)]
    rows = _settled(_without_options(rows, asked, forms), asked, forms)
    reading = _reading_of(rows, asked, forms)
    if reading == "labels":
        return Taken([Row(None, row.line, row.line) for row in rows])
    return Taken(rows, reading == "unclear")


def _keyed(entry: Entry) -> Row:
    head = _HEAD.match(f"{clean(entry.key)}:") if entry.key is not None else None
    said = " ".join(clean(entry.said).split("\n"))
    return Row(int(head["number"]) if head is not None and head["number"].isdigit() else None, said, said)


def joined(rows: Sequence[Row]) -> list[Row]:
    """The numbered rows alone, each with the lines beneath it up to a blank one."""
    found: list[Row] = []
    parts: list[list[str]] = []
    is_open = False
    for row in rows:
        if row.number is not None:
            found.append(row)
            parts.append([row.text])
            is_open = True
        elif not row.line:
            is_open = is_open and not any(parts[-1])
        elif is_open:
            parts[-1].append(row.line)
    return [row._replace(text="\n".join(part for part in own if part)) for row, own in zip(found, parts, strict=True)]


def has_pairs(rows: Sequence[Row], asked: Sequence[int]) -> bool:
    """Whether lines are two numbers, "3, 2" or "3 2", that may be an item and its answer or two answers."""
    pairs = [pair for row in rows if row.line and (pair := _PAIR.fullmatch(row.line)) is not None]
    return len(pairs) > 1 or any(int(pair[1]) in asked or int(pair[1]) <= len(asked) for pair in pairs)


def bare_entries(rows: Sequence[Row], forms: Forms, takes_several: bool) -> list[str]:
    """The entries of a list without numbers; () where there is none. Prose before and behind it is left out.

    `takes_several`: an answer may itself be a list with commas, so that only ";" and line ends part two answers.
    """
    lines = [BULLET.sub("", row.line).strip() for row in rows if row.line]
    entries = [list(_parts(line, forms, takes_several)) for line in lines]
    places = [place for place, parts in enumerate(entries) if any(map(forms.holds_entry, parts))]
    if not places:
        return []
    kept = entries[places[0] : places[-1] + 1]
    flat = [part for parts in kept for part in parts]
    return flat if 2 * sum(map(forms.holds_entry, flat)) >= len(flat) else []


def _parts(line: str, forms: Forms, takes_several: bool) -> Iterator[str]:
    """The answers that a line holds: the line itself unless it is a row of separated labels or option texts."""
    if forms.holds(line):
        yield line
        return
    _, colon, behind = line.rpartition(": ")
    listed = (behind if colon else line).strip(" .[](){}")
    patterns = (_SEPARATORS_OF_SEVERAL,) if takes_several else (re.compile(r"\s?[,;/|]\s?"), _SEPARATORS)
    for pattern in patterns:
        parts = [part for part in pattern.split(listed) if part]
        if len(parts) > 1 and all(forms.holds(part) or _LIST_PART.fullmatch(part) for part in parts):
            yield from parts
            return
    yield listed if colon and forms.holds(listed) else line
