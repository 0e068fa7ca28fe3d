"""How sure a number is: bootstrap, proportion and mean intervals, permutation p-values, tests from summaries.

Knows no survey. Random methods take `rng`. An interval that cannot be formed is NaN, never zero wide.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.bootstrap import BootstrapInterval, Interval, bootstrap_ci, bootstrap_interval, cluster_bootstrap_ci
from analysis.distributions import FloatArray, group_codes
from personas.weights import effective_sample_size

__all__ = [
    "BootstrapInterval",
    "Interval",
    "MeanInterval",
    "PermutationTest",
    "ProportionInterval",
    "TTest",
    "bootstrap_ci",
    "bootstrap_interval",
    "cluster_bootstrap_ci",
    "clustered_proportion_interval",
    "mean_interval",
    "permutation_p_value",
    "permutation_test",
    "proportion_interval",
    "t_test_from_summaries",
    "weighted_proportion_interval",
]

Alternative = Literal["greater", "less", "two-sided"]


class ProportionInterval(NamedTuple):
    """A weighted proportion with its interval, the number of cases and their effective number."""

    proportion: float
    low: float
    high: float
    n: int
    n_effective: float


class MeanInterval(NamedTuple):
    """A mean with its interval and standard error, and the numbers of cases, clusters and effective cases."""

    mean: float
    low: float
    high: float
    standard_error: float
    n: int
    n_clusters: int
    n_effective: float


class PermutationTest(NamedTuple):
    """The observed statistic and its permutation p-value."""

    observed: float
    p: float


class TTest(NamedTuple):
    """Student's t, its degrees of freedom and its two-sided p."""

    t: float
    df: float
    p: float


