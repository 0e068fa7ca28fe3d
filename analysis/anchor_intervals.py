"""Anchor profiles with their uncertainty: the curve over offsets, the cosine fitted to it, and what it says in numbers.

Anchors are given, not sampled, so respondents are resampled within each anchor. Knows no persona texts: values are
columns in circle order, anchors are positions. Source: Rozen et al. 2025 (profiles as a figure, without intervals); Rao
and Wu 1988 (resampling within small groups); Fisher 1993 (angles).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from analysis.anchors import (
    CosineFit,
    anchor_profile,
    cosine_fit,
    distance_correlation,
    own_anchor_effect,
    turned_to_anchor,
)
from analysis.distributions import FloatArray, IntArray
from analysis.noise_correction import correlations_with, noise_free
from analysis.sums import Estimate, interval_of_draws, resampled_within

__all__ = ["AnchorAnalysis", "OffsetMean", "anchor_analysis"]


class OffsetMean(NamedTuple):
    """Mean score at one offset from the anchor; the estimate's n is the people with a score there."""

    offset: int
    mean: Estimate


class AnchorAnalysis(NamedTuple):
    """How scores fall off around the anchor. Offsets and phase are in steps of the circle, 0 is the anchor.

    `curve`: offsets from -(n_values // 2) up. `phase_steps`: bounds are not wrapped, so that low <= value <= high and a
    bound may lie beyond half a turn; NaN bounds where the amplitude is not told from 0, as a flat curve points nowhere.
    `sample`: the cosine as fitted, noise and all. `reason`: why there are no intervals at all, empty if there are.
    """

    curve: tuple[OffsetMean, ...]
    elevation: Estimate
    amplitude: Estimate
    phase_steps: Estimate
    r_squared: Estimate
    distance_correlation: Estimate
    own_anchor_effect: Estimate
    n: int
    n_anchors: int
    sample: CosineFit
    reason: str


def anchor_analysis(
    scores: ArrayLike,
    anchors: ArrayLike,
    rng: np.random.Generator,
    *,
    convention: Literal["per-anchor", "pooled"] = "per-anchor",
    weights: ArrayLike | None = None,
    resamples: int = 999,
    level: float = 0.95,
) -> AnchorAnalysis:
    """The anchor profile, its cosine and its summary numbers, each with an interval over respondents within anchors.

    scores: (n_people, n_values) centered, in circle order; anchors: (n_people,) positions 0..n_values-1; weights:
    (n_people,); people with a NaN anywhere or of weight 0 are left out. Means, elevation and own-anchor effect have
    percentile intervals. Noise makes an amplitude larger and an R squared and a distance correlation smaller than they
    are, so these three have it taken out, and are NaN where a curve is nothing else (an amplitude is then 0). Intervals
    are NaN where an anchor has a single respondent, whose spread nobody knows. Source: Rozen et al. 2025; Rao and Wu
    1988.
    """
    table = np.asarray(scores, dtype=np.float64)
    weight = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=np.float64)
    shifted, anchor = turned_to_anchor(table, anchors)
    keep = ~np.isnan(table).any(axis=1) & (weight > 0)
    shifted, anchor, weight = shifted[keep], anchor[keep], weight[keep]
    profile = anchor_profile(table[keep], anchor, convention=convention, weights=weight)
    _, sizes = np.unique(anchor, return_counts=True)
    reason = _reason(sizes)
    draws = np.full((0, table.shape[1]), np.nan)
    if not reason:
        draws = _profiles(shifted, anchor, weight, convention, resamples, rng)
    return _analysis(profile, draws, len(anchor), len(sizes), reason, level)


def _reason(sizes: IntArray) -> str:
    if not len(sizes):
        return "nobody with an anchor answered"
    alone = int((sizes == 1).sum())
    return f"{alone} of {len(sizes)} anchors with a single respondent" if alone else ""


