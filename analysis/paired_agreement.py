"""Two ways of asking the same people: whether one brings the structure of their values closer to a reference.

The rows of both score matrices are the same people in the same order, who stay together when people are resampled.
Rankings are compared by `analysis.ranking.compare_rankings`. Knows no record. Source: Spearman 1904 (correction for
attenuation); Efron and Tibshirani 1993.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import FloatArray
from analysis.noise_correction import correlations_with, noise_share
from analysis.structure_agreement import correlations_of_sums, moment_columns
from analysis.sums import Estimate, interval_of_draws, resampled_sums

__all__ = ["matrix_agreement_difference"]


def matrix_agreement_difference(
    first: ArrayLike, second: ArrayLike, reference: ArrayLike, rng: np.random.Generator, *, resamples: int = 999
) -> Estimate:
    """Matrix agreement of `first` with a reference, less that of `second`, noise taken out; interval over people.

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
    return interval_of_draws(values[0] - values[1], draws[0] - draws[1], n)


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, FloatArray]:
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape or one.ndim != 2:
        raise ValueError(f"scores have shapes {one.shape} and {other.shape}; give the same people and values in both")
    keep = ~(np.isnan(one) | np.isnan(other)).any(axis=1)
    return one[keep], other[keep]
