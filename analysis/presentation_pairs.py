"""Two runs over the same questions: how often first choices differ, how far they lie apart, what chance makes of it.

Everything is kept by question, so that intervals can move whole questions or topics. What chance alone shows comes from
`analysis.presentation_chance`. Knows no style and no order: only runs.

Source: mismatch and JS distance by Shen et al. 2025; noise taken out as in decision 0007.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.agreement_intervals import sums_by_cluster
from analysis.distributions import FloatArray, IntArray
from analysis.jensen_shannon import js_divergence
from analysis.presentation_chance import chance_mismatch, differs, without_difference
from analysis.presented import Run
from analysis.sums import Estimate, sum_interval
from analysis.uncertainty import permutation_p_value

__all__ = ["Difference", "JsConvention", "PairDifference", "QuestionDifferences", "question_differences"]

JsConvention = Literal["distance-nats", "distance-bits", "divergence-nats", "divergence-bits"]


@dataclass(frozen=True)
class PairRules:
    """How pairs are summarised. clusters: (n_questions,) what moves together, such as topics; None: each question."""

    js: JsConvention = "distance-nats"
    clusters: Sequence[str] | None = None
    resamples: int = 999
    shuffles: int = 199


class QuestionDifferences(NamedTuple):
    """One pair of runs by question; NaN where a question is missing on either side.

    mismatch: (n_questions,) 0 or 1. divergence: (n_questions,) Jensen-Shannon, nats. chance_mismatch: (n_questions,)
    that of two runs of the same presentation. null_divergence: (n_shuffles, n_questions) without a difference.
    is_noisy: whether anything was sampled.
    """

    first: str
    second: str
    mismatch: FloatArray
    divergence: FloatArray
    chance_mismatch: FloatArray
    null_divergence: FloatArray
    is_noisy: bool


class Difference(NamedTuple):
    """One measure: as observed, what chance alone shows, and with that taken out. The n of an estimate is questions.

    by_chance: of the mismatch, what two runs of the same presentation show; of Jensen-Shannon, what is left after
    shuffling replies between the two.
    """

    observed: Estimate
    by_chance: float
    corrected: Estimate


class PairDifference(NamedTuple):
    """Two runs: mismatch rate and Jensen-Shannon, and the questions that left the pair for a missing distribution.

    p: share of shuffles at least as far apart (Jensen-Shannon); NaN for exact distributions, which have no noise.
    """

    first: str
    second: str
    mismatch: Difference
    js: Difference
    p: float
    n_missing: int


def question_differences(
    first: Run, second: Run, n_options: IntArray, rng: np.random.Generator, *, shuffles: int = 199
) -> QuestionDifferences:
    """Mismatch and divergence of every question between two runs, with their values under `shuffles` shuffles.

    n_options: (n_questions,). Cells that are missing on either side leave both averages; a question without a cell left
    is NaN. Arg-max ties go to the first option. Source: Shen et al. 2025; decision 0007.
    """
    known = ~(np.isnan(first.shares[..., 0]) | np.isnan(second.shares[..., 0]))
    a, b = _averaged(first.shares, known), _averaged(second.shares, known)
    sampled = (~np.isnan(first.counts[..., 0]) | ~np.isnan(second.counts[..., 0])) & known
    n = len(n_options)
    null_a, null_b = np.full((2, shuffles, n, a.shape[1]), np.nan)
    rerun = np.full(n, np.nan)
    for question in range(n):
        cells = np.flatnonzero(known[question])
        if not len(cells):
            continue
        sides = tuple(
            Run(run.name, run.shares[question, cells], run.counts[question, cells]) for run in (first, second)
        )
        null_a[:, question], null_b[:, question] = without_difference(sides, int(n_options[question]), rng, shuffles)
        rerun[question] = chance_mismatch(sides, int(n_options[question]), rng, shuffles)
    return QuestionDifferences(
        first=first.name,
        second=second.name,
        mismatch=differs(a, b),
        divergence=np.asarray(js_divergence(a, b)),
        chance_mismatch=rerun,
        null_divergence=np.asarray(js_divergence(null_a, null_b)),
        is_noisy=bool(sampled.any()),
    )


def in_convention(divergence: FloatArray, convention: JsConvention) -> FloatArray:
    """Divergences in nats as the convention has them."""
    kind, _, unit = convention.partition("-")
    value = divergence / np.log(2.0) if unit == "bits" else divergence
    return np.sqrt(value) if kind == "distance" else value


def pair_difference(found: QuestionDifferences, rules: PairRules, rng: np.random.Generator) -> PairDifference:
    """One pair with intervals over its questions, chance, correction and p."""
    mismatch, js = mean_differences([found], None, rules, rng)
    p = float("nan")
    if found.is_noisy:
        p = permutation_p_value(js.observed.value, _row_means(in_convention(found.null_divergence, rules.js)))
    return PairDifference(found.first, found.second, mismatch, js, p, int(np.isnan(found.mismatch).sum()))


def mean_differences(
    pairs: Sequence[QuestionDifferences], weights: Sequence[float] | None, rules: PairRules, rng: np.random.Generator
) -> tuple[Difference, Difference]:
    """Mismatch rate and Jensen-Shannon over several pairs: the weighted mean of their means over questions.

    Whole clusters of questions are drawn for the BCa interval. Corrected: of the mismatch, what it exceeds chance by,
    not cut at 0; of Jensen-Shannon the mean divergence less what chance leaves of it, cut at 0, then its root for the
    distances.
    """
    part = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=np.float64)

    def estimate(by_question: list[FloatArray]) -> Estimate:
        return _mean_of_pairs(by_question, part, rules, rng)

    chance = [pair.chance_mismatch for pair in pairs]
    drawn = [in_convention(pair.null_divergence, rules.js).mean(axis=0) for pair in pairs]
    excess = estimate([pair.divergence - pair.null_divergence.mean(axis=0) for pair in pairs])
    numbers = np.maximum([excess.value, excess.low, excess.high], 0.0)
    corrected = in_convention(numbers, rules.js)
    mismatch = Difference(
        observed=estimate([pair.mismatch for pair in pairs]),
        by_chance=_value_of_pairs(chance, part),
        corrected=estimate([pair.mismatch - c for pair, c in zip(pairs, chance, strict=True)]),
    )
    js = Difference(
        observed=estimate([in_convention(pair.divergence, rules.js) for pair in pairs]),
        by_chance=_value_of_pairs(drawn, part),
        corrected=Estimate(float(corrected[0]), float(corrected[1]), float(corrected[2]), excess.n),
    )
    return mismatch, js


def mean_over_questions(values: FloatArray, rules: PairRules, rng: np.random.Generator) -> Estimate:
    """Mean of one number per question (n_questions,), NaN left out, with the clustered BCa interval."""
    return _mean_of_pairs([values], np.ones(1), rules, rng)


def _mean_of_pairs(
    by_question: list[FloatArray], weights: FloatArray, rules: PairRules, rng: np.random.Generator
) -> Estimate:
    if not by_question:
        return Estimate(np.nan, np.nan, np.nan, 0)
    columns = _columns(by_question)
    if rules.clusters is not None and len(rules.clusters) != len(columns):
        raise ValueError(
            f"{len(rules.clusters)} clusters for {len(columns)} questions; give one per question, in order"
        )
    n = int(columns[:, len(by_question) :].any(axis=1).sum())
    if rules.clusters is not None:
        columns = sums_by_cluster(columns, np.asarray(rules.clusters))
    columns = columns[columns[:, len(by_question) :].any(axis=1)]
    found = sum_interval(columns, lambda sums: _weighted_means(sums, weights), rng, resamples=rules.resamples)
    return found._replace(n=n)


def _value_of_pairs(by_question: list[FloatArray], weights: FloatArray) -> float:
    if not by_question:
        return float("nan")
    return float(_weighted_means(_columns(by_question).sum(axis=0)[None], weights)[0])


def _columns(by_question: list[FloatArray]) -> FloatArray:
    """(n_questions, 2 n_pairs): each pair's value, 0 where missing; then whether it is there."""
    values = np.stack(by_question, axis=1)
    known = ~np.isnan(values)
    return np.concatenate([np.where(known, values, 0.0), known.astype(np.float64)], axis=1)


def _weighted_means(sums: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted mean over pairs of each pair's mean over questions (m,); pairs without a question are left out."""
    k = len(weights)
    known = sums[:, k:] > 0
    means = sums[:, :k] / np.where(known, sums[:, k:], 1.0)
    part = known * weights
    total = part.sum(axis=1)
    return np.asarray((means * part).sum(axis=1) / np.where(total > 0, total, np.nan), dtype=np.float64)


def _averaged(shares: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """Mean over the known cells (n_questions, width); NaN without any."""
    n = known.sum(axis=1)[:, None]
    total = np.where(known[..., None], shares, 0.0).sum(axis=1)
    return np.asarray(total / np.where(n > 0, n, np.nan), dtype=np.float64)


def _row_means(draws: FloatArray) -> FloatArray:
    known = ~np.isnan(draws)
    n = known.sum(axis=1)
    return np.where(n > 0, np.where(known, draws, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)