def proportion_interval(n_successes: float, n: float, *, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion: (low, high), inside [0, 1] and sensible at 0 and 1.

    n may be an effective sample size. NaN for n of 0 or less. Source: Wilson 1927; equals
    scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
    """
    if not n > 0:
        return Interval(float("nan"), float("nan"))
    if not 0 <= n_successes <= n:
        raise ValueError(f"{n_successes} successes out of {n}; successes must lie between 0 and n")
    p, z = n_successes / n, float(stats.norm.isf((1.0 - confidence) / 2.0))
    shrink = 1.0 + z * z / n
    center = (p + z * z / (2.0 * n)) / shrink
    half = z / shrink * np.sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n))
    low = 0.0 if n_successes == 0 else max(center - half, 0.0)
    high = 1.0 if n_successes == n else min(center + half, 1.0)
    return Interval(float(low), float(high))


def weighted_proportion_interval(
    indicator: ArrayLike, weights: ArrayLike | None = None, *, confidence: float = 0.95
) -> ProportionInterval:
    """Weighted proportion with Wilson's interval at Kish's effective sample size.

    indicator: (n,) 0, 1 or True, False, NaN = missing and left out with its weight; weights: (n,), None for equal ones.
    NaN if nobody is left. Source: Wilson 1927; Kish 1965.
    """
    values = np.asarray(indicator, dtype=np.float64)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    keep = ~np.isnan(values) & (weight > 0)
    values, weight = values[keep], weight[keep]
    if np.any((values != 0) & (values != 1)):
        raise ValueError("indicator: entries must be 0, 1 or NaN")
    if len(values) == 0:
        return ProportionInterval(np.nan, np.nan, np.nan, 0, 0.0)
    effective = effective_sample_size(weight)
    share = float(weight @ values / weight.sum())
    if np.ptp(values) == 0:
        share = float(values[0])
    low, high = proportion_interval(share * effective, effective, confidence=confidence)
    return ProportionInterval(share, low, high, len(values), effective)


def clustered_proportion_interval(
    indicator: ArrayLike,
    clusters: Sequence[Hashable] | ArrayLike,
    weights: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> ProportionInterval:
    """Weighted proportion with Wilson's interval at the number of independent cases its variance is worth.

    indicator: (n,) 0, 1 or True, False, NaN = missing and left out with its weight; clusters: (n,) labels, whose cases
    move together; weights: (n,), None for equal ones. With v the cluster-robust variance the effective number is
    p (1 - p) / v, at most Kish's; where all cases are alike, or one cluster is all there is, Kish's. NaN if nobody is
    left. Source: Wilson 1927; Kish 1965; Korn and Graubard 1998.
    """
    values = np.asarray(indicator, dtype=np.float64)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    keep = ~np.isnan(values) & (weight > 0)
    whole = weighted_proportion_interval(values[keep], weight[keep], confidence=confidence)
    error = mean_interval(values[keep], weights=weight[keep], clusters=np.asarray(clusters)[keep]).standard_error
    if whole.n == 0 or np.ptp(values[keep]) == 0 or not error > 0:
        return whole
    share = min(whole.proportion, 1.0)
    effective = min(share * (1.0 - share) / error**2, whole.n_effective)
    low, high = proportion_interval(share * effective, effective, confidence=confidence)
    return ProportionInterval(share, low, high, whole.n, effective)


def mean_interval(
    values: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    clusters: Sequence[Hashable] | ArrayLike | None = None,
    confidence: float = 0.95,
) -> MeanInterval:
    """Weighted mean with a cluster-robust t interval (CR1, one less than the number of clusters degrees of freedom).

    values: (n,), NaN left out; weights: (n,); clusters: (n,) labels, each case its own cluster if None. Without
    weights and clusters it is the ordinary t interval. Standard error and bounds are NaN below two clusters. Source:
    Liang and Zeger 1986; equals R survey's svymean and statsmodels' OLS with cov_type="cluster".
    """
    rows = np.asarray(values, dtype=np.float64)
    weight = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
    keep = ~np.isnan(rows) & (weight > 0)
    codes = np.arange(keep.sum()) if clusters is None else group_codes(np.asarray(clusters)[keep])[1]
    rows, weight = rows[keep], weight[keep]
    if len(rows) == 0:
        return MeanInterval(np.nan, np.nan, np.nan, np.nan, 0, 0, 0.0)
    mean = float(weight @ rows / weight.sum())
    n_clusters, effective = int(codes.max()) + 1, effective_sample_size(weight)
    if n_clusters < 2:
        return MeanInterval(mean, np.nan, np.nan, np.nan, len(rows), n_clusters, effective)
    scores = np.bincount(codes, weights=weight * (rows - mean), minlength=n_clusters)
    error = float(np.sqrt(n_clusters / (n_clusters - 1) * (scores**2).sum()) / weight.sum())
    reach = float(stats.t.isf((1.0 - confidence) / 2.0, n_clusters - 1)) * error
    return MeanInterval(mean, mean - reach, mean + reach, error, len(rows), n_clusters, effective)


def permutation_p_value(observed: float, null: ArrayLike, *, alternative: Alternative = "greater") -> float:
    """Share of permuted statistics at least as extreme as the observed one, itself counted: (1 + count) / (1 + n).

    null: (n_permutations,), NaN left out. "two-sided" doubles the smaller side, at most 1. NaN if `observed` is.
    Never 0. Source: Phipson and Smyth 2010.
    """
    draws = np.asarray(null, dtype=np.float64)
    draws = draws[~np.isnan(draws)]
    if np.isnan(observed):
        return float("nan")
    # Permutations that equal the observed order may differ from it by rounding.
    slack = 1e-12 * max(1.0, abs(observed))
    upper = (1.0 + np.sum(draws >= observed - slack)) / (1.0 + len(draws))
    lower = (1.0 + np.sum(draws <= observed + slack)) / (1.0 + len(draws))
    if alternative == "two-sided":
        return float(min(1.0, 2.0 * min(upper, lower)))
    return float(upper if alternative == "greater" else lower)


def permutation_test(
    first: ArrayLike,
    second: ArrayLike,
    statistic: Callable[[FloatArray, FloatArray], float],
    rng: np.random.Generator,
    *,
    n_permutations: int = 9_999,
    alternative: Alternative = "two-sided",
) -> PermutationTest:
    """Permutation test of two groups: members change groups at random, the sizes stay.

    first, second: (n1,), (n2,) or rows (n1, k), (n2, k), one row per independent unit; statistic(first, second) is a
    number. NaN if either group is empty. Source: Phipson and Smyth 2010.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if len(a) == 0 or len(b) == 0:
        return PermutationTest(float("nan"), float("nan"))
    observed, pooled = float(statistic(a, b)), np.concatenate((a, b))
    null = np.empty(n_permutations)
    for i in range(n_permutations):
        order = rng.permutation(len(pooled))
        null[i] = statistic(pooled[order[: len(a)]], pooled[order[len(a) :]])
    return PermutationTest(observed, permutation_p_value(observed, null, alternative=alternative))


def t_test_from_summaries(
    first: tuple[float, float, int],
    second: tuple[float, float, int],
    *,
    convention: Literal["summed-df", "welch"] = "summed-df",
) -> TTest:
    """Difference of two means from their summaries: t = (m1 - m2) / sqrt(s1^2/n1 + s2^2/n2).

    first, second: (mean, standard deviation, n). "summed-df" has n1 + n2 - 2 degrees of freedom, as published; "welch"
    Welch's. NaN without variance or for n < 2. Source: Liu et al. 2025; Welch 1947.
    """
    (mean1, sd1, n1), (mean2, sd2, n2) = first, second
    if min(n1, n2) < 2 or not sd1**2 + sd2**2 > 0:
        return TTest(float("nan"), float("nan"), float("nan"))
    v1, v2 = sd1**2 / n1, sd2**2 / n2
    t = (mean1 - mean2) / np.sqrt(v1 + v2)
    df = float(n1 + n2 - 2)
    if convention == "welch":
        df = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    return TTest(float(t), df, float(2.0 * stats.t.sf(abs(t), df)))
