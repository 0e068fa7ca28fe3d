"""Weighted descriptives: means, shares, quantiles, and what the weights cost. Knows no population.

How weights come about (raking, trimming) is `personas.margins`; design effect and effective sample size are shown here
from there. A NaN value leaves with its weight; weights must not be negative.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import FloatArray, is_missing
from personas.weights import design_effect, effective_sample_size

__all__ = [
    "design_effect",
    "effective_sample_size",
    "weighted_mean",
    "weighted_proportions",
    "weighted_quantile",
    "weighted_sd",
]


def _kept(values: ArrayLike, weights: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    rows = np.asarray(values, dtype=np.float64)
    weight = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
    if rows.ndim != 1 or rows.shape != weight.shape:
        raise ValueError(f"values and weights must be lists of equal length; got {rows.shape} and {weight.shape}")
    if np.any(weight < 0):
        raise ValueError("weights must not be negative")
    keep = ~np.isnan(rows) & (weight > 0)
    return rows[keep], weight[keep]


def weighted_mean(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Sum of weight times value over sum of weights.

    values, weights: (n,), NaN values left out. NaN if nothing is left. Source: numpy.average.
    """
    rows, weight = _kept(values, weights)
    return float(weight @ rows / weight.sum()) if len(rows) else float("nan")


def weighted_sd(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Standard deviation of a weighted sample, with the factor n / (n - 1).

    values, weights: (n,), NaN values left out. NaN below two values. Source: as R survey's svyvar.
    """
    rows, weight = _kept(values, weights)
    n = len(rows)
    if n < 2:
        return float("nan")
    gaps = rows - weight @ rows / weight.sum()
    return float(np.sqrt(weight @ gaps**2 / weight.sum() * n / (n - 1)))


def weighted_proportions(
    codes: Sequence[Hashable] | ArrayLike,
    weights: ArrayLike | None = None,
    *,
    categories: Sequence[Hashable] | None = None,
) -> dict[Any, float]:
    """Weighted share of every category, in the order of `categories`, else sorted: {category: share}.

    codes: (n,) labels, None and NaN left out with their weight. Categories that nobody chose have share 0; a code
    outside `categories` raises ValueError. All shares NaN if nothing is left. Source: the sample proportion.
    """
    labels = np.asarray(codes, dtype=object).tolist()
    weight = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(weight) != len(labels):
        raise ValueError(f"{len(labels)} codes but {len(weight)} weights; give one weight per code")
    kept = [(label, w) for label, w in zip(labels, weight.tolist(), strict=True) if not is_missing(label)]
    order = list(categories) if categories is not None else sorted({label for label, _w in kept})
    sums: dict[Any, float] = dict.fromkeys(order, 0.0)
    for label, w in kept:
        if label not in sums:
            raise ValueError(f"code {label!r} is none of the categories {order}")
        sums[label] += w
    total = sum(sums.values())
    return {label: value / total if total > 0 else float("nan") for label, value in sums.items()}


def weighted_quantile(values: ArrayLike, probability: float, weights: ArrayLike | None = None) -> float:
    """The smallest value at which the cumulative share of weight reaches `probability`.

    values, weights: (n,), NaN values left out. NaN if nothing is left. Source: the inverse of the weighted empirical
    distribution (numpy.quantile, method "inverted_cdf"; R survey's qrule "math").
    """
    rows, weight = _kept(values, weights)
    if len(rows) == 0:
        return float("nan")
    return float(np.quantile(rows, probability, weights=weight, method="inverted_cdf"))
