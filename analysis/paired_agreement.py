"""Two ways of asking the same people: whether one brings their values closer to a reference than the other.

Differences of rank and of matrix agreement with a reference, with intervals over people, who stay together in both.
Knows no record: scores are matrices whose rows are the same people in the same order. Source: Rozen et al. 2025 compare
whole and serial administration by two independent correlations (Fisher's z); here people are paired.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from analysis.distributions import FloatArray
from analysis.noise_correction import correlations_with, noise_share
from analysis.structure_agreement import correlations_of_sums, moment_columns
from analysis.sums import Estimate, interval_of_draws, resampled_sums, sum_interval

__all__ = ["matrix_agreement_difference", "ranking_difference"]


def ranking_difference(
    first: ArrayLike, second: ArrayLike, reference_means: ArrayLike, rng: np.random.Generator, *, resamples: int = 999
) -> Estimate:
    """Spearman rho of the means of `second` with a reference, less that of `first`; percentile interval over people.

    first, second: (n_people, n_values) centered scores of the same people; who has a NaN in either is left out.
    reference_means: (n_values,). NaN where the means of one side are all equal; n counts the people kept.
    """
    one, other = _pair(first, second)
    n_values = one.shape[1]
    target = _standardized_ranks(np.asarray(reference_means, dtype=np.float64)[None])[0]

    def difference(sums: FloatArray) -> FloatArray:
        sides = (sums[:, :n_values], sums[:, n_values:])
        before, after = (_standardized_ranks(np.asarray(side)) @ target for side in sides)
        return np.asarray(after - before, dtype=np.float64)

    return sum_interval(np.hstack([one, other]), difference, rng, resamples=resamples, method="percentile")


def matrix_agreement_difference(
    first: ArrayLike, second: ArrayLike, reference: ArrayLike, rng: np.random.Generator, *, resamples: int = 999
) -> Estimate:
    """Matrix agreement of `second` with a reference, less that of `first`, noise taken out; interval over people.

    first, second: (n_people, n_values) centered scores of the same people; who has a NaN in either is left out.
    reference: (n_values, n_values) correlations. Agreement is Pearson's r off the diagonal, each side's corrected for
    its own sampling noise as in `analysis.matrix_agreement`: noise lowers the weaker structure more, which is no
    difference of structure. NaN where a value does not vary on one side, or one side is nothing but noise; n counts the
    people kept.
    """
    sides = _pair(first, second)
    n, n_values = sides[0].shape
    upper = np.triu_indices(n_values, k=1)
    target = np.asarray(reference, dtype=np.float64)[upper]
    columns = [moment_columns(side, np.ones(n)) for side in sides]
    sums = resampled_sums(np.hstack(columns), resamples, rng) if n > 1 else np.empty((0, 2 * columns[0].shape[1]))
    values, draws = [], []
    for side, drawn in zip(columns, np.split(sums, 2, axis=1), strict=True):
        entries = [correlations_of_sums(part, n_values)[:, *upper] for part in (side.sum(axis=0)[None], drawn)]
        noise = noise_share(correlations_with(entries[1], entries[0][0])) if n > 1 else np.inf
        if not noise < 1.0:
            return Estimate(np.nan, np.nan, np.nan, n)
        plain, resampled = (correlations_with(part, target) for part in entries)
        values.append(float(np.clip(plain[0] / np.sqrt(1.0 - noise), -1.0, 1.0)))
        # A resample holds the noise twice: that of the sample, and its own.
        draws.append(np.clip(resampled * np.sqrt((1.0 + noise) / (1.0 - noise)), -1.0, 1.0))
    return interval_of_draws(values[1] - values[0], draws[1] - draws[0], n)


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, FloatArray]:
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape or one.ndim != 2:
        raise ValueError(f"scores have shapes {one.shape} and {other.shape}; give the same people and values in both")
    keep = ~(np.isnan(one) | np.isnan(other)).any(axis=1)
    return one[keep], other[keep]


def _standardized(rows: FloatArray) -> FloatArray:
    """Every row centered and scaled to length 1, so that dot products are correlations; NaN for a constant row."""
    centered = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt((centered**2).sum(axis=1, keepdims=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(centered / np.where(length > 0, length, np.nan), dtype=np.float64)


def _standardized_ranks(rows: FloatArray) -> FloatArray:
    ranks = rankdata(np.round(rows, 9), axis=1)
    return _standardized(np.asarray(ranks, dtype=np.float64))
