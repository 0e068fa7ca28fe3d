"""Coefficients of agreement with bootstrap intervals that keep the replies of one respondent together.

Every coefficient depends on the rated units only through sums over them, so that resampling clusters is one matrix
product (`analysis.sums`). Values equal those of `analysis.agreement`. Knows no rubric and no record.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement import Level
from analysis.distributions import FloatArray, group_codes
from analysis.sums import Estimate, SumStatistic, sum_interval

__all__ = ["Agreement", "agreement_estimates", "alpha_interval", "cohen_interval"]


class Agreement(NamedTuple):
    """How far raters agree about the same units, every coefficient with its 95 % interval.

    percent: share of pairs that agree; fleiss: over units that every rater rated; alpha: Krippendorff's, nominal; ac1:
    Gwet's. n_units: rated by two or more; n_dropped: units not rated by all, left out of `fleiss`; n_single: units with
    fewer than two ratings, left out of all. `unanimous`: one category was ever chosen, so kappa and alpha are NaN.
    """

    percent: Estimate
    fleiss: Estimate
    alpha: Estimate
    ac1: Estimate
    n_raters: int
    n_units: int
    n_dropped: int
    n_single: int
    unanimous: bool


def agreement_estimates(
    ratings: ArrayLike,
    clusters: Sequence[Hashable] | ArrayLike,
    rng: np.random.Generator,
    *,
    n_categories: int,
    resamples: int = 999,
) -> Agreement:
    """Percent agreement, Fleiss kappa, Krippendorff alpha and Gwet's AC1 of one table of ratings, with intervals.

    ratings: (n_raters, n_units) codes 0 to n_categories - 1, NaN = not rated; clusters: (n_units,) labels.
    Intervals are BCa over clusters; NaN with fewer than two, and where a coefficient cannot be formed. Source: Fleiss
    1971; Krippendorff 2011; Gwet 2008; Efron 1987.
    """
    codes = np.asarray(ratings, dtype=np.float64)
    groups = np.asarray(clusters)
    counts = _counts(codes, n_categories)
    per_unit = counts.sum(axis=1)
    twice, complete = per_unit >= 2, (per_unit == len(codes)) & (len(codes) >= 2)
    occurring = int((counts[twice].sum(axis=0) > 0).sum())

    def estimate(columns: FloatArray, statistic: SumStatistic, used: FloatArray) -> Estimate:
        found = sum_interval(sums_by_cluster(columns, groups[used]), statistic, rng, resamples=resamples)
        return found._replace(n=int(used.sum()))

    return Agreement(
        percent=estimate(_pair_columns(counts[twice]), _ratio, twice),
        fleiss=estimate(_fleiss_columns(counts[complete]), _fleiss, complete),
        alpha=estimate(_coincidences(counts[twice]), _alpha_of("nominal"), twice),
        ac1=estimate(_ac1_columns(counts[per_unit >= 1]), _ac1, per_unit >= 1)._replace(n=int(twice.sum())),
        n_raters=len(codes),
        n_units=int(twice.sum()),
        n_dropped=int((~complete).sum()),
        n_single=int((~twice).sum()),
        unanimous=occurring == 1,
    )


def alpha_interval(
    ratings: ArrayLike,
    clusters: Sequence[Hashable] | ArrayLike,
    rng: np.random.Generator,
    *,
    level: Level = "nominal",
    resamples: int = 999,
) -> Estimate:
    """Krippendorff's alpha with its BCa interval over clusters; n is the number of units with two ratings or more.

    ratings: (n_raters, n_units) numeric codes, NaN = not rated; clusters: (n_units,). NaN if only one value occurs.
    Source: Krippendorff 2011; Efron 1987.
    """
    codes = np.asarray(ratings, dtype=np.float64)
    values = np.unique(codes[~np.isnan(codes)])
    if len(values) == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    counts = _counts(np.where(np.isnan(codes), np.nan, np.searchsorted(values, codes)), len(values))
    twice = counts.sum(axis=1) >= 2
    columns = sums_by_cluster(_coincidences(counts[twice]), np.asarray(clusters)[twice])
    found = sum_interval(columns, _alpha_of(level, values), rng, resamples=resamples)
    return found._replace(n=int(twice.sum()))


def cohen_interval(
    first: ArrayLike,
    second: ArrayLike,
    clusters: Sequence[Hashable] | ArrayLike,
    rng: np.random.Generator,
    *,
    n_categories: int,
    resamples: int = 999,
) -> Estimate:
    """Cohen's kappa of two raters with its BCa interval over clusters; n is the number of units both rated.

    first, second: (n_units,) codes 0 to n_categories - 1, NaN = not rated. NaN if both always say the same one thing.
    Source: Cohen 1960; Efron 1987.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    both = ~(np.isnan(a) | np.isnan(b))
    cells = np.zeros((int(both.sum()), n_categories**2))
    cells[np.arange(len(cells)), (a[both] * n_categories + b[both]).astype(np.int64)] = 1.0
    found = sum_interval(sums_by_cluster(cells, np.asarray(clusters)[both]), _cohen, rng, resamples=resamples)
    return found._replace(n=int(both.sum()))


