"""A CSV table as rows of text: commas, semicolons or tabs, plain or gzipped, UTF-8. Knows no column."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import NamedTuple

from simulator.errors import InstrumentError
from surveys.importers.table_cells import Row
from surveys.loader import read_text


class CsvTable(NamedTuple):
    """The columns of the header and the rows below it."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_plain_or_gzipped(path: Path, noun: str) -> str:
    """The text of a file, unpacked if its name ends in .gz; InstrumentError where that fails."""
    if path.suffix.lower() != ".gz":
        return read_text(path, noun)
    try:
        return gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    except (OSError, EOFError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InstrumentError(f"{path}: cannot be read ({reason}); give the path of {noun}, gzipped, UTF-8") from error


def read_rows(path: Path, noun: str = "a CSV table", *, fold: bool = True) -> CsvTable:
    """The table in a file; `fold` takes the names of columns in small letters.

    InstrumentError for one that cannot be read, is no CSV, or names a column twice."""
    text = read_plain_or_gzipped(path, noun)
    header_line = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    rows: list[Row] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if not columns:
                    columns = [cell.strip().casefold() if fold else cell.strip() for cell in cells]
                elif len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
                    raise csv.Error(f"{len(cells)} cells where the header has {len(columns)}")
                else:
                    rows.append(Row({name: cell.strip() for name, cell in zip(columns, cells, strict=False)}, start))
            start = reader.line_num + 1
    except csv.Error as error:
        raise InstrumentError(f"{path}: row {start} is no CSV ({error}); put texts in double quotes") from error
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    if doubled:
        raise InstrumentError(f"{path}: column {', '.join(doubled)} stands there twice; keep one of them")
    if not rows:
        raise InstrumentError(f"{path}: holds no rows below a header; give {noun}")
    return CsvTable(tuple(columns), tuple(rows))
