"""A report's table: columns and rows that are checked when it is made, and its CSV. Knows no page.

In the CSV nothing is rounded: an interval stands in columns of its own (`kl`, `kl_low`, `kl_high`, `kl_n`), so do the
mark and the corrected value of a published number, a missing number is an empty cell, and the last column says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.report_cells import Cell, Column, Missing, Published, Unformed, checked_cell, has_gap
from analysis.spreadsheet import guard
from analysis.sums import Estimate
from simulator.errors import ReportError

if TYPE_CHECKING:
    import pandas as pd

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TO_QUOTE = re.compile(r'[",\r\n]')
REASON = "reason"
_INTERVAL = ("low", "high", "n")
_PUBLISHED = ("mark", "corrected")


def check_id(identifier: str, what: str) -> None:
    """Raise ReportError for what cannot name a file and an anchor."""
    if not ID.fullmatch(identifier):
        raise ReportError(
            f"{what} {identifier!r}: an id is made of small letters, digits and hyphens, as in kl-by-item"
        )


@dataclass(frozen=True)
class Table:
    """A table. `rows` may hold anything `analysis.report_cells.Cell` names; the first `n_headers` columns name a row.

    `note` stands under it. `folded` leaves it closed on the page until it is opened, for long ones. Raises ReportError
    with table, row and column for a number that is missing without a reason.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    n_headers: int = 1
    folded: bool = False
    cells: tuple[tuple[Cell, ...], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_id(self.id, "table")
        if not self.columns:
            raise ReportError(f"table {self.id!r} has no columns")
        object.__setattr__(self, "cells", tuple(self._checked()))
        names, _ = csv_rows(self)
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ReportError(f"table {self.id!r}: two columns of its CSV are called {', '.join(doubled)}; rename one")

    def _checked(self) -> Iterator[tuple[Cell, ...]]:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ReportError(
                    f"table {self.id!r}, row {number}: {len(row)} cells for {len(self.columns)} columns; give one each"
                )
            named = " · ".join(str(cell) for cell in row[: self.n_headers])
            where = f"table {self.id!r}, row {number} ({named}), column"
            yield tuple(
                checked_cell(cell, column, f"{where} {column.name!r}")
                for cell, column in zip(row, self.columns, strict=True)
            )


def table_from_frame(
    id: str,
    title: str,
    frame: pd.DataFrame,
    columns: Sequence[Column] = (),
    *,
    intervals: Mapping[str, tuple[str, str, str]] | None = None,
    note: str = "",
    n_headers: int = 1,
    folded: bool = False,
) -> Table:
    """A frame as a table, one row each; `columns` choose, order and head its columns (default: all of them).

    intervals: name of a column of values → names of the columns with its lower and upper bound and its n, which are
    then shown with it and not by themselves.
    """
    ends = dict(intervals or {})
    inside = {name for three in ends.values() for name in three}
    wanted = list(columns) or [Column(str(name)) for name in frame.columns if name not in inside]
    absent = {name for name in (*(column.name for column in wanted), *inside) if name not in frame.columns}
    if absent:
        raise ReportError(f"table {id!r}: the frame has no column {', '.join(map(repr, sorted(absent)))}")
    series = [_cells_of(frame, column.name, ends) for column in wanted]
    return Table(id, title, tuple(wanted), list(zip(*series, strict=True)), note, n_headers, folded)


def _cells_of(frame: pd.DataFrame, name: str, ends: Mapping[str, tuple[str, str, str]]) -> list[Any]:
    values = frame[name].tolist()
    if name not in ends:
        return values
    low, high, n = (frame[end].tolist() for end in ends[name])
    return [
        Estimate(float(value), float(left), float(right), int(count))
        for value, left, right, count in zip(values, low, high, n, strict=True)
    ]


def csv_rows(table: Table) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of the CSV before texts are guarded; numbers at full length."""
    headings: list[str] = []
    parts: list[list[list[str]]] = []
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.cells]
        endings = _endings(cells)
        headings += [column.name, *(f"{column.name}_{ending}" for ending in endings)]
        parts.append([_written(cell, endings) for cell in cells])
    rows = [[text for part in row for text in part] for row in zip(*parts, strict=True)]
    return [*headings, REASON], [[*row, _reasons(table, number)] for number, row in enumerate(rows)]


def csv_text(table: Table) -> str:
    """The table as CSV; a text that a spreadsheet could take for a formula is guarded by a quote."""
    headings, rows = csv_rows(table)
    is_text = _text_columns(table)
    lines = [[guard(heading) for heading in headings]]
    lines += [[guard(text) if is_text[place] else text for place, text in enumerate(row)] for row in rows]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)


def _quoted(text: str) -> str:
    """A cell as RFC 4180 has it; the writer of the standard library leaves a lone carriage return unquoted."""
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def _endings(cells: Sequence[Cell]) -> tuple[str, ...]:
    inner = [cell.value if isinstance(cell, Unformed) else cell for cell in cells]
    interval = _INTERVAL if any(isinstance(cell, Estimate) for cell in inner) else ()
    published = _PUBLISHED if any(isinstance(cell, Published) for cell in inner) else ()
    return (*interval, *published)


def _written(cell: Cell, endings: Sequence[str]) -> list[str]:
    """The texts of one cell: its value, then one for each ending."""
    inner = cell.value if isinstance(cell, Unformed) else cell
    if isinstance(inner, (Estimate, Published)):
        facts = inner._asdict()
        return [_full(facts["value"]), *(_full(facts.get(ending, "")) for ending in endings)]
    return [_full(inner), *("" for _ in endings)]


def _full(cell: Any) -> str:
    """A value at full length; nothing for one that is missing."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if has_gap(cell) else repr(cell)


def _text_columns(table: Table) -> list[bool]:
    """Which columns of the CSV hold text; a number is never guarded, for then it would be none."""
    found = []
    for place in range(len(table.columns)):
        cells = [row[place] for row in table.cells]
        found += [any(isinstance(cell, str) for cell in cells), *(False for _ in _endings(cells))]
    return [*found, True]


def _reasons(table: Table, number: int) -> str:
    """Why cells of a row are empty, as `column: reason; column: reason`."""
    gaps = [
        (column.name, cell.reason)
        for cell, column in zip(table.cells[number], table.columns, strict=True)
        if isinstance(cell, (Missing, Unformed)) and has_gap(cell)
    ]
    return "; ".join(f"{name}: {reason}" for name, reason in gaps)
