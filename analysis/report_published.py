"""Published numbers beside ours: one line per cell, compared only where the convention is the same.

Printing rules of METHODS chapter 6: own value, published value, difference, n, failures, convention, mark; a misprint
is compared with its corrected value; another convention puts the published value in brackets and leaves the difference
out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.report_cells import Cell, Column, Mark, Missing, Published, Unformed, has_gap
from analysis.report_tables import Table
from analysis.sums import Estimate


@dataclass(frozen=True)
class Beside:
    """One cell of ours and the published one, NaN where the paper has no number: then `note` says why.

    `convention` is ours, `published_convention` that of the paper; `n_failures` counts what could not be used. `reason`
    says why ours could not be formed, where it could not.
    """

    row: str
    column: str
    own: Estimate
    published: float
    convention: str
    published_convention: str
    n_failures: int
    mark: Mark = "ok"
    corrected: float | None = None
    reason: str = ""
    note: str = ""


def published_table(
    id: str,
    title: str,
    cells: Sequence[Beside],
    *,
    row: str = "row",
    column: str = "column",
    digits: int = 2,
    note: str,
) -> Table:
    """The table of the printing rules. `note` has to say where models, items or years differ: then no match is due."""
    columns = (
        Column("row", row),
        Column("column", column),
        Column("own", "ours", digits),
        Column("published", "published", digits),
        Column("difference", "ours − published", digits),
        Column("n"),
        Column("failures"),
        Column("convention"),
        Column("mark"),
    )
    return Table(id, title, columns, [_line(cell) for cell in cells], note, n_headers=2, folded=len(cells) > 40)


def _line(cell: Beside) -> tuple[Cell, ...]:
    is_same = cell.convention == cell.published_convention
    is_printed = math.isfinite(cell.published)
    published = Published(cell.published, cell.mark, cell.corrected, is_same) if is_printed else Missing(cell.note)
    own: Cell = Unformed(cell.own, cell.reason) if has_gap(cell.own) and cell.reason else cell.own
    difference: Cell = cell.own.value - published.likely if isinstance(published, Published) else None
    if not is_printed:
        difference = Missing("no number was published")
    elif not is_same:
        difference = Missing(f"published with another convention: {cell.published_convention}")
    elif has_gap(difference):
        difference = Missing(cell.reason or "ours could not be formed")
    return cell.row, cell.column, own, published, difference, cell.own.n, cell.n_failures, cell.convention, cell.mark
