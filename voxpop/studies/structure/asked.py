"""Section: what was asked, who counts, and how the lists of batteries came back."""

from __future__ import annotations

from typing import Any

from analysis.cell_state import MIN_VALID_SHARE
from analysis.report import Section
from analysis.report_cells import Column
from analysis.report_tables import Table
from simulator.store.records import ANSWER_STATUSES
from voxpop.studies.structure.measured import Measured
from voxpop.studies.structure.replies import battery_table

_NO_GAPS = {"more than 0 missing": "an item missing"}
_HEADINGS = {"dont_know": "don't know", "not_applicable": "skipped"}


def asked_section(found: Measured) -> Section:
    """Cells with who was asked and who counts; answers by status; lists."""
    chosen = found.choices
    rule = "with every item answered"
    if chosen.max_missing:
        rule = f"with at most {chosen.max_missing} items unanswered, and one of each value's at most"
    effort = "" if chosen.max_identical is None else f" and at most {chosen.max_identical} identical answers"
    parts: list[Any] = [
        f"A cell is a persona strategy asked in one way. Every persona of a strategy was interviewed once in each of "
        f"its cells. A respondent counts {rule}{effort}; nothing is imputed. A cell in which fewer than "
        f"{MIN_VALID_SHARE:.0%} count is not computed (NA), and correlations need variance in every value.",
        _cells(found),
        _statuses(found),
        *([lists] if (lists := battery_table(found)) else []),
    ]
    return Section("what-was-asked", "What was asked, and who counts", tuple(parts))


def _cells(found: Measured) -> Table:
    rules = list(dict.fromkeys(rule for one in found.cells for rule in one.exclusions.by_first))
    rows = [
        (
            one.cell.name,
            one.cell.n,
            one.n,
            *(one.exclusions.by_first[rule] for rule in rules),
            f"NA: {one.missing}" if one.missing else "yes",
            f"NA: {one.structure_missing}" if one.structure_missing else "yes",
        )
        for one in found.cells
    ]
    columns = (
        Column("cell"),
        Column("asked"),
        Column("valid"),
        *(Column(f"left_out_{place}", f"left out: {_NO_GAPS.get(rule, rule)}") for place, rule in enumerate(rules, 1)),
        Column("ranking", "ranking computed"),
        Column("structure", "structure computed"),
    )
    return Table("cells", "Cells, and who counts in them", columns, rows)


def _statuses(found: Measured) -> Table:
    rows = []
    for one in found.cells:
        counts = one.cell.statuses
        n_asked = sum(counts.values()) - counts["not_applicable"]
        rows.append((one.cell.name, *counts.values(), 1 - counts["answered"] / n_asked if n_asked else None))
    columns = (
        Column("cell"),
        *(Column(status, _HEADINGS.get(status, status)) for status in ANSWER_STATUSES),
        Column("failed_share", "without an answer", digits=1, percent=True, why="nothing was asked"),
    )
    return Table("answers-by-status", "Answers by status", columns, rows)
