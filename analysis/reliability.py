"""How consistently several items measure one thing: alpha, omega, item-rest correlations. Knows no instrument.

Items must be keyed the same way first. People with a missing item are left out (listwise). Degenerate input gives NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from analysis.correlation import pearson
from analysis.distributions import FloatArray

__all__ = ["cronbach_alpha", "item_rest_correlations", "mcdonald_omega", "one_factor_loadings"]

SMALLEST_UNIQUENESS = 0.005


def _complete(item_scores: ArrayLike) -> FloatArray:
    scores = np.asarray(item_scores, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(f"item_scores: expected (n_respondents, n_items) with at least 2 items; got {scores.shape}")
    return scores[~np.isnan(scores).any(axis=1)]


def cronbach_alpha(item_scores: ArrayLike) -> float:
    """Cronbach's alpha from raw covariances: k/(k-1) (1 - sum of item variances / variance of the sum).

    item_scores: (n_respondents, n_items), NaN = missing, listwise. Fewer than two items raise ValueError; fewer than
    two people or a sum without variance give NaN. May be negative. Source: Cronbach 1951; as raw_alpha of R's psych.
    """
    scores = _complete(item_scores)
    if len(scores) < 2:
        return float("nan")
    k, total = scores.shape[1], float(scores.sum(axis=1).var(ddof=1))
    if not total > 0:
        return float("nan")
    return float(k / (k - 1) * (1.0 - scores.var(axis=0, ddof=1).sum() / total))


def mcdonald_omega(item_scores: ArrayLike) -> float:
    """McDonald's omega of a one-factor model: (sum of loadings)^2 over that plus the sum of uniquenesses, 0..1.

    item_scores: (n_respondents, n_items), NaN = missing, listwise; on raw scores (loadings of the correlations times
    the standard deviations). Fewer than three items, fewer people than items plus one, an item without variance or
    items that determine each other give NaN. Source: McDonald 1999; maximum likelihood as R's factanal.
    """
    scores = _complete(item_scores)
    if scores.shape[1] < 3 or len(scores) <= scores.shape[1] or np.any(np.ptp(scores, axis=0) == 0):
        return float("nan")
    spread = scores.std(axis=0, ddof=1)
    correlations = np.asarray(np.corrcoef(scores, rowvar=False), dtype=np.float64)
    if np.linalg.matrix_rank(correlations) < scores.shape[1]:
        return float("nan")
    loadings = one_factor_loadings(correlations)
    common = float((loadings * spread).sum() ** 2)
    unique = float(((1.0 - loadings**2) * spread**2).sum())
    return common / (common + unique)


def one_factor_loadings(correlations: ArrayLike) -> FloatArray:
    """Maximum likelihood loadings of one factor, signed so that they sum to a positive number.

    correlations: (n_items, n_items), at least three items and not singular. Uniquenesses stay at or above 0.005.
    Source: Jöreskog 1967; Lawley and Maxwell 1971; as R's factanal(factors = 1).
    """
    matrix = np.asarray(correlations, dtype=np.float64)
    start = np.clip((1.0 - 0.5 / len(matrix)) / np.diag(np.linalg.inv(matrix)), SMALLEST_UNIQUENESS, 1.0)
    found = optimize.minimize(
        _misfit,
        start,
        args=(matrix,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(SMALLEST_UNIQUENESS, 1.0)] * len(matrix),
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000},
    )
    loadings = _loadings(np.asarray(found.x, dtype=np.float64), matrix)
    return -loadings if loadings.sum() < 0 else loadings


def _loadings(uniqueness: FloatArray, matrix: FloatArray) -> FloatArray:
    root = np.sqrt(uniqueness)
    values, vectors = np.linalg.eigh(matrix / np.outer(root, root))
    return np.asarray(root * vectors[:, -1] * np.sqrt(max(values[-1] - 1.0, 0.0)), dtype=np.float64)


def _misfit(uniqueness: FloatArray, matrix: FloatArray) -> tuple[float, FloatArray]:
    """Likelihood misfit with loadings profiled out, and its gradient."""
    root = np.sqrt(uniqueness)
    rest = np.linalg.eigvalsh(matrix / np.outer(root, root))[:-1]
    loadings = _loadings(uniqueness, matrix)
    implied = np.outer(loadings, loadings) + np.diag(uniqueness)
    gradient = np.diag(implied - matrix) / uniqueness**2
    return float((rest - np.log(rest) - 1.0).sum()), np.asarray(gradient, dtype=np.float64)


def item_rest_correlations(item_scores: ArrayLike) -> FloatArray:
    """Pearson correlation of every item with the sum of the others.

    item_scores: (n_respondents, n_items), NaN = missing, listwise → (n_items,). NaN for an item, or a rest, without
    variance. Source: as r.drop of R's psych.
    """
    scores = _complete(item_scores)
    total = scores.sum(axis=1)
    return np.array([pearson(item, total - item).r for item in scores.T])
