"""Second-order value structure: correlations, a two-dimensional configuration, its likeness to a reference.

Knows no questionnaire: values are rows in the order given. A matrix or configuration that holds NaN (a value without
variance) gives NaN. Never start SMACOF at the theoretical circle for a comparison: the answer leaks in. Source:
Rozen et al. 2025; Schwartz et al. 2012; Gower 1975 (Procrustes).
"""

from __future__ import annotations

import warnings
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.correlation import pearson, spearman
from analysis.distributions import FloatArray, IntArray
from analysis.mds import classical_mds, mds_stress, ordinal_smacof, smacof

__all__ = [
    "MatrixAgreement",
    "angular_order",
    "dissimilarities",
    "matrix_agreement",
    "mds_configuration",
    "mds_stress",
    "procrustes_align",
    "procrustes_correlation",
    "procrustes_permutation_p",
    "procrustes_ssd",
    "theory_circle",
    "value_correlations",
]

SMALLEST_SPREAD = 1e-9
"""What rounding may leave of a value that does not vary; answer scales have steps far larger."""

Dissimilarity = Literal["chord", "one-minus-r"]
Solution = Literal["smacof", "classical", "ordinal"]
Start = Literal["torgerson", "classical", "theory", "random"]


class MatrixAgreement(NamedTuple):
    """How alike two correlation matrices are off the diagonal, and over how many pairs of values."""

    pearson: float
    spearman: float
    n_pairs: int


def value_correlations(
    scores: ArrayLike, *, weights: ArrayLike | None = None, drop_constant: bool = False, min_valid: int = 20
) -> FloatArray:
    """Pearson correlations between values over people.

    scores: (n_people, n_values), centered within person unless raw ones are wanted; people with a NaN are left out;
    weights: (n_people,). All NaN below `min_valid` people, or if a value has no variance; with `drop_constant` only
    that value's row and column are NaN. Source: Rozen et al. 2025.
    """
    table = np.asarray(scores, dtype=np.float64)
    weight = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=np.float64)
    keep = ~np.isnan(table).any(axis=1) & (weight > 0)
    table, weight = table[keep], weight[keep]
    n_values = table.shape[1]
    if len(table) < max(min_valid, 2):
        return np.full((n_values, n_values), np.nan)
    centered = table - weight @ table / weight.sum()
    constant = np.ptp(table, axis=0) <= SMALLEST_SPREAD
    covariance = (centered * weight[:, None]).T @ centered
    spread = np.sqrt(np.diag(covariance))
    spread[constant] = np.nan
    correlations = np.clip(covariance / np.outer(spread, spread), -1.0, 1.0)
    np.fill_diagonal(correlations, np.where(constant, np.nan, 1.0))
    if constant.any() and not drop_constant:
        correlations[:] = np.nan
    return np.asarray(correlations, dtype=np.float64)


def dissimilarities(correlations: ArrayLike, *, kind: Dissimilarity = "chord") -> FloatArray:
    """Dissimilarities of correlated values: the chord sqrt(2 (1 - r)), or 1 - r.

    correlations: (..., n_values, n_values). The chord is exact where correlations are cosines of angles on a circle.
    Source: Rozen et al. 2025 does not say which; the chord is the default here.
    """
    gap = np.maximum(1.0 - np.asarray(correlations, dtype=np.float64), 0.0)
    if kind == "one-minus-r":
        return np.asarray(gap, dtype=np.float64)
    return np.sqrt(2.0 * gap)


def theory_circle(n_values: int) -> FloatArray:
    """Values evenly on the unit circle in their order, counter-clockwise from (1, 0): (n_values, 2)."""
    angle = 2.0 * np.pi * np.arange(n_values) / n_values
    return np.stack((np.cos(angle), np.sin(angle)), axis=1)


def mds_configuration(
    correlations: ArrayLike,
    rng: np.random.Generator | None = None,
    *,
    solution: Solution = "smacof",
    start: Start | ArrayLike = "torgerson",
    dissimilarity: Dissimilarity = "chord",
) -> FloatArray:
    """Two-dimensional configuration of values from their correlations.

    correlations: (n_values, n_values) → (n_values, 2), unique up to rotation and reflection. `solution`: "smacof"
    metric SMACOF · "classical" Torgerson's · "ordinal". `start` for both SMACOFs: "torgerson" (or "classical", the
    same) · "random", drawn from `rng` · "theory", the circle in the order given: for plots only, it warns · or an
    array. Only a random start needs `rng`. All NaN if a correlation is NaN. Source: Rozen et al. 2025 (who do not
    name their start); Borg and Groenen 2005.
    """
    matrix = np.asarray(correlations, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"correlations: expected a square matrix; got shape {matrix.shape}")
    delta = dissimilarities((matrix + matrix.T) / 2.0, kind=dissimilarity)
    np.fill_diagonal(delta, 0.0)
    if np.isnan(delta).any():
        return np.full((len(delta), 2), np.nan)
    if solution == "classical":
        return classical_mds(delta)
    points = _start(delta, start, rng)
    if solution == "ordinal":
        return ordinal_smacof(delta, points).configuration
    if solution != "smacof":
        raise ValueError(f"unknown solution {solution!r}; use smacof, classical or ordinal")
    return smacof(delta, points).configuration


