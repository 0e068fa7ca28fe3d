"""Human answers as a tidy CSV, one row per option, in the columns that `surveys.importers.tidy` reads.

Texts are guarded against being taken for formulas. Knows no questionnaire: options are codes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.spreadsheet import guard
from simulator.errors import RunSpecError
from surveys.reference import HumanReference

COLUMNS = ("reference", "item", "country", "group", "option", "share", "n", "n_missing", "multiple", "weighted", "note")


def tidy_rows(references: Sequence[HumanReference]) -> Iterator[tuple[object, ...]]:
    """Reference, item, country, group, option, share, n, n_missing (None = not known), multiple, weighted, note."""
    for one in references:
        for cell in one.cells:
            for code, share in cell.shares.items():
                facts = (cell.n, cell.n_missing, cell.is_multiple, one.weighted, cell.note)
                yield (one.id, cell.item, cell.country, cell.group, code, share, *facts)


def write_tidy(references: Sequence[HumanReference], path: Path) -> int:
    """Write the table and return the number of its rows; RunSpecError where the file cannot be written."""
    rows = 0
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for row in tidy_rows(references):
                writer.writerow(["" if value is None else _cell(value) for value in row])
                rows += 1
    except OSError as error:
        raise RunSpecError(f"{path} cannot be written ({error.strerror or error}); choose another place") from error
    return rows


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guard(value) if isinstance(value, str) else value
