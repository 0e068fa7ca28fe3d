"""How consistently the items of each value measure it, value by value, with intervals over respondents.

Covariances depend on the respondents only through sums, so they are resampled as in `analysis.sums`. Knows no
questionnaire: only keyed item scores and which value each measures. With two or three items per value, reliabilities
between .5 and .9 are usual in human samples (.54 to .87 in a German one of 714). They say how well items hang together,
not whether the answers are human. Source: Cronbach 1951; McDonald 1999; Feldt 1965.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.circumplex import SMALLEST_SPREAD
from analysis.distributions import FloatArray
from analysis.reliability import SMALLEST_UNIQUENESS, item_rest_correlations, one_factor_loadings
from analysis.structure_agreement import moment_columns
from analysis.sums import Estimate, interval_of_draws, resampled_sums

__all__ = ["ValueReliability", "alpha_interval_feldt", "value_reliability"]

MOST_IMPROPER = 0.05
"""Share of resamples without a proper one-factor solution above which omega has no interval."""
MOST_FITS = 99
"""Resamples of omega for other numbers of items than three, which need iterative fits."""


class ValueReliability(NamedTuple):
    """Alpha, omega and item-rest correlations of one value; `reason` says why a number is missing, empty if none is."""

    value: str
    n_items: int
    alpha: Estimate
    omega: Estimate
    item_rest: tuple[float, ...]
    reason: str


def value_reliability(
    item_scores: ArrayLike,
    value_of_item: Sequence[Hashable] | ArrayLike,
    rng: np.random.Generator,
    *,
    values: Sequence[Hashable] | None = None,
    interval: Literal["bootstrap", "feldt"] = "bootstrap",
    weights: ArrayLike | None = None,
    resamples: int = 999,
    level: float = 0.95,
) -> tuple[ValueReliability, ...]:
    """Alpha, omega (with intervals) and item-rest correlations of every value, in the order of `values`, else sorted.

    item_scores: (n_people, n_items), keyed, NaN = missing, listwise within a value; value_of_item: (n_items,); weights:
    (n_people,), for alpha and omega. Alpha: BCa over people, or with "feldt" from the F distribution (normal scores,
    essentially parallel items, no weights). Omega: percentile over people, from three items on. A negative alpha stays.
    NaN with a reason for one item, fewer than two people, or an item or sum that does not vary; omega has no
    interval where more than one resample in twenty fits no one-factor model. Source: Cronbach 1951; McDonald 1999;
    Feldt 1965.
    """
    scores, keys = np.asarray(item_scores, dtype=np.float64), np.asarray(value_of_item)
    if scores.ndim != 2 or scores.shape[1] != len(keys):
        raise ValueError(f"item_scores has shape {scores.shape} but value_of_item names {len(keys)} items")
    weight = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    if interval == "feldt" and len(weight) and np.ptp(weight) > 0:
        raise ValueError("Feldt's interval knows no weights; use interval='bootstrap'")
    wanted = np.unique(keys).tolist() if values is None else list(values)
    parts = [scores[:, keys == value] for value in wanted]
    complete = [~np.isnan(part).any(axis=1) & (weight > 0) for part in parts]
    # People are drawn once for all values; who misses an item of one counts nothing there.
    columns = [_columns(part, weight, kept) for part, kept in zip(parts, complete, strict=True)]
    everything = np.hstack(columns)
    sums = resampled_sums(everything, resamples, rng) if len(scores) else everything
    drawn = np.split(sums, np.cumsum([part.shape[1] for part in columns])[:-1], axis=1)
    return tuple(
        _one(str(value), part[kept], own[kept], draws, interval, level)
        for value, part, kept, own, draws in zip(wanted, parts, complete, columns, drawn, strict=True)
    )


def _columns(part: FloatArray, weight: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    columns = np.zeros((len(part), 1 + part.shape[1] + part.shape[1] * (part.shape[1] + 1) // 2))
    columns[kept] = moment_columns(part[kept], weight[kept])
    return columns


def alpha_interval_feldt(alpha: float, n_people: int, n_items: int, *, level: float = 0.95) -> tuple[float, float]:
    """Feldt's interval of alpha from the F distribution: 1 - (1 - alpha) F, with n - 1 and (n - 1)(k - 1) degrees.

    Exact for normal scores of essentially parallel items; equals the interval of the intraclass correlation ICC(3,k).
    NaN below two people or items, or for a NaN alpha. Source: Feldt 1965; McGraw and Wong 1996.
    """
    if n_people < 2 or n_items < 2 or np.isnan(alpha):
        return float("nan"), float("nan")
    degrees = n_people - 1, (n_people - 1) * (n_items - 1)
    tail = (1.0 - level) / 2.0
    low, high = (1.0 - (1.0 - alpha) * stats.f.ppf(side, *degrees) for side in (1.0 - tail, tail))
    return float(low), float(high)


def _one(
    value: str, scores: FloatArray, columns: FloatArray, drawn_sums: FloatArray, interval: str, level: float
) -> ValueReliability:
    """One value from the scores and moment columns of the people who answered all its items, and drawn sums."""
    n, n_items = scores.shape
    nothing = Estimate(np.nan, np.nan, np.nan, n)
    reason = _reason(scores)
    if n_items < 2 or n < 2:
        return ValueReliability(value, n_items, nothing, nothing, (np.nan,) * n_items, reason)
    total = columns.sum(axis=0)
    own, drawn = _covariances(total[None], n_items), _covariances(drawn_sums[drawn_sums[:, 0] > 0], n_items)
    alpha = float(_alphas(own)[0])
    if interval == "feldt":
        bounds = Estimate(alpha, *alpha_interval_feldt(alpha, n, n_items, level=level), n)
    else:
        left_out = _alphas(_covariances(total - columns, n_items))
        bounds = interval_of_draws(alpha, _alphas(drawn), n, level=level, method="bca", left_out=left_out)
    omega = nothing
    if not reason:
        omega, reason = _omega_estimate(own, drawn, n, level)
    return ValueReliability(value, n_items, bounds, omega, tuple(item_rest_correlations(scores).tolist()), reason)


def _reason(scores: FloatArray) -> str:
    """Why alpha, omega or both cannot be formed: the first of the reasons that applies."""
    n, n_items = scores.shape
    if not (n and n_items):
        return f"{n} respondents with all of {n_items} items"
    constant = int((np.ptp(scores, axis=0) <= SMALLEST_SPREAD).sum())
    reasons = {
        f"{n_items} item": n_items < 2,
        f"{n} respondent with all items": n < 2,
        "no item varies": constant == n_items,
        "the sum does not vary": bool(np.ptp(scores.sum(axis=1)) <= SMALLEST_SPREAD),
        f"omega: {constant} of {n_items} items without variance": constant > 0,
        "omega: fewer than three items": n_items < 3,
        f"omega: {n} respondents for {n_items} items": n <= n_items,
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _covariances(sums: FloatArray, n_items: int) -> FloatArray:
    """Covariances (over n, not n - 1: ratios do not depend on it) from sums of `moment_columns`: (m, k, k)."""
    total, means = sums[:, :1], sums[:, 1 : 1 + n_items] / sums[:, :1]
    first, second = np.triu_indices(n_items)
    products = np.empty((len(sums), n_items, n_items))
    products[:, first, second] = products[:, second, first] = sums[:, 1 + n_items :] / total
    return np.asarray(products - means[:, :, None] * means[:, None, :], dtype=np.float64)


def _alphas(covariances: FloatArray) -> FloatArray:
    """Cronbach's alpha of every matrix (m, k, k); NaN where the sum has no variance."""
    k = covariances.shape[1]
    total, own = covariances.sum(axis=(1, 2)), np.einsum("mii->m", covariances)
    total = np.where(total > SMALLEST_SPREAD**2 * np.maximum(own, 1.0), total, np.nan)
    return np.asarray(k / (k - 1) * (1.0 - own / total), dtype=np.float64)


