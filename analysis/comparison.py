"""Arms side by side: how their answers are distributed, how far they lie apart, how much their respondents vary.

Respondents are the sampling unit throughout (bootstrap and permutation move whole respondents). Works on arrays; knows
no record. Missing answers (-1) are left out and counted elsewhere, never imputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.jensen_shannon import js_divergence
from analysis.sums import Estimate, Floats, permuted_sums, resampled_sums, sum_interval
from analysis.uncertainty import proportion_interval
from personas.weights import effective_sample_size


@dataclass(frozen=True)
class ArmAnswers:
    """The closed answers of one arm.

    choices: (n_respondents, n_items) int, place of the chosen option in the item's canonical order, -1 = missing.
    n_options: (n_items,). weights: (n_respondents,). scores: one array of option scores per item (NaN where an option
    has none).
    """

    name: str
    choices: NDArray[np.int64]
    n_options: NDArray[np.int64]
    weights: Floats
    scores: tuple[Floats, ...]

    @property
    def width(self) -> int:
        """The largest number of options of an item."""
        return int(self.n_options.max(initial=1))

    @cached_property
    def one_hot(self) -> Floats:
        """(n_respondents, n_items × width): a respondent's weight in the column of each option chosen."""
        n, n_items = self.choices.shape
        columns = np.zeros((n, n_items, self.width))
        rows, items = np.nonzero(self.choices >= 0)
        columns[rows, items, self.choices[rows, items]] = self.weights[rows]
        return columns.reshape(n, n_items * self.width)


class ArmSummary(NamedTuple):
    """One arm. `diversity` is the mean over items of the answers' entropy as a share of its maximum."""

    name: str
    n_respondents: int
    effective_n: float
    diversity: Estimate
    variance_ratio: Estimate


class PairSummary(NamedTuple):
    """Two arms.

    `js_distance` is the mean over items of the distance of the samples, which noise makes positive even for equal arms;
    `by_chance` what it is after shuffling respondents between the arms (the noise floor); `corrected` the root mean
    square distance in excess of it.
    """

    first: str
    second: str
    js_distance: float
    by_chance: float
    corrected: Estimate
    p_value: float


class ItemDistribution(NamedTuple):
    """One item in one arm: weighted shares with Wilson intervals at the effective number of respondents who
    answered.
    """

    item: int
    arm: str
    shares: Floats
    low: Floats
    high: Floats
    n: int
    n_missing: int


