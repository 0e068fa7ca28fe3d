"""Tables that set the published numbers of every model beside this study's, a line for each: to be read at a glance.

The long tables of `published` have the same numbers one by one, by the printing rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from analysis.published_tables import published_table
from analysis.report_cells import Cell, Column, Missing, Published
from analysis.report_tables import Table
from voxpop.studies.cells import rows_of
from voxpop.studies.structure.measured import Measured, shown
from voxpop.studies.structure.measures import Measures

NO_CELL = "not asked in this study"
TEMPERATURES = ("0.0", "0.7")


def shape_overview(found: Measured) -> Table:
    """Sums of squares of every published model and temperature, and ours: strategies side by side."""
    printed = published_table("PV-3")
    strategies = list(dict.fromkeys(printed["column"]))

    def own(one: Measures) -> Cell:
        return Missing(one.structure_missing) if one.structure_missing else one.fits["smacof"].ssd_raw

    rows = [*_ours(found, strategies, own), *_theirs(printed, strategies, is_comparable=False)]
    note = (
        "SSD of SMACOF maps. The published ones refer to people of 49 cultural groups and to a start of the scaling "
        "that is not stated, hence the brackets; other models and items, so no match is to be expected."
    )
    columns = (Column("asked", "who was asked"), *(Column(name.replace("-", "_"), name) for name in strategies))
    return Table("published-shapes", "Fit of the maps (SSD): this study and the published models", columns, rows, note)


def ranking_overview(found: Measured) -> Table:
    """Rank correlations with human means of every published model, and ours."""
    printed = published_table("PV-4")
    columns = list(dict.fromkeys(printed["column"]))
    ours: list[Cell] = []
    for column in columns:
        strategy, temperature = column.split(", ")
        ours.append(_own_cell(found, strategy, temperature, _rho))
    rows = [(_name(found), *ours), *_theirs(printed, columns, is_comparable=True)]
    note = (
        "Batteries alone. The published ones were recomputed from printed means; other models and items, so no match "
        "is to be expected."
    )
    named = (Column(f"column_{place}", name.replace(", ", ", T ")) for place, name in enumerate(columns, start=1))
    title = "Rank correlation with human means: this study and the published models"
    return Table("published-rankings", title, (Column("asked", "who was asked"), *named), rows, note)


def _rho(one: Measures) -> Cell:
    return Missing(one.missing) if one.missing else shown(one.rho, "all mean scores are equal")


def _name(found: Measured) -> str:
    return "this study" + (" (known truth)" if found.is_planted else f" ({found.choices.options.model or 'its model'})")


def _ours(found: Measured, strategies: list[str], own: Callable[[Measures], Cell]) -> Iterator[tuple[Any, ...]]:
    for temperature in TEMPERATURES:
        yield f"{_name(found)}, {temperature}", *(_own_cell(found, name, temperature, own) for name in strategies)


def _own_cell(found: Measured, strategy: str, temperature: str, own: Callable[[Measures], Cell]) -> Cell:
    for one in found.cells:
        arm = one.cell.arm
        if (one.cell.strategy, arm.administration, arm.temperature) == (strategy, "battery", float(temperature)):
            return own(one)
    return Missing(NO_CELL)


def _theirs(printed: pd.DataFrame, columns: list[str], *, is_comparable: bool) -> Iterator[tuple[Any, ...]]:
    for name, part in printed.groupby("row", sort=False):
        by_column = {str(row.column): row for row in rows_of(part)}
        yield str(name), *(_printed(by_column[column], is_comparable) for column in columns)


def _printed(row: Any, is_comparable: bool) -> Cell:
    if pd.isna(row.value):
        return Missing(f"NA in the paper: {row.note or 'no reason given'}")
    corrected = None if pd.isna(row.corrected) else float(row.corrected)
    return Published(float(row.value), row.mark, corrected, is_comparable)
