"""Sections: what another way of asking the same personas changes: administration, temperature, language, labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from analysis.correlation import FisherTest, compare_correlations
from analysis.distributions import FloatArray
from analysis.paired_agreement import matrix_agreement_difference
from analysis.ranking import compare_rankings
from analysis.report import Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from simulator.seeds import rng_for
from voxpop.studies.structure.choices import Arm
from voxpop.studies.structure.fit import planted_r
from voxpop.studies.structure.measured import Measured, shown
from voxpop.studies.structure.measures import Measures
from voxpop.studies.structure.ranking import NO_MEANS, planted_rho, rho_cell

AXES = {
    "administration": "administration",
    "temperature": "temperature",
    "language": "language",
    "option_order": "order of the options",
    "labels": "labels",
}
NO_OVERLAP = "fewer than two personas are valid in both"
ONLY_NOISE = "on one side correlations differ by no more than sampling noise among the personas valid in both"
EXACT = "a rank correlation is 1 or -1, or could not be formed"
FISHER = (
    "Fisher's z compares the two rank correlations as Rozen et al. 2025 do, as if they were independent and with the "
    "values as the cases (n = {n} each). The differences keep every persona's two interviews together: intervals are "
    "over personas, and p says how often swapping them within personas makes as large a difference."
)


class Pair(NamedTuple):
    """Two cells of one strategy that differ in one way."""

    strategy: str
    first: Measures
    second: Measures


def pairs_along(found: Measured, axis: str) -> Iterator[Pair]:
    """Every two cells of a strategy whose ways of asking differ in this axis alone."""
    for strategy in found.choices.strategies:
        for one, other in combinations(found.ways, 2):
            if one != other and replace_in(one, axis, other) == other:
                first, second = found.find(strategy, one), found.find(strategy, other)
                if first is not None and second is not None:
                    yield Pair(strategy, first, second)


def replace_in(arm: Arm, axis: str, other: Arm) -> Arm:
    """The arm with the other's value on this axis."""
    return arm._replace(**{axis: getattr(other, axis)})


def administration_section(found: Measured) -> Section:
    """Battery beside serial."""
    title = "All items at once, or one after the other?"
    pairs = list(pairs_along(found, "administration"))
    if not pairs:
        why = "Not compared: it takes both administrations at one temperature; give --administration battery,serial."
        return Section("battery-and-serial", title, (why,))
    parts: list[Any] = [
        "A battery puts the whole questionnaire in one presentation and asks for a numbered list; a serial interview "
        "puts one item after the other and remembers what was said. The same personas did both. "
        + FISHER.format(n=len(found.choices.values)),
        *_tables(found, "administration", pairs),
    ]
    return Section("battery-and-serial", title, tuple(parts))


def variants_section(found: Measured) -> Section:
    """Every other axis that was crossed."""
    parts: list[Any] = []
    for axis in list(AXES)[1:]:
        if pairs := list(pairs_along(found, axis)):
            parts += _tables(found, axis, pairs)
    if not parts:
        parts = ["Nothing else was crossed; give several --temperatures, --languages, --option-orders or --labels."]
    else:
        parts.insert(
            0, "The same personas, asked with one thing changed. " + FISHER.format(n=len(found.choices.values))
        )
    return Section("other-ways-of-asking", "Temperature, language, order and labels", tuple(parts))


def fisher(pair: Pair) -> FisherTest:
    """Of the two rank correlations with people, the values being the cases."""
    n = len(pair.first.choices.values)
    return compare_correlations(pair.first.rho.value, n, pair.second.rho.value, n)


