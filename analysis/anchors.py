"""Anchor analysis: how value scores fall off around the circle from the value that a persona was anchored on.

Values are rows of a circle of n_values steps; the offset is d = (value - anchor) mod n_values. Knows
no persona texts. Source: Rozen et al. 2025 (near-sinusoidal profiles, shown as a figure).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.correlation import spearman
from analysis.distributions import FloatArray, IntArray

__all__ = ["CosineFit", "anchor_profile", "cosine_fit", "distance_correlation", "own_anchor_effect"]


class CosineFit(NamedTuple):
    """Least-squares cosine over one turn: elevation, amplitude, phase in steps (0: peak at the anchor), R squared."""

    elevation: float
    amplitude: float
    phase_steps: float
    r_squared: float


def anchor_profile(
    scores: ArrayLike,
    anchors: ArrayLike,
    *,
    convention: Literal["per-anchor", "pooled"] = "per-anchor",
    weights: ArrayLike | None = None,
) -> FloatArray:
    """Mean centered score at every offset from the anchor: (n_values,), entry d for offset d steps.

    scores: (n_people, n_values) in circle order; anchors: (n_people,), the anchor's position 0..n_values-1; weights:
    (n_people,). Scores that are NaN are left out, offset by offset. "per-anchor" averages within each anchor first,
    then over anchors; "pooled" over all people at once. Source: Rozen et al. 2025.
    """
    shifted, anchor = turned_to_anchor(scores, anchors)
    weight = np.ones(len(shifted)) if weights is None else np.asarray(weights, dtype=np.float64)
    if convention == "pooled":
        return _nan_mean(shifted, weight)
    if len(anchor) == 0:
        return np.full(shifted.shape[1], np.nan)
    return _nan_mean(np.stack([_nan_mean(shifted[anchor == a], weight[anchor == a]) for a in np.unique(anchor)]))


def turned_to_anchor(scores: ArrayLike, anchors: ArrayLike) -> tuple[FloatArray, IntArray]:
    """Scores by offset from each person's anchor, column d the value d steps on, and the anchors as integers."""
    table, anchor = np.asarray(scores, dtype=np.float64), np.asarray(anchors, dtype=np.int64)
    n_values = table.shape[1]
    if len(anchor) != len(table) or np.any((anchor < 0) | (anchor >= n_values)):
        raise ValueError(f"anchors: give one position 0..{n_values - 1} per person")
    return np.take_along_axis(table, (anchor[:, None] + np.arange(n_values)) % n_values, axis=1), anchor


def cosine_fit(profile: ArrayLike) -> CosineFit:
    """Fit y_d = b0 + b1 cos(2 pi d / n) + b2 sin(2 pi d / n) to a profile over offsets 0..n-1.

    profile: (n_values,), NaN left out. The phase lies in (-n/2, n/2], positive where the peak is at a positive
    offset. All NaN below four offsets; the R squared of a flat profile is NaN. Source: Gurtman 1992; Rozen et al. 2025.
    """
    y = np.asarray(profile, dtype=np.float64)
    angle = 2.0 * np.pi * np.arange(len(y)) / max(len(y), 1)
    known = ~np.isnan(y)
    if known.sum() < 4:
        return CosineFit(np.nan, np.nan, np.nan, np.nan)
    design = np.stack((np.ones(len(y)), np.cos(angle), np.sin(angle)), axis=1)[known]
    b0, b1, b2 = np.linalg.lstsq(design, y[known], rcond=None)[0]
    residual = ((y[known] - design @ np.array([b0, b1, b2])) ** 2).sum()
    total = ((y[known] - y[known].mean()) ** 2).sum()
    phase = float(np.arctan2(b2, b1) * len(y) / (2.0 * np.pi))
    r_squared = float(1.0 - residual / total) if total > 0 else float("nan")
    return CosineFit(float(b0), float(np.hypot(b1, b2)), phase, r_squared)


def distance_correlation(profile: ArrayLike) -> float:
    """Spearman correlation of a profile with circular distance min(d, n - d), both sides averaged; near -1 expected.

    profile: (n_values,), NaN left out. Source: Rozen et al. 2025.
    """
    y = np.asarray(profile, dtype=np.float64)
    n = len(y)
    steps = np.arange(n // 2 + 1)
    return spearman(_nan_mean(np.stack((y[steps], y[(n - steps) % n]))), steps).r


def own_anchor_effect(profile: ArrayLike) -> float:
    """The score at the anchor itself minus the mean of the others.

    profile: (n_values,), NaN left out. Source: Rozen et al. 2025.
    """
    y = np.asarray(profile, dtype=np.float64)
    return float(y[0] - _nan_mean(y[1:, None])[0])


def _nan_mean(table: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    weight = np.ones(len(table)) if weights is None else weights
    present = ~np.isnan(table)
    total = weight @ present
    return np.where(total > 0, weight @ np.where(present, table, 0.0) / np.where(total > 0, total, 1.0), np.nan)
