"""Multidimensional scaling in few dimensions: Torgerson's classical solution and SMACOF. Knows no values.

SMACOF works on stacks: dissimilarities (..., n, n) with start configurations (..., n, d) are solved side by side, each
stopping on its own, which makes bootstraps cheap. Source: Torgerson 1952; de Leeuw 1977; Borg and Groenen 2005.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from analysis.distributions import FloatArray

__all__ = ["Smacof", "classical_mds", "mds_stress", "ordinal_smacof", "smacof"]

MAX_ITERATIONS = 3000
TOLERANCE = 1e-9


class Smacof(NamedTuple):
    """A scaling solution: points (..., n, d), normalized stress (...), and the iterations of the slowest problem."""

    configuration: FloatArray
    stress: FloatArray
    n_iterations: int


def classical_mds(dissimilarities: ArrayLike, n_dimensions: int = 2) -> FloatArray:
    """Torgerson's solution: leading eigenvectors of the doubly centered squared dissimilarities.

    dissimilarities: (..., n, n) → (..., n, n_dimensions). Negative eigenvalues count as 0. Axes are ordered by
    eigenvalue and each points so that its largest coordinate is positive. Source: Torgerson 1952.
    """
    delta = np.asarray(dissimilarities, dtype=np.float64)
    n = delta.shape[-1]
    centering = np.eye(n) - 1.0 / n
    scalar_products = -0.5 * centering @ delta**2 @ centering
    eigenvalues, vectors = np.linalg.eigh((scalar_products + np.swapaxes(scalar_products, -1, -2)) / 2.0)
    eigenvalues, vectors = eigenvalues[..., ::-1][..., :n_dimensions], vectors[..., ::-1][..., :n_dimensions]
    points = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))[..., None, :]
    largest = np.take_along_axis(points, np.abs(points).argmax(axis=-2)[..., None, :], axis=-2)
    return np.asarray(points * np.where(largest < 0, -1.0, 1.0), dtype=np.float64)


def distances(configuration: FloatArray) -> FloatArray:
    """Euclidean distances between the points: (..., n, d) → (..., n, n)."""
    axes = np.moveaxis(configuration, -1, 0)
    squares = sum((axis[..., :, None] - axis[..., None, :]) ** 2 for axis in axes)
    return np.asarray(np.sqrt(squares), dtype=np.float64)


def mds_stress(dissimilarities: ArrayLike, configuration: ArrayLike, *, rescale: bool = True) -> float:
    """Normalized stress (Kruskal's stress-1 for metric scaling): root of squared misfit over squared dissimilarities.

    dissimilarities: (n, n); configuration: (n, d). With `rescale` the configuration is first brought to its best size
    (SMACOF solutions have it already, classical ones do not). NaN if all dissimilarities are 0.
    Source: Borg and Groenen 2005.
    """
    delta = np.asarray(dissimilarities, dtype=np.float64)
    distance = distances(np.asarray(configuration, dtype=np.float64))
    size = float((delta**2).sum())
    if not size > 0:
        return float("nan")
    scale = 1.0
    if rescale and (distance**2).sum() > 0:
        scale = float((distance * delta).sum() / (distance**2).sum())
    return float(np.sqrt(((scale * distance - delta) ** 2).sum() / size))


def smacof(
    dissimilarities: ArrayLike, start: ArrayLike, *, max_iterations: int = MAX_ITERATIONS, tolerance: float = TOLERANCE
) -> Smacof:
    """Metric SMACOF by Guttman transforms from a given start; stress never rises.

    dissimilarities: (..., n, n); start: (..., n, d), of the same leading shape. Stops where the relative change of raw
    stress falls below `tolerance`, or after `max_iterations`. Source: de Leeuw 1977.
    """
    delta = np.asarray(dissimilarities, dtype=np.float64)
    points = np.array(np.broadcast_to(start, (*delta.shape[:-1], np.shape(start)[-1])), dtype=np.float64)
    n, n_dimensions = points.shape[-2:]
    flat_delta, flat = delta.reshape(-1, n, n), points.reshape(-1, n, n_dimensions)
    raw = ((distances(flat) - flat_delta) ** 2).sum(axis=(-1, -2))
    todo = np.flatnonzero(np.isfinite(raw))
    # The problems that still move lie together, so that a step touches no others.
    wanted, moved, before, steps = flat_delta[todo], flat[todo], raw[todo], 0
    distance = distances(moved)
    while len(todo) and steps < max_iterations:
        steps += 1
        moved = _guttman(wanted, distance, moved)
        distance = distances(moved)
        after = ((distance - wanted) ** 2).sum(axis=(-1, -2))
        moving = before - after > tolerance * before
        before = after
        if steps == max_iterations or not moving.all():
            flat[todo], raw[todo] = moved, after
            todo, wanted, moved, distance, before = (part[moving] for part in (todo, wanted, moved, distance, before))
    with np.errstate(invalid="ignore", divide="ignore"):
        stress = np.sqrt(raw / (flat_delta**2).sum(axis=(-1, -2)))
    return Smacof(flat.reshape(points.shape), stress.reshape(delta.shape[:-2]), steps)


def ordinal_smacof(
    dissimilarities: ArrayLike, start: ArrayLike, *, max_iterations: int = MAX_ITERATIONS, tolerance: float = TOLERANCE
) -> Smacof:
    """Ordinal SMACOF: only the order of the dissimilarities counts (ties may be broken).

    dissimilarities: (n, n); start: (n, d). Disparities are the isotonic regression of the distances, scaled to the
    sum of squares of the dissimilarities. Stress is normalized by the disparities. Source: Kruskal 1964; de Leeuw 1977.
    """
    delta = np.asarray(dissimilarities, dtype=np.float64)
    points = np.array(start, dtype=np.float64)
    upper = np.triu_indices(len(delta), k=1)
    size = float((delta[upper] ** 2).sum())
    if not np.isfinite(delta).all() or size == 0:
        return Smacof(np.full(points.shape, np.nan), np.asarray(np.nan), 0)
    raw, previous, steps = np.nan, np.nan, 0
    # Comparisons with NaN are false, so the first two steps are always taken.
    while steps < max_iterations and not previous - raw <= tolerance * previous:
        previous, steps = raw, steps + 1
        distance = distances(points)
        # Within ties the smaller distance comes first: the primary approach.
        order = np.lexsort((distance[upper], delta[upper]))
        fitted = np.empty(len(order))
        fitted[order] = isotonic_regression(distance[upper][order]).x
        disparity = np.zeros_like(delta)
        disparity[upper] = fitted * np.sqrt(size / (fitted**2).sum())
        disparity += disparity.T
        points = _guttman(disparity[None], distance[None], points[None])[0]
        raw = float(((distances(points) - disparity)[upper] ** 2).sum())
    return Smacof(points, np.asarray(np.sqrt(raw / size)), steps)


def _guttman(delta: FloatArray, distance: FloatArray, points: FloatArray) -> FloatArray:
    """One majorization step for unit weights: X <- B(X) X / n."""
    n = points.shape[-2]
    ratio = np.divide(delta, distance, out=np.zeros_like(delta), where=distance > 0)
    return np.asarray((points * ratio.sum(axis=-1)[..., None] - ratio @ points) / n, dtype=np.float64)
