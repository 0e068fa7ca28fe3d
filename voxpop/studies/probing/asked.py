"""Section: what was asked, and what of it has no distribution, by reason."""

from __future__ import annotations

from typing import Any

from analysis.report import Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from voxpop.studies.probing.material import Asked
from voxpop.studies.probing.measured import Measured


def asked_section(found: Measured) -> Section:
    """Presentations by run and probe: missing by reason, truncated, option mass, unreadable replies."""
    chosen = found.choices
    parts: list[Any] = [
        "Every question stands by itself: nobody remembers anything, and each presentation is asked once of each "
        "respondent. `generic` are respondents without a persona, `country-…` those who are told their country and "
        "nothing else. One presentation is read by all three probes.",
        *([_left_out(found)] if chosen.colliding else []),
        _table(found),
    ]
    return Section("what-was-asked", "What was asked, and what failed", tuple(parts))


def _left_out(found: Measured) -> str:
    colliding = found.choices.colliding
    return (
        f"Left out: {len(colliding)} questions whose labels begin alike in one of the label sets, as 1 and 10 do, so "
        "that one token cannot tell them apart. `--exact-labels` asks them too, scoring every label whole."
    )


def _table(found: Measured) -> Table:
    reasons = list(dict.fromkeys(reason for line in found.material.asked for reason in line.missing))
    columns = (
        Column("run"),
        Column("probe"),
        Column("n", "asked"),
        Column("known", "known"),
        *(Column(f"missing_{place}", reason) for place, reason in enumerate(reasons, 1)),
        Column("truncated"),
        Column("mass", "option mass"),
        Column("least", "least"),
        Column("unreadable", "no choice", digits=1, percent=True),
    )
    rows = [_row(line, reasons) for line in found.material.asked]
    note = (
        "known: presentations with a distribution; why others have none stands beside it. truncated: an option was "
        "outside the alternatives that the server listed, and counts 0. Option mass (mean and least): what fell on "
        "offered options before it was shared out among them (text: share of replies that chose one; sequence: none, "
        "as whole texts do not share out one position). no choice: share of the replies that choose nothing; such a "
        "reply counts 1/K for each of K options."
    )
    return Table("asked", "Presentations by run and probe", columns, rows, note, n_headers=2)


def _row(line: Asked, reasons: list[str]) -> tuple[Cell, ...]:
    has_mass = len(line.masses) > 0
    nothing = Missing("this probe has no option mass")
    return (
        line.run,
        line.probe,
        line.n,
        line.n - sum(line.missing.values()),
        *(line.missing.get(reason, 0) for reason in reasons),
        line.n_truncated,
        float(line.masses.mean()) if has_mass else nothing,
        float(line.masses.min()) if has_mass else nothing,
        line.n_unreadable / line.n_replies if line.n_replies else Missing("nothing was sampled"),
    )
