"""Bootstrap intervals for any statistic of rows, or of whole groups of rows. Knows no survey.

Resampling draws rows with replacement, or clusters where rows belong together (answers of one person, items of one
topic). BCa corrects bias and skewness from the resamples and a jackknife over the same units. Source: Efron and
Tibshirani 1993, chapters 13 and 14; agrees with scipy.stats.bootstrap.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.distributions import FloatArray, IntArray, group_codes

__all__ = ["BootstrapInterval", "Interval", "bootstrap_ci", "bootstrap_interval", "cluster_bootstrap_ci"]

Method = Literal["BCa", "percentile", "basic"]
Statistic = Callable[..., Any]

N_RESAMPLES = 9_999
NUMBERS_AT_ONCE = 2_000_000


class Interval(NamedTuple):
    """Two bounds; both NaN where there is no telling."""

    low: float
    high: float


class BootstrapInterval(NamedTuple):
    """A statistic with its interval, the method that made it, the number of units drawn and of usable resamples.

    `method` says "percentile" where BCa could not be formed, and "constant" where every resample gave one value.
    """

    estimate: float
    low: float
    high: float
    method: str
    n_units: int
    n_resamples: int


class _Sample(NamedTuple):
    """Rows, the unit each belongs to (None: its own), and the number of units."""

    rows: FloatArray
    codes: IntArray | None
    n_units: int

    @property
    def unit(self) -> IntArray:
        return np.arange(self.n_units) if self.codes is None else self.codes


def bootstrap_ci(
    values: ArrayLike,
    statistic: Statistic,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    method: Method = "BCa",
) -> Interval:
    """Bootstrap confidence interval of a statistic: (low, high).

    values: (n,) or (n, k) rows; rows with a NaN are left out. statistic: takes the rows and gives a number; if it
    takes `axis` it is called on many resamples at once. All values equal: (statistic, statistic). NaN for fewer than
    two rows or a statistic that is NaN. Resamples whose statistic is NaN are left out. Where BCa cannot be formed
    the percentile interval is given (`bootstrap_interval` says so). Source: Efron 1987; Moore et al. 2024 (BCa,
    9,999 resamples, mean).
    """
    return Interval(
        *bootstrap_interval(values, statistic, rng, confidence=confidence, n_resamples=n_resamples, method=method)[1:3]
    )


def cluster_bootstrap_ci(
    values: ArrayLike,
    clusters: Sequence[Hashable] | ArrayLike,
    statistic: Statistic,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    method: Method = "BCa",
) -> Interval:
    """Bootstrap confidence interval that draws whole clusters (people, topics): (low, high).

    values: (n,) or (n, k) rows; clusters: (n,) labels. As `bootstrap_ci` otherwise; NaN for fewer than two clusters.
    Source: Davison and Hinkley 1997, section 3.8.
    """
    found = bootstrap_interval(
        values, statistic, rng, clusters=clusters, confidence=confidence, n_resamples=n_resamples, method=method
    )
    return Interval(found.low, found.high)


def bootstrap_interval(
    values: ArrayLike,
    statistic: Statistic,
    rng: np.random.Generator,
    *,
    clusters: Sequence[Hashable] | ArrayLike | None = None,
    confidence: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    method: Method = "BCa",
) -> BootstrapInterval:
    """A statistic with its bootstrap interval and how it was made; rules as in `bootstrap_ci`.

    values: (n,) or (n, k); clusters: (n,) labels, None to draw rows. Source: Efron 1987.
    """
    if method not in ("BCa", "percentile", "basic"):
        raise ValueError(f"unknown method {method!r}; use BCa, percentile or basic")
    rows = np.asarray(values, dtype=np.float64)
    keep = ~np.isnan(rows).any(axis=tuple(range(1, rows.ndim)))
    codes = None
    if clusters is not None:
        codes = group_codes(np.asarray(clusters)[keep])[1]
    rows = rows[keep]
    n_units = len(rows) if codes is None else int(codes.max(initial=-1)) + 1
    estimate = float(statistic(rows)) if len(rows) else float("nan")
    if n_units < 2 or np.isnan(estimate):
        return BootstrapInterval(estimate, np.nan, np.nan, method, n_units, 0)
    if np.all(rows == rows[0]):
        return BootstrapInterval(estimate, estimate, estimate, "constant", n_units, 0)
    sample = _Sample(rows, codes, n_units)
    tails = np.array([(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    draws, jackknife = _resampled(sample, statistic, rng, n_resamples, method)
    return _interval(estimate, draws, jackknife, tails, method)._replace(n_units=n_units)


def _interval(
    estimate: float, draws: FloatArray, jackknife: FloatArray, tails: FloatArray, method: Method
) -> BootstrapInterval:
    draws = draws[~np.isnan(draws)]
    if len(draws) == 0:
        return BootstrapInterval(estimate, np.nan, np.nan, method, 0, 0)
    if np.all(draws == draws[0]):
        return BootstrapInterval(estimate, float(draws[0]), float(draws[0]), "constant", 0, len(draws))
    used: str = method
    if method == "BCa":
        adjusted = bca_tails(estimate, draws, jackknife, tails)
        if np.isnan(adjusted).any():
            used = "percentile"
        else:
            tails = adjusted
    low, high = np.quantile(draws, tails)
    if method == "basic":
        low, high = 2.0 * estimate - high, 2.0 * estimate - low
    return BootstrapInterval(estimate, float(low), float(high), used, 0, len(draws))


def bca_tails(estimate: float, draws: FloatArray, jackknife: FloatArray, tails: FloatArray) -> FloatArray:
    """The quantile levels that BCa reads off the resamples; NaN where bias or acceleration cannot be formed."""
    below = (np.mean(draws < estimate) + np.mean(draws <= estimate)) / 2.0
    jackknife = jackknife[~np.isnan(jackknife)]
    gaps = jackknife.mean() - jackknife if len(jackknife) else np.zeros(1)
    spread = float((gaps**2).sum())
    if below in (0.0, 1.0) or spread == 0:
        return np.full(2, np.nan)
    acceleration = float((gaps**3).sum()) / (6.0 * spread**1.5)
    bias = stats.norm.ppf(below)
    z = bias + stats.norm.ppf(tails)
    return np.asarray(stats.norm.cdf(bias + z / (1.0 - acceleration * z)), dtype=np.float64)


def _resampled(
    sample: _Sample, statistic: Statistic, rng: np.random.Generator, n_resamples: int, method: Method
) -> tuple[FloatArray, FloatArray]:
    """The statistic of every resample, and with one unit left out at a time (BCa only)."""
    if statistic is np.mean and sample.rows.ndim == 1:
        return _mean_draws(sample, rng, n_resamples)
    if sample.codes is not None:
        return _cluster_draws(sample, statistic, rng, n_resamples, method)
    rows, n = sample.rows, len(sample.rows)
    block = max(1, NUMBERS_AT_ONCE // rows.size)
    parts = [
        _apply(statistic, rows, rng.integers(0, n, (min(block, n_resamples - done), n)))
        for done in range(0, n_resamples, block)
    ]
    left = []
    for first in range(0, n if method == "BCa" else 0, block):
        out = np.arange(first, min(first + block, n))
        others = np.arange(n - 1)[None, :]
        left.append(_apply(statistic, rows, others + (others >= out[:, None])))
    return np.concatenate(parts), np.concatenate(left) if left else np.empty(0)


def _cluster_draws(
    sample: _Sample, statistic: Statistic, rng: np.random.Generator, n_resamples: int, method: Method
) -> tuple[FloatArray, FloatArray]:
    rows, codes, n_units = sample.rows, sample.unit, sample.n_units
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes, minlength=n_units))[:-1])
    picks = (rng.integers(0, n_units, n_units) for _ in range(n_resamples))
    draws = [statistic(rows[np.concatenate([members[unit] for unit in pick])]) for pick in picks]
    left_out = [statistic(rows[codes != unit]) for unit in range(n_units)] if method == "BCa" else []
    return np.array(draws, dtype=np.float64), np.array(left_out, dtype=np.float64)


def _apply(statistic: Statistic, rows: FloatArray, index: IntArray) -> FloatArray:
    if rows.ndim == 1 and _takes_axis(statistic):
        return np.asarray(statistic(rows[index], axis=1), dtype=np.float64)
    return np.array([statistic(rows[one]) for one in index], dtype=np.float64)


def _takes_axis(statistic: Statistic) -> bool:
    try:
        return "axis" in inspect.signature(statistic).parameters
    except (TypeError, ValueError):
        return False


def _mean_draws(sample: _Sample, rng: np.random.Generator, n_resamples: int) -> tuple[FloatArray, FloatArray]:
    """Means need only sums and counts per unit; equal units are drawn together by a multinomial."""
    values, unit, n_units = sample.rows, sample.unit, sample.n_units
    sums = np.bincount(unit, weights=values, minlength=n_units)
    counts = np.bincount(unit, minlength=n_units).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        jackknife = (values.sum() - sums) / (len(values) - counts)
    kinds, repeats = np.unique(np.stack((sums, counts), axis=1), axis=0, return_counts=True)
    draws = np.empty(n_resamples)
    few = len(kinds) * 4 <= n_units
    block = max(1, NUMBERS_AT_ONCE // (len(kinds) if few else n_units))
    for first in range(0, n_resamples, block):
        size = min(block, n_resamples - first)
        if few:
            drawn = rng.multinomial(n_units, repeats / n_units, size=size) @ kinds
        else:
            index = rng.integers(0, n_units, (size, n_units))
            drawn = np.stack((sums[index].sum(axis=1), counts[index].sum(axis=1)), axis=1)
        draws[first : first + size] = drawn[:, 0] / drawn[:, 1]
    return draws, jackknife
