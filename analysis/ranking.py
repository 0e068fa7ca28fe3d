"""How closely a population's mean value ranking follows a reference, and whether two administrations differ in that.

Knows no record. Spearman's rho of weighted mean centered scores with the reference means (Rozen et al. 2025, first
order).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from analysis.correlation import FisherTest, compare_correlations
from analysis.sums import (
    Estimate,
    Floats,
    SumStatistic,
    interval_of_draws,
    permuted_sums,
    resampled_sums,
    sum_interval,
)

__all__ = ["RankingComparison", "compare_rankings", "ranking_agreement"]

Sides = tuple[Floats, Floats]


def ranking_agreement(
    centered: ArrayLike,
    reference_means: ArrayLike,
    rng: np.random.Generator,
    *,
    weights: ArrayLike | None = None,
    resamples: int = 999,
) -> Estimate:
    """Spearman rho of the mean of `centered` with `reference_means`, BCa interval over respondents.

    centered: (n_people, n_values), NaN = missing (left out value by value). reference_means: (n_values,). NaN where a
    value has no score at all or where all means are equal; n counts the people with at least one score. Source: Rozen
    et al. 2025, who give no interval.
    """
    columns = _mean_columns(centered, weights)
    columns = columns[columns.any(axis=1)]
    return sum_interval(columns, _rho_with(reference_means), rng, resamples=resamples)


class RankingComparison(NamedTuple):
    """Two administrations' rank correlations with one reference, and whether they differ.

    `fisher` is the field's test: it treats the n_values values as the sample, and the two correlations as independent.
    `difference` (first less second) and `p` treat the respondents as the sample; p is of shuffling, two-sided.
    """

    first: Estimate
    second: Estimate
    fisher: FisherTest
    n_values: int
    difference: Estimate
    p: float
    is_paired: bool


def compare_rankings(
    first: ArrayLike,
    second: ArrayLike,
    reference_means: ArrayLike,
    rng: np.random.Generator,
    *,
    paired: bool = False,
    weights: tuple[ArrayLike | None, ArrayLike | None] = (None, None),
    resamples: int = 999,
) -> RankingComparison:
    """Whether two administrations (battery and serial) agree differently well with a reference ranking.

    first, second: (n_people, n_values) centered, NaN = missing; reference_means: (n_values,). With `paired` row k of
    both is the same persona: drawn as one, and for p the two administrations are swapped; personas without any score in
    either are left out. Otherwise people are drawn and shuffled between two groups. The difference has a percentile
    interval; Fisher's z takes n = n_values on both sides. NaN for Fisher's test where a rho is exactly 1 or -1, and
    throughout where one cannot be formed. Source: Rozen et al. 2025 (Fisher's z); Efron and Tibshirani 1993.
    """
    columns = [_mean_columns(scores, weight) for scores, weight in zip((first, second), weights, strict=True)]
    if paired and columns[0].shape != columns[1].shape:
        raise ValueError(f"paired rankings need the same people; got {columns[0].shape[0]} and {columns[1].shape[0]}")
    known = [part.any(axis=1) for part in columns]
    if paired:
        known = [known[0] & known[1]] * 2
    columns = [part[kept] for part, kept in zip(columns, known, strict=True)]
    rho = _rho_with(reference_means)
    estimates = [sum_interval(part, rho, rng, resamples=resamples) for part in columns]
    gap = estimates[0].value - estimates[1].value
    drawn, shuffled = (_paired if paired else _unpaired)(columns[0], columns[1], resamples, rng)
    gaps, chance = (rho(sides[0]) - rho(sides[1]) for sides in (drawn, shuffled))
    n_values = len(np.asarray(reference_means))
    p = float((1 + (np.abs(chance) >= abs(gap) - 1e-12).sum()) / (1 + len(chance))) if np.isfinite(gap) else np.nan
    return RankingComparison(
        estimates[0],
        estimates[1],
        compare_correlations(estimates[0].value, n_values, estimates[1].value, n_values),
        n_values,
        interval_of_draws(gap, gaps, min(part.n for part in estimates)),
        p,
        paired,
    )


def _paired(first: Floats, second: Floats, resamples: int, rng: np.random.Generator) -> tuple[Sides, Sides]:
    """Sums of both sides for drawn personas, and for personas whose two sides are swapped at random."""
    width = first.shape[1]
    drawn = resampled_sums(np.hstack([first, second]), resamples, rng)
    swapped = rng.integers(0, 2, size=(resamples, len(first))).astype(np.float64)
    change = swapped @ (second - first)
    return (drawn[:, :width], drawn[:, width:]), (first.sum(axis=0) + change, second.sum(axis=0) - change)


def _unpaired(first: Floats, second: Floats, resamples: int, rng: np.random.Generator) -> tuple[Sides, Sides]:
    """Sums of both groups for people drawn within each, and for people shuffled between them."""
    drawn = resampled_sums(first, resamples, rng), resampled_sums(second, resamples, rng)
    in_first = np.arange(len(first) + len(second)) < len(first)
    return drawn, permuted_sums(np.vstack([first, second]), in_first, resamples, rng)


def _mean_columns(centered: ArrayLike, weights: ArrayLike | None) -> Floats:
    """What weighted means are made of: weighted scores and weights where known, (n_people, 2 n_values)."""
    scores = np.asarray(centered, dtype=np.float64)
    weight = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    known = ~np.isnan(scores)
    return np.hstack([np.where(known, scores, 0.0) * weight[:, None], known * weight[:, None]])


def _rho_with(reference_means: ArrayLike) -> SumStatistic:
    """Spearman's rho of the means with the reference, from sums of `_mean_columns`."""
    reference = _standardized_ranks(np.asarray(reference_means, dtype=np.float64)[None, :])[0]
    n_values = len(reference)

    def rho(sums: Floats) -> Floats:
        counts = sums[:, n_values:]
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(counts > 0, sums[:, :n_values] / counts, np.nan)
        ranks = _standardized_ranks(means)
        # Two rhos lie much further apart than rounding; a perfect one must be exactly 1.
        return np.where(np.isnan(means).any(axis=1), np.nan, np.round(ranks @ reference, 12))

    return rho


def _standardized_ranks(rows: Floats) -> Floats:
    """Average ranks of every row, centered and scaled to length 1, so that a dot product is Spearman's rho."""
    ranks = np.asarray(rankdata(np.round(rows, 12), axis=1), dtype=np.float64)
    ranks -= ranks.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(ranks / np.sqrt((ranks**2).sum(axis=1, keepdims=True)), dtype=np.float64)
