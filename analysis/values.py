"""First-order value measures: scores centered within person, mean rankings, their agreement with a human ranking.

Knows no questionnaire: only a matrix of keyed item scores and which value each item measures. Missing is NaN. Source:
Schwartz and Cieciuch 2022; Rozen et al. 2025.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.correlation import spearman
from analysis.distributions import FloatArray

__all__ = [
    "RankingCorrelation",
    "ValueRanking",
    "center_within_person",
    "identical_answers",
    "ipsatize",
    "low_effort",
    "mean_ranking",
    "mean_rating",
    "ranking_correlation",
    "value_scores",
]


class RankingCorrelation(NamedTuple):
    """Spearman rho between two rankings and its two-sided p."""

    rho: float
    p: float


class ValueRanking(NamedTuple):
    """Mean score per value, its rank (1 = largest, average ranks for ties) and the number of people behind it."""

    means: FloatArray
    ranks: FloatArray
    n: NDArray[np.int64]


def value_scores(
    item_scores: ArrayLike,
    value_of_item: Sequence[Hashable] | ArrayLike,
    *,
    values: Sequence[Hashable] | None = None,
    min_items: int | None = None,
) -> FloatArray:
    """Mean score of every person on every value.

    item_scores: (n_people, n_items), keyed so that higher means more of the value, NaN = missing; value_of_item:
    (n_items,). Columns follow `values`, else the sorted values. A person with a missing item gets NaN on that value,
    or with `min_items` only where fewer than that many of its items were answered. Source: Rozen et al. 2025.
    """
    scores, columns = _checked(item_scores, value_of_item, values)
    answered = ~np.isnan(scores)
    member = np.stack([column.astype(np.float64) for column in columns], axis=1)
    counts = answered.astype(np.float64) @ member
    sums = np.where(answered, scores, 0.0) @ member
    needed = member.sum(axis=0) if min_items is None else np.full(len(columns), max(min_items, 1))
    return np.where(counts >= needed, sums / np.where(counts > 0, counts, 1.0), np.nan)


def mean_rating(item_scores: ArrayLike, *, allow_missing: bool = False) -> FloatArray:
    """Every person's mean over all items (Schwartz's MRAT).

    item_scores: (n_people, n_items) → (n_people,). NaN where an item is missing, or with `allow_missing` where all
    are. Source: Schwartz 1992.
    """
    scores = np.asarray(item_scores, dtype=np.float64)
    if not allow_missing:
        return np.asarray(scores.mean(axis=1), dtype=np.float64)
    counts = (~np.isnan(scores)).sum(axis=1)
    return np.where(counts > 0, np.nansum(scores, axis=1) / np.maximum(counts, 1), np.nan)


def center_within_person(
    item_scores: ArrayLike,
    value_of_item: Sequence[Hashable] | ArrayLike,
    *,
    values: Sequence[Hashable] | None = None,
    min_items: int | None = None,
) -> FloatArray:
    """Value scores with the person's mean over all items taken away.

    item_scores: (n_people, n_items), NaN = missing; value_of_item: (n_items,) → (n_people, n_values), columns in the
    order of `values`, else sorted. By default one missing item makes the person invalid: all NaN, nothing is imputed.
    With `min_items` a value needs that many answered items and the mean is over what was answered. Not the
    same as `ipsatize`, which centers items. Source: Schwartz and Cieciuch 2022; Rozen et al. 2025.
    """
    scores = value_scores(item_scores, value_of_item, values=values, min_items=min_items)
    center = mean_rating(item_scores, allow_missing=min_items is not None)
    return np.asarray(scores - center[:, None], dtype=np.float64)


def ipsatize(item_scores: ArrayLike) -> FloatArray:
    """Items with the person's mean over the answered items taken away (the definition of R's circumplex package).

    item_scores: (n_people, n_items), NaN stays NaN. Loses one degree of freedom.
    """
    scores = np.asarray(item_scores, dtype=np.float64)
    return np.asarray(scores - mean_rating(scores, allow_missing=True)[:, None], dtype=np.float64)


def mean_ranking(scores: ArrayLike, *, weights: ArrayLike | None = None) -> ValueRanking:
    """Mean of every value over people, and its rank: 1 for the most important.

    scores: (n_people, n_values), NaN people left out value by value; weights: (n_people,). A value without scores is
    NaN in mean and rank. Ranks use unrounded means. Source: Rozen et al. 2025.
    """
    table = np.asarray(scores, dtype=np.float64)
    weight = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=np.float64)
    present = ~np.isnan(table)
    total = weight @ present
    means = np.where(total > 0, weight @ np.where(present, table, 0.0) / np.where(total > 0, total, 1.0), np.nan)
    return ValueRanking(means, stats.rankdata(-means, nan_policy="omit"), present.sum(axis=0).astype(np.int64))


def ranking_correlation(means: ArrayLike, human_means: ArrayLike) -> RankingCorrelation:
    """Spearman rho between two lists of value means, with its two-sided p.

    means, human_means: (n_values,), in the same order and unrounded; values missing on either side are left out. NaN
    below three shared values or without variance. Source: Rozen et al. 2025.
    """
    found = spearman(means, human_means)
    return RankingCorrelation(found.r, found.p)


def identical_answers(item_scores: ArrayLike) -> NDArray[np.int64]:
    """How often every person gave their most frequent answer.

    item_scores: (n_people, n_items), NaN = missing and not counted → (n_people,).
    """
    scores = np.asarray(item_scores, dtype=np.float64)
    best = np.zeros(len(scores), dtype=np.int64)
    for code in np.unique(scores[~np.isnan(scores)]):
        best = np.maximum(best, (scores == code).sum(axis=1))
    return best


def low_effort(item_scores: ArrayLike, *, max_missing: int = 5, max_identical: int = 16) -> NDArray[np.bool_]:
    """Who is to be left out: more than `max_missing` missing or more than `max_identical` identical answers.

    item_scores: (n_people, n_items), NaN = missing → (n_people,). The defaults are the rule for the 21 items of the
    European Social Survey; give your own for another length. Source: Schwartz's scoring instructions for the ESS.
    """
    scores = np.asarray(item_scores, dtype=np.float64)
    missing = np.isnan(scores).sum(axis=1)
    return np.asarray((missing > max_missing) | (identical_answers(scores) > max_identical))


def _checked(
    item_scores: ArrayLike, value_of_item: Sequence[Hashable] | ArrayLike, values: Sequence[Hashable] | None
) -> tuple[FloatArray, list[NDArray[np.bool_]]]:
    scores = np.asarray(item_scores, dtype=np.float64)
    keys: NDArray[Any] = np.asarray(value_of_item)
    if scores.ndim != 2 or scores.shape[1] != len(keys):
        raise ValueError(
            f"item_scores has shape {scores.shape} but value_of_item names {len(keys)} items; "
            "give (n_people, n_items) and one value per item"
        )
    wanted = np.unique(keys).tolist() if values is None else list(values)
    columns = [np.asarray(keys == value) for value in wanted]
    empty = [value for value, column in zip(wanted, columns, strict=True) if not column.any()]
    if empty:
        raise ValueError(f"no item measures {', '.join(map(repr, empty))}; check value_of_item against values")
    return scores, columns
