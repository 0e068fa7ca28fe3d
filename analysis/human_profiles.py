"""Which group of people each answer stands for: the group most frequent among the humans who gave it.

Knows no arm. Source: Liu et al. 2025.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray, IntArray
from analysis.human_shares import HumanShares, human_shares
from analysis.option_grid import OptionGrid
from surveys.reference import HumanReference

Convention: TypeAlias = Literal["counts", "share"]

CHANCE_SAMPLES = 499
NOBODY = -1


@dataclass(frozen=True)
class GroupProfiles:
    """One variable, such as sex, with its groups.

    profile: (n_items, width) index of the group that an option stands for, the number of groups for a tie, -1 where the
    reference has no data of a group, or nobody chose the option. unrelated: (n_items, width, n_groups + 1) how likely
    each profile (tie last) would be if answers had nothing to do with group; NaN where a group's n is unknown.
    """

    groups: tuple[str, ...]
    profile: IntArray
    unrelated: FloatArray
    reason: str


@dataclass(frozen=True)
class HumanProfiles:
    """The humans of one country: modal option of every item (-1: no reference) and profiles by variable."""

    human: HumanShares
    modal: IntArray
    variables: Mapping[str, GroupProfiles]


def human_profiles(
    reference: HumanReference,
    grid: OptionGrid,
    country: str,
    variables: Mapping[str, Sequence[str]],
    convention: Convention,
    rng: np.random.Generator,
) -> HumanProfiles:
    """Modal options and profiles of one country; a variable with groups that the reference lacks has a reason."""
    if convention not in ("counts", "share"):
        raise ValueError(f"convention is {convention!r}; use counts or share")
    everybody = human_shares(reference, grid, country)
    found = {
        name: _profiles(
            [human_shares(reference, grid, country, group) for group in groups], tuple(groups), convention, rng
        )
        for name, groups in variables.items()
    }
    return HumanProfiles(everybody, modal_options(everybody.rates[None])[0], found)


def modal_options(rates: FloatArray) -> IntArray:
    """(m, n_items, width) rates or counts → (m, n_items) place of the largest, the first of equals; -1 for none."""
    known = ~np.isnan(rates).any(axis=2) & (rates.max(axis=2, initial=-1.0, where=~np.isnan(rates)) > 0)
    best = np.where(np.isnan(rates), -1.0, rates).argmax(axis=2)
    return np.where(known, best, -1).astype(np.int64)


def _profiles(
    shares: Sequence[HumanShares], groups: tuple[str, ...], convention: Convention, rng: np.random.Generator
) -> GroupProfiles:
    rates = np.stack([one.rates for one in shares])
    n = np.stack([one.n for one in shares])
    known = np.isfinite(n) & ~np.isnan(rates[:, :, 0])
    size = np.where(known, n, np.nan)[:, :, None]
    profile = _most_frequent(rates * size if convention == "counts" else rates)
    return GroupProfiles(
        groups, profile, _unrelated(rates, size, convention, rng), _reason(rates, known, groups, convention)
    )


def _most_frequent(weight: FloatArray) -> IntArray:
    """(n_groups, ...) → index of the largest, their number for a tie, -1 where one is missing or none above 0."""
    best = weight.max(axis=0)
    is_best = np.isclose(weight, best[None], rtol=1e-9, atol=0.0)
    found = np.where(is_best.sum(axis=0) > 1, len(weight), is_best.argmax(axis=0))
    return np.where(np.isnan(weight).any(axis=0) | ~(best > 0), NOBODY, found).astype(np.int64)


def _unrelated(rates: FloatArray, size: FloatArray, convention: Convention, rng: np.random.Generator) -> FloatArray:
    """How often each group is most frequent when all groups answer by the shares of all of them together."""
    n_groups = len(rates)
    together = np.clip((rates * size).sum(axis=0) / size.sum(axis=0), 0.0, 1.0)
    usable = ~np.isnan(together)
    chances = np.broadcast_to(np.where(usable, together, 0.0), rates.shape)
    people = np.broadcast_to(np.maximum(np.nan_to_num(size).round(), 1), rates.shape).astype(np.int64)
    totals = np.zeros((*together.shape, n_groups + 1))
    for _ in range(CHANCE_SAMPLES):
        counts = rng.binomial(people, chances).astype(np.float64)
        found = _most_frequent(counts if convention == "counts" else counts / people)
        for group in range(n_groups + 1):
            totals[..., group] += found == group
    chosen = totals.sum(axis=2, keepdims=True)
    shares = totals / np.where(chosen > 0, chosen, np.nan)
    return np.where(usable[..., None], shares, np.nan)


def _reason(rates: FloatArray, known: NDArray[np.bool_], groups: tuple[str, ...], convention: Convention) -> str:
    absent = [group for group, one in zip(groups, rates, strict=True) if np.isnan(one).all()]
    if absent:
        return f"the reference has no group {', '.join(absent)}"
    if not known.any() and convention == "counts":
        return "the reference does not say how many people answered; use share"
    return ""