def _profiles(
    shifted: FloatArray, anchor: IntArray, weight: FloatArray, convention: str, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """The profile of every resample: (resamples, n_values)."""
    columns = np.hstack([shifted * weight[:, None], weight[:, None]])
    if convention == "pooled":
        sums = resampled_within(columns, anchor, resamples, rng)
        return np.asarray(sums[:, :-1] / sums[:, -1:], dtype=np.float64)
    total, names = np.zeros((resamples, shifted.shape[1])), np.unique(anchor)
    for name in names:
        inside = anchor == name
        sums = resampled_within(columns[inside], anchor[inside], resamples, rng)
        total += sums[:, :-1] / sums[:, -1:]
    return total / len(names)


def _analysis(
    profile: FloatArray, draws: FloatArray, n: int, n_anchors: int, reason: str, level: float
) -> AnchorAnalysis:
    def linear(value: float, drawn: FloatArray) -> Estimate:
        return interval_of_draws(value, drawn, n, level=level)

    n_values, fit, fits = len(profile), cosine_fit(profile), _fits(draws)
    amplitude, r_squared = _cosine_strength(profile, fits, n, level)
    others = (draws.sum(axis=1) - draws[:, 0]) / max(n_values - 1, 1)
    return AnchorAnalysis(
        curve=tuple(
            OffsetMean(offset, linear(float(profile[offset]), draws[:, offset]))
            for offset in range(-(n_values // 2), (n_values + 1) // 2)
        ),
        elevation=linear(fit.elevation, fits.elevation),
        amplitude=amplitude,
        phase_steps=_phase(fit.phase_steps, fits, n_values, amplitude, level),
        r_squared=r_squared,
        distance_correlation=_distance_correlation(profile, draws, n, level),
        own_anchor_effect=linear(own_anchor_effect(profile), draws[:, 0] - others),
        n=n,
        n_anchors=n_anchors,
        sample=fit,
        reason=reason,
    )


class _Fits(NamedTuple):
    """Cosine fits of complete profiles: coefficients and variance over offsets, all (m,)."""

    elevation: FloatArray
    cosine: FloatArray
    sine: FloatArray
    variance: FloatArray


def _fits(profiles: FloatArray) -> _Fits:
    """Least squares as in `cosine_fit`, in closed form: over a whole turn cosine and sine are orthogonal."""
    n_values = profiles.shape[1]
    angle = 2.0 * np.pi * np.arange(n_values) / n_values
    cosine, sine = profiles @ np.cos(angle) * 2.0 / n_values, profiles @ np.sin(angle) * 2.0 / n_values
    return _Fits(profiles.mean(axis=1), cosine, sine, profiles.var(axis=1))


def _cosine_strength(profile: FloatArray, drawn: _Fits, n: int, level: float) -> tuple[Estimate, Estimate]:
    """Amplitude and R squared without noise: what resampling adds to a variance. A resample has it twice."""
    own = _fits(profile[None])
    power, draws = own.cosine**2 + own.sine**2, drawn.cosine**2 + drawn.sine**2
    noise = _mean(draws) - power[0]
    whole_noise = _mean(drawn.variance) - own.variance[0]
    amplitude = interval_of_draws(
        float(np.sqrt(np.maximum(power - noise, 0.0))[0]),
        np.sqrt(np.maximum(draws - 2.0 * noise, 0.0)),
        n,
        level=level,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (power - noise) / 2.0 / (own.variance - whole_noise)
        shares = (draws - 2.0 * noise) / 2.0 / (drawn.variance - 2.0 * whole_noise)
    # Variance that is all noise, or less: the share is at one of its limits, and nobody knows which in the sample.
    shares = np.where(drawn.variance > 2.0 * whole_noise, shares, np.where(draws > 2.0 * noise, 1.0, 0.0))
    known = bool(own.variance[0] > whole_noise)
    r_squared = float(np.clip(share[0], 0.0, 1.0)) if known else float("nan")
    return amplitude, interval_of_draws(r_squared, np.clip(shares, 0.0, 1.0), n, level=level)


def _phase(value: float, drawn: _Fits, n_values: int, amplitude: Estimate, level: float) -> Estimate:
    """Percentiles of the turn from the value to each resample, taken the short way round."""
    if not amplitude.low > 0:
        return Estimate(value, np.nan, np.nan, amplitude.n)
    phases = np.arctan2(drawn.sine, drawn.cosine) * n_values / (2.0 * np.pi)
    turn = (phases - value + n_values / 2.0) % n_values - n_values / 2.0
    found = interval_of_draws(0.0, turn, amplitude.n, level=level)
    return Estimate(value, value + found.low, value + found.high, amplitude.n)


def _distance_correlation(profile: FloatArray, draws: FloatArray, n: int, level: float) -> Estimate:
    """Spearman's rho with circular distance; noise is taken out as in `analysis.matrix_agreement`."""
    n_values = len(profile)
    steps = np.arange(n_values // 2 + 1)
    own, drawn = (
        rankdata((rows[:, steps] + rows[:, (n_values - steps) % n_values]) / 2.0, axis=1)
        for rows in (profile[None], draws)
    )
    with_distance = correlations_with(drawn, steps.astype(np.float64))
    return noise_free(distance_correlation(profile), with_distance, correlations_with(drawn, own[0]), n, level=level)


def _mean(draws: FloatArray) -> float:
    return float(draws.mean()) if len(draws) else float("nan")
