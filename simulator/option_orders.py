"""The order in which options are shown: as in the file, turned around, shuffled, or shifted in a circle.

Knows no label and no wording. Pure: every draw is named by run, respondent and item. Methods: Moore et al. 2024
(options shuffled), Shen et al. 2025 (reversed); cyclic shifts in balance, so that every option stands everywhere.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from simulator.seeds import draw_index, rng_for
from surveys.instrument import Item, ResponseFormat, ResponseOption

SHIFT_PATTERN = r"^shift-[1-9][0-9]{0,3}$"
"""What an order that shifts by a fixed number of options is called."""
FIXED = frozenset({"fixed", "reversed"})
_SHIFT = re.compile(SHIFT_PATTERN)


class Draw(NamedTuple):
    """What the draws of one respondent are named by. `place` counts the respondents of the same arm before this one;
    None where that is not known, and balance over respondents cannot be had.
    """

    run_seed: int
    respondent_id: str
    place: int | None = None


def shift_of(order: str) -> int | None:
    """By how many options an order shifts ("shift-2": the third option comes first); None for any other order."""
    return int(order.removeprefix("shift-")) if _SHIFT.match(order) else None


def is_drawn(order: str) -> bool:
    """Whether an order differs between respondents."""
    return order not in FIXED and shift_of(order) is None


def all_shifts(n_options: int) -> tuple[str, ...]:
    """The orders that bring every one of `n_options` to every place once: as in the file, and every shift."""
    return ("fixed", *(f"shift-{shift}" for shift in range(1, n_options)))


def is_ordered(item: Item) -> bool:
    """Whether the options form a scale: format `scale`, or every substantive option has a score and no two the same."""
    if item.format is ResponseFormat.SCALE:
        return True
    scores = [option.score for option in item.substantive_options]
    return len(scores) > 1 and None not in scores and len(set(scores)) == len(scores)


def in_order(item: Item, order: str, draw: Draw) -> list[ResponseOption]:
    """The substantive options of `item` in the order shown.

    "random" draws once per respondent: every list of the same length is arranged alike, and all scales point alike;
    "random-per-item" at every item. Both show a scale forwards or backwards and never shuffle it. "cyclic" and
    "shift-N" shift a scale like any other list.
    """
    options = list(item.substantive_options)
    if order == "fixed":
        return options
    if order == "reversed":
        return options[::-1]
    shift = _drawn_shift(item, len(options), draw) if order == "cyclic" else shift_of(order)
    if shift is not None:
        start = shift % len(options) if options else 0
        return options[start:] + options[:start]
    ordered = is_ordered(item)
    scope = item.id if order == "random-per-item" else "scales" if ordered else len(options)
    names = (draw.respondent_id, scope, "option_order")
    if ordered:
        # A scale keeps its sense only forwards or backwards; a shuffled scale would be another question.
        return options[::-1] if draw_index(draw.run_seed, *names, n=2) else options
    return [options[index] for index in rng_for(draw.run_seed, *names).permutation(len(options))]


def _drawn_shift(item: Item, n_options: int, draw: Draw) -> int:
    """A shift for this respondent and item: of so many respondents of an arm in a row as there are options, each has
    another one, in an order drawn for this item.
    """
    if n_options < 2:
        return 0
    if draw.place is None:
        return draw_index(draw.run_seed, draw.respondent_id, item.id, "option_shift", n=n_options)
    block, place = divmod(draw.place, n_options)
    return int(rng_for(draw.run_seed, item.id, block, "option_shifts").permutation(n_options)[place])
