"""Ratios of sums with 95 % intervals from whole clusters: the answers of one respondent move together.

Knows plain arrays only. The variance is that of the delete-one-cluster jackknife; Student t with one degree of freedom
less than there are effective clusters, since few clusters may carry most of what is known.
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
    """sum(top) / sum(bottom), all (n_answers,); a zero bottom gives nan, fewer than two clusters no interval.

    The effective number of clusters is (sum B)^2 / sum B^2 with B a cluster's share of the bottom: their number where
    all carry the same, less where some carry more.
    """
    total = float(bottom.sum()) if len(bottom) else 0.0
    if total == 0.0:
        return NO_ESTIMATE
    ratio = float(top.sum()) / total
    numbers = np.unique(clusters, return_inverse=True)[1]
    tops, bottoms = np.bincount(numbers, top), np.bincount(numbers, bottom)
    n_clusters, effective = len(tops), total**2 / float(bottoms @ bottoms)
    others = total - bottoms
    if n_clusters < 2 or not others.all():
        variance = float("nan")
    else:
        moved = (tops - ratio * bottoms) / others
        variance = (n_clusters - 1) / n_clusters * float(moved @ moved)
    return with_interval(ratio, variance, effective - 1, n_answers=len(top), n_respondents=n_clusters)


def cluster_variance(parts: Floats, clusters: npt.NDArray[np.int_]) -> float:
    """Variance of a sum whose `parts` (n_answers,) move together within `clusters` (numbers from 0); nan below two."""
    totals = np.bincount(clusters, parts)
    n = int(np.count_nonzero(np.bincount(clusters)))
    return float(totals @ totals) * n / (n - 1) if n > 1 else float("nan")


def with_interval(
    estimate: float, variance: float, degrees: float, *, n_answers: int, n_respondents: int
) -> ClusteredEstimate:
    """The estimate with its Student t interval; no interval (nan) where there are no degrees of freedom."""
    from scipy.stats import t

    half = float(t.ppf(0.975, degrees)) * float(np.sqrt(variance)) if degrees > 0 else float("nan")
    return ClusteredEstimate(estimate, estimate - half, estimate + half, n_answers, n_respondents)
