"""The Jensen-Shannon centroid of one list of distributions, or of very many lists at once. Knows no survey.

The centroid Q of P_1..P_n minimises sum_i JSD(Q, P_i). The objective is convex and its Hessian diagonal, so with
u = ln q Newton's method under sum(q) = 1 costs one pass over the rows per step and treats all labels alike:

    g_k = u_k - mean_i ln((q_k + p_ik) / 2)          equal for all labels with mass at the optimum
    h_k = mean_i p_ik / (q_k + p_ik)                 its derivative
    u_k += (L - g_k) / h_k                           L such that sum(q) stays 1

Working on u keeps centroids such as 1e-30 (one list member against ninety-nine) exact. A group that Newton does not
settle falls back to the fixed-point iteration q_k <- exp(mean_i ln((q_k + p_ik) / 2)), which never increases the
objective. Source: Nielsen 2020, "On a generalization of the Jensen-Shannon divergence and the
Jensen-Shannon centroid".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.distributions import FloatArray, IntArray, as_stack

__all__ = ["js_centroid"]

NEWTON_STEPS = 60
FIXED_POINT_STEPS = 100_000
TOLERANCE = 1e-13
ROWS_PER_CHUNK = 50_000

_TINY = np.finfo(np.float64).tiny
_LN2 = float(np.log(2.0))


class Centroids(NamedTuple):
    """Log centroids (n_groups, n_options), -inf where a label has no mass, and whether each group converged."""

    log_q: FloatArray
    converged: NDArray[np.bool_]


class _Segments(NamedTuple):
    """Rows sorted by group: where each group starts, how many rows it has, which group each row is in."""

    rows: FloatArray
    has_mass: NDArray[np.bool_]
    starts: IntArray
    sizes: FloatArray
    of_row: IntArray

    def mean(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values, self.starts, axis=0) / self.sizes[:, None], dtype=np.float64)


def js_centroid(distributions: ArrayLike) -> FloatArray:
    """The distribution that minimises the sum of Jensen-Shannon divergences to the given ones.

    distributions: (n_distributions, n_options), counts or probabilities. Missing rows are left out; all NaN if none is
    left. Labels without mass anywhere get 0. The base of the logarithm does not change the centroid.
    Source: Nielsen 2020.
    """
    rows = as_stack(distributions)
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) == 0:
        return np.full(np.shape(distributions)[1], np.nan)
    log_q = segment_log_centroids(rows, np.array([0]), np.array([len(rows)])).log_q[0]
    return np.asarray(np.exp(log_q), dtype=np.float64)


def segment_log_centroids(rows: FloatArray, starts: IntArray, sizes: IntArray) -> Centroids:
    """Centroids of consecutive blocks of rows: block g is rows[starts[g] : starts[g] + sizes[g]].

    rows: normalised and without NaN. Blocks are solved some ten thousand rows at a time, so memory stays bounded and
    a slow group holds up its neighbours only.
    """
    n_groups, n_options = len(starts), rows.shape[1]
    log_q = np.empty((n_groups, n_options))
    converged = np.ones(n_groups, dtype=np.bool_)
    ends = starts + sizes
    first = 0
    while first < n_groups:
        last = int(np.searchsorted(ends, starts[first] + ROWS_PER_CHUNK, side="right"))
        last = max(last, first + 1)
        begin, end = int(starts[first]), int(ends[last - 1])
        part = _segments(rows[begin:end], starts[first:last] - begin, sizes[first:last])
        log_q[first:last], converged[first:last] = _solve(part)
        first = last
    return Centroids(log_q, converged)


def _segments(rows: FloatArray, starts: IntArray, sizes: IntArray) -> _Segments:
    of_row = np.repeat(np.arange(len(starts)), sizes)
    return _Segments(rows, rows > 0, starts, sizes.astype(np.float64), of_row)


def _subset(part: _Segments, keep: NDArray[np.bool_]) -> _Segments:
    sizes = part.sizes[keep].astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    return _segments(part.rows[keep[part.of_row]], starts, sizes)


def _solve(part: _Segments) -> Centroids:
    mean = part.mean(part.rows)
    support = mean > 0
    u = np.where(support, np.log(np.maximum(mean, _TINY)), -np.inf)
    settled = np.zeros(len(u), dtype=np.bool_)
    todo = np.arange(len(u))
    current, u_now, on = part, u.copy(), support
    for _ in range(NEWTON_STEPS):
        u_new = _newton_step(current, u_now, on)
        with np.errstate(invalid="ignore"):
            change = np.where(on, np.abs(u_new - u_now), 0.0).max(axis=1)
        u_now = u_new
        done = change < 1e-9  # the next quadratic step would change less than rounding does
        if done.any():
            u[todo[done]] = u_now[done]
            settled[todo[done]] = True
            if done.all():
                return Centroids(u, settled)
            todo, u_now, on = todo[~done], u_now[~done], on[~done]
            current = _subset(current, ~done)
    u[todo], settled[todo] = _fixed_point(current, on)
    return Centroids(u, settled)


def _log_means(part: _Segments, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """mean_i ln((q + p_i) / 2) and mean_i p_i / (q + p_i) per group; exact where p_i is 0 and q underflows."""
    sums = np.maximum(np.exp(u)[part.of_row] + part.rows, _TINY)
    logs = np.where(part.has_mass, np.log(sums), u[part.of_row]) - _LN2
    return part.mean(logs), part.mean(part.rows / sums)


def _newton_step(part: _Segments, u: FloatArray, support: NDArray[np.bool_]) -> FloatArray:
    u_safe = np.where(support, u, 0.0)
    mean_log, h = _log_means(part, u_safe)
    q = np.where(support, np.exp(u_safe), 0.0)
    g = np.where(support, u_safe - mean_log, 0.0)
    h = np.where(support, h, 1.0)
    level = (1.0 - q.sum(axis=1) + (q * g / h).sum(axis=1)) / (q / h).sum(axis=1)
    u_new = np.where(support, np.minimum(u_safe + (level[:, None] - g) / h, 0.0), -np.inf)
    return _normalize(u_new)


def _fixed_point(part: _Segments, support: NDArray[np.bool_]) -> Centroids:
    u = np.where(support, np.log(np.maximum(part.mean(part.rows), _TINY)), -np.inf)
    change = np.full(len(u), np.inf)
    for _ in range(FIXED_POINT_STEPS):
        mean_log, _h = _log_means(part, np.where(support, u, 0.0))
        u_new = _normalize(np.where(support, mean_log, -np.inf))
        change = np.where(support, np.abs(u_new - np.where(support, u, 0.0)), 0.0).max(axis=1)
        u = u_new
        if change.max() < TOLERANCE:
            break
    return Centroids(u, change < TOLERANCE)


def _normalize(u: FloatArray) -> FloatArray:
    top = u.max(axis=1, keepdims=True)
    return np.asarray(u - top - np.log(np.exp(u - top).sum(axis=1, keepdims=True)), dtype=np.float64)
