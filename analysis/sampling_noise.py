"""What sampling alone does to a distance between a subject and the humans: floor, p-value, correction, interval.

Two samples of one population lie some distance apart, the more so the smaller they are, and every distance between
samples is too large on average. So samples of the same sizes are simulated from pairs of populations that lie further
and further apart, from "no difference" (both have the pooled shares) over "as different as seen" and on. The first step
gives the noise floor and the p-value; where simulated samples are on average as far apart as the real ones is the
corrected distance; where the real ones just fall out of the simulated range are the ends of its interval. Simulated
items are independent; answers of one respondent are not, so the simulated spread is scaled by the ratio of a bootstrap
of whole respondents to one of independent items.

Source: parametric bootstrap and test of homogeneity (Efron and Tibshirani 1993, chapters 6 and 16); interval by test
inversion along one line of populations (Carpenter 1999); scaling in the manner of Rao and Scott 1981.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.alignment_scores import ScorePlan, unit_scores
from analysis.distributions import FloatArray, as_distributions
from analysis.human_shares import HumanShares
from analysis.item_distances import AlignmentRules, Metric
from analysis.option_grid import OptionGrid, SubjectAnswers
from analysis.sums import resampled_sums

STEPS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4)
"""Simulated populations: 0 no difference, 1 as different as the samples are."""

STEP_SAMPLES = 299
SPREAD_SAMPLES = 499
BLOCK = 200_000


@dataclass(frozen=True)
class NoiseDraws:
    """Scores of one subject under one metric.

    value: (n_units,) of the samples. truths: (n_steps, n_units) of the simulated populations. draws: of samples from
    them, (resamples, n_units) for each step; those of the first step are the null distribution.
    """

    value: FloatArray
    truths: FloatArray
    draws: tuple[FloatArray, ...]


class Spread(NamedTuple):
    """How much wider whole respondents make the spread than independent items: at no difference, and as seen."""

    none: FloatArray
    seen: FloatArray

    def at(self, step: float) -> FloatArray:
        """(n_units,) the ratio for the populations of `step`; variances go over into each other."""
        part = min(step, 1.0) ** 2
        return np.sqrt((1 - part) * self.none**2 + part * self.seen**2)


@dataclass(frozen=True)
class Pairing:
    """One subject and the humans it is compared with, on one grid, with what the scores are made of."""

    subject: SubjectAnswers
    human: HumanShares
    grid: OptionGrid
    plan: ScorePlan
    rules: AlignmentRules

    @property
    def is_rate(self) -> NDArray[np.bool_]:
        """(n_items,): multiple choice with the humans' share of pickers known, so that options vary one by one."""
        return self.grid.is_multiple & self.human.is_rate

    @property
    def has_failed(self) -> NDArray[np.bool_]:
        """(n_items,)."""
        return np.asarray(self.subject.failed.any(axis=0))

    @property
    def model(self) -> FloatArray:
        """(n_items, width): shares, or rates of picking where `is_rate`."""
        return np.where(self.is_rate[:, None], self.subject.rates, as_distributions(self.subject.rates))

    def scores(self, model: FloatArray, human: FloatArray) -> dict[Metric, FloatArray]:
        """Scores (m, n_units) of stacks of samples."""
        return unit_scores(model, human, self.grid, self.plan, self.rules, self.has_failed)


def noise_draws(pairing: Pairing, rng: np.random.Generator) -> dict[Metric, NoiseDraws]:
    """The scores of the samples and of everything simulated around them, under every metric."""
    value = pairing.scores(pairing.model[None], pairing.human.rates[None])
    spread = _spread(pairing, rng)
    most = pairing.rules.resamples
    drawn = [_simulated(pairing, step, rng, min(most, STEP_SAMPLES) if step else most) for step in STEPS]
    truths = [pairing.scores(*(side[None] for side in _populations(pairing, step))) for step in STEPS]
    found: dict[Metric, NoiseDraws] = {}
    for metric, values in value.items():
        widened = [_widened(d[metric], spread[metric].at(step)) for d, step in zip(drawn, STEPS, strict=True)]
        found[metric] = NoiseDraws(values[0], np.array([t[metric][0] for t in truths]), tuple(widened))
    return found


def _populations(pairing: Pairing, step: float) -> tuple[FloatArray, FloatArray]:
    """Shares of both populations (n_items, width): from the pooled shares a share `step` of the way to their own."""
    model, human = pairing.model, pairing.human.rates
    n_model, n_human = pairing.subject.n_effective, pairing.human.n
    part = np.where(np.isinf(n_human), 1.0, n_human / (np.where(np.isinf(n_human), 1.0, n_human) + n_model))[:, None]
    pooled = part * human + (1 - part) * np.where(part == 1, 0.0, model)
    sides = [np.clip(pooled + step * (own - pooled), 0.0, 1.0) for own in (model, human)]
    first, second = (np.where(pairing.is_rate[:, None], side, as_distributions(side)) for side in sides)
    return first, second


