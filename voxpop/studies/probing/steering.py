"""Section: whether a country in the persona brings the answers nearer to those of its people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.figure_intervals import interval_plot
from analysis.report import Figure, Points, Section
from analysis.report_cells import Column
from analysis.report_tables import Table
from voxpop.studies.probing.material import TRUTH
from voxpop.studies.probing.measured import Measured, shown

ALL = "all countries"
NO_INTERVAL = "fewer than two questions"


def steering_section(found: Measured) -> Section:
    """Improvement by probe and country, raw and normalized, what was skipped, and every cell."""
    title = "Does a country in the persona bring answers nearer to its people?"
    if not found.choices.countries:
        return Section("steering", title, ("Not asked: `--countries none`.",))
    parts: list[Any] = [
        "The same presentations by respondents who are told their country and nothing else. Distributions are "
        "averaged over all presentations; improvement is the earth mover's distance to the people's answers without "
        "the country, less that with it: above 0 is nearer. `raw` counts steps of the scale, as published; "
        f"`normalized` divides by its length, so that long scales do not prevail. How people answered: "
        f"{found.material.people}.",
        *_figure(found),
        _table(found),
        *_skipped(found),
        _cells(found),
    ]
    return Section("steering", title, tuple(parts))


def _table(found: Measured) -> Table:
    columns = (
        Column("probe"),
        Column("country"),
        Column("raw", "raw (steps)", digits=3),
        Column("normalized", digits=3),
        Column("n", "questions"),
    )
    rows = []
    for name, one in found.steering.items():
        for country, (raw, normalized) in {ALL: (one.raw, one.normalized), **one.countries}.items():
            rows.append((name, country, shown(raw, NO_INTERVAL), shown(normalized, NO_INTERVAL), raw.n))
    note = (
        "Intervals are over questions, each with all its countries. What was not reached by the alternatives that a "
        "server lists (truncated) counts 0 with the token-logit probe."
    )
    return Table("steering-table", "Improvement by naming the country", columns, rows, note, n_headers=2)


def _skipped(found: Measured) -> Iterator[Any]:
    lines = [
        f"{name}: {count} of {len(found.choices.items) * len(found.choices.countries)} left out: {reason}"
        for name, one in found.steering.items()
        for reason, count in one.skipped.items()
    ]
    if lines:
        yield "Questions of a country that were left out:"
        yield Points(tuple(lines))


def _cells(found: Measured) -> Table:
    columns = (
        Column("probe"),
        Column("country"),
        Column("question"),
        Column("raw", digits=3),
        Column("normalized", digits=3),
        Column("presentations"),
    )
    rows = [
        (name, cell.country, cell.question, cell.raw, cell.normalized, cell.n_formats)
        for name, one in found.steering.items()
        for cell in one.cells
    ]
    return Table("steering-cells", "Improvement question by question", columns, rows, n_headers=3, folded=True)


def _figure(found: Measured) -> Iterator[Figure]:
    rows: list[tuple[Any, ...]] = []
    for name, one in found.steering.items():
        estimates = {ALL: one.normalized, **{country: both[1] for country, both in one.countries.items()}}
        rows += [(country, name, *found_one[:3]) for country, found_one in estimates.items()]
    frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high"])
    if frame["value"].isna().all():
        return
    yield Figure(
        "steering-by-probe",
        "How much nearer to the people of a country its name brings the answers",
        interval_plot(frame, xlabel="improvement of alignment (normalized)", reference=0.0, hollow=[TRUTH]),
        "A row for all countries and one for each, with a dot for each probe and its interval; right of 0 the answers "
        "come nearer; outlines are the planted truth where it is known.",
        found.material.n_text,
        "Intervals are 95 %, over questions.",
    )
