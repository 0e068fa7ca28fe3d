"""Ratios of sums with 95 % intervals from whole clusters: the answers of one respondent move together.

Knows plain arrays only. Linearization with cluster totals; Student t with one degree of freedom less than there are
clusters. Equals the cluster-robust (CR1) interval of a weighted least-squares slope through the origin.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class ClusteredEstimate(NamedTuple):
    """An estimate with its 95 % interval, and how much it rests on; nan where it cannot be formed."""

    estimate: float
    low: float
    high: float
    n_answers: int
    n_respondents: int


NO_ESTIMATE = ClusteredEstimate(np.nan, np.nan, np.nan, 0, 0)


def cluster_ratio(top: Floats, bottom: Floats, clusters: npt.NDArray[Any]) -> ClusteredEstimate:
    """sum(top) / sum(bottom), all (n_answers,); a zero bottom gives nan, fewer than two clusters no interval."""
    total = float(bottom.sum()) if len(bottom) else 0.0
    if total == 0.0:
        return NO_ESTIMATE
    ratio = float(top.sum()) / total
    numbers = np.unique(clusters, return_inverse=True)[1]
    variance = cluster_variance((top - ratio * bottom) / total, numbers)
    n_clusters = int(numbers.max()) + 1
    return with_interval(ratio, variance, n_clusters - 1, n_answers=len(top), n_respondents=n_clusters)


def cluster_variance(parts: Floats, clusters: npt.NDArray[np.int_]) -> float:
    """Variance of a sum whose `parts` (n_answers,) move together within `clusters` (numbers from 0); nan below two."""
    totals = np.bincount(clusters, parts)
    n = int(np.count_nonzero(np.bincount(clusters)))
    return float(totals @ totals) * n / (n - 1) if n > 1 else float("nan")


def with_interval(
    estimate: float, variance: float, degrees: int, *, n_answers: int, n_respondents: int
) -> ClusteredEstimate:
    """The estimate with its Student t interval; no interval (nan) without a degree of freedom."""
    from scipy.stats import t

    half = float(t.ppf(0.975, degrees)) * float(np.sqrt(variance)) if degrees > 0 else float("nan")
    return ClusteredEstimate(estimate, estimate - half, estimate + half, n_answers, n_respondents)
