"""Parts of a style that it may have or not: an example, an option to abstain, words for options without labels.

Knows how each part is written in a file, and what is wrong with one; nothing of how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulator.abstention import REASONS, Abstention
from simulator.errors import Fault
from simulator.markers import Markers
from simulator.messages import ShownOption
from simulator.placeholders import text_faults

ANSWER_FORMATS = ("label", "explained", "structured")

_MARKERS = frozenset({"answer", "explanation"})
_EXAMPLE_KEYS = ("question", "options", "answer", "replies")


class Answerings(NamedTuple):
    """By answer format: how to answer, and what reminds of it."""

    answering: Mapping[str, str]
    reminders: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question that is asked and answered before the first one: `answer` is one of `options`; a reply by format."""

    question: str
    options: tuple[str, ...]
    answer: str
    replies: Mapping[str, str]

    def reply(self, answer_format: str, answer: ShownOption, option: str, markers: Markers) -> str:
        """The reply that is given as an example; `option` is the style's line for the answer."""
        return self.replies[answer_format].format(
            option=option, label=answer.said, answer=markers.answer, explanation=markers.explanation
        )


def example_of(table: Mapping[str, Any]) -> Example:
    """The example in a checked table."""
    return Example(table["question"].strip(), tuple(table["options"]), table["answer"], dict(table["replies"]))


def abstention_of(table: Mapping[str, Any]) -> Abstention:
    """The option to abstain in a checked table."""
    return Abstention(**table)


def unlabelled_of(table: Mapping[str, Any]) -> Answerings:
    """The words for options without labels in a checked table."""
    return Answerings(dict(table["answering"]), dict(table["reminders"]))


def keys_faults(place: str, table: Any, required: frozenset[str], optional: frozenset[str]) -> list[Fault]:
    """What is wrong with the keys of a table; one fault where it is no table."""
    if not isinstance(table, dict):
        return [Fault(place, f"is {type(table).__name__}", "give a table")]
    allowed = ", ".join(sorted(required | optional))
    faults = [Fault(place, f"key {name!r} is missing", "add it") for name in sorted(required - table.keys())]
    unknown = sorted(table.keys() - required - optional)
    return faults + [Fault(f"{place}.{name}", "unknown key", f"allowed: {allowed}") for name in unknown]


def part_faults(place: str, part: str, table: Any) -> list[Fault]:
    """What is wrong with an optional part of a language table."""
    return {"example": _example_faults, "abstain": _abstain_faults, "unlabelled": _unlabelled_faults}[part](
        place, table
    )


def _by_format_faults(place: str, table: Any, optional: frozenset[str]) -> list[Fault]:
    faults = keys_faults(place, table, frozenset(ANSWER_FORMATS), frozenset())
    if faults:
        return faults
    return [
        fault for name in ANSWER_FORMATS for fault in text_faults(f"{place}.{name}", table[name], frozenset(), optional)
    ]


def _unlabelled_faults(place: str, table: Any) -> list[Fault]:
    faults = keys_faults(place, table, frozenset({"answering", "reminders"}), frozenset())
    return faults or [
        fault
        for name in ("answering", "reminders")
        for fault in _by_format_faults(f"{place}.{name}", table[name], _MARKERS)
    ]


def _abstain_faults(place: str, table: Any) -> list[Fault]:
    faults = keys_faults(place, table, frozenset({"text"}), frozenset({"missing"}))
    if not faults and not (isinstance(table["text"], str) and table["text"].strip()):
        faults.append(Fault(f"{place}.text", "is no text", "give the words of the option"))
    if not faults and table.get("missing", REASONS[0]) not in REASONS:
        faults.append(Fault(f"{place}.missing", f"{table['missing']!r} is no reason", f"allowed: {', '.join(REASONS)}"))
    return faults


def _example_faults(place: str, table: Any) -> list[Fault]:
    faults = keys_faults(place, table, frozenset(_EXAMPLE_KEYS), frozenset())
    if faults:
        return faults
    options = table["options"]
    is_list = isinstance(options, list) and all(isinstance(one, str) and one.strip() for one in options)
    if not is_list or len(set(options)) != len(options) or len(options) < 2:
        faults.append(Fault(f"{place}.options", "is no list of two or more different texts", 'give ["...", "..."]'))
    elif table["answer"] not in options:
        faults.append(Fault(f"{place}.answer", f"{table['answer']!r} is none of the options", "give one of them"))
    if not isinstance(table["question"], str) or not table["question"].strip():
        faults.append(Fault(f"{place}.question", "is no text", "give the question"))
    return faults + _by_format_faults(f"{place}.replies", table["replies"], _MARKERS | {"option", "label"})