def _omega_estimate(own: FloatArray, drawn: FloatArray, n: int, level: float) -> tuple[Estimate, str]:
    """Omega of one covariance matrix (1, k, k) with its interval from resamples, and why it has none."""
    matrix = _correlations(own)[0]
    if np.linalg.matrix_rank(matrix) < len(matrix):
        return Estimate(np.nan, np.nan, np.nan, n), "omega: its items determine each other"
    value = float(_omegas(one_factor_loadings(matrix)[None], own)[0])
    if len(matrix) == 3:
        omegas = _omegas(_three_loadings(_correlations(drawn)), drawn)
    else:
        proper = drawn[:MOST_FITS]
        omegas = _omegas(np.stack([_fitted(one) for one in _correlations(proper)]), proper)
    improper = float(np.isnan(omegas).mean())
    if improper > MOST_IMPROPER:
        none = Estimate(value, np.nan, np.nan, n)
        return none, f"omega: {improper:.0%} of resamples without a proper one-factor solution"
    return interval_of_draws(value, omegas, n, level=level), ""


def _omegas(loadings: FloatArray, covariances: FloatArray) -> FloatArray:
    """McDonald's omega on raw scores: (m, k) loadings of the correlations and (m, k, k) covariances → (m,)."""
    variances = np.einsum("mii->mi", covariances)
    common = (loadings * np.sqrt(np.maximum(variances, 0.0))).sum(axis=1) ** 2
    return np.asarray(common / (common + ((1.0 - loadings**2) * variances).sum(axis=1)), dtype=np.float64)


def _correlations(covariances: FloatArray) -> FloatArray:
    """Correlations (m, k, k); NaN for an item that does not vary, as may happen in a resample."""
    variances = np.einsum("mii->mi", covariances)
    spread = np.sqrt(np.where(variances > SMALLEST_SPREAD**2, variances, np.nan))
    return np.asarray(covariances / (spread[:, :, None] * spread[:, None, :]), dtype=np.float64)


def _fitted(matrix: FloatArray) -> FloatArray:
    if not np.isfinite(matrix).all() or np.linalg.matrix_rank(matrix) < len(matrix):
        return np.full(len(matrix), np.nan)
    return one_factor_loadings(matrix)


def _three_loadings(correlations: FloatArray) -> FloatArray:
    """Loadings of one factor for three items, without a fit: (m, 3, 3) → (m, 3).

    One factor reproduces three correlations exactly. Where an item would need a loading beyond its bound (a Heywood
    case), the likeliest solution has it there, and the others load by their correlation with it, to within .001 of
    omega. NaN where the product of the correlations is not positive: no one factor fits.
    """
    others = correlations[:, [0, 1, 2], [1, 2, 0]] * correlations[:, [0, 1, 2], [2, 0, 1]]
    with np.errstate(invalid="ignore", divide="ignore"):
        squared = others / correlations[:, [1, 2, 0], [2, 0, 1]]
        squared[~(others * correlations[:, [1, 2, 0], [2, 0, 1]] > 0)] = np.nan
        largest = np.nan_to_num(squared).argmax(axis=1)
        lead = correlations[np.arange(len(correlations)), largest]
        bound = np.sqrt(1.0 - SMALLEST_UNIQUENESS)
        beyond = squared.max(axis=1) > bound**2
        loadings = np.sqrt(squared) * np.sign(lead)
        at_bound = np.where(np.arange(3) == largest[:, None], bound, lead / bound)
    return np.asarray(np.where(beyond[:, None], at_bound, loadings), dtype=np.float64)
