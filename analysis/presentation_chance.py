"""What chance alone makes of two runs over one question: replies shuffled between them, and each run repeated.

Without a difference: replies are shuffled between two sampled sides; beside an exact side they are drawn from its
probabilities; two exact sides have no noise. That is unbiased where there is no difference, and serves divergences and
their p-values. A mismatch needs more care: after shuffling, two certain but opposite answers still differ mostly,
though neither side would ever differ from itself. Its floor is therefore how often each side differs from its own
repetition: bootstrapped from its replies, and once more to take out that the replies are a sample too.

Source: permutation as in decision 0007; iterated bootstrap (Efron and Tibshirani 1993, chapter 10) as in decision 0014.
"""

from __future__ import annotations

import numpy as np

from analysis.distributions import FloatArray, argmax_options
from analysis.presented import Run, sampled_shares

Sides = tuple[Run, ...]
"""Two runs at one question: shares (n_cells, width) and counts (n_cells, width + 1), no cell missing."""


def differs(a: FloatArray, b: FloatArray) -> FloatArray:
    """1 where the first choices differ, 0 where not, NaN where either is missing; ties go to the first option.

    a, b: (..., width). Shares that differ by rounding alone are tied.
    """
    first, second = (np.asarray(argmax_options(np.round(side, 12))) for side in (a, b))
    return np.where(np.isnan(first + second), np.nan, (first != second).astype(np.float64))


def without_difference(
    sides: Sides, n_options: int, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, FloatArray]:
    """Shares of both sides (draws, width), averaged over cells, as they would be if the sides did not differ."""
    cells = [_cell_without_difference(sides, cell, n_options, rng, draws) for cell in range(len(sides[0].shares))]
    left, right = (np.mean([cell[side] for cell in cells], axis=0) for side in (0, 1))
    return left, right


def chance_mismatch(sides: Sides, n_options: int, rng: np.random.Generator, draws: int) -> float:
    """How often first choices would differ by sampling alone: the mean of both sides against their own repetition.

    Beside an exact side: how often replies drawn from its probabilities have another first choice. 0 for exact sides.
    """
    is_exact = np.array([np.isnan(side.counts[:, 0]) for side in sides])
    if is_exact.all():
        return 0.0
    if is_exact.any():
        return float(differs(*without_difference(sides, n_options, rng, draws)).mean())
    once, twice = [], []
    for side in sides:
        replies = np.broadcast_to(side.counts, (draws, *side.counts.shape))
        once.append(_rerun_mismatch(replies, n_options, rng))
        twice.append(_rerun_mismatch(_repeated(replies, rng), n_options, rng))
    return float(np.clip(2.0 * np.mean(once) - np.mean(twice), 0.0, 1.0))


def _rerun_mismatch(replies: FloatArray, n_options: int, rng: np.random.Generator) -> float:
    """How often two repetitions of replies (draws, n_cells, width + 1) have different first choices."""
    size = np.array(n_options)
    first, second = (sampled_shares(_repeated(replies, rng), size).mean(axis=1) for _ in range(2))
    return float(differs(first, second).mean())


def _repeated(replies: FloatArray, rng: np.random.Generator) -> FloatArray:
    """As many replies again, drawn from those there are."""
    totals = replies.sum(axis=-1, keepdims=True)
    return rng.multinomial(totals[..., 0].astype(np.int64), replies / totals).astype(np.float64)


def _cell_without_difference(
    sides: Sides, cell: int, n_options: int, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, FloatArray]:
    counts = [side.counts[cell] for side in sides]
    exact = [side.shares[cell] for side in sides if np.isnan(side.counts[cell, 0])]
    size = np.array(n_options)
    if not exact:
        pooled = (counts[0] + counts[1]).astype(np.int64)
        taken = rng.multivariate_hypergeometric(pooled, int(counts[0].sum()), size=draws, method="marginals")
        left, right = (sampled_shares(side.astype(np.float64), size) for side in (taken, pooled - taken))
        return left, right
    truth = np.mean(exact, axis=0)
    found = []
    for replies in counts:
        if np.isnan(replies[0]):
            found.append(np.broadcast_to(truth, (draws, len(truth))))
            continue
        drawn = np.zeros((draws, len(replies)))
        chances = truth[:n_options] / truth[:n_options].sum()
        drawn[:, :n_options] = rng.multinomial(int(replies[:-1].sum()), chances, size=draws)
        drawn[:, -1] = replies[-1]
        found.append(sampled_shares(drawn, size))
    return found[0], found[1]
