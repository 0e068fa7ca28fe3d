"""Drawing categories from shares: at random, uniformly, or by exact quotas. Pure numbers; knows no persona."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def quota_counts(shares: Sequence[float] | NDArray[np.float64], n: int, rng: Generator) -> Indices:
    """Whole numbers that sum to `n`, each within one of `n` times its share (largest remainder, Hamilton's method).

    shares: (k,), not negative, normalized here. Equal remainders are ordered by `rng`, so that no category is
    favored for standing first.
    """
    exact = np.asarray(shares, dtype=float) / np.sum(shares) * n
    # 0.3 * 10 is a hair below 3: a quota that is whole on paper must come out whole.
    counts = np.floor(exact + 1e-9).astype(np.int64)
    order = np.lexsort((rng.random(exact.size), -np.round(exact - counts, 9)))
    counts[order[: n - int(counts.sum())]] += 1
    return counts


def choose(
    shares: Sequence[float] | NDArray[np.float64],
    n: int,
    rng: Generator,
    *,
    uniform: bool = False,
    quotas: bool = False,
) -> Indices:
    """`n` category numbers, drawn independently in proportion to `shares` or filled to exact quotas in random order.

    `uniform` gives every category with a positive share the same chance. Without quotas the first draws of a longer
    list are those of a shorter one.
    """
    probabilities = np.asarray(shares, dtype=float)
    if uniform:
        probabilities = (probabilities > 0).astype(float)
    if quotas:
        filled = np.repeat(np.arange(probabilities.size), quota_counts(probabilities, n, rng))
        shuffled: Indices = rng.permutation(filled)
        return shuffled
    edges = np.cumsum(probabilities / probabilities.sum())
    chosen = np.searchsorted(edges, rng.random(n), side="right")
    # The last edge can fall a rounding error short of 1.
    inside: Indices = np.minimum(chosen, np.flatnonzero(probabilities)[-1])
    return inside


def balanced(n_categories: int, n: int, rng: Generator) -> Indices:
    """`n` category numbers in turn, in one random order of the categories: counts differ by at most one."""
    order: Indices = rng.permutation(n_categories)
    return order[np.arange(n) % n_categories]
