"""Jensen-Shannon divergence and distance between paired distributions. Knows only arrays."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import FloatArray, Rowwise, as_distributions

__all__ = ["js_distance", "js_divergence", "paired"]

Unit = Literal["nats", "bits"]
_LN2 = float(np.log(2.0))


def paired(p: ArrayLike, q: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both sides as distributions of one common shape; ValueError if they offer different numbers of options."""
    p_rows, q_rows = as_distributions(p, "p"), as_distributions(q, "q")
    if p_rows.shape[-1] != q_rows.shape[-1]:
        raise ValueError(f"p has {p_rows.shape[-1]} options and q has {q_rows.shape[-1]}; give both the same options")
    p_rows, q_rows = np.broadcast_arrays(p_rows, q_rows)
    return p_rows, q_rows


def js_divergence(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> Rowwise:
    """Jensen-Shannon divergence: 1/2 KL(p || m) + 1/2 KL(q || m) with m the mean of p and q.

    p, q: (..., n_options). In [0, ln 2] nats or [0, 1] bits; NaN for a missing row. Source: Lin 1991.
    """
    p_rows, q_rows = paired(p, q)
    total = p_rows + q_rows
    terms = _weighted_logs(p_rows, q_rows, total) + _weighted_logs(q_rows, p_rows, total)
    value = np.maximum(terms.sum(axis=-1), 0.0) / 2.0
    return (value / _LN2 if unit == "bits" else value)[()]


def _weighted_logs(p: FloatArray, q: FloatArray, total: FloatArray) -> FloatArray:
    """p ln(2p / (p + q)), 0 where p is 0: by log1p where p and q are close, directly where one dwarfs the other."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (p - q) / total
        logs = np.where(np.abs(share) < 0.5, np.log1p(share), np.log(2.0 * p) - np.log(total))
        return np.where(p == 0, 0.0, p * logs)


def js_distance(p: ArrayLike, q: ArrayLike, *, unit: Unit = "nats") -> Rowwise:
    """Square root of the Jensen-Shannon divergence; a metric.

    p, q: (..., n_options). In [0, 0.8325546] from nats or [0, 1] from bits; NaN for a missing row.
    Source: Endres and Schindelin 2003; equals scipy.spatial.distance.jensenshannon(p, q).
    """
    return np.sqrt(js_divergence(p, q, unit=unit))
