"""Agreement between raters (judges, repeats, people). Knows no rubric and no record: only counts and codes.

Missing ratings are NaN. Where chance agreement is certain (one category only) a coefficient is undefined and NaN.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import FloatArray

__all__ = ["FleissAgreement", "cohen_kappa", "fleiss_agreement", "fleiss_kappa", "gwet_ac1", "krippendorff_alpha"]

Level = Literal["nominal", "ordinal", "interval"]
Weights = Literal["none", "linear", "quadratic"]


class FleissAgreement(NamedTuple):
    """Fleiss kappa with what it rests on. `unanimous`: only one category was ever chosen (kappa NaN)."""

    kappa: float
    observed: float
    expected: float
    n_subjects: int
    n_dropped: int
    n_raters: int
    unanimous: bool


def fleiss_kappa(counts: ArrayLike) -> float:
    """Fleiss kappa: agreement of a fixed number of raters beyond chance, at most 1.

    counts: (n_subjects, n_categories), how many raters chose each category. Subjects not rated by every rater (the
    largest row sum) are dropped. NaN for fewer than two raters, no subjects, or one category only.
    Source: Fleiss 1971; equals statsmodels.stats.inter_rater.fleiss_kappa.
    """
    return fleiss_agreement(counts).kappa


def fleiss_agreement(counts: ArrayLike) -> FleissAgreement:
    """Fleiss kappa with its observed and expected agreement, and how many subjects were dropped.

    counts: (n_subjects, n_categories), as for `fleiss_kappa`. Source: Fleiss 1971.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"counts: expected (n_subjects, n_categories); got shape {table.shape}")
    if np.any(table < 0):
        raise ValueError("counts: entries must not be negative")
    totals = table.sum(axis=1)
    n_raters = int(np.nanmax(totals, initial=0.0))
    rated = table[totals == n_raters]
    n_dropped = len(table) - len(rated)
    if len(rated) == 0 or n_raters < 2:
        return FleissAgreement(np.nan, np.nan, np.nan, len(rated), n_dropped, n_raters, False)
    observed = float(np.mean(((rated**2).sum(axis=1) - n_raters) / (n_raters * (n_raters - 1))))
    expected = float(((rated.sum(axis=0) / rated.sum()) ** 2).sum())
    unanimous = bool((rated.sum(axis=0) > 0).sum() == 1)
    kappa = float("nan") if unanimous else (observed - expected) / (1.0 - expected)
    return FleissAgreement(kappa, observed, expected, len(rated), n_dropped, n_raters, unanimous)


def krippendorff_alpha(ratings: ArrayLike, level: Level = "nominal") -> float:
    """Krippendorff's alpha for any number of raters and missing ratings; 1 is perfect, 0 is chance.

    ratings: (n_raters, n_units) numeric codes, NaN = not rated; units with fewer than two ratings are left out.
    NaN if no unit is left or only one value occurs. Source: Krippendorff 2011, "Computing Krippendorff's
    Alpha-Reliability".
    """
    codes = np.asarray(ratings, dtype=np.float64)
    if codes.ndim != 2:
        raise ValueError(f"ratings: expected (n_raters, n_units); got shape {codes.shape}")
    values = np.unique(codes[~np.isnan(codes)])
    counts = np.stack([(codes == value).sum(axis=0) for value in values], axis=1) if len(values) else np.empty((0, 0))
    per_unit = counts.sum(axis=1)
    counts, per_unit = counts[per_unit >= 2].astype(np.float64), per_unit[per_unit >= 2]
    if len(counts) == 0:
        return float("nan")
    # Coincidences o_ck: ordered pairs of values within units, each unit worth as much as it has ratings.
    weighted = counts / (per_unit - 1.0)[:, None]
    coincidences = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    totals = coincidences.sum(axis=1)
    distance = _distances(values, totals, level)
    expected = (np.outer(totals, totals) * distance).sum()
    if expected == 0:
        return float("nan")
    return float(1.0 - (totals.sum() - 1.0) * (coincidences * distance).sum() / expected)


def gwet_ac1(ratings: ArrayLike, *, n_categories: int | None = None) -> float:
    """Gwet's AC1: agreement beyond chance that does not collapse where one category is rare; at most 1.

    ratings: (n_raters, n_units) numeric codes, NaN = not rated; agreement is the mean over units with two ratings or
    more, category shares the mean over units with any. `n_categories` counts those offered, None those that occur. NaN
    for fewer than two categories, or no unit rated twice. Source: Gwet 2008; equals irrCAC's gwet.ac1.raw.
    """
    codes = np.asarray(ratings, dtype=np.float64)
    if codes.ndim != 2:
        raise ValueError(f"ratings: expected (n_raters, n_units); got shape {codes.shape}")
    values = np.unique(codes[~np.isnan(codes)])
    k = len(values) if n_categories is None else n_categories
    if k < len(values):
        raise ValueError(f"{len(values)} categories occur, but n_categories is {k}")
    if k < 2 or len(values) == 0:
        return float("nan")
    counts = np.stack([(codes == value).sum(axis=0) for value in values], axis=1).astype(np.float64)
    n = counts.sum(axis=1)
    counts, n = counts[n > 0], n[n > 0]
    twice = n >= 2
    if not twice.any():
        return float("nan")
    pairs = (counts * (counts - 1.0)).sum(axis=1)[twice] / (n * (n - 1.0))[twice]
    shares = (counts / n[:, None]).mean(axis=0)
    expected = float((shares * (1.0 - shares)).sum()) / (k - 1)
    return float((pairs.mean() - expected) / (1.0 - expected))


def _distances(values: FloatArray, totals: FloatArray, level: Level) -> FloatArray:
    """Squared differences between values at a level of measurement."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "interval":
        return np.asarray((values[:, None] - values[None, :]) ** 2, dtype=np.float64)
    if level != "ordinal":
        raise ValueError(f"unknown level {level!r}; use nominal, ordinal or interval")
    # Ranks lie at the middle of each value's own frequency: sum of n_g from c to k, less half of both ends.
    middle = np.cumsum(totals) - totals / 2.0
    return np.asarray((middle[:, None] - middle[None, :]) ** 2, dtype=np.float64)


def cohen_kappa(a: ArrayLike, b: ArrayLike, *, weights: Weights = "none") -> float:
    """Cohen's kappa: agreement of two raters beyond chance, at most 1.

    a, b: (n_units,) numeric codes, NaN = not rated; units missing on either side are left out. `weights` "linear" and
    "quadratic" weigh disagreements by the distance between the categories in sorted order. NaN if no unit is left
    or chance agreement is certain. Source: Cohen 1960, 1968; equals sklearn.metrics.cohen_kappa_score.
    """
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError(f"a and b must be lists of equal length; got shapes {left.shape} and {right.shape}")
    both = ~(np.isnan(left) | np.isnan(right))
    values, index = np.unique(np.concatenate((left[both], right[both])), return_inverse=True)
    k, n = len(values), int(both.sum())
    if n == 0:
        return float("nan")
    table = np.zeros((k, k))
    np.add.at(table, (index[:n], index[n:]), 1.0 / n)
    steps = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    cost = {"none": (steps > 0).astype(np.float64), "linear": steps, "quadratic": steps**2}[weights]
    expected = (np.outer(table.sum(axis=1), table.sum(axis=0)) * cost).sum()
    return float(1.0 - (table * cost).sum() / expected) if expected > 0 else float("nan")
