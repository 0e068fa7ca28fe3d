"""Correlations that say how sure they are: r, p and n, and the test of two of them. Knows only arrays.

NaN when fewer than three pairs are left or either side has no variance. Pairs with a NaN are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

__all__ = ["Correlation", "FisherTest", "compare_correlations", "correlation_p_value", "pearson", "spearman"]


class Correlation(NamedTuple):
    """A correlation, its two-sided p-value and the number of pairs it rests on."""

    r: float
    p: float
    n: int


class FisherTest(NamedTuple):
    """The difference of two independent correlations on Fisher's scale: z and its two-sided p."""

    z: float
    p: float


def pearson(x: ArrayLike, y: ArrayLike) -> Correlation:
    """Pearson correlation with its two-sided p from Student's t with n - 2 degrees of freedom.

    x, y: (n,); pairs with a NaN are left out. NaN for n < 3 or zero variance. Source: equals scipy.stats.pearsonr.
    """
    return _correlate(x, y, ranks=False)


def spearman(x: ArrayLike, y: ArrayLike) -> Correlation:
    """Spearman rank correlation (average ranks) with its two-sided p from Student's t with n - 2 degrees of freedom.

    x, y: (n,); pairs with a NaN are left out. NaN for n < 3 or zero variance. Source: equals scipy.stats.spearmanr.
    """
    return _correlate(x, y, ranks=True)


def _correlate(x: ArrayLike, y: ArrayLike, *, ranks: bool) -> Correlation:
    left, right = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError(f"x and y must be lists of equal length; got shapes {left.shape} and {right.shape}")
    both = ~(np.isnan(left) | np.isnan(right))
    left, right, n = left[both], right[both], int(both.sum())
    if n < 3 or np.ptp(left) == 0 or np.ptp(right) == 0:
        return Correlation(float("nan"), float("nan"), n)
    if ranks:
        left, right = stats.rankdata(left), stats.rankdata(right)
    left, right = left - left.mean(), right - right.mean()
    # Scaled first, so that tiny values do not underflow when squared.
    left, right = left / np.abs(left).max(), right / np.abs(right).max()
    r = float(np.clip(left @ right / np.sqrt((left @ left) * (right @ right)), -1.0, 1.0))
    return Correlation(r, correlation_p_value(r, n), n)


def correlation_p_value(r: float, n: int) -> float:
    """Two-sided p of a correlation of n pairs: Student's t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees of freedom.

    NaN for n < 3 and NaN r; 0 for a correlation of exactly 1 or -1. Source: equals scipy.stats.pearsonr.
    """
    if n < 3 or not abs(r) <= 1.0:
        return float("nan")
    if abs(r) == 1.0:
        return 0.0
    return float(2.0 * stats.t.sf(abs(r) * np.sqrt((n - 2) / (1.0 - r * r)), n - 2))


def compare_correlations(r1: float, n1: int, r2: float, n2: int) -> FisherTest:
    """Test whether two independent correlations differ: z = (atanh r1 - atanh r2) / sqrt(1/(n1-3) + 1/(n2-3)).

    NaN for a correlation of exactly 1 or -1, for NaN, and for n of 3 or less. Source: Fisher 1921; Rozen et al. 2025.
    """
    if not (abs(r1) < 1 and abs(r2) < 1) or min(n1, n2) <= 3:
        return FisherTest(float("nan"), float("nan"))
    z = float((np.arctanh(r1) - np.arctanh(r2)) / np.sqrt(1.0 / (n1 - 3) + 1.0 / (n2 - 3)))
    return FisherTest(z, float(2.0 * stats.norm.sf(abs(z))))