def sums_by_cluster(columns: FloatArray, clusters: ArrayLike) -> FloatArray:
    """Column sums of each cluster: (n_clusters, n_columns) from (n_units, n_columns)."""
    groups, code = group_codes(clusters)
    sums = np.zeros((len(groups), columns.shape[1]))
    np.add.at(sums, code, columns)
    return sums


# Columns: what each unit adds to the sums that a coefficient is made of ---------------------------------------------


def _counts(codes: FloatArray, n_categories: int) -> FloatArray:
    """How many raters gave each unit each category: (n_units, n_categories)."""
    return np.stack([(codes == category).sum(axis=0) for category in range(n_categories)], axis=1).astype(np.float64)


def _agreeing(counts: FloatArray) -> FloatArray:
    n = counts.sum(axis=1)
    return np.asarray((counts * (counts - 1.0)).sum(axis=1) / (n * (n - 1.0)), dtype=np.float64)


def _pair_columns(counts: FloatArray) -> FloatArray:
    return np.column_stack((_agreeing(counts), np.ones(len(counts))))


def _fleiss_columns(counts: FloatArray) -> FloatArray:
    return np.column_stack((_agreeing(counts), np.ones(len(counts)), counts))


def _coincidences(counts: FloatArray) -> FloatArray:
    """Ordered pairs of values within each unit, each unit worth as much as it has ratings: (n_units, k * k)."""
    k = counts.shape[1]
    pairs = counts[:, :, None] * (counts[:, None, :] - np.eye(k))
    return np.asarray((pairs / (counts.sum(axis=1) - 1.0)[:, None, None]).reshape(-1, k * k), dtype=np.float64)


def _ac1_columns(counts: FloatArray) -> FloatArray:
    n = counts.sum(axis=1)
    twice = n >= 2
    agreeing = np.zeros(len(counts))
    agreeing[twice] = _agreeing(counts[twice])
    return np.column_stack((agreeing, twice, np.ones(len(counts)), counts / n[:, None]))


# Statistics: (m, n_columns) sums to (m,) coefficients ---------------------------------------------------------------


def _divided(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """top / bottom, NaN where the bottom is not above zero (beyond rounding)."""
    quotient: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 1e-12)
    return quotient


def _ratio(sums: FloatArray) -> FloatArray:
    return _divided(sums[:, 0], sums[:, 1])


def _fleiss(sums: FloatArray) -> FloatArray:
    observed, ratings = _ratio(sums), sums[:, 2:]
    shares = _divided(ratings, np.broadcast_to(ratings.sum(axis=1, keepdims=True), ratings.shape))
    expected = (shares**2).sum(axis=1)
    return _divided(observed - expected, 1.0 - expected)


def _ac1(sums: FloatArray) -> FloatArray:
    observed, shares = _ratio(sums), sums[:, 3:] / sums[:, 2:3]
    k = shares.shape[1]
    if k < 2:
        return np.full(len(sums), np.nan)
    expected = (shares * (1.0 - shares)).sum(axis=1) / (k - 1)
    return _divided(observed - expected, 1.0 - expected)


def _cohen(sums: FloatArray) -> FloatArray:
    k = round(sums.shape[1] ** 0.5)
    table = sums.reshape(len(sums), k, k)
    n = table.sum(axis=(1, 2))
    observed = _divided(np.trace(table, axis1=1, axis2=2), n)
    expected = _divided((table.sum(axis=1) * table.sum(axis=2)).sum(axis=1), n**2)
    return _divided(observed - expected, 1.0 - expected)


def _alpha_of(level: Level, values: FloatArray | None = None) -> SumStatistic:
    def alpha(sums: FloatArray) -> FloatArray:
        k = round(sums.shape[1] ** 0.5)
        pairs = sums.reshape(len(sums), k, k)
        totals = pairs.sum(axis=2)
        distance = _distances(totals, level, np.arange(k, dtype=np.float64) if values is None else values)
        expected = (totals[:, :, None] * totals[:, None, :] * distance).sum(axis=(1, 2))
        observed = (totals.sum(axis=1) - 1.0) * (pairs * distance).sum(axis=(1, 2))
        return 1.0 - _divided(observed, expected)

    return alpha


def _distances(totals: FloatArray, level: Level, values: FloatArray) -> FloatArray:
    """Squared differences between values, for each of m tables of coincidences: (m, k, k)."""
    if level == "nominal":
        return np.broadcast_to(1.0 - np.eye(len(values)), (len(totals), len(values), len(values)))
    place = np.broadcast_to(values, totals.shape) if level == "interval" else np.cumsum(totals, axis=1) - totals / 2.0
    return np.asarray((place[:, :, None] - place[:, None, :]) ** 2, dtype=np.float64)
