"""What weights do to a sample: design effect, effective sample size, trimming. Pure numbers; knows no persona.

Kish 1965, *Survey Sampling*, and Kish 1992, "Weighting for unequal Pi", Journal of Official Statistics 8(2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.errors import PopulationError

Weights = NDArray[np.float64]


def checked_weights(weights: ArrayLike, purpose: str) -> Weights:
    """`weights` as a float vector; PopulationError if empty, not finite, negative or all zero."""
    vector = np.asarray(weights, dtype=float)
    if vector.ndim != 1 or vector.size == 0:
        raise PopulationError(f"{purpose}: needs a list of at least one weight, got shape {vector.shape}")
    wrong = np.flatnonzero(~np.isfinite(vector) | (vector < 0))
    if wrong.size:
        raise PopulationError(
            f"{purpose}: weight number {wrong[0]} is {vector[wrong[0]]}; weights must be finite and not negative"
        )
    if not vector.sum() > 0:
        raise PopulationError(f"{purpose}: all {vector.size} weights are zero; at least one must be positive")
    return vector


def design_effect(weights: ArrayLike) -> float:
    """Kish's design effect of unequal weighting, 1 + cv², that is n·Σw²/(Σw)².

    weights: (n,), not negative, not all zero (PopulationError otherwise; a missing weight is an error). 1.0 for equal
    weights and for a single one; n where one weight carries everything.
    """
    vector = checked_weights(weights, "design effect")
    scaled = vector / vector.max()
    return float(scaled.size * np.square(scaled).sum() / np.square(scaled.sum()))


def effective_sample_size(weights: ArrayLike) -> float:
    """Kish's effective sample size (Σw)²/Σw², that is n divided by the design effect. Same rules as there."""
    vector = checked_weights(weights, "effective sample size")
    return vector.size / design_effect(vector)


class Trimmed(NamedTuple):
    """Weights inside bounds with the same sum as before, and how many of them were cut."""

    weights: Weights
    n_trimmed: int


def trim_weights(weights: Sequence[float] | Weights, *, lower: float = 0.0, upper: float = np.inf) -> Trimmed:
    """Cut weights at `lower` and `upper` (in units of the weights) and share what was cut out equally among the rest.

    Repeats until nothing lies outside, as R's `survey::trimWeights(strict = TRUE)`; the sum is kept. Bounds that no
    weights of this sum can satisfy raise PopulationError.
    """
    vector = checked_weights(weights, "trimming")
    n, total = vector.size, vector.sum()
    slack = 1e-12 * total
    if lower < 0 or lower > upper or n * lower > total + slack or n * upper < total - slack:
        raise PopulationError(
            f"trimming: no {n} weights that sum to {total:g} lie between {lower:g} and {upper:g};"
            f" the bounds must enclose the mean weight {total / n:g}"
        )
    held = np.zeros(n, dtype=bool)
    trimmed = vector.copy()
    for _ in range(n):
        held |= (trimmed < lower) | (trimmed > upper)
        cut = np.clip(trimmed, lower, upper)
        if not np.any(cut != trimmed) or held.all():
            trimmed = cut
            break
        trimmed = cut + np.where(held, 0.0, (total - cut.sum()) / np.count_nonzero(~held))
    return Trimmed(_with_sum(trimmed, total, lower, upper), int(np.count_nonzero(held)))


def _with_sum(cut: Weights, total: float, lower: float, upper: float) -> Weights:
    """Where every weight came to lie on a bound, move them inside the bounds until the sum is `total` again."""
    missing = total - cut.sum()
    if abs(missing) <= 1e-12 * total:
        return cut
    room = (upper - cut) if missing > 0 else (cut - lower)
    room = np.where(np.isfinite(room), room, np.abs(missing))
    moved: Weights = cut + missing * room / room.sum()
    return moved
