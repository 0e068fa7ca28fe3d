"""A reply that lists the answers of several respondents, taken apart into entries. What an entry says is not read here.

Pure and linear in the length of the reply. Numbered lines, a table, JSON, one line of numbered or separated answers,
bare lines; prose around the list is left out. Entries count in the order in which they stand: numbers set them off, and
neither a repeated nor a missing number moves an entry. Where numbering begins anew, the longer list counts, the later
of two equally long ones. Knows no option and no code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from simulator.json_lists import entries_in_json
from simulator.markers import strip_thinking
from simulator.reply_text import clean

LONGEST_REPLY = 200_000
"""Characters of a reply that are looked at; a longer list than that is none."""

_WHO = (
    r"(?:(?:person|respondent|participant|answer|befragter?|teilnehmer(?:in)?|受访者|参与者|回答者|回答|第)"
    r"\s?(?:no\.?|nr\.?|#)?\s?)"
)
_AFTER = r"(?:位受访者|位|号|名|个人|人目|番)?"
_ASIDE = r"(?:\s?\([^()\n]{1,80}\))?"
_NUMBERED = re.compile(
    rf"^\s?(?:[-•·>]\s?)?(?:\(|\[)?{_WHO}?(?P<number>\d{{1,4}})\s?{_AFTER}{_ASIDE}\s?(?:[:.)\]、,|]|\s-|-(?=\s)|=)"
    r"{1,2}\s?(?P<text>\S.*)?$",
    re.IGNORECASE,
)
_TABLE = re.compile(r"^\s?\|\s?(?P<number>\d{1,4})\s?\|\s?(?P<text>[^|\n]+?)\s?(?:\|.*)?$")
_IN_LINE = re.compile(rf"(?:^|[,;\s(]){_WHO}?(\d{{1,4}})\s?{_AFTER}{_ASIDE}\s?[:.)=]\s?", re.IGNORECASE)
DASHES = re.compile(r" ?(?:—+|(?<![-|])-{2,}(?![-|])) ?")
BULLET = re.compile(r"^\s?[-•·]\s+")
_SEPARATORS = re.compile(r"\s?[,;，；、]\s?")


def list_entries(reply: str, is_answer: Callable[[str], bool]) -> tuple[str, ...]:
    """The entries of a list; () where there is none.

    `is_answer` says whether a text by itself chooses an answer: lines without numbers count as entries only
    where it holds for at least half of them.
    """
    text = strip_thinking(reply[:LONGEST_REPLY])
    in_json = entries_in_json(text)
    if in_json is not None:
        return tuple(entry.said for entry in in_json)
    lines = [clean(DASHES.sub(" - ", line)) for line in text.split("\n")]
    numbered = _numbered(lines, is_answer)
    if len(numbered) > 1:
        return tuple(numbered)
    return tuple(_in_one_line(lines, is_answer) or _bare(lines, is_answer) or numbered)


def _numbered(lines: Sequence[str], is_answer: Callable[[str], bool]) -> list[str]:
    """Entries that numbers set off, each with the lines that belong to it; the longest list of the reply."""
    lists: list[list[str]] = [[]]
    last, is_open = 0, False
    for line in lines:
        found = _NUMBERED.match(line) or _TABLE.match(line)
        if found is None:
            is_open = is_open and bool(line)
            if is_open:
                lists[-1][-1] = f"{lists[-1][-1]}\n{line}".strip()
            continue
        number = int(found["number"])
        if number <= 1 < last:
            lists.append([])
        lists[-1].append((found["text"] or "").strip().strip("|").strip())
        last, is_open = number, True
    longest = max(reversed(lists), key=len)
    return longest if len(longest) == 1 or _counts_up(lines) or not _is_bare(lines, is_answer) else []


def _counts_up(lines: Sequence[str]) -> bool:
    """Whether the numbers at the beginnings of lines count respondents, and are not labels of their answers."""
    numbers = [int(found["number"]) for line in lines if (found := _NUMBERED.match(line) or _TABLE.match(line))]
    steps = [after - before for before, after in pairwise(numbers)]
    return bool(steps) and numbers[0] <= 1 and 2 * sum(step == 1 for step in steps) >= len(steps)


def _is_bare(lines: Sequence[str], is_answer: Callable[[str], bool]) -> bool:
    filled = [line for line in lines if line]
    return sum(is_answer(line) for line in filled) == len(filled)


def _in_one_line(lines: Sequence[str], is_answer: Callable[[str], bool]) -> list[str]:
    """Entries that stand in one line, numbered ("1: A, 2: B") or separated ("A, B, B")."""
    for line in sorted((line for line in lines if line), key=len, reverse=True):
        parts = _IN_LINE.split(line)
        if len(parts) >= 5 and [int(number) for number in parts[1:4:2]] in ([1, 2], [0, 1]):
            return [part.strip(" ,;.") for part in parts[2::2]]
        separated = [part for part in _SEPARATORS.split(line.rstrip(". ")) if part]
        if len(separated) >= 2 and all(is_answer(part) for part in separated):
            return separated
    return []


def _bare(lines: Sequence[str], is_answer: Callable[[str], bool]) -> list[str]:
    """Lines without numbers, where most of them are answers; what is none at either end is prose around the list."""
    filled = [BULLET.sub("", line).strip() for line in lines if line]
    answers = [is_answer(line) for line in filled]
    if sum(answers) < 2:
        return []
    first, last = answers.index(True), len(answers) - 1 - answers[::-1].index(True)
    kept = filled[first : last + 1]
    return kept if 2 * sum(answers) >= len(kept) else []
