"""Which values a survey measures, the 19 or the ten, and the human means that stand beside them. Knows no record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from surveys.instrument import Item
from surveys.values import HUMAN_MEANS, HUMAN_REFERENCE, TEN_VALUES, VALUE_CODES


class ValueReference(NamedTuple):
    """Mean centered score of people by value, in the order of its system, and who they are, for captions."""

    means: Mapping[str, float]
    people: str


def value_of(item: Item) -> str | None:
    """The one thing an item measures; None where it measures none, or several."""
    return item.dimensions[0] if len(item.dimensions) == 1 else None


def reference_for(items: Iterable[Item]) -> ValueReference | None:
    """The human means beside a survey with these items; None if it measures neither all 19 values nor all ten.

    The 19: 49 cultural groups (Schwartz & Cieciuch 2022). The ten: 29 countries of the European Social Survey, 2018.
    """
    measured = {value_of(item) for item in items}
    if measured.issuperset(VALUE_CODES):
        known = HUMAN_REFERENCE
        return ValueReference(HUMAN_MEANS, f"{known.n_groups} groups, n = {known.n_people:,}; {known.year}")
    if measured.issuperset(TEN_VALUES):
        from analysis.human_values import human_correlations

        sample = human_correlations("ess-10")
        means = dict(zip(sample.values, sample.means.tolist(), strict=True))
        people = f"European Social Survey, 29 countries, n = {sample.n:,}; {sample.year}"
        return ValueReference({code: means[code] for code in TEN_VALUES}, people)
    return None
