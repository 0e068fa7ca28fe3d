"""The true share of something that is told imperfectly: apparent shares corrected for sensitivity and specificity.

Knows no rubric: only shares and counts. Sources: Rogan and Gladen 1978; Lang and Reiczigel 2014.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from analysis.sums import Estimate

__all__ = ["KnownErrors", "true_share"]

_Z = 1.959963984540054
NOTHING = Estimate(float("nan"), float("nan"), float("nan"), 0)


class KnownErrors(NamedTuple):
    """How often a fault is called one, and a sound reply passed; n_faulty and n_sound are the numbers of cases that
    these shares were estimated from, infinite where they are known.
    """

    sensitivity: float
    specificity: float
    n_faulty: float = math.inf
    n_sound: float = math.inf


def true_share(apparent: float, n: float, errors: KnownErrors) -> Estimate:
    """The share of faults behind an apparent share of verdicts that say fault, with a 95 % interval.

    (apparent + specificity - 1) / (sensitivity + specificity - 1), cut to [0, 1]. apparent: share among n verdicts (n
    may be an effective number). The interval of Lang and Reiczigel covers the errors of all three shares; it is not
    centered at the estimate. NaN where n is 0 or sensitivity + specificity is not above 1: such a judge tells nothing.
    Source: Rogan and Gladen 1978; Lang and Reiczigel 2014.
    """
    youden = errors.sensitivity + errors.specificity - 1.0
    if not n > 0 or not youden > 0 or math.isnan(apparent):
        return NOTHING
    value = min(1.0, max(0.0, (apparent + errors.specificity - 1.0) / youden))
    p = (n * apparent + _Z**2 / 2) / (n + _Z**2)
    sensitivity, of_sensitivity = _shrunk(errors.sensitivity, errors.n_faulty)
    specificity, of_specificity = _shrunk(errors.specificity, errors.n_sound)
    slope = sensitivity + specificity - 1.0
    if not slope > 0:
        return Estimate(value, 0.0, 1.0, round(n))
    share = (p + specificity - 1.0) / slope
    shift = 2 * _Z**2 * (share * of_sensitivity - (1 - share) * of_specificity)
    spread = p * (1 - p) / (n + _Z**2) + share**2 * of_sensitivity + (1 - share) ** 2 * of_specificity
    half = _Z * math.sqrt(spread) / slope
    low, high = share + shift - half, share + shift + half
    return Estimate(value, min(1.0, max(0.0, low)), min(1.0, max(0.0, high)), round(n))


def _shrunk(share: float, n: float) -> tuple[float, float]:
    """A share with one case added to either side, and its variance; as it is, without variance, where it is known."""
    if math.isinf(n):
        return share, 0.0
    shrunk = (n * share + 1) / (n + 2)
    return shrunk, shrunk * (1 - shrunk) / (n + 2)
