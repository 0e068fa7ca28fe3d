"""The cultural variation map: subjects placed in a plane by their scores on cultural dimensions.

Knows no items: only a matrix of scores. The signs of the axes carry no meaning, so they are fixed by rule. Source:
Liu et al. 2025 (diversity-enhanced framework).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import FloatArray, as_distributions

__all__ = ["CultureMap", "CultureVector", "culture_map", "culture_map_fit", "culture_vector", "mean_code"]

Convention = Literal["pca", "literal"]


class CultureMap(NamedTuple):
    """Coordinates (n_subjects, 2), share of variance per axis (2,), and axis loadings (2, n_dimensions)."""

    coordinates: FloatArray
    explained_share: FloatArray
    loadings: FloatArray


class CultureVector(NamedTuple):
    """One subject's way from the second culture to the first, beside the reference's: cosine and ratio of lengths."""

    cosine: float
    length_ratio: float


def culture_map(
    scores: ArrayLike, *, convention: Convention = "pca", reference: tuple[int, int] | None = None
) -> FloatArray:
    """Subjects in two dimensions, from their scores on cultural dimensions.

    scores: (n_subjects, n_dimensions) → (n_subjects, 2). "pca": columns centered, scores on the first two principal
    components (sklearn's PCA(2), signs by its rule: the largest loading of an axis is positive). "literal": the
    paper's formula, which centers one factor only. `reference` = (row of the U.S. reference, row of the Chinese one)
    flips each axis so that the first lies right of, or above, the second. Subjects with a NaN are left out of
    the fit and are NaN; fewer than two complete subjects or dimensions give all NaN. Source: Liu et al. 2025.
    """
    return culture_map_fit(scores, convention=convention, reference=reference).coordinates


def culture_map_fit(
    scores: ArrayLike, *, convention: Convention = "pca", reference: tuple[int, int] | None = None
) -> CultureMap:
    """The map with the share of variance each axis explains (eigenvalue shares under "literal") and its loadings.

    scores: (n_subjects, n_dimensions); conventions as in `culture_map`. Source: Liu et al. 2025.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"scores: expected (n_subjects, n_dimensions); got shape {table.shape}")
    if convention not in ("pca", "literal"):
        raise ValueError(f"unknown convention {convention!r}; use pca or literal")
    complete = ~np.isnan(table).any(axis=1)
    if complete.sum() < 2 or table.shape[1] < 2:
        return CultureMap(np.full((len(table), 2), np.nan), np.full(2, np.nan), np.full((2, table.shape[1]), np.nan))
    fit = _pca if convention == "pca" else _literal
    points, share, loadings = fit(table[complete])
    sign = _signs(loadings)
    coordinates = np.full((len(table), 2), np.nan)
    coordinates[complete] = points * sign
    if reference is not None:
        gap = coordinates[reference[0]] - coordinates[reference[1]]
        flip = np.where(gap < 0, -1.0, 1.0)
        coordinates, sign = coordinates * flip, sign * flip
    return CultureMap(coordinates, share, loadings * sign[:, None])


def culture_vector(subject: ArrayLike, reference: ArrayLike) -> CultureVector:
    """How a subject's cultural difference compares with the reference's, in direction and in length.

    subject, reference: (2, 2), the point of the first culture, then of the second. The vector runs from the second to
    the first. NaN where a vector has no length. Source: read off a figure in Liu et al. 2025.
    """
    own, human = (np.asarray(pair, dtype=np.float64) for pair in (subject, reference))
    a, b = own[0] - own[1], human[0] - human[1]
    length_a, length_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if not (length_a > 0 and length_b > 0):
        return CultureVector(float("nan"), length_a / length_b if length_b > 0 else float("nan"))
    return CultureVector(float(a @ b) / (length_a * length_b), length_a / length_b)


def mean_code(distribution: ArrayLike, codes: ArrayLike) -> float:
    """Score of a subject on one item: the sum of code times share over the offered options.

    distribution: (n_options,) shares or counts; codes: (n_options,), raw, not reversed. NaN for a missing
    distribution. A score on a dimension is the mean over its items. Source: Liu et al. 2025.
    """
    return float(as_distributions(distribution, "distribution") @ np.asarray(codes, dtype=np.float64))


def _pca(table: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    centered = table - table.mean(axis=0)
    left, singular, right = np.linalg.svd(centered, full_matrices=False)
    total = (singular**2).sum()
    share = singular[:2] ** 2 / total if total > 0 else np.full(2, np.nan)
    return left[:, :2] * singular[:2], share, right[:2]


def _literal(table: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    s = table.T
    # The paper centers one factor only, so C is not symmetric; its symmetric part has real eigenvectors.
    c = (s - s.mean()) @ s.T / len(s)
    eigenvalues, vectors = np.linalg.eigh((c + c.T) / 2.0)
    loadings = vectors[:, ::-1][:, :2].T
    total = np.abs(eigenvalues).sum()
    share = eigenvalues[::-1][:2] / total if total > 0 else np.full(2, np.nan)
    return np.asarray((loadings @ s).T, dtype=np.float64), share, loadings


def _signs(loadings: FloatArray) -> FloatArray:
    largest = np.take_along_axis(loadings, np.abs(loadings).argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(largest < 0, -1.0, 1.0)
