"""What can be wrong with human reference data: one fault, its kinds, and how many of them are told. Knows no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from surveys.suggest import listed

FaultKind = Literal[
    "unreadable",
    "unsound_shares",
    "doubled",
    "unknown_country",
    "refused_item",
    "unknown_item",
    "item_without_reference",
    "unknown_option",
    "option_without_share",
    "wrong_format",
    "country_without_data",
    "group_without_data",
    "no_cases",
    "n_unknown",
    "missing_category",
    "zero_option",
    "odd_value",
    "odd_weight",
    "renormalised",
]

MEANINGS: Mapping[FaultKind, str] = {
    "unreadable": "a value that is no number, text or code where one belongs",
    "unsound_shares": "shares that do not sum to 1, by more than rounding explains",
    "doubled": "the same item, country and group a second time",
    "unknown_country": "a country whose two-letter code is not known",
    "refused_item": "an item that cannot be used as it stands in the file",
    "unknown_item": "an item that the questionnaire does not have",
    "item_without_reference": "an item of the questionnaire that the reference does not have",
    "unknown_option": "an option code or text that the item does not have",
    "option_without_share": "an option of the item for which the reference has no share",
    "wrong_format": "shares of a multiple-choice item for an item that is none, or the other way round",
    "country_without_data": "a country without usable data",
    "group_without_data": "a group without usable data",
    "no_cases": "nobody answered",
    "n_unknown": "the number of people who answered is not known",
    "missing_category": "'don't know', 'no answer' and the like among the options",
    "zero_option": "an option that nobody chose",
    "odd_value": "a value of the microdata that the codebook does not know",
    "odd_weight": "a respondent whose weight is missing, negative or zero",
    "renormalised": "shares that sum to 1 but for rounding",
}
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

HARMLESS: frozenset[FaultKind] = frozenset({"zero_option", "n_unknown", "renormalised", "missing_category"})
"""Kinds that are told because a reader must know them, not because anybody has to mend anything."""


class ReferenceFault(NamedTuple):
    """One thing that is wrong, or has to be known: where, what, and what to do. Empty where it concerns all of them."""

    kind: FaultKind
    item: str = ""
    country: str = ""
    group: str = ""
    what: str = ""
    remedy: str = ""

    @property
    def place(self) -> str:
        """Item, country and group in words."""
        parts = [
            f"item {self.item!r}" if self.item else "",
            self.country,
            f"group {self.group!r}" if self.group else "",
        ]
        return ", ".join(part for part in parts if part) or "the reference"

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.remedy}"


def fault_counts(faults: Iterable[ReferenceFault]) -> dict[FaultKind, int]:
    """How many faults there are of each kind that occurs, in the order of `KINDS`."""
    counts = Counter(fault.kind for fault in faults)
    return {kind: counts[kind] for kind in KINDS if counts[kind]}


def fault_lines(faults: Sequence[ReferenceFault], most: int = 5) -> list[str]:
    """The faults for people: a line for each kind with its number, then at most `most` of them."""
    lines = []
    for kind, count in fault_counts(faults).items():
        found = [fault for fault in faults if fault.kind == kind]
        lines.append(f"{kind} ({count}): {MEANINGS[kind]}")
        lines += [f"  {fault}" for fault in found[:most]]
        if count > most:
            items = dict.fromkeys(fault.item for fault in found[most:] if fault.item)
            lines.append(f"  and {count - most} more" + (f", items {listed(items)}" if items else ""))
    return lines
