"""How closely a population's value structure follows a reference, with an interval over respondents.

Correlations depend on the respondents only through sums of scores and of their products, so respondents are resampled
as in `analysis.sums`, and the configurations of all resamples are solved side by side. Knows no questionnaire: values
are columns in the order given. Source: Rozen et al. 2025; Gower 1975 (Procrustes).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.circumplex import Dissimilarity, dissimilarities
from analysis.distributions import FloatArray
from analysis.mds import classical_mds, smacof
from analysis.sums import Estimate, sum_interval

__all__ = ["structure_agreement"]


def structure_agreement(
    scores: ArrayLike,
    reference: ArrayLike,
    rng: np.random.Generator,
    *,
    weights: ArrayLike | None = None,
    dissimilarity: Dissimilarity = "chord",
    solution: Literal["smacof", "classical"] = "smacof",
    resamples: int = 999,
) -> Estimate:
    """Procrustes sum of squares between the configuration of the scores and a reference; basic bootstrap interval.

    scores: (n_people, n_values), centered within person, people with a NaN left out; reference: (n_values, 2);
    weights: (n_people,). The configuration is metric SMACOF's from Torgerson's start, or Torgerson's own ("classical"),
    the sum of squares standardized to [0, 1] (0 = the same shape). Noise makes two shapes less alike, so value and
    interval are corrected by the bias that the resamples show, and cut at 0 and 1; `procrustes_ssd` gives the
    uncorrected value. NaN where a value does not vary; n counts the people kept. Where structure is planted the
    interval (of SMACOF) holds the truth in 97 to 100 of 100 samples of 300 people; where there is none the map is
    arbitrary, and it does in 63 (docs/known-truth.md): read it where `matrix_agreement_estimate` tells structure from
    noise. Source: Gower 1975; Davison and Hinkley 1997, section 5.2.
    """
    table = np.asarray(scores, dtype=np.float64)
    target = np.asarray(reference, dtype=np.float64)
    if target.shape != (table.shape[1], 2):
        raise ValueError(
            f"reference has shape {target.shape}; give one point (x, y) for each of {table.shape[1]} values"
        )
    weight = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=np.float64)
    keep = ~np.isnan(table).any(axis=1) & (weight > 0)
    n_values = table.shape[1]

    def distance(sums: FloatArray) -> FloatArray:
        matrices = correlations_of_sums(sums, n_values)
        return _procrustes(target, _configurations(dissimilarities(matrices, kind=dissimilarity), solution))

    found = sum_interval(moment_columns(table[keep], weight[keep]), distance, rng, resamples=resamples, method="basic")
    value, low, high = (float(np.clip(part, 0.0, 1.0)) for part in found[:3])
    return Estimate(value, low, high, found.n)


def moment_columns(scores: FloatArray, weights: FloatArray) -> FloatArray:
    """What correlations are made of: (n_people, n_values) → (n_people, 1 + n_values + n_values (n_values + 1) / 2).

    Weight, weighted scores and weighted products, after the mean was taken off, which correlations do not depend on.
    """
    centered = scores - (scores.mean(axis=0) if len(scores) else 0.0)
    first, second = np.triu_indices(scores.shape[1])
    columns = np.hstack([np.ones((len(scores), 1)), centered, centered[:, first] * centered[:, second]])
    return np.asarray(columns * weights[:, None], dtype=np.float64)


def correlations_of_sums(sums: FloatArray, n_values: int) -> FloatArray:
    """Correlations from column sums of `moment_columns`: (m, n_columns) → (m, n_values, n_values).

    NaN in row and column of a value without variance.
    """
    total, means = sums[:, 0], sums[:, 1 : 1 + n_values]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = means / total[:, None]
        products = np.empty((len(sums), n_values, n_values))
        first, second = np.triu_indices(n_values)
        products[:, first, second] = products[:, second, first] = sums[:, 1 + n_values :] / total[:, None]
        covariance = products - means[:, :, None] * means[:, None, :]
        variance = np.einsum("mii->mi", covariance)
        # What rounding leaves of a constant is no variance.
        spread = np.sqrt(np.where(variance > 1e-12 * np.maximum(means**2, 1.0), variance, np.nan))
        correlations = np.clip(covariance / (spread[:, :, None] * spread[:, None, :]), -1.0, 1.0)
    diagonal = np.arange(n_values)
    correlations[:, diagonal, diagonal] = np.where(np.isnan(spread), np.nan, 1.0)
    return np.asarray(correlations, dtype=np.float64)


def _configurations(delta: FloatArray, solution: str) -> FloatArray:
    """Torgerson's configuration of every matrix, or SMACOF's from there; NaN where a dissimilarity is."""
    broken = np.asarray(np.isnan(delta).any(axis=(1, 2)))[:, None, None]
    filled = np.where(broken, 1.0 - np.eye(delta.shape[1]), delta)
    points = classical_mds(filled)
    return np.where(broken, np.nan, points if solution == "classical" else smacof(filled, points).configuration)


def _procrustes(target: FloatArray, points: FloatArray) -> FloatArray:
    """`procrustes_ssd` (standardized) of every configuration (m, n_values, 2) with the target (n_values, 2)."""
    a = target - target.mean(axis=0)
    b = points - points.mean(axis=1, keepdims=True)
    broken = np.isnan(b).any(axis=(1, 2))
    singular = np.linalg.svd(a.T @ np.where(broken[:, None, None], 0.0, b), compute_uv=False).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        fit = singular / np.sqrt((a**2).sum() * (b**2).sum(axis=(1, 2)))
    return np.asarray(np.clip(1.0 - fit**2, 0.0, 1.0), dtype=np.float64)