def shares_of(sums: Floats, n_items: int) -> Floats:
    """(m, n_items × width) sums → (m, n_items, width) shares; NaN for an item nobody answered."""
    counts = sums.reshape(len(sums), n_items, -1)
    totals = counts.sum(axis=2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return counts / np.where(totals > 1e-12, totals, np.nan)


def entropy_share(shares: Floats, n_options: NDArray[np.int64]) -> Floats:
    """Mean over items of Shannon entropy / ln(n_options): 0 all answer alike, 1 evenly spread; items with one option
    skipped.
    """
    several = n_options > 1
    inner = np.where(shares > 0, shares * np.log(np.where(shares > 0, shares, 1.0)), 0.0)
    entropy = -inner.sum(axis=2) + np.where(np.isnan(shares).any(axis=2), np.nan, 0.0)
    return _mean_known(entropy[:, several] / np.log(n_options[several]))


def total_variance(shares: Floats, scores: Sequence[Floats]) -> Floats:
    """Sum over items of the variance of the option scores; items without scores are skipped."""
    width = shares.shape[2]
    table = np.array([np.pad(row, (0, width - len(row)), constant_values=np.nan) for row in scores])
    known = np.where(np.isnan(table), 0.0, table)
    usable = ~np.isnan(table).all(axis=1)
    scored = np.where(np.isnan(table), 0.0, shares)
    totals = scored.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (scored * known).sum(axis=2) / totals
        square = (scored * known**2).sum(axis=2) / totals
    return np.asarray(np.nansum((square - mean**2)[:, usable], axis=1), dtype=np.float64)


def _mean_known(values: Floats) -> Floats:
    """Row means over the values that are not NaN; NaN for a row without any."""
    known = ~np.isnan(values)
    n = known.sum(axis=1)
    return np.where(n > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)


def summarize_arm(arm: ArmAnswers, reference: ArmAnswers, rng: np.random.Generator, resamples: int = 999) -> ArmSummary:
    """Diversity, and score variance relative to `reference`, with 95 % intervals."""
    n_items = len(arm.n_options)
    columns = arm.one_hot
    diversity = sum_interval(
        columns,
        lambda sums: entropy_share(shares_of(sums, n_items), arm.n_options),
        rng,
        resamples=resamples,
        method="basic",
    )
    value, low, high = (float(np.clip(part, 0.0, 1.0)) for part in diversity[:3])
    diversity = Estimate(value, low, high, diversity.n)
    ratio = variance_ratio(arm, reference, rng, resamples)
    return ArmSummary(arm.name, len(arm.choices), effective_n(arm.weights), diversity, ratio)


def effective_n(weights: Floats) -> float:
    """Kish's effective sample size; 0 for nobody."""
    return effective_sample_size(weights) if weights.any() else 0.0


def variance_ratio(arm: ArmAnswers, reference: ArmAnswers, rng: np.random.Generator, resamples: int = 999) -> Estimate:
    """Total score variance of `arm` over that of `reference`; percentile interval, both arms resampled.

    1 with interval (1, 1) for an arm against itself; NaN where the reference does not vary, or has nothing to vary.
    """
    n, n_items = len(arm.choices), len(arm.n_options)

    def variance(sums: Floats) -> Floats:
        return total_variance(shares_of(sums, n_items), arm.scores)

    own, other = arm.one_hot, reference.one_hot
    below = variance(other.sum(axis=0)[None, :])[0]
    # What rounding leaves of a constant is no variance.
    if not below > 1e-12 or n < 2:
        return Estimate(np.nan, np.nan, np.nan, n)
    if arm is reference:
        return Estimate(1.0, 1.0, 1.0, n)
    value = float(variance(own.sum(axis=0)[None, :])[0] / below)
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = variance(resampled_sums(own, resamples, rng)) / variance(resampled_sums(other, resamples, rng))
    draws = draws[np.isfinite(draws)]
    low, high = np.quantile(draws, (0.025, 0.975)) if draws.size else (np.nan, np.nan)
    return Estimate(value, float(low), float(high), n)


def compare_pair(first: ArmAnswers, second: ArmAnswers, rng: np.random.Generator, resamples: int = 999) -> PairSummary:
    """Jensen-Shannon distance of two arms: as sampled, by chance, with the noise taken out, and its permutation p.

    The p-value follows the add-one rule (Phipson & Smyth 2010) on the mean distance. The corrected distance is the root
    of the mean divergence less what shuffling respondents between the arms leaves of it; its interval carries the
    spread of the bootstrap to that value. Both are cut at 0.
    """
    n_items = len(first.n_options)
    left, right = first.one_hot, second.one_hot
    pooled = np.concatenate([left, right])
    in_first = np.arange(len(pooled)) < len(left)
    observed = _divergences(left.sum(axis=0)[None], right.sum(axis=0)[None], n_items)
    shuffled = _divergences(*permuted_sums(pooled, in_first, resamples, rng), n_items)
    value, chance = float(_mean_distance(observed)[0]), _mean_distance(shuffled)
    p_value = float((1 + np.sum(chance >= value - 1e-12)) / (1 + resamples))
    excess = float(_mean_known(observed)[0] - np.mean(_mean_known(shuffled)))
    corrected = _corrected_distance(left, right, n_items, excess, rng, resamples)
    return PairSummary(first.name, second.name, value, float(np.mean(chance)), corrected, p_value)


def _corrected_distance(
    left: Floats, right: Floats, n_items: int, excess: float, rng: np.random.Generator, resamples: int
) -> Estimate:
    """Root of the divergence in excess of chance, with the bootstrap's spread around it."""
    n = len(left) + len(right)
    distance = float(np.sqrt(max(excess, 0.0)))
    if min(len(left), len(right)) < 2:
        return Estimate(distance, np.nan, np.nan, n)
    sums = resampled_sums(left, resamples, rng), resampled_sums(right, resamples, rng)
    draws = _mean_known(_divergences(*sums, n_items))
    if np.isnan(draws).all():  # nobody in one of the arms gave an answer
        return Estimate(distance, np.nan, np.nan, n)
    low, high = np.nanquantile(draws, (0.025, 0.975))
    middle = float(np.nanmean(draws))
    lower, upper = np.sqrt(np.maximum([excess - (high - middle), excess + (middle - low)], 0.0))
    return Estimate(distance, float(lower), float(upper), n)


def _divergences(first: Floats, second: Floats, n_items: int) -> Floats:
    """Jensen-Shannon divergence (nats) of each item from (m, n_items × width) sums of both arms: (m, n_items)."""
    return np.asarray(js_divergence(shares_of(first, n_items), shares_of(second, n_items)), dtype=np.float64)


def _mean_distance(divergences: Floats) -> Floats:
    return _mean_known(np.sqrt(divergences))


def item_distributions(arm: ArmAnswers) -> list[ItemDistribution]:
    """Every item's distribution in this arm, in canonical option order."""
    shares = shares_of(arm.one_hot.sum(axis=0)[None, :], len(arm.n_options))[0]
    found = []
    for item, n_options in enumerate(arm.n_options):
        answered = arm.choices[:, item] >= 0
        n_effective = effective_n(arm.weights[answered])
        row = shares[item, :n_options]
        bounds = [proportion_interval(min(share * n_effective, n_effective), n_effective) for share in row]
        low, high = (np.array([getattr(bound, side) for bound in bounds]) for side in ("low", "high"))
        n = int(answered.sum())
        found.append(ItemDistribution(item, arm.name, row, low, high, n, len(arm.choices) - n))
    return found
