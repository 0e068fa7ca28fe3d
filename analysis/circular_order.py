"""Whether values lie around a map in the order that theory gives them, beside what a random order would show.

Only the order of the values by angle counts; neither their exact places nor which way round the map is drawn. Values
are rows in theoretical order, the last beside the first. A row that is NaN (a value without variance) is left out, and
the others keep their order. Knows no questionnaire.

Source: Schwartz and Boehnke 2004 (a circle of values, tested as an order and as a circle with equal steps); Schwartz
1992 (higher-order poles). The counts are defined here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.distributions import FloatArray, IntArray

__all__ = ["OrderViolations", "PoleOrder", "order_violations", "pole_order"]

FEWEST = 4
"""Three values on a circle are in order whichever way they lie."""


class OrderViolations(NamedTuple):
    """How far a map is from the theoretical order, and from a random one.

    `out_of_order`: the fewest values to take away so that the others follow the theoretical order, over both directions
    and all rotations. `broken_pairs`: how many of the n_values pairs of theoretical neighbors are not neighbors on the
    map. `expected_*`: mean over random orders. `p_*`: how often a random order violates as little; one-sided.
    """

    out_of_order: float
    expected_out_of_order: float
    p_out_of_order: float
    broken_pairs: float
    expected_broken_pairs: float
    p_broken_pairs: float
    n_values: int


class PoleOrder(NamedTuple):
    """Order on the level of higher-order poles, and what random orders show.

    `arcs`: for every pole into how many stretches of the circle its values fall; 1 is contiguous. `contiguous_poles`:
    how many are. `right_neighbors`: share of values both of whose neighbors on the map share a pole with them, or
    are their neighbors in theory. p: how often a random order does as well; one-sided.
    """

    arcs: dict[str, int]
    contiguous_poles: float
    expected_contiguous_poles: float
    p_contiguous_poles: float
    right_neighbors: float
    expected_right_neighbors: float
    p_right_neighbors: float


def order_violations(
    configuration: ArrayLike, rng: np.random.Generator, *, n_permutations: int = 999
) -> OrderViolations:
    """How many values, and how many neighboring pairs, are out of the theoretical circular order on a map.

    configuration: (n_values, 2), rows in theoretical order. Angles are taken around the mean of the points; values at
    one angle stand in the order given. The reference are random orders of the same number of values: p is (1 + count)
    / (1 + n_permutations). NaN below four values. Source: Schwartz and Boehnke 2004 (order on the circle); the counts
    are defined here.
    """
    around = _around(configuration)
    n = len(around)
    if n < FEWEST:
        return OrderViolations(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, n)
    random = _random_orders(n, n_permutations, rng)
    out, random_out = _out_of_order(around[None])[0], _out_of_order(random)
    broken, random_broken = _broken_pairs(around[None])[0], _broken_pairs(random)
    return OrderViolations(
        float(out),
        float(random_out.mean()),
        _p(random_out <= out),
        float(broken),
        float(random_broken.mean()),
        _p(random_broken <= broken),
        n,
    )


def pole_order(
    configuration: ArrayLike, poles: Sequence[Sequence[str]], rng: np.random.Generator, *, n_permutations: int = 999
) -> PoleOrder:
    """Whether the values of each higher-order pole lie together on a map, and next to the right neighbors.

    configuration: (n_values, 2), rows in theoretical order; poles: the poles of every value, several for a value
    between two, which then neither counts for them nor interrupts them. p is (1 + count) / (1 + n_permutations) over
    random orders. NaN, and no arcs, below four values. Source: Schwartz 1992 (poles); the counts are defined here.
    """
    points = np.asarray(configuration, dtype=np.float64)
    if len(poles) != len(points):
        raise ValueError(f"{len(points)} points but poles of {len(poles)} values; give the poles of every value")
    kept = [poles[place] for place in np.flatnonzero(~np.isnan(points).any(axis=1)).tolist()]
    around = _around(points)
    n = len(around)
    if n < FEWEST:
        return PoleOrder({}, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)
    names = list(dict.fromkeys(name for own in kept for name in own))
    random = _random_orders(n, n_permutations, rng)
    arcs, random_arcs = _arcs(around[None], kept, names)[0], _arcs(random, kept, names)
    together, random_together = int((arcs == 1).sum()), (random_arcs == 1).sum(axis=1)
    right, random_right = _right_neighbors(around[None], kept)[0], _right_neighbors(random, kept)
    return PoleOrder(
        {name: int(count) for name, count in zip(names, arcs, strict=True)},
        float(together),
        float(random_together.mean()),
        _p(random_together >= together),
        float(right),
        float(random_right.mean()),
        _p(random_right >= right - 1e-12),
    )


def _around(configuration: ArrayLike) -> IntArray:
    """Places in theory (of the values that have a point) counter-clockwise around the center."""
    points = np.asarray(configuration, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"configuration has shape {points.shape}; give one point (x, y) per value")
    points = points[~np.isnan(points).any(axis=1)]
    if len(points) == 0 or not np.ptp(points, axis=0).any():
        return np.empty(0, dtype=np.int64)
    points = points - points.mean(axis=0)
    return np.argsort(np.arctan2(points[:, 1], points[:, 0]), kind="stable").astype(np.int64)


def _random_orders(n: int, n_permutations: int, rng: np.random.Generator) -> IntArray:
    return rng.permuted(np.tile(np.arange(n), (n_permutations, 1)), axis=1)


def _out_of_order(orders: IntArray) -> IntArray:
    """Values less the longest run in theoretical order, the orders (m, n) turned and mirrored every way: (m,)."""
    m, n = orders.shape
    starts = (np.arange(n)[:, None] + np.arange(n)) % n
    turned = np.stack([orders[:, starts], orders[:, ::-1][:, starts]], axis=1).reshape(-1, n)
    # Longest increasing subsequence: one that ends here is one longer than the longest that it can continue.
    longest = np.ones(turned.shape, dtype=np.int64)
    for end in range(1, n):
        before = turned[:, :end] < turned[:, end : end + 1]
        longest[:, end] += np.where(before, longest[:, :end], 0).max(axis=1)
    return np.asarray(n - longest.max(axis=1).reshape(m, -1).max(axis=1), dtype=np.int64)


def _broken_pairs(orders: IntArray) -> IntArray:
    """Pairs of theoretical neighbors that are not side by side: (m,)."""
    return np.asarray(orders.shape[1] - _are_neighbors(orders, np.roll(orders, -1, axis=1)).sum(axis=1), dtype=np.int64)


def _are_neighbors(first: IntArray, second: IntArray) -> NDArray[np.bool_]:
    """Whether two values are neighbors in theory."""
    n = first.shape[1]
    gap = (first - second) % n
    return np.asarray((gap == 1) | (gap == n - 1))


def _arcs(orders: IntArray, poles: Sequence[Sequence[str]], names: Sequence[str]) -> IntArray:
    """Into how many stretches the values of each pole alone fall: (m, n_poles)."""
    found = np.empty((len(orders), len(names)), dtype=np.int64)
    for place, name in enumerate(names):
        shared = np.array([name in own and len(own) > 1 for own in poles])
        alone = np.array([name in own and len(own) == 1 for own in poles])
        left = orders[~shared[orders]].reshape(len(orders), -1)
        inside = alone[left]
        starts = (inside & ~np.roll(inside, 1, axis=1)).sum(axis=1)
        found[:, place] = np.where(inside.all(axis=1) & bool(alone.any()), 1, starts)
    return found


def _right_neighbors(orders: IntArray, poles: Sequence[Sequence[str]]) -> FloatArray:
    """Share of values whose two neighbors share a pole with them or are theirs in theory: (m,)."""
    akin = np.array([[bool(set(one) & set(other)) for other in poles] for one in poles])
    following = np.roll(orders, -1, axis=1)
    right = akin[orders, following] | _are_neighbors(orders, following)
    return np.asarray((right & np.roll(right, 1, axis=1)).mean(axis=1), dtype=np.float64)


def _p(as_good: NDArray[np.bool_]) -> float:
    return float((1 + as_good.sum()) / (1 + len(as_good)))
