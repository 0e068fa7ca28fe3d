"""Value-action agreement: does the pole that answers lean to tell which actions are approved of?

An item's distribution is summed into the weights of its two poles. Each action of a scenario implies a pole and has an
approval score, so that a scenario gives two pairs (weight, score); the agreement is their correlation over all
scenarios. Knows arrays and pairs, no engine and no record. Source: Shen et al. 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.bootstrap import bootstrap_interval
from analysis.correlation import Correlation, pearson, spearman
from analysis.distributions import FloatArray
from surveys.scenarios import Pole

__all__ = [
    "ActionScore",
    "AgreementInterval",
    "PoleWeights",
    "ValueActionAgreement",
    "ValueActionPair",
    "pole_weights",
    "value_action_agreement",
    "value_action_pairs",
]

Middle = Literal["split", "drop"]
Correlate = Callable[[ArrayLike, ArrayLike], Correlation]
MIN_PAIRS = 3
N_RESAMPLES = 1_999


class PoleWeights(NamedTuple):
    """The weight of either pole of an item: 0 to 1, NaN where there is no distribution."""

    low: float
    high: float


class ActionScore(NamedTuple):
    """How far an action is approved of: the item and pole that it implies, its scenario, the score; NaN = missing."""

    item: str
    scenario: str
    pole: Pole
    score: float


class ValueActionPair(NamedTuple):
    """An action's score beside the weight of its pole; NaN = missing."""

    item: str
    scenario: str
    pole: Pole
    weight: float
    score: float


class AgreementInterval(NamedTuple):
    """A correlation with its p-value and 95 % interval from resampled items; NaN where there is none.

    p is that of independent pairs, which these are not: the interval is the better guide.
    """

    r: float
    p: float
    low: float
    high: float


class ValueActionAgreement(NamedTuple):
    """Both correlations, what they rest on, what was left out, and why there is none (`reason`, else "")."""

    pearson: AgreementInterval
    spearman: AgreementInterval
    n_pairs: int
    n_scenarios: int
    n_items: int
    n_without_score: int
    n_without_weight: int
    reason: str


def pole_weights(distribution: ArrayLike, *, middle: Middle = "split") -> PoleWeights:
    """Weight of the lower and the upper half of a scale.

    distribution: (n_options,) shares or counts in the order of the options' value, "don't know" and the like left out.
    Of an odd number the middle option is split evenly (default), or dropped: then it counts for neither pole, and the
    weights sum to less than 1. NaN for a distribution with a NaN, or that is all zero. Raises ValueError for fewer
    than two options or a negative share. Source: Shen et al. 2025, who do not say what becomes of the middle.
    """
    if middle not in ("split", "drop"):
        raise ValueError(f"unknown rule {middle!r} for the middle option; use split or drop")
    shares = np.asarray(distribution, dtype=np.float64)
    if shares.ndim != 1 or len(shares) < 2:
        raise ValueError(f"a distribution over at least two options is needed; got shape {shares.shape}")
    if np.any(shares < 0):
        raise ValueError("a share is negative; give shares or counts")
    total = float(shares.sum())
    if not total > 0 or not np.isfinite(total):
        return PoleWeights(float("nan"), float("nan"))
    half = len(shares) // 2
    low, high = float(shares[:half].sum()), float(shares[-half:].sum())
    between = float(shares[half]) / 2.0 if len(shares) % 2 and middle == "split" else 0.0
    return PoleWeights((low + between) / total, (high + between) / total)


def value_action_pairs(
    weights: Mapping[str, PoleWeights], scores: Iterable[ActionScore]
) -> tuple[ValueActionPair, ...]:
    """Every action's score beside the weight of the pole that it implies, in the order of the scores.

    weights: by item id. An item without weights gives NaN, which `value_action_agreement` counts. Source: Shen et al.
    2025.
    """
    nowhere = PoleWeights(float("nan"), float("nan"))
    return tuple(
        ValueActionPair(one.item, one.scenario, one.pole, getattr(weights.get(one.item, nowhere), one.pole), one.score)
        for one in scores
    )


def value_action_agreement(
    pairs: Sequence[ValueActionPair], rng: np.random.Generator, *, n_resamples: int = N_RESAMPLES
) -> ValueActionAgreement:
    """Pearson and Spearman correlation of pole weight and approval score over all pairs, with intervals.

    pairs: of one model, or one arm. Those without a weight or a score are left out and counted. The interval (BCa)
    resamples whole items, since an item's scenarios share one distribution and a scenario's two weights mirror each
    other; p-values treat pairs as independent. Fewer than three pairs, equal weights, or equal scores: NaN, with the
    reason; pairs of one item alone: no interval. Source: Shen et al. 2025; the interval is ours.
    """
    both = np.array([(pair.weight, pair.score) for pair in pairs], dtype=np.float64).reshape(-1, 2)
    kept = [pair for pair in pairs if not (np.isnan(pair.weight) or np.isnan(pair.score))]
    rows = both[~np.isnan(both).any(axis=1)]
    items = [pair.item for pair in kept]
    reason = _reason(rows)

    def with_interval(correlate: Correlate) -> AgreementInterval:
        r, p, _ = correlate(rows[:, 0], rows[:, 1])
        if reason:
            return AgreementInterval(r, p, float("nan"), float("nan"))
        found = bootstrap_interval(
            rows, lambda drawn: correlate(drawn[:, 0], drawn[:, 1]).r, rng, clusters=items, n_resamples=n_resamples
        )
        return AgreementInterval(r, p, found.low, found.high)

    return ValueActionAgreement(
        pearson=with_interval(pearson),
        spearman=with_interval(spearman),
        n_pairs=len(kept),
        n_scenarios=len({pair.scenario for pair in kept}),
        n_items=len(set(items)),
        n_without_score=int(np.isnan(both[:, 1]).sum()),
        n_without_weight=int(np.isnan(both[:, 0]).sum()),
        reason=reason,
    )


def _reason(rows: FloatArray) -> str:
    """Why there is no correlation of these (n, 2) pairs; "" if there is one."""
    if len(rows) < MIN_PAIRS:
        return f"only {len(rows)} usable pairs; a correlation needs {MIN_PAIRS}"
    if np.ptp(rows[:, 0]) == 0:
        return "all pole weights are equal"
    if np.ptp(rows[:, 1]) == 0:
        return "all approval scores are equal"
    return ""
