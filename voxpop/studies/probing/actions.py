"""Section: whether the pole that answers lean to tells which actions are approved of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.figure_intervals import interval_plot
from analysis.report import Figure, Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from analysis.sums import Estimate
from analysis.value_action import AgreementInterval, ValueActionAgreement
from voxpop.studies.probing.material import TRUTH
from voxpop.studies.probing.measured import REPLIES, Measured, shown

NO_INTERVAL = "the pairs are of one question alone"


def action_section(found: Measured) -> Section:
    """Correlation of pole weight and approval by probe, and every pair."""
    title = "Do answers tell which actions are approved of?"
    chosen = found.choices.scenarios
    if chosen is None:
        return Section("actions", title, (f"Not asked: {found.choices.no_scenarios}.",))
    parts: list[Any] = [
        f"{len(chosen.scenarios)} everyday situations for {len(chosen.items)} of the questions ({chosen.title}), each "
        "with two opposed actions that imply the two poles of the question. Each action is rated by itself, from 1 to "
        f"10, by {found.choices.n_samples} sampled replies. The weight of a pole is the share of the answers on its "
        "half of the scale, averaged over all presentations; the middle option is split. Every action gives one pair "
        "(weight, approval).",
        *_figure(found),
        _table(found),
        _pairs(found),
    ]
    return Section("actions", title, tuple(parts))


def as_estimate(one: AgreementInterval, n: int) -> Estimate:
    """A correlation as a cell of a table has it."""
    return Estimate(one.r, one.low, one.high, n)


def _table(found: Measured) -> Table:
    columns = (
        Column("probe"),
        Column("pearson", "Pearson"),
        Column("pearson_p", "p", digits=3, at_least=0.001),
        Column("spearman", "Spearman"),
        Column("spearman_p", "p", digits=3, at_least=0.001),
        Column("pairs"),
        Column("scenarios"),
        Column("n_items", "questions"),
        Column("without_score", "without a rating"),
        Column("without_weight", "without a weight"),
    )
    rows = [(name, *_row(one)) for name, one in found.agreement.items()]
    planted = f", beside that of the {TRUTH}, where weights and ratings are exact" if found.is_planted else ""
    note = (
        "p takes pairs for independent, which they are not; intervals resample whole questions and are the better "
        f"guide. Noise in the sampled ratings lowers a correlation{planted}."
    )
    return Table("value-action", "Agreement of answers and actions", columns, rows, note)


def _row(one: ValueActionAgreement) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for part in (one.pearson, one.spearman):
        gap = Missing(one.reason or "no correlation")
        cells += [gap, gap] if np.isnan(part.r) else [shown(as_estimate(part, one.n_pairs), NO_INTERVAL), part.p]
    return (*cells, one.n_pairs, one.n_scenarios, one.n_items, one.n_without_score, one.n_without_weight)


def _pairs(found: Measured) -> Table:
    weights = {name: found.weights(name) for name in found.sources}
    chosen = found.choices.scenarios
    rows: list[tuple[Cell, ...]] = []
    for scenario in chosen.scenarios if chosen is not None else ():
        for pole in ("low", "high"):
            score = found.material.scores[REPLIES].get(f"{scenario.id}.{pole}", np.nan)
            own = [float(getattr(of_item[scenario.item], pole)) for of_item in weights.values()]
            rows.append((scenario.item, scenario.id, pole, *own, float(score)))
    columns = (
        Column("question"),
        Column("scenario"),
        Column("pole"),
        *(
            Column(f"weight_{name.replace('-', '_').replace(' ', '_')}", f"weight, {name}", why="no distribution")
            for name in found.sources
        ),
        Column("approval", "approval (1–10)", why="no readable rating"),
    )
    return Table("value-action-pairs", "Every action", columns, rows, n_headers=3, folded=True)


def _figure(found: Measured) -> Iterator[Figure]:
    rows = [
        (measure, name, part.r, part.low, part.high)
        for name, one in found.agreement.items()
        for measure, part in (("Pearson", one.pearson), ("Spearman", one.spearman))
    ]
    frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high"])
    if frame["value"].isna().all():
        return
    n = max(one.n_pairs for one in found.agreement.values())
    n_items = max(one.n_items for one in found.agreement.values())
    yield Figure(
        "value-action-by-probe",
        "Correlation of answers with approval of actions",
        interval_plot(frame, xlabel="correlation", reference=0.0, hollow=[TRUTH]),
        "A row for each correlation with a dot for each probe and its interval; outlines are the planted truth where "
        "it is known.",
        f"{n} actions of {n_items} questions",
        "Intervals are 95 %, over questions.",
    )
