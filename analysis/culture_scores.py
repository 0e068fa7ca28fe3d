"""Scores of people and humans on cultural dimensions: mean raw code of the answers, item by item. Knows no map.

Multiple-choice items have no mean code and are left out. Source: Liu et al. 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray
from analysis.human_shares import HumanShares
from analysis.option_grid import OptionGrid, SubjectAnswers
from analysis.sampling_noise import sample_shares
from analysis.sums import resampled_sums

Failures: TypeAlias = Literal["exclude", "code"]


@dataclass(frozen=True)
class DimensionKey:
    """Which items make up which dimension. members: (n_dimensions, n_items) bool."""

    dimensions: tuple[str, ...]
    members: NDArray[np.bool_]

    def means(self, items: FloatArray) -> FloatArray:
        """(m, n_items) item scores → (m, n_dimensions) means over the items that have one; NaN where none has."""
        known = ~np.isnan(items)
        weights = self.members.T.astype(np.float64)
        counts = known @ weights
        return np.asarray((np.where(known, items, 0.0) @ weights) / np.where(counts > 0, counts, np.nan))


def dimension_key(grid: OptionGrid, used: NDArray[np.bool_]) -> DimensionKey:
    """The dimensions of the single-choice and scale items in use, in order of appearance."""
    fit = used & ~grid.is_multiple
    names = tuple(dict.fromkeys(d for item, use in zip(grid.items, fit, strict=True) if use for d in item.dimensions))
    members = [[use and name in item.dimensions for item, use in zip(grid.items, fit, strict=True)] for name in names]
    return DimensionKey(names, np.array(members, dtype=bool).reshape(len(names), len(grid.items)))


def subject_scores(
    subject: SubjectAnswers,
    grid: OptionGrid,
    key: DimensionKey,
    failures: Failures,
    rng: np.random.Generator,
    size: int,
) -> tuple[FloatArray, FloatArray]:
    """Scores of the people (n_dimensions,), and of `size` resamples of them (size, n_dimensions).

    failures: "exclude" leaves failed replies out of sum and denominator; "code" leaves them in the denominator, as the
    released code does, which pulls scores toward 0.
    """
    codes = np.where(grid.is_option, grid.codes, 0).astype(np.float64)
    weight = subject.weights[:, None]
    sums = (subject.picks * codes).sum(axis=2) * weight
    counted = subject.answered | (subject.failed if failures == "code" else False)
    columns = np.concatenate([sums, counted * weight], axis=1)

    def scores(totals: FloatArray) -> FloatArray:
        above, below = np.split(totals, 2, axis=1)
        return key.means(above / np.where(below > 1e-12, below, np.nan))

    return scores(columns.sum(axis=0)[None])[0], scores(resampled_sums(columns, size, rng))


def human_scores(
    human: HumanShares, grid: OptionGrid, key: DimensionKey, rng: np.random.Generator, size: int
) -> tuple[FloatArray, FloatArray]:
    """The same of the humans: drawn anew as often (multinomial) where their n is known, else the same each time."""
    codes = np.where(grid.is_option, grid.codes, 0).astype(np.float64)
    single = np.zeros(len(grid.items), dtype=bool)
    drawn = sample_shares(human.rates, human.n, single, rng, size)
    items = (drawn * codes).sum(axis=2) / drawn.sum(axis=2)
    return key.means(((human.rates * codes).sum(axis=1) / human.rates.sum(axis=1))[None])[0], key.means(items)
