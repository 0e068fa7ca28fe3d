"""Section: how consistently the items of each value are answered."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.distributions import FloatArray
from analysis.reliability import cronbach_alpha, mcdonald_omega
from analysis.report import Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from voxpop.studies.structure.measured import Measured
from voxpop.studies.structure.measures import Measures
from voxpop.studies.structure.ranking import NAMES

NO_SPREAD = "not computable: everybody answers the items alike"
NO_FACTOR = "not computable: fewer than three items, an item without variance, or items that do not go together"


def consistency_section(found: Measured) -> Section:
    """Alpha and omega of every value in every cell."""
    parts: list[Any] = [
        "Three items that measure one value should be answered alike. Alpha and omega are of the answers as given, not "
        "centered; a value that everybody answers alike has no reliability, whatever its items measure.",
        _summary(found),
        _by_value(found),
    ]
    return Section("reliability", "How consistently each value is answered", tuple(parts))


def _summary(found: Measured) -> Table:
    people = found.choices.people.floor_of
    known = people.alphas[np.isfinite(people.alphas)]
    rows: list[tuple[Any, ...]] = []
    if len(known):
        middle = (float(np.median(known)), float(known.min()), float(known.max()))
        rows.append((f"people: {people.label}", *middle, len(known), 0, people.n))
    for one in found.cells:
        alphas = np.array([_alpha(one, code) for code in found.choices.values])
        there = alphas[np.isfinite(alphas)]
        gap = Missing(one.missing or NO_SPREAD)
        middle_of: tuple[Cell, ...] = (gap, gap, gap)
        if len(there):
            middle_of = (float(np.median(there)), float(there.min()), float(there.max()))
        rows.append((one.cell.name, *middle_of, len(there), len(alphas) - len(there), one.n))
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


def _by_value(found: Measured) -> Table:
    people = found.choices.people.floor_of
    rows = []
    for one in found.cells:
        for code in found.choices.values:
            human = float(people.alphas[people.values.index(code)])
            rows.append(
                (
                    one.cell.name,
                    code,
                    NAMES[code],
                    _or_missing(_alpha(one, code), one.missing or NO_SPREAD),
                    _or_missing(_omega(one, code), one.missing or NO_FACTOR),
                    _or_missing(human, "the human sample does not say it"),
                    one.n,
                )
            )
    columns = (
        Column("cell"),
        Column("code"),
        Column("value"),
        Column("alpha"),
        Column("omega"),
        Column("people", f"alpha of people ({people.label})"),
        Column("n", "valid"),
    )
    return Table("reliability-by-value", "Alpha and omega of every value", columns, rows, n_headers=3, folded=True)


def _or_missing(number: float, reason: str) -> Cell:
    return number if np.isfinite(number) else Missing(reason)


def _items(one: Measures, code: str) -> FloatArray:
    columns = [place for place, value in enumerate(one.material.value_of_item) if value == code]
    return np.asarray(one.cell.scores[one.exclusions.kept][:, columns], dtype=np.float64)


def _alpha(one: Measures, code: str) -> float:
    items = _items(one, code)
    return float("nan") if one.missing or items.shape[1] < 2 else cronbach_alpha(items)


def _omega(one: Measures, code: str) -> float:
    items = _items(one, code)
    return float("nan") if one.missing or items.shape[1] < 2 else mcdonald_omega(items)
