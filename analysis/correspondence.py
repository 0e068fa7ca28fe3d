"""The correspondence index: whether correlations fall with distance on a circle, and how surely. Needs no map.

The circular order model says of every two pairs of values that the pair closer together on the circle correlates more.
The index is the share of these predictions that hold less the share that fail; its test relabels the values. It is the
usual test of circular order in vocational interests and in values, computed by the program RANDALL. Knows no
questionnaire: values are rows in theoretical order, the last beside the first.

Source: Hubert and Arabie 1987; Tracey 1997 (RANDALL).
"""

from __future__ import annotations

from itertools import permutations
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.distributions import FloatArray, IntArray

__all__ = ["CorrespondenceIndex", "correspondence_index"]

MOST_ENUMERATED = 7
BLOCK = 64


class CorrespondenceIndex(NamedTuple):
    """The index, `correspondence` (1: all predictions hold, 0: as many as fail, -1: none), and its one-sided p.

    `n_met`, `n_violated` and `n_tied` add up to `n_predictions`; a tie counts for neither side.
    """

    correspondence: float
    p: float
    n_predictions: int
    n_met: int
    n_violated: int
    n_tied: int
    n_values: int


def correspondence_index(
    correlations: ArrayLike, rng: np.random.Generator, *, n_permutations: int = 999
) -> CorrespondenceIndex:
    """How well correlations follow the circular order model: (predictions met - violated) / predictions.

    correlations: (n_values, n_values), rows in theoretical order; a value without correlations (NaN) is left out and
    the others close up. p: how often relabelled values do as well; exact over all orders up to seven values (six, as in
    RANDALL, cannot give less than 12 of 720), else (1 + count) / (1 + n_permutations). NaN below four values, where the
    model predicts nothing. Source: Hubert and Arabie 1987; Tracey 1997.
    """
    matrix = np.asarray(correlations, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"correlations: expected a square matrix; got shape {matrix.shape}")
    kept = np.flatnonzero(~np.isnan(np.where(np.eye(len(matrix), dtype=np.bool_), np.nan, matrix)).all(axis=1))
    matrix, n = matrix[np.ix_(kept, kept)], len(kept)
    first, second = np.triu_indices(n, k=1)
    entries = matrix[first, second]
    if np.isnan(entries).any():
        raise ValueError("a correlation is missing between two values that have others; leave one of the two out")
    if n < 4:
        return CorrespondenceIndex(np.nan, np.nan, 0, 0, 0, 0, n)
    higher = entries[:, None] - entries[None, :]
    # Correlations that differ by rounding alone are ties.
    signs = np.where(np.abs(higher) <= 1e-12, 0.0, np.sign(higher)).astype(np.float32)
    steps = _circle_steps(n)
    near, far = np.nonzero(steps[first, second][:, None] < steps[first, second][None, :])
    outcomes = signs[near, far]
    met, violated = int((outcomes > 0).sum()), int((outcomes < 0).sum())
    orders = _orders(n, n_permutations, rng)
    as_good = int((_balances(signs, steps, orders) >= met - violated).sum())
    p = as_good / len(orders) if n <= MOST_ENUMERATED else (1 + as_good) / (1 + len(orders))
    total = len(outcomes)
    return CorrespondenceIndex((met - violated) / total, p, total, met, violated, total - met - violated, n)


def _circle_steps(n: int) -> IntArray:
    """Steps between any two values on the circle."""
    gap = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.asarray(np.minimum(gap, n - gap), dtype=np.int64)


def _orders(n: int, n_permutations: int, rng: np.random.Generator) -> IntArray:
    if n <= MOST_ENUMERATED:
        every = np.fromiter((place for order in permutations(range(n)) for place in order), dtype=np.int64)
        return np.reshape(every, (factorial(n), n))
    orders: IntArray = rng.permuted(np.tile(np.arange(n), (n_permutations, 1)), axis=1)
    return orders


def _balances(signs: NDArray[np.float32], steps: IntArray, orders: IntArray) -> FloatArray:
    """Predictions met less violated under every relabelling (m, n): (m,).

    Pairs are sorted into classes of equal distance; the sum of signs between two classes is one entry of a product.
    """
    first, second = np.triu_indices(len(steps), k=1)
    classes = np.arange(1, steps.max() + 1)
    nearer = np.triu(np.ones((len(classes), len(classes)), dtype=np.float32), k=1)
    found = np.empty(len(orders))
    for start in range(0, len(orders), BLOCK):
        part = orders[start : start + BLOCK]
        member = (steps[part[:, first], part[:, second]][:, :, None] == classes).astype(np.float32)
        between = np.swapaxes(member, 1, 2) @ (signs @ member)
        found[start : start + BLOCK] = (between * nearer).sum(axis=(1, 2))
    return found
