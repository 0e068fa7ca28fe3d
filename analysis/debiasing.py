"""Distributions with the effect of the order taken out: averaged over orders, or divided by the prior of the places.

Averaging needs every option equally often at every place, as all cyclic shifts or all orders have it. The arithmetic
mean removes an effect that adds to shares, the geometric mean one that multiplies probabilities; neither removes the
other altogether. The prior of the places is estimated from a few questions asked in every order and divided out of the
others, which are then asked once. Labels that move with the places are taken out with them. Knows only rows of numbers.

Source: Zheng et al. 2024 (permutation average; PriDe).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from analysis.distributions import FloatArray, as_distributions
from analysis.place_effects import PlacedRow, check_order

__all__ = ["Debiased", "permutation_averages", "place_prior", "prior_debiased", "without_prior"]

Mean = Literal["arithmetic", "geometric"]


class Debiased(NamedTuple):
    """One question: the debiased distribution in canonical order, and the orders behind it; NaN with a reason."""

    shares: FloatArray
    n_orders: int
    reason: str


def permutation_averages(rows: Sequence[PlacedRow], *, mean: Mean = "arithmetic") -> dict[str, Debiased]:
    """Every question's distribution averaged over the orders it was shown in.

    rows: in any order. "arithmetic" removes effects that add to shares, "geometric" (renormalised) those that multiply
    probabilities; an option with a zero in any order has a geometric mean of 0. NaN with a reason where a row is
    missing, where options did not stand equally often at every place, or where no option is above 0 in every order.
    Source: Zheng et al. 2024, whose average is arithmetic.
    """
    if mean not in ("arithmetic", "geometric"):
        raise ValueError(f"unknown mean {mean!r}; use arithmetic or geometric")
    return {question: _average(group, mean) for question, group in _by_question(rows).items()}


def place_prior(rows: Sequence[PlacedRow]) -> FloatArray:
    """The prior of the places, (n_options,): what a place gives an option whatever it says; sums to 1.

    rows: questions with one number of options, each at least in all cyclic shifts. Per question the geometric mean over
    orders of the probability at each place, normalised; then the mean over questions. Questions that are not in balance
    or hold a zero are left out; NaN if none is left. Source: Zheng et al. 2024.
    """
    sizes = {np.size(row.shares) for row in rows}
    if len(sizes) != 1:
        raise ValueError(f"a prior needs questions of one number of options; these have {sorted(sizes) or 'none'}")
    priors = []
    for group in _by_question(rows).values():
        shown = np.stack([_shown(row) for row in group])
        if not _imbalance(group) and bool((shown > 0).all()):
            priors.append(_geometric(shown))
    return np.asarray(np.mean(priors, axis=0) if priors else np.full(sizes.pop(), np.nan), dtype=np.float64)


def without_prior(row: PlacedRow, prior: FloatArray) -> FloatArray:
    """The distribution with the prior of the places divided out, (n_options,) in canonical order.

    prior: of `place_prior`, for as many options. NaN for a missing row or prior. Source: Zheng et al. 2024.
    """
    if np.size(row.shares) != len(prior):
        raise ValueError(
            f"question {row.question!r} has {np.size(row.shares)} options and the prior {len(prior)}; give as many"
        )
    return _canonical(as_distributions(_shown(row) / prior), row)


def prior_debiased(
    rows: Sequence[PlacedRow], rng: np.random.Generator, *, calibration: float = 0.05
) -> dict[str, Debiased]:
    """PriDe: a share of the questions calibrates the prior, the first row of every other one has it divided out.

    rows: calibrating questions are drawn, separately for each number of options, among those that were asked in balance
    (at least one); these get their own arithmetic average. calibration: share in (0, 1]. NaN with a reason where no
    question of as many options can calibrate. Source: Zheng et al. 2024 (5 %).
    """
    if not 0 < calibration <= 1:
        raise ValueError(f"calibration is {calibration:g}; give a share above 0 and at most 1")
    found: dict[str, Debiased] = {}
    for k in sorted({np.size(row.shares) for row in rows}):
        groups = _by_question([row for row in rows if np.size(row.shares) == k])
        able = [question for question, group in groups.items() if not _imbalance(group) and _is_positive(group)]
        n = min(max(1, round(calibration * len(groups))), len(able))
        chosen = {able[place] for place in rng.choice(len(able), n, replace=False)} if able else set()
        prior = place_prior([row for question in chosen for row in groups[question]]) if chosen else np.full(k, np.nan)
        for question, group in groups.items():
            if question in chosen:
                found[question] = _average(group, "arithmetic")
            else:
                found[question] = _divided(group[0], prior, bool(chosen))
    return {row.question: found[row.question] for row in rows}


def _divided(row: PlacedRow, prior: FloatArray, has_prior: bool) -> Debiased:
    shares = without_prior(row, prior)
    if not has_prior:
        return Debiased(shares, 1, f"no question of {len(prior)} options was asked in every order")
    return Debiased(shares, 1, "missing distribution" if np.isnan(shares).any() else "")


def _average(group: Sequence[PlacedRow], mean: Mean) -> Debiased:
    table = np.stack([as_distributions(row.shares, f"question {row.question!r}") for row in group])
    reason = _imbalance(group)
    if reason:
        return Debiased(np.full(table.shape[1], np.nan), len(group), reason)
    shares = table.mean(axis=0) if mean == "arithmetic" else _geometric(table)
    return Debiased(shares, len(group), "no option is above 0 in every order" if np.isnan(shares).any() else "")


def _geometric(table: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return as_distributions(np.exp(np.log(table).mean(axis=0)))


def _imbalance(group: Sequence[PlacedRow]) -> str:
    """Why the orders of a question do not cancel; empty where they do."""
    k = np.size(group[0].shares)
    if any(np.size(row.shares) != k for row in group):
        raise ValueError(f"question {group[0].question!r} has {k} options and then another number; keep to one")
    for row in group:
        check_order(row)
    if any(np.isnan(as_distributions(row.shares)).any() for row in group):
        return "missing distribution"
    counts = np.zeros((k, k))
    for row in group:
        counts[np.asarray(row.order), np.arange(k)] += 1
    return "" if np.ptp(counts) == 0 else "options did not stand equally often at every place"


def _is_positive(group: Sequence[PlacedRow]) -> bool:
    return all(bool((np.asarray(row.shares) > 0).all()) for row in group)


def _shown(row: PlacedRow) -> FloatArray:
    """Shares in the order shown."""
    shares = as_distributions(row.shares, f"question {row.question!r}")
    return np.asarray(shares[np.asarray(row.order)], dtype=np.float64)


def _canonical(shown: FloatArray, row: PlacedRow) -> FloatArray:
    out = np.full(len(shown), np.nan)
    out[np.asarray(row.order)] = shown
    return out


def _by_question(rows: Sequence[PlacedRow]) -> Mapping[str, list[PlacedRow]]:
    found: dict[str, list[PlacedRow]] = {}
    for row in rows:
        found.setdefault(row.question, []).append(row)
    return found