def _start(delta: FloatArray, start: Start | ArrayLike, rng: np.random.Generator | None) -> FloatArray:
    if not isinstance(start, str):
        return np.asarray(start, dtype=np.float64)
    if start in ("torgerson", "classical"):
        return classical_mds(delta)
    if start == "theory":
        warnings.warn(
            "SMACOF started at the theoretical circle is for plots only: the expected order leaks into the result",
            stacklevel=3,
        )
        return theory_circle(len(delta))
    if start != "random":
        raise ValueError(f"unknown start {start!r}; use torgerson, random, theory or an array of points")
    if rng is None:
        raise ValueError("a random start needs rng; pass a numpy Generator")
    return rng.standard_normal((len(delta), 2))


def procrustes_ssd(
    reference: ArrayLike, configuration: ArrayLike, *, convention: Literal["standardized", "literal"] = "standardized"
) -> float:
    """Procrustes sum of squared differences between two configurations of the same points; 0 is the same shape.

    reference, configuration: (n_values, n_dimensions). "standardized": both centered and scaled to unit sum of
    squares, the second rotated, reflected and scaled to fit: 1 - (sum of singular values)^2, in [0, 1], symmetric.
    "literal": centered, rotated and reflected only, in squared units of the configurations, unbounded. NaN if either
    holds NaN or all its points coincide. Source: Gower 1975; equals scipy.spatial.procrustes (disparity).
    """
    a, b = _centered_pair(reference, configuration)
    size_a, size_b = float((a**2).sum()), float((b**2).sum())
    if not (size_a > 0 and size_b > 0):
        return float("nan")
    if convention == "literal":
        gap = size_a + size_b - 2.0 * float(np.linalg.svd(a.T @ b, compute_uv=False).sum())
        return max(gap, 0.0)
    fit = float(np.linalg.svd(a.T @ b, compute_uv=False).sum()) / np.sqrt(size_a * size_b)
    return float(np.clip(1.0 - fit**2, 0.0, 1.0))


def procrustes_align(reference: ArrayLike, configuration: ArrayLike) -> FloatArray:
    """The configuration moved, rotated, reflected and scaled onto the reference, in the reference's own units.

    reference, configuration: (n_values, n_dimensions). All NaN where `procrustes_ssd` is NaN. For plots.
    Source: Gower 1975.
    """
    a, b = _centered_pair(reference, configuration)
    size = float((b**2).sum())
    if not (size > 0 and (a**2).sum() > 0):
        return np.full(b.shape, np.nan)
    left, singular, right = np.linalg.svd(b.T @ a)
    center = np.asarray(reference, dtype=np.float64).mean(axis=0)
    return np.asarray(b @ left @ right * (singular.sum() / size) + center, dtype=np.float64)


def procrustes_correlation(ssd: float) -> float:
    """sqrt(1 - SSD) of the standardized sum of squares: how well two configurations correlate, 0..1.

    Source: inferred from the published correlations of Rozen et al. 2025 (SSD .23 to .10 gives .877 to .949).
    """
    return float(np.sqrt(1.0 - ssd)) if ssd <= 1 else float("nan")


def procrustes_permutation_p(
    reference: ArrayLike, configuration: ArrayLike, rng: np.random.Generator, *, n_permutations: int = 999
) -> float:
    """How often relabelled points fit the reference as well: (1 + count) / (1 + n_permutations), one-sided.

    reference, configuration: (n_values, n_dimensions). NaN where `procrustes_ssd` is NaN. Source: Rozen et al. 2025.
    """
    observed = procrustes_ssd(reference, configuration)
    if np.isnan(observed):
        return float("nan")
    points = np.asarray(configuration, dtype=np.float64)
    null = np.array([procrustes_ssd(reference, rng.permutation(points, axis=0)) for _ in range(n_permutations)])
    return float((1 + (null <= observed + 1e-12).sum()) / (1 + n_permutations))


def matrix_agreement(correlations: ArrayLike, reference: ArrayLike) -> MatrixAgreement:
    """Pearson and Spearman correlation between the off-diagonal entries of two correlation matrices.

    correlations, reference: (n_values, n_values); pairs that are NaN on either side are left out. Needs no scaling and
    is far more stable than a Procrustes sum of squares. NaN below three pairs.
    """
    left, right = np.asarray(correlations, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(f"matrices must have one shape; got {left.shape} and {right.shape}")
    upper = np.triu_indices(len(left), k=1)
    found = pearson(left[upper], right[upper])
    return MatrixAgreement(found.r, spearman(left[upper], right[upper]).r, found.n)


def angular_order(configuration: ArrayLike) -> IntArray:
    """Indices of the values counter-clockwise around the center, the first value first; it is free of orientation.

    configuration: (n_values, 2). Of the two directions the one where the second value precedes the last is taken.
    """
    points = np.asarray(configuration, dtype=np.float64)
    points = points - points.mean(axis=0)
    angle = np.arctan2(points[:, 1], points[:, 0])
    order = np.argsort((angle - angle[0]) % (2.0 * np.pi), kind="stable")
    place = np.argsort(order)
    if len(order) > 2 and place[1] > place[-1]:
        order = np.concatenate((order[:1], order[1:][::-1]))
    return order.astype(np.int64)


def _centered_pair(reference: ArrayLike, configuration: ArrayLike) -> tuple[FloatArray, FloatArray]:
    a, b = np.asarray(reference, dtype=np.float64), np.asarray(configuration, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"configurations must have one shape (n_points, n_dimensions); got {a.shape} and {b.shape}")
    if np.isnan(a).any() or np.isnan(b).any():
        return np.full(a.shape, np.nan), np.full(b.shape, np.nan)
    return a - a.mean(axis=0), b - b.mean(axis=0)
