"""Section: how consistently the items of each value are answered."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.report import Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from analysis.sums import Estimate
from voxpop.studies.structure.measured import Measured, shown
from voxpop.studies.structure.measures import Measures
from voxpop.studies.structure.ranking import NAMES

NOT_KEPT = "the human sample does not say it"
NO_VALUE = "no value varies"


def consistency_section(found: Measured) -> Section:
    """Alpha and omega of every value in every cell."""
    parts: list[Any] = [
        "The items that measure one value should be answered alike. Alpha and omega are of the answers as given, not "
        "centered. A value that everybody answers alike is not computable, whatever its items measure.",
        _summary(found),
        _by_value(found),
    ]
    return Section("reliability", "How consistently each value is answered", tuple(parts))


def _summary(found: Measured) -> Table:
    people = found.choices.people.floor_of
    rows: list[tuple[Any, ...]] = [(f"people: {people.label}", *_spread(people.alphas, NOT_KEPT), people.n)]
    for one in found.cells:
        alphas = np.array([at.alpha.value for at in one.reliability])
        if one.missing:
            rows.append((one.cell.name, *[Missing(one.missing)] * 5, one.n))
        else:
            rows.append((one.cell.name, *_spread(alphas, NO_VALUE), one.n))
    columns = (
        Column("cell"),
        Column("median", "median alpha"),
        Column("lowest"),
        Column("highest"),
        Column("computed", "values computed"),
        Column("not_computable", "not computable"),
        Column("n", "valid"),
    )
    return Table("reliability-by-cell", "Alpha of the values, by cell", columns, rows)


def _spread(alphas: np.ndarray[Any, np.dtype[np.float64]], reason: str) -> tuple[Cell, ...]:
    """Median, ends and how many of the values there are, or why there are none."""
    known = alphas[np.isfinite(alphas)]
    counts = (len(known), len(alphas) - len(known))
    if not len(known):
        return (*[Missing(reason)] * 3, *counts)
    return (float(np.median(known)), float(known.min()), float(known.max()), *counts)


def _by_value(found: Measured) -> Table:
    people = found.choices.people.floor_of
    rows = [
        (one.cell.name, code, NAMES[code], *_value(one, place), _number(people.alphas[people.values.index(code)]))
        for one in found.cells
        for place, code in enumerate(found.choices.values)
    ]
    columns = (
        Column("cell"),
        Column("code"),
        Column("value"),
        Column("alpha"),
        Column("omega"),
        Column("n", "valid"),
        Column("people", f"alpha of people ({people.label})"),
    )
    return Table("reliability-by-value", "Alpha and omega of every value", columns, rows, n_headers=3, folded=True)


def _value(one: Measures, place: int) -> tuple[Cell, Cell, int]:
    if one.missing:
        return Missing(one.missing), Missing(one.missing), one.n
    at = one.reliability[place]
    alpha, omega = (_estimate(part, at.reason) for part in (at.alpha, at.omega))
    return alpha, omega, at.alpha.n


def _estimate(found: Estimate, reason: str) -> Cell:
    return shown(found, reason or "no resample has variance")


def _number(alpha: float) -> Cell:
    return float(alpha) if np.isfinite(alpha) else Missing(NOT_KEPT)
