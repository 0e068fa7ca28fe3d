"""The main lines: whether ranking and structure look human, in words, with their uncertainty. Computes nothing new."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.human_floor import FloorRow
from analysis.sums import Estimate
from voxpop.studies.structure.choices import Arm
from voxpop.studies.structure.contrast import fisher, pairs_along
from voxpop.studies.structure.measured import Measured
from voxpop.studies.structure.measures import Measures

AT_LEVEL = 0.05


def verdicts(found: Measured) -> list[str]:
    """A sentence per way of asking for the ranking, and one for the structure; then anchors and administration."""
    lines = [line for arm in found.ways for line in (_ranking(found, arm), _structure(found, arm)) if line]
    return [*lines, *_administration(found)]


def _ranking(found: Measured, arm: Arm) -> str:
    gaps = _left_out(found, arm, "missing")
    cells = [one for one in found.of(arm) if not one.missing and np.isfinite(one.rho.value)]
    if not cells:
        return f"Ranking{found.where(arm)}: no cell could be ranked.{gaps}"
    each = ", ".join(f"{one.cell.strategy} {interval(one.rho)}" for one in cells)
    floor, sample = found.ranking_floor(cells[0].n, "groups"), found.choices.people.floor_of.label
    people = f"; as many people ({sample}) show {_floor(floor)}" if floor is not None else ""
    return f"Ranking{found.where(arm)}: rank correlation of the mean values with people's: {each}{people}.{gaps}"


def _structure(found: Measured, arm: Arm) -> str:
    gaps = _left_out(found, arm, "structure_missing")
    cells = [one for one in found.of(arm) if not one.structure_missing]
    if not cells:
        return f"Structure{found.where(arm)}: no cell could be computed.{gaps}"
    by_verdict: dict[str, list[str]] = {}
    for one in cells:
        agreement = _number(one.agreement.sample_pearson)
        by_verdict.setdefault(verdict(found, one), []).append(f"{one.cell.strategy} {agreement}")
    said = ". ".join(f"{words}: {', '.join(names)}" for words, names in by_verdict.items())
    floor = found.floor(cells[0].n, "other-sample", "matrix_r")
    return f"Structure{found.where(arm)}: matrix r with people. {said}. As many people show {_floor(floor)}.{gaps}"


def verdict(found: Measured, one: Measures) -> str:
    """A cell's structure beside people's, in words: what its matrix agreement allows to say."""
    floor = found.floor(one.n, "other-sample", "matrix_r")
    if one.mantel > AT_LEVEL:
        return "No more like people's than shuffled values"
    if one.agreement.sample_pearson >= floor.low:
        return "Not told from people"
    return "Like people's, yet farther than people are from each other"


def _floor(row: FloorRow) -> str:
    return interval(Estimate(row.mean, row.low, row.high, row.n_draws))


def _left_out(found: Measured, arm: Arm, missing: str) -> str:
    gaps = [f"{one.cell.strategy} ({_short(one, why)})" for one in found.of(arm) if (why := getattr(one, missing))]
    return f" Not computed: {', '.join(gaps)}." if gaps else ""


def _short(one: Measures, why: str) -> str:
    """A reason without the names of all values; the table of cells has them."""
    n_values = len(one.choices.values)
    is_all = len(one.state.constant) == n_values and not one.missing
    return f"no variance in any of the {n_values} values" if is_all else why


def _administration(found: Measured) -> Iterator[str]:
    tests = [
        (pair, fisher(pair))
        for pair in pairs_along(found, "administration")
        if not pair.first.missing and not pair.second.missing
    ]
    known = [(pair, test) for pair, test in tests if np.isfinite(test.z)]
    if known:
        pair, test = max(known, key=lambda one: abs(one[1].z))
        way = f"{pair.strategy}, T {pair.first.cell.arm.temperature:g}"
        yield (
            f"Battery against serial: the rankings differ most for {way}: Fisher's z = {_number(test.z)}, "
            f"p = {test.p:.3f} (n = {len(found.choices.values)} values each)."
        )


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def interval(found: Estimate) -> str:
    """`0.87 [0.80, 0.91]`; without brackets where there is no interval."""
    ends = (
        f" [{_number(found.low)}, {_number(found.high)}]" if np.isfinite(found.low) and np.isfinite(found.high) else ""
    )
    return f"{_number(found.value)}{ends}"