def _simulated(pairing: Pairing, step: float, rng: np.random.Generator, size: int) -> dict[Metric, FloatArray]:
    """Scores of `size` pairs of samples from the populations of `step`."""
    model, human = _populations(pairing, step)

    def scores(n: int) -> dict[Metric, FloatArray]:
        drawn = sample_shares(model, pairing.subject.n_effective, pairing.is_rate, rng, n)
        return pairing.scores(drawn, sample_shares(human, pairing.human.n, pairing.is_rate, rng, n))

    return _in_blocks(scores, size, pairing.grid)


def _spread(pairing: Pairing, rng: np.random.Generator) -> dict[Metric, Spread]:
    """The ratio of spreads of each score, against the subject itself (no difference) and against the humans."""
    size = min(pairing.rules.resamples, SPREAD_SAMPLES)
    model, n = pairing.model, pairing.subject.n_effective

    def whole(count: int) -> FloatArray:
        return _resampled(pairing.subject, count, rng)

    def independent(count: int) -> FloatArray:
        return sample_shares(model, n, pairing.is_rate, rng, count)

    def drawn(draw: Callable[[int], FloatArray], side: FloatArray) -> dict[Metric, FloatArray]:
        return _in_blocks(lambda count: pairing.scores(draw(count), side), size, pairing.grid)

    against = model[None], pairing.human.rates[None]
    together, alone = ([drawn(draw, side) for side in against] for draw in (whole, independent))
    is_item = np.array([unit.level == "item" for unit in pairing.plan.units])
    return {
        metric: Spread(
            *(_ratio(own[metric], other[metric], is_item) for own, other in zip(together, alone, strict=True))
        )
        for metric in together[0]
    }


def _resampled(subject: SubjectAnswers, size: int, rng: np.random.Generator) -> FloatArray:
    """Rates (size, n_items, width) among respondents drawn with replacement."""
    n_items, width = subject.picks.shape[1:]
    columns = np.concatenate([subject.columns, subject.answered * subject.weights[:, None]], axis=1)
    sums = resampled_sums(columns, size, rng)
    picked, totals = sums[:, : n_items * width].reshape(size, n_items, width), sums[:, n_items * width :]
    return np.asarray(picked / np.where(totals > 1e-12, totals, np.nan)[:, :, None], dtype=np.float64)


def sample_shares(
    shares: FloatArray, n: FloatArray, is_rate: NDArray[np.bool_], rng: np.random.Generator, size: int
) -> FloatArray:
    """Samples (size, n_items, width) of n people per item; the shares themselves where n is infinite."""
    known = ~np.isnan(shares).any(axis=1) & (n > 0)
    out = np.broadcast_to(np.where(known[:, None], shares, np.nan), (size, *shares.shape)).copy()
    one, several = known & np.isfinite(n) & ~is_rate, known & np.isfinite(n) & is_rate
    people = np.maximum(np.round(np.where(np.isfinite(n), n, 1)), 1).astype(np.int64)
    # Rounding must not leave mass beyond the last option, where there is none.
    out[:, one] = rng.multinomial(people[one], as_distributions(shares[one]), size=(size, int(one.sum())))
    chances = np.clip(shares[several], 0.0, 1.0)
    out[:, several] = rng.binomial(people[several][:, None], chances, size=(size, *chances.shape))
    return out


def _in_blocks(
    scores: Callable[[int], dict[Metric, FloatArray]], size: int, grid: OptionGrid
) -> dict[Metric, FloatArray]:
    """`scores(n)` for n that add up to `size`, so that memory stays bounded."""
    step = max(1, BLOCK // max(grid.codes.size, 1))
    parts = [scores(min(step, size - start)) for start in range(0, size, step)]
    return {metric: np.concatenate([part[metric] for part in parts]) for metric in parts[0]}


def _ratio(own: FloatArray, other: FloatArray, is_item: NDArray[np.bool_]) -> FloatArray:
    """Spread of `own` over that of `other`; 1 for single items and where either has none."""
    below = _column_spread(other)
    ratio = _column_spread(own) / np.where(below > 0, below, np.nan)
    return np.where(np.isfinite(ratio) & (ratio > 0) & ~is_item, ratio, 1.0)


def _widened(draws: FloatArray, ratio: FloatArray) -> FloatArray:
    """The draws with their spread about the mean scaled."""
    middle = _column_means(draws)
    return np.asarray(middle + ratio * (draws - middle), dtype=np.float64)


def _column_means(draws: FloatArray) -> FloatArray:
    known = ~np.isnan(draws)
    n = known.sum(axis=0)
    return np.where(n > 0, np.where(known, draws, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)


def _column_spread(draws: FloatArray) -> FloatArray:
    return np.sqrt(_column_means((draws - _column_means(draws)) ** 2))