def _tables(found: Measured, axis: str, pairs: list[Pair]) -> Iterator[Table]:
    what, slug = AXES[axis], axis.replace("_", "-")
    planted = [Column("planted", "planted difference")] if found.is_planted else []
    yield Table(
        f"ranking-by-{slug}",
        f"Ranking by {what}",
        (
            *_NAMED,
            Column("rho_first", "rho, first"),
            Column("rho_second", "rho, second"),
            Column("z", "Fisher's z"),
            Column("p", digits=3),
            Column("difference", "first − second"),
            Column("p_swapped", "p (swapped)", digits=3, at_least=1 / (1 + found.choices.options.resamples)),
            *planted,
            Column("n", "personas in both"),
        ),
        [_ranking_row(found, pair) for pair in pairs],
        n_headers=3,
    )
    yield Table(
        f"structure-by-{slug}",
        f"Structure by {what}",
        (
            *_NAMED,
            Column("matrix_r_first", "matrix r, first"),
            Column("matrix_r_second", "matrix r, second"),
            Column("difference", "first − second, noise taken out"),
            Column("ssd_first", "SSD, first"),
            Column("ssd_second", "SSD, second"),
            *planted,
            Column("n", "personas in both"),
        ),
        [_structure_row(found, pair) for pair in pairs],
        n_headers=3,
    )


_NAMED = (Column("strategy"), Column("first"), Column("second"))


def _names(found: Measured, pair: Pair) -> tuple[str, str, str]:
    return pair.strategy, found.way(pair.first.cell.arm), found.way(pair.second.cell.arm)


def _ranking_row(found: Measured, pair: Pair) -> tuple[Any, ...]:
    first, second = _both(pair)
    reason = pair.first.missing or pair.second.missing
    people = found.choices.people.means
    if np.isnan(people).any():
        reason = reason or NO_MEANS
    named, rhos = _names(found, pair), (rho_cell(pair.first), rho_cell(pair.second))
    truth = [_planted(pair, planted_rho)] if found.is_planted else []
    if reason:
        return (*named, *rhos, *[Missing(reason)] * 4, *truth, len(first))
    rng = _rng(found, "ranking", pair)
    compared = compare_rankings(first, second, people, rng, paired=True, resamples=found.choices.options.resamples)
    tested: list[Cell] = [Missing(EXACT) if np.isnan(part) else float(part) for part in fisher(pair)]
    swapped = Missing(NO_OVERLAP) if np.isnan(compared.p) else compared.p
    return (*named, *rhos, *tested, shown(compared.difference, NO_OVERLAP), swapped, *truth, len(first))


def _structure_row(found: Measured, pair: Pair) -> tuple[Any, ...]:
    first, second = _both(pair)
    reason = pair.first.structure_missing or pair.second.structure_missing
    named = _names(found, pair)
    agreements = _each(pair, lambda one: one.agreement.sample_pearson)
    shapes = _each(pair, lambda one: one.fits["smacof"].ssd_raw)
    truth = [_planted(pair, planted_r)] if found.is_planted else []
    if reason:
        return (*named, *agreements, Missing(reason), *shapes, *truth, len(first))
    kept = np.intersect1d(pair.first.varying, pair.second.varying)
    people = found.choices.people.correlations[np.ix_(kept, kept)]
    rng, resamples = _rng(found, "structure", pair), found.choices.options.resamples
    change = matrix_agreement_difference(first[:, kept], second[:, kept], people, rng, resamples=resamples)
    return (*named, *agreements, shown(change, ONLY_NOISE), *shapes, *truth, len(first))


def _planted(pair: Pair, value: Callable[[Measures], Cell]) -> Cell:
    """The difference that was planted between the cells of a pair."""
    first, second = value(pair.first), value(pair.second)
    if isinstance(first, float) and isinstance(second, float):
        return first - second
    return first if isinstance(first, Missing) else second


def _each(pair: Pair, value: Callable[[Measures], float]) -> Iterator[Cell]:
    """A number about the structure of both cells, or why a cell has none."""
    for one in (pair.first, pair.second):
        yield Missing(one.structure_missing) if one.structure_missing else value(one)


def _both(pair: Pair) -> tuple[FloatArray, FloatArray]:
    """(n_personas, n_values) scores of the personas that are valid in both cells, in one order."""
    rows = [dict(zip(one.personas, one.scores, strict=True)) for one in (pair.first, pair.second)]
    shared = [name for name in rows[0] if name in rows[1]]
    n_values = len(pair.first.choices.values)
    first, second = (np.array([side[name] for name in shared]).reshape(-1, n_values) for side in rows)
    return first, second


def _rng(found: Measured, what: str, pair: Pair) -> np.random.Generator:
    names = (pair.first.cell.name, pair.second.cell.name)
    return rng_for(found.choices.options.seed, "value-structure", what, *names)
