"""Section: which values matter more, beside people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.figure_rankings import ranking_plot
from analysis.report import Figure, Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from surveys.values import TEN_VALUES, VALUES
from voxpop.studies.structure.measured import Measured, floor_cell, shown
from voxpop.studies.structure.measures import Measures

NO_INTERVAL = "fewer than two valid respondents, or all of them alike"
NO_MEANS = "the reference gives no means of its values"
NAMES = {value.code: value.name for value in VALUES} | dict(TEN_VALUES)


def ranking_section(found: Measured) -> Section:
    """Rank correlation with people, the plot, and every mean and rank."""
    people = found.choices.people
    sample = people.floor_of.label
    beside = (
        f"Beside it stands what the means of as many people from {sample} show: another human sample does not rank the "
        "values quite as the reference does either."
    )
    parts: list[Any] = [
        "The score of a value is the mean of its items less the respondent's mean over all items: above 0, it matters "
        "more to the respondent than values do on average. The mean scores of a cell are ranked and correlated "
        f"(Spearman) with those of people: {people.means_label}. The p-value takes the values as the cases; the "
        f"interval is over respondents. {beside if len(found.choices.values) == len(VALUES) else ''}",
        _rhos(found),
        *_figure(found),
        _means(found),
    ]
    return Section("value-ranking", "Do the values rank as in people?", tuple(parts))


def rho_cell(one: Measures) -> Cell:
    """Spearman's rho of a cell with people, or why there is none."""
    if one.missing or np.isnan(one.choices.people.means).any():
        return Missing(one.missing or NO_MEANS)
    return shown(one.rho, "all mean scores are equal" if np.isnan(one.rho.value) else NO_INTERVAL)


def planted_rho(one: Measures) -> Cell:
    """The rank correlation that was planted in a cell."""
    if one.planted is None or one.planted.reason:
        return Missing(one.planted.reason if one.planted else "nothing was planted")
    return Missing("all planted means are equal") if np.isnan(one.planted.rho) else one.planted.rho


def _rhos(found: Measured) -> Table:
    rows = []
    for one in found.cells:
        rho = rho_cell(one)
        why = rho.reason if isinstance(rho, Missing) else "rho is exactly 1 or -1"
        p = Missing(why) if isinstance(rho, Missing) or np.isnan(one.rho_p) else one.rho_p
        row = found.ranking_floor(one.n, "groups") if one.n else None
        people = floor_cell(row) if row else Missing(one.missing or "the sample's own means are the reference")
        truth = [planted_rho(one)] if found.is_planted else []
        rows.append((one.cell.name, rho, p, people, *truth, one.n))
    columns = (
        Column("cell"),
        Column("rho", "Spearman's rho with people"),
        Column("p", digits=3, at_least=0.0005),
        Column("people", "as many people"),
        *([Column("planted", "planted truth")] if found.is_planted else []),
        Column("n", "valid respondents"),
    )
    return Table("ranking-with-people", "Rank correlation of mean values with those of people", columns, rows)


def _figure(found: Measured) -> Iterator[Figure]:
    people, values = found.choices.people, found.choices.values
    rows: list[tuple[Any, ...]] = [
        (one.cell.strategy, found.way(one.cell.arm), NAMES[code], *mean[:3])
        for one in found.cells
        if not one.missing
        for code, mean in zip(values, one.means, strict=True)
    ]
    if not rows or np.isnan(people.means).any():
        return
    frame = pd.DataFrame(rows, columns=["panel", "arm", "row", "value", "low", "high"])
    line = pd.DataFrame({"row": [NAMES[code] for code in values], "value": people.means})
    yield Figure(
        "ranking-figure",
        "Mean values in the order of people",
        ranking_plot(frame, line, xlabel="mean score, centered within person", people_name="people"),
        "A panel per strategy. Rows are the values in the order of people's means; a line leads through people's means "
        "and a dot with its interval shows each cell's.",
        f"{found.n_of(tuple(one for one in found.cells if not one.missing))}; means: {people.means_label}",
        caption="A cell that ranks the values as people do has its dots along the line.",
    )


def _means(found: Measured) -> Table:
    people, values = found.choices.people, found.choices.values
    order = np.argsort(-people.means, kind="stable")
    human_ranks = pd.Series(-people.means).rank().to_numpy(dtype=float)
    rows = []
    for one in found.cells:
        for place in order:
            human: tuple[Cell, Cell] = (float(people.means[place]), float(human_ranks[place]))
            if np.isnan(people.means[place]):
                human = (Missing(NO_MEANS), Missing(NO_MEANS))
            own: tuple[Cell, Cell] = (Missing(one.missing), Missing(one.missing))
            if not one.missing:
                own = (shown(one.means[place], NO_INTERVAL), float(one.ranking.ranks[place]))
            rows.append((one.cell.name, values[place], NAMES[values[place]], *own, *human, one.n))
    columns = (
        Column("cell"),
        Column("code"),
        Column("value"),
        Column("mean", "mean score"),
        Column("rank", digits=1),
        Column("people", "people: mean"),
        Column("people_rank", "people: rank", digits=1),
        Column("n", "valid"),
    )
    return Table(
        "value-means", "Mean and rank of every value, in the order of people", columns, rows, n_headers=3, folded=True
    )
