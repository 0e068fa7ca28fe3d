"""What stands beside the options: numbers, letters, Roman numerals, or nothing.

Knows no order and no wording. Methods: Moore et al. 2024 (labels assigned after shuffling), Shen et al. 2025 (other
labels).
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.conditions import LabelSet
from simulator.seeds import draw_index
from surveys.instrument import ResponseOption

LABEL_SETS: tuple[LabelSet, ...] = ("numbers", "numbers-from-0", "letters", "lowercase", "roman")
"""The sets that "random" draws from, once per respondent."""

_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def label_at(label_set: str, index: int) -> str:
    """The label of the option at `index` (from 0): numbers 1.., numbers-from-0, A..Z AA.., a..z aa.., I II III; "" for
    "plain".
    """
    if label_set == "plain":
        return ""
    if label_set == "numbers":
        return str(index + 1)
    if label_set == "numbers-from-0":
        return str(index)
    if label_set == "roman":
        left, text = index + 1, ""
        for value, sign in _ROMAN:
            text += sign * (left // value)
            left %= value
        return text
    text, left = "", index + 1
    while left:
        left, rest = divmod(left - 1, 26)
        text = chr(ord("A") + rest) + text
    return text if label_set == "letters" else text.lower()


def label_set_for(labels: LabelSet, run_seed: int, respondent_id: str) -> LabelSet:
    """The set that one respondent sees: the one named, or the one drawn for them."""
    if labels != "random":
        return labels
    return LABEL_SETS[draw_index(run_seed, respondent_id, "labels", n=len(LABEL_SETS))]


def is_numbered(options: Sequence[ResponseOption], texts: Sequence[str]) -> bool:
    """Whether options are a numbered scale ("1 not at all, 2, ... 10 fully"): all but the two ends read as their code.

    `options` are substantive, `texts` their wordings in one language; both in any order.
    """
    named = sorted((option.code, text) for option, text in zip(options, texts, strict=True))
    return len(named) > 2 and all(text == str(code) for code, text in named[1:-1])


def labels_of(
    label_set: LabelSet, substantive: Sequence[ResponseOption], texts: Sequence[str], *, in_file_order: bool
) -> list[str]:
    """Labels for all `texts`: those of the substantive options, which come first, then those of missing categories."""
    n_substantive, n_missing = len(substantive), len(texts) - len(substantive)
    codes = [option.code for option in substantive]
    if label_set in {"numbers", "numbers-from-0"} and is_numbered(substantive, texts[:n_substantive]):
        # "2. 9" or "0. 1" would leave it open which of the two numbers a reply means.
        return [str(code) for code in codes] + [str(max(codes) + n) for n in range(1, n_missing + 1)]
    labels = [label_at(label_set, index) for index in range(len(texts))]
    if label_set == "numbers" and in_file_order and set(codes) == set(range(1, n_substantive + 1)):
        labels[:n_substantive] = [str(code) for code in codes]
    return labels
