"""Section: how far each probe's distributions move with style, order and labels, beside what sampling alone shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.figure_intervals import interval_plot
from analysis.report import Figure, Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from analysis.robustness import Robustness
from voxpop.studies.probing.material import TRUTH
from voxpop.studies.probing.measured import Measured, shown

NO_PAIR = "no two presentations were asked that differ in this alone"
NO_INTERVAL = "fewer than two questions (topics), or none with both distributions"
EXACT = "exact distributions have no noise of their own"
MEAN = "mean of both"
BY_CHANCE = "text, by chance alone"


def robustness_section(found: Measured) -> Section:
    """Mismatch and Jensen-Shannon by probe and kind of change, as figures and tables; every pair."""
    parts: list[Any] = [
        "`mismatch` is the share of questions whose likeliest option changes, `JS` the Jensen-Shannon distance of the "
        "two distributions (root of the divergence in nats, 0 the same, 0.83 nothing in common). Lower is better. "
        "Styles are compared at the base variant, option variants after averaging over styles (Shen et al. 2025): "
        "`position` is another order under the same labels, `token` are other labels in the same order.",
        "Sampled replies differ from one another even where nothing has changed. `by chance` is what that alone shows: "
        "for mismatch, two runs of the same presentation; for JS, replies shuffled between the two. `corrected` is "
        "what remains. Exact probabilities have no such noise.",
        *_figures(found),
        _table(found),
        _pairs(found),
    ]
    return Section("robustness", "Do answers stay where nothing that matters has changed?", tuple(parts))


def kinds(found: Measured, source: str) -> dict[str, Robustness]:
    """Kind of change → what it does to the distributions of one source."""
    selection = found.selection[source]
    return {
        "style": found.style[source],
        "position": selection.position,
        "token": selection.token,
        MEAN: selection.average,
        "both at once": selection.crossed,
    }


def _table(found: Measured) -> Table:
    columns = (
        Column("probe"),
        Column("change"),
        Column("mismatch"),
        Column("mismatch_chance", "by chance"),
        Column("mismatch_corrected", "corrected"),
        Column("js", "JS"),
        Column("js_chance", "by chance"),
        Column("js_corrected", "corrected"),
        Column("n", "questions"),
        Column("missing"),
    )
    rows = [
        _row(source, kind, one)
        for kind in kinds(found, found.sources[0])
        for source in found.sources
        for one in [kinds(found, source)[kind]]
    ]
    truth = f" `{TRUTH}` is worked out from what was planted, by the same estimators." if found.is_planted else ""
    conventions = "; ".join(dict.fromkeys(row.convention for row in kinds(found, found.sources[0]).values()))
    note = (
        f"missing: questions that left a pair for want of a distribution. Intervals are over {found.over}.{truth} "
        f"Conventions: {conventions}."
    )
    return Table("robustness-by-probe", "Robustness by probe", columns, rows, note, n_headers=2)


def _row(source: str, kind: str, one: Robustness) -> tuple[Cell, ...]:
    if not one.pairs and np.isnan(one.mismatch.observed.value):
        gap = Missing(NO_PAIR)
        return (source, kind, *[gap] * 6, 0, 0)
    parts = [
        (shown(part.observed, NO_INTERVAL), chance(part.by_chance), shown(part.corrected, NO_INTERVAL))
        for part in (one.mismatch, one.js)
    ]
    return (source, kind, *parts[0], *parts[1], one.mismatch.observed.n, one.n_missing)


def chance(value: float) -> Cell:
    """What chance alone shows, or why that is not known."""
    return Missing("no question has both distributions") if np.isnan(value) else float(value)


def _pairs(found: Measured) -> Table:
    columns = (
        Column("probe"),
        Column("change"),
        Column("first"),
        Column("second"),
        Column("mismatch"),
        Column("js", "JS"),
        Column("js_corrected", "JS corrected"),
        Column("p", digits=3, at_least=1 / (1 + found.rules.shuffles), why=EXACT),
        Column("missing", "without a distribution"),
    )
    rows = [
        (
            source,
            kind,
            pair.first,
            pair.second,
            shown(pair.mismatch.observed, NO_INTERVAL),
            shown(pair.js.observed, NO_INTERVAL),
            shown(pair.js.corrected, NO_INTERVAL),
            pair.p,
            pair.n_missing,
        )
        for source in found.sources
        for kind, one in kinds(found, source).items()
        if kind != MEAN
        for pair in one.pairs
    ]
    note = "p: how often replies shuffled between the two presentations lie as far apart."
    return Table("pairs", "Every pair of presentations", columns, rows, note, n_headers=4, folded=True)


def _figures(found: Measured) -> Iterator[Figure]:
    for measure, title, xlabel in (
        ("mismatch", "How often the likeliest option changes", "share of questions"),
        ("js", "How far distributions move", "Jensen-Shannon distance"),
    ):
        rows: list[tuple[Any, ...]] = []
        for source in found.sources:
            for kind, one in kinds(found, source).items():
                part = getattr(one, measure)
                if np.isnan(part.observed.value) or kind == MEAN:
                    continue
                rows.append((kind, source, *part.observed[:3]))
                if source == "text":
                    rows.append((kind, BY_CHANCE, part.by_chance, np.nan, np.nan))
        if not rows:
            continue
        frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high"])
        yield Figure(
            f"{measure}-by-probe",
            title,
            interval_plot(frame, xlabel=xlabel, reference=0.0, hollow=[TRUTH, BY_CHANCE]),
            "One row for each kind of change and a dot for each probe with its interval; outlines are what sampled "
            "replies show by chance alone, and the planted truth where it is known.",
            found.material.n_text,
            f"Intervals are 95 %, over {found.over}.",
            "As observed: a dot of the text probe is to be held against its outline.",
        )
