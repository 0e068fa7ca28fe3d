"""From some interviews to all: totals with an interval, by regression on how much each respondent remembers.

Prompts grow with the memory, and the design says beforehand how much everybody will remember; so what some interviews
needed is carried over to the others along a line (regression estimator: Cochran 1977, Sampling Techniques, ch. 7). The
interval is that of the spread around the line, with Student's t. Pure numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A total with its 95 % interval; low and high are nan where too few interviews were looked at."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Estimate:
        """The same in another unit."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


def total(
    needed: Sequence[float], size: Sequence[float], all_sizes: Sequence[float], *, level: float = 0.95
) -> Estimate:
    """The total of all interviews, from what some of them `needed`.

    needed, size: (n_looked_at,), what each needed and how much it remembers; all_sizes: (n_interviews,). Where sizes
    do not differ, or fewer than 4 were looked at, the mean per interview is carried over. Everybody looked at: exact.
    """
    y, x, everybody = np.asarray(needed, float), np.asarray(size, float), np.asarray(all_sizes, float)
    n, n_all = len(y), len(everybody)
    if n == n_all:
        return Estimate(float(y.sum()), float(y.sum()), float(y.sum()))
    slope, n_fitted = 0.0, 1
    if n >= 4 and np.ptp(x) > 0:
        slope, n_fitted = float(np.cov(x, y)[0, 1] / np.var(x, ddof=1)), 2
    value = n_all * float(y.mean() + slope * (everybody.mean() - x.mean()))
    if n <= n_fitted:
        return Estimate(value, math.nan, math.nan)
    residuals = y - y.mean() - slope * (x - x.mean())
    spread = math.sqrt(float(residuals @ residuals) / (n - n_fitted))
    error = n_all * spread * math.sqrt((1 - n / n_all) / n) * student_t(level, n - n_fitted)
    return Estimate(value, value - error, value + error)


def student_t(level: float, degrees: int) -> float:
    """The two-sided quantile of Student's t."""
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, degrees))


def spread_over(order: Sequence[tuple[float, ...]], n: int) -> list[int]:
    """`n` places spread evenly over everybody sorted by these keys: each stands for as many others."""
    ranked = sorted(range(len(order)), key=lambda place: order[place])
    n = min(n, len(ranked))
    return sorted(ranked[(2 * step + 1) * len(ranked) // (2 * n)] for step in range(n))
