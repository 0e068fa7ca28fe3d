"""The human noise floor of value structure: how alike two samples of one population look. Knows only score matrices.

A structural agreement means little without it: two halves of one human sample differ too. All problems of a floor are
scaled side by side. Source: the comparison designs of Rozen et al. 2025's measures, run on respondent-level scores.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.circumplex import dissimilarities, matrix_agreement, procrustes_ssd, value_correlations
from analysis.distributions import FloatArray
from analysis.mds import classical_mds, smacof

__all__ = ["FloorDraws", "FloorSummary", "noise_floor", "summarize_floor"]

Comparison = Literal["half-half", "resample-all", "permuted", "independent"]
Solution = Literal["smacof", "classical"]


class FloorDraws(NamedTuple):
    """One row per draw: Pearson agreement of the correlation matrices, and the Procrustes sum of squares."""

    matrix_r: FloatArray
    ssd: FloatArray


class FloorSummary(NamedTuple):
    """Mean and percentile bounds over draws, and how many draws were not NaN."""

    mean: float
    low: float
    high: float
    n_draws: int


def noise_floor(
    scores: ArrayLike,
    rng: np.random.Generator,
    *,
    comparison: Comparison = "half-half",
    n_draws: int = 200,
    n_resampled: int = 300,
    solution: Solution = "smacof",
) -> FloorDraws:
    """Matrix agreement and Procrustes sum of squares between samples drawn from one set of people.

    scores: (n_people, n_values), centered within person, people with a NaN left out. `comparison`: "half-half" two
    random halves · "resample-all" `n_resampled` people drawn with replacement against all · "permuted" relabelled
    values against all (matrix_r NaN: not meant) · "independent" every value shuffled over people against all. SMACOF
    starts from the Torgerson solution. A draw with a constant value is NaN.
    """
    table = np.asarray(scores, dtype=np.float64)
    table = table[~np.isnan(table).any(axis=1)]
    if comparison not in ("half-half", "resample-all", "permuted", "independent"):
        raise ValueError(f"unknown comparison {comparison!r}; use half-half, resample-all, permuted or independent")
    pairs = [_draw(table, rng, comparison, n_resampled) for _ in range(n_draws)]
    left, right = (np.stack([pair[side] for pair in pairs]) for side in (0, 1))
    a, b = _configurations(left, solution), _configurations(right, solution)
    if comparison == "permuted":
        b = np.stack([rng.permutation(points, axis=0) for points in b])
        matrix_r = np.full(n_draws, np.nan)
    else:
        matrix_r = np.array([matrix_agreement(x, y).pearson for x, y in zip(left, right, strict=True)])
    return FloorDraws(matrix_r, np.array([procrustes_ssd(x, y) for x, y in zip(a, b, strict=True)]))


def summarize_floor(draws: ArrayLike, *, confidence: float = 0.95) -> FloorSummary:
    """Mean and central percentile interval of floor draws, NaN draws left out; NaN if none is left.

    draws: (n_draws,).
    """
    values = np.asarray(draws, dtype=np.float64)
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return FloorSummary(np.nan, np.nan, np.nan, 0)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(values, (tail, 1.0 - tail))
    return FloorSummary(float(values.mean()), float(low), float(high), len(values))


def _draw(
    table: FloatArray, rng: np.random.Generator, comparison: Comparison, n_resampled: int
) -> tuple[FloatArray, FloatArray]:
    n = len(table)
    if comparison == "half-half":
        order = rng.permutation(n)
        return value_correlations(table[order[: n // 2]]), value_correlations(table[order[n // 2 : 2 * (n // 2)]])
    everyone = value_correlations(table)
    if comparison == "resample-all":
        return everyone, value_correlations(table[rng.integers(0, n, n_resampled)])
    if comparison == "independent":
        return everyone, value_correlations(rng.permuted(table, axis=0))
    return everyone, everyone


def _configurations(correlations: FloatArray, solution: Solution) -> FloatArray:
    broken = np.asarray(np.isnan(correlations).any(axis=(1, 2)))[:, None, None]
    delta = dissimilarities(np.where(broken, np.eye(correlations.shape[1]), correlations))
    points = classical_mds(delta)
    if solution == "smacof":
        points = smacof(delta, points).configuration
    return np.where(broken, np.nan, points)
