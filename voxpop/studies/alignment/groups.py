"""Section: tests between groups of scores, as published between series of models, with what they assume."""

from __future__ import annotations

from typing import Any

from analysis.alignment import MEAN
from analysis.group_test import GroupSummary, group_table
from analysis.published_tables import published_table
from analysis.report import Section
from analysis.report_cells import Column, Missing
from analysis.report_tables import Table
from analysis.sums import Estimate
from voxpop.studies.alignment.material import ARM, Material, shown_arms
from voxpop.studies.cells import number, rows_of


def group_section(material: Material) -> Section:
    """Arms against each other over their dimension scores; the published test recomputed from its printed summaries."""
    scores = material.alignment.scores
    wanted = scores[(scores["level"] == "dimension") & (scores["metric"] == "kl") & (scores["country"] != MEAN)]
    groups: dict[str, Any] = {
        arm: wanted.loc[wanted[ARM].astype(str) == arm, "value"].to_numpy() for arm in shown_arms(material.frame)
    }
    parts: list[Any] = [
        "A t test of mean KL between groups of scores, one score for each dimension and country. The scores of one "
        "group share respondents and items, so they are not independent and the p-values are too small; the test is "
        "here because it was published.",
    ]
    if len(groups) > 1:
        parts.append(_table("group-tests", "Arms against each other", group_table(groups)))
    parts.append(_table("group-tests-published", "The published test, recomputed from printed means", _published()))
    return Section("tests-between-groups", "Tests between groups", tuple(parts))


def _published() -> Any:
    """Tests of the two series in each culture, from means, deviations and n as printed."""
    import pandas as pd

    table = published_table("DF-3")
    summaries: dict[str, GroupSummary] = {}
    for name, cells in table.groupby("row", sort=False):
        at = dict(zip(cells["column"], cells["value"], strict=True))
        if {"mean", "sd", "n"} <= at.keys():
            summaries[str(name)] = GroupSummary(at["mean"], at["sd"], int(at["n"]), at["sd"] / at["n"] ** 0.5)
    found = []
    for culture in dict.fromkeys(name.partition(",")[0] for name in summaries):
        pair: dict[str, Any] = {name: one for name, one in summaries.items() if name.startswith(f"{culture},")}
        found.append(group_table(pair))
    return pd.concat(found, ignore_index=True)


def _table(id: str, title: str, frame: Any) -> Table:
    rows = []
    for row in rows_of(frame):
        gap = "a group has fewer than two scores, or they do not vary"
        interval = Estimate(row.difference, row.low, row.high, int(row.n_first + row.n_second))
        cell = interval if interval.low == interval.low else Missing(gap)
        ours = (number(value, gap) for value in (row.t, row.df, row.p))
        rows.append((row.first, row.second, row.convention, cell, *ours, int(row.n_first), int(row.n_second)))
    columns = (
        Column("first"),
        Column("second"),
        Column("convention"),
        Column("difference"),
        Column("t"),
        Column("df", digits=1),
        Column("p", digits=4, at_least=0.0001),
        Column("n_first", "scores"),
        Column("n_second", "scores"),
    )
    return Table(id, title, columns, rows, n_headers=3, folded=len(rows) > 20)
