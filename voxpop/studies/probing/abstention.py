"""Section: what an offered way out does to who answers, and to the answers of the others."""

from __future__ import annotations

from typing import Any

from analysis.report import Section
from analysis.report_cells import Cell, Column
from analysis.report_tables import Table
from voxpop.studies.probing.measured import Measured, shown
from voxpop.studies.probing.robustness import NO_INTERVAL, chance

COLUMNS = (
    Column("probe"),
    Column("abstaining", percent=True, digits=1),
    Column("mismatch"),
    Column("mismatch_chance", "by chance"),
    Column("mismatch_corrected", "corrected"),
    Column("js", "JS"),
    Column("js_chance", "by chance"),
    Column("js_corrected", "corrected"),
    Column("n", "questions"),
    Column("missing"),
)


def abstention_section(found: Measured) -> Section:
    """Share that abstains, and how far the rest moves, by probe."""
    note = (
        f"missing: questions without a distribution on either side. Intervals are over {found.over}. The base "
        "presentation, once without any option that stands for no answer, once with one. Columns as in the table of "
        "robustness."
    )
    parts: list[Any] = [
        "If those who abstain would have answered like the others, the rest answers as before. `mismatch` and `JS` are "
        "between the distributions without the way out and what is left beside it.",
        Table(
            "abstaining", "What an option to abstain does", COLUMNS, [_row(found, name) for name in found.sources], note
        ),
    ]
    return Section("abstention", "What does a way out do?", tuple(parts))


def _row(found: Measured, name: str) -> tuple[Cell, ...]:
    shift, moved = found.abstention[name], found.beside_abstaining[name]
    parts: list[Cell] = []
    for part in (moved.mismatch, moved.js):
        parts += [shown(part.observed, NO_INTERVAL), chance(part.by_chance), shown(part.corrected, NO_INTERVAL)]
    return (name, shown(shift.abstaining, NO_INTERVAL), *parts, moved.mismatch.observed.n, shift.n_missing)
