"""Who is left out of an analysis for answering with too little effort, and by which rule. Knows only codes.

Nobody is left out unless a rule was given, and nobody silently: every rule counts whom it applies to, alone and as the
first to apply. Rules count answers as given, not keyed: who ticks one box throughout does so whatever way items point.
The only rule with published numbers is that of the European Social Survey for its 21 items; no share of another
questionnaire's items follows from it, so for other lengths the numbers are the user's.

Source: Schwartz's scoring instructions for the European Social Survey; Johnson 2005 (long strings).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.distributions import FloatArray, group_codes
from analysis.satisficing import longstring
from analysis.values import identical_answers

__all__ = ["ESS_21", "NO_RULES", "ExclusionRules", "Exclusions", "exclusion_rules", "exclusions"]


@dataclass(frozen=True, slots=True)
class ExclusionRules:
    """When a person is left out; None switches a rule off.

    max_missing: more missing answers than this. max_identical: one and the same answer given to more items than this.
    max_longstring: more consecutive items, in the order asked, with one and the same answer than this. min_items: fewer
    answered items than this on any value (2 of 3 is the rule for value scores that may miss an item). n_items: the
    length of questionnaire that the numbers are for, None for any.
    """

    max_missing: int | None = None
    max_identical: int | None = None
    max_longstring: int | None = None
    min_items: int | None = None
    n_items: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_missing", "max_identical", "max_longstring", "min_items", "n_items"):
            number = getattr(self, name)
            if number is not None and number < 0:
                raise ValueError(f"{name} = {number}: a number of items cannot be negative; give 0 or more, or None")


NO_RULES = ExclusionRules()
ESS_21 = ExclusionRules(max_missing=5, max_identical=16, n_items=21)
_NAMED = {"none": NO_RULES, "ess-21": ESS_21}


class Exclusions(NamedTuple):
    """Who is kept, and why the others are not.

    kept: (n_people,). first_reason: (n_people,), "" for those kept. by_first: every rule given and how many people it
    left out that no rule before it had; they add up to the number left out. by_any: how many it applies to at all.
    """

    kept: NDArray[np.bool_]
    first_reason: tuple[str, ...]
    by_first: dict[str, int]
    by_any: dict[str, int]

    @property
    def n_excluded(self) -> int:
        """How many people are left out."""
        return int((~self.kept).sum())


def exclusion_rules(name: str) -> ExclusionRules:
    """The rules of this name: "none" · "ess-21" (21 items: more than 5 missing, or more than 16 identical answers).

    Source: Schwartz's scoring instructions for the European Social Survey.
    """
    if name not in _NAMED:
        raise ValueError(f"unknown exclusion rules {name!r}; use {' or '.join(_NAMED)}, or ExclusionRules with numbers")
    return _NAMED[name]


def exclusions(
    codes: ArrayLike,
    rules: ExclusionRules = NO_RULES,
    *,
    order: ArrayLike | None = None,
    value_of_item: Sequence[Hashable] | ArrayLike | None = None,
) -> Exclusions:
    """Who is kept under the rules, with counts by reason.

    codes: (n_people, n_items), as given and not keyed, NaN = missing, which no rule but `max_missing` and `min_items`
    counts; order: (n_people, n_items) places of the items in the order each person was asked them, for
    `max_longstring` (None: the order of the columns); value_of_item: (n_items,), for `min_items`. Rules apply in the
    order max_missing, max_identical, max_longstring, min_items. Source: Schwartz's scoring instructions for the
    European Social Survey; Johnson 2005.
    """
    table = np.asarray(codes, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"codes has shape {table.shape}; give (n_people, n_items)")
    if rules.n_items is not None and table.shape[1] != rules.n_items:
        raise ValueError(
            f"these rules are for {rules.n_items} items, but {table.shape[1]} were asked; give ExclusionRules with "
            "numbers of your own"
        )
    hits = dict(_hits(table, rules, order, value_of_item))
    left = np.zeros(len(table), dtype=np.bool_)
    reason = np.full(len(table), "", dtype=object)
    by_first = {}
    for name, applies in hits.items():
        new = applies & ~left
        reason[new] = name
        by_first[name] = int(new.sum())
        left |= applies
    return Exclusions(~left, tuple(reason.tolist()), by_first, {name: int(hit.sum()) for name, hit in hits.items()})


def _hits(
    table: FloatArray,
    rules: ExclusionRules,
    order: ArrayLike | None,
    value_of_item: Sequence[Hashable] | ArrayLike | None,
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Every rule given, in words, with the people it applies to."""
    found: list[tuple[str, NDArray[np.bool_]]] = []
    if rules.max_missing is not None:
        found.append((f"more than {rules.max_missing} missing", np.isnan(table).sum(axis=1) > rules.max_missing))
    if rules.max_identical is not None:
        found.append((f"more than {rules.max_identical} identical", identical_answers(table) > rules.max_identical))
    if rules.max_longstring is not None:
        asked = table if order is None else np.take_along_axis(table, _column_asked(order, table.shape), axis=1)
        found.append((f"more than {rules.max_longstring} identical in a row", longstring(asked) > rules.max_longstring))
    if rules.min_items is not None:
        if value_of_item is None:
            raise ValueError("min_items counts items per value; give value_of_item")
        found.append(
            (f"fewer than {rules.min_items} items on a value", _short_of(table, value_of_item, rules.min_items))
        )
    return found


def _column_asked(order: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Which column was asked first, second, ...: (n_people, n_items) from the items' places in each person's order."""
    places = np.asarray(order)
    if places.shape != shape:
        raise ValueError(f"order has shape {places.shape}; give every item's place for every person: {shape}")
    return np.argsort(places, axis=1, kind="stable").astype(np.int64)


def _short_of(table: FloatArray, value_of_item: Sequence[Hashable] | ArrayLike, min_items: int) -> NDArray[np.bool_]:
    """Who answered fewer than `min_items` items on some value."""
    _names, of_item = group_codes(value_of_item)
    if len(of_item) != table.shape[1]:
        raise ValueError(f"{table.shape[1]} items but {len(of_item)} values; name one value per item")
    answered = ~np.isnan(table)
    short = np.zeros(len(table), dtype=np.bool_)
    for value in range(int(of_item.max(initial=-1)) + 1):
        short |= answered[:, of_item == value].sum(axis=1) < min_items
    return short
