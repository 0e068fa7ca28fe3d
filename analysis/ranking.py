"""How closely a population's mean value ranking follows a reference ranking, with an interval over respondents.

Knows no record. Spearman's rho of weighted mean centered scores with the reference means (Rozen et al. 2025, first
order).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from analysis.sums import Estimate, Floats, sum_interval


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
    value has no score at all or where all means are equal; n counts the people with at least one score.
    """
    scores = np.asarray(centered, dtype=np.float64)
    weight = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    known = ~np.isnan(scores)
    scores, known, weight = (part[known.any(axis=1)] for part in (scores, known, weight))
    n_values = scores.shape[1]
    columns = np.hstack([np.where(known, scores, 0.0) * weight[:, None], known * weight[:, None]])
    reference = _standardized_ranks(np.asarray(reference_means, dtype=np.float64)[None, :])[0]

    def rho(sums: Floats) -> Floats:
        counts = sums[:, n_values:]
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(counts > 0, sums[:, :n_values] / counts, np.nan)
        ranks = _standardized_ranks(means)
        return np.where(np.isnan(means).any(axis=1), np.nan, ranks @ reference)

    return sum_interval(columns, rho, rng, resamples=resamples)


def _standardized_ranks(rows: Floats) -> Floats:
    """Average ranks of every row, centered and scaled to length 1, so that a dot product is Spearman's rho."""
    ranks = np.asarray(rankdata(np.round(rows, 12), axis=1), dtype=np.float64)
    ranks -= ranks.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(ranks / np.sqrt((ranks**2).sum(axis=1, keepdims=True)), dtype=np.float64)
