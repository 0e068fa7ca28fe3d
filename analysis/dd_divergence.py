"""D-D divergence: how far the distributions of one group lie from their Jensen-Shannon centroid. Knows only arrays.

Default convention: the mean, over the members of a group, of the square root of the Jensen-Shannon divergence in nats
to the centroid. It alone gives the published maxima .46 for two labels and .56 for three. Groups by the hundred
thousand go through one batched solver. Source: Moore et al. 2024.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.distributions import FloatArray, IntArray, as_stack, group_codes
from analysis.jensen_shannon import js_divergence
from analysis.js_centroid import segment_log_centroids

__all__ = [
    "GroupDivergence",
    "dd_distances",
    "dd_divergence",
    "dd_divergence_groups",
    "dd_maximum",
    "dd_share_of_maximum",
]

Kind = Literal["centroid", "generalized", "pairwise"]
Convention = Literal["sqrt-nats", "sqrt-bits", "nats", "bits", "literal", "code"]

EQUAL_WITHIN = 1e-4
_LN2 = float(np.log(2.0))


class GroupDivergence(NamedTuple):
    """D-D of many groups at once.

    groups: (n_groups,) sorted group ids · n: members that were not missing · dd: mean distance, NaN for a group
    without members · centroids: (n_groups, n_options) · distances: one per input row, NaN for a missing row ·
    converged: whether the solver settled.
    """

    groups: NDArray[Any]
    n: IntArray
    dd: FloatArray
    centroids: FloatArray
    distances: FloatArray
    converged: NDArray[np.bool_]


def dd_divergence(
    distributions: ArrayLike,
    *,
    kind: Kind = "centroid",
    convention: Convention = "sqrt-nats",
    exact_equality: bool = False,
) -> float:
    """How inconsistent one group of distributions is; 0 when all are equal.

    distributions: (n_distributions, n_options); missing rows are left out, NaN if none is left, 0 for a single one.
    `kind`: "centroid" the mean distance to the Jensen-Shannon centroid · "generalized" the mean distance to the
    arithmetic mean · "pairwise" the mean distance over all pairs. `convention`: "sqrt-nats" · "sqrt-bits" ·
    "nats" · "bits", without a root; "literal" (the paper's equations) is "bits"; "code" is allowed for
    "generalized" only and is the released one, in nats, without a root, divided by the number of options. Without
    a root, "generalized" is Sibson's information radius. Distributions equal within 1e-4 count as equal unless
    `exact_equality`. Source: Moore et al. 2024.
    """
    rows = as_stack(distributions)
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) == 0:
        return float("nan")
    if _equal_rows(rows, exact_equality):
        return 0.0
    if kind == "generalized":
        return _generalized(rows, convention)
    if kind == "pairwise":
        i, j = np.triu_indices(len(rows), k=1)
        return float(np.mean(_scaled(js_divergence(rows[i], rows[j]), convention)))
    return float(np.mean(dd_distances(rows, convention=convention, exact_equality=exact_equality)))


def dd_distances(
    distributions: ArrayLike, *, convention: Convention = "sqrt-nats", exact_equality: bool = False
) -> FloatArray:
    """The distance of every distribution of one group to the group's Jensen-Shannon centroid.

    distributions: (n_distributions, n_options) → (n_distributions,), NaN for a missing row. Conventions as in
    `dd_divergence`; a single distance reaches 0.8326 (root, nats). Source: Moore et al. 2024.
    """
    rows = as_stack(distributions)
    return dd_divergence_groups(
        rows, np.zeros(len(rows), dtype=np.int64), convention=convention, exact_equality=exact_equality
    ).distances


def dd_divergence_groups(
    distributions: ArrayLike,
    group_ids: Sequence[Hashable] | ArrayLike,
    *,
    convention: Convention = "sqrt-nats",
    exact_equality: bool = False,
) -> GroupDivergence:
    """D-D of every group in one pass; made for hundreds of thousands of groups.

    distributions: (n_rows, n_options); group_ids: (n_rows,), any sortable labels, in any order. Groups whose members
    offer different label sets must be padded with zeros. Conventions as in `dd_divergence`. The pooled mean over
    items is `np.nanmean(result.distances)`, the macro mean `np.nanmean(result.dd)`. Source: Moore et al. 2024.
    """
    rows = as_stack(distributions)
    groups, codes = group_codes(group_ids)
    if len(codes) != len(rows):
        raise ValueError(f"{len(rows)} distributions but {len(codes)} group ids; give one id per distribution")
    valid = np.flatnonzero(~np.isnan(rows).any(axis=1))
    order = valid[np.argsort(codes[valid], kind="stable")]
    n = np.bincount(codes[valid], minlength=len(groups)).astype(np.int64)
    filled = n > 0
    sizes = n[filled]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64) if len(sizes) else sizes
    result = _empty(groups, n, rows)
    if len(sizes) == 0:
        return result
    found = segment_log_centroids(rows[order], starts, sizes)
    q = np.exp(found.log_q)
    distance = _scaled(js_divergence(np.repeat(q, sizes, axis=0), rows[order]), convention)
    equal = _equal_groups(rows[order], starts, exact_equality)
    distance[np.repeat(equal, sizes)] = 0.0
    result.distances[order] = distance
    result.centroids[filled] = q
    result.converged[filled] = found.converged
    result.dd[filled] = np.add.reduceat(distance, starts) / sizes
    return result


def dd_maximum(n_labels: int, *, convention: Convention = "sqrt-nats") -> float:
    """D-D of one certain answer for each of `n_labels` labels: 0.4645014 for two, 0.5641428 for three, root and nats.

    Source: Moore et al. 2024.
    """
    return dd_divergence(np.eye(n_labels), convention=convention)


def dd_share_of_maximum(value: float, n_labels: int) -> float:
    """D-D (default convention) as a share of the maximum of its label count, in [0, 1]: "normalised inconsistency".

    NaN for fewer than two labels. Source: Moore et al. 2024.
    """
    return value / dd_maximum(n_labels) if n_labels > 1 else float("nan")


def _empty(groups: NDArray[Any], n: IntArray, rows: FloatArray) -> GroupDivergence:
    n_groups = len(groups)
    return GroupDivergence(
        groups,
        n,
        np.full(n_groups, np.nan),
        np.full((n_groups, rows.shape[1]), np.nan),
        np.full(len(rows), np.nan),
        np.ones(n_groups, dtype=np.bool_),
    )


def _scaled(js_nats: FloatArray, convention: Convention) -> FloatArray:
    """Divergences in nats as the convention wants them."""
    if convention == "code":
        raise ValueError('convention "code" is defined for kind="generalized" only; use "nats" or the default')
    if convention not in ("sqrt-nats", "sqrt-bits", "nats", "bits", "literal"):
        raise ValueError(f"unknown convention {convention!r}; use sqrt-nats, sqrt-bits, nats, bits or literal")
    value = js_nats / _LN2 if convention in ("sqrt-bits", "bits", "literal") else js_nats
    return np.sqrt(value) if convention.startswith("sqrt") else value


def _generalized(rows: FloatArray, convention: Convention) -> float:
    mean = np.broadcast_to(rows.mean(axis=0), rows.shape)
    if convention in ("sqrt-nats", "sqrt-bits"):
        return float(np.mean(_scaled(js_divergence(rows, mean), convention)))
    terms = np.where(rows > 0, rows * np.log(np.where(rows > 0, rows, 1.0) / np.where(mean > 0, mean, 1.0)), 0.0)
    radius = terms.sum() / len(rows)
    if convention == "code":
        return float(radius / rows.shape[1])
    return float(_scaled(np.asarray(radius), convention))


def _equal_rows(rows: FloatArray, exact: bool) -> bool:
    return bool(np.all(np.ptp(rows, axis=0) <= (0.0 if exact else EQUAL_WITHIN)))


def _equal_groups(rows: FloatArray, starts: IntArray, exact: bool) -> NDArray[np.bool_]:
    spread = np.maximum.reduceat(rows, starts, axis=0) - np.minimum.reduceat(rows, starts, axis=0)
    return np.asarray((spread <= (0.0 if exact else EQUAL_WITHIN)).all(axis=1))
