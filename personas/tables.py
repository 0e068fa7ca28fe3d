"""Reading a respondent table (CSV, Parquet, SPSS .sav, Stata .dta) into plain columns; missing cells are None.

Value labels of .sav and .dta files are applied; user-defined missing values of .sav files are missing. Knows nothing of
personas or templates. pandas and pyreadstat are imported when a file of theirs is read.
"""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from personas.suggestions import did_you_mean
from simulator.errors import PopulationError

if TYPE_CHECKING:
    import pandas as pd

Cell = str | int | float | bool | None


class RespondentTable(NamedTuple):
    """The columns of a table by name, each with `n_rows` cells."""

    path: Path
    columns: Mapping[str, list[Cell]]
    n_rows: int

    def column(self, name: str, purpose: str) -> list[Cell]:
        """One column; PopulationError names the closest column there is."""
        if name not in self.columns:
            raise PopulationError(
                f"{self.path.name}: has no column {name!r}, which {purpose}; {did_you_mean(name, self.columns)}"
            )
        return self.columns[name]


def read_table(path: Path, missing_values: Sequence[str] = (), delimiter: str = ",") -> RespondentTable:
    """Read `path` by its ending. `missing_values` are texts that mean "missing", besides empty cells."""
    readers: dict[str, Callable[[], Mapping[str, Sequence[Any]]]] = {
        ".csv": lambda: _read_csv(path, delimiter),
        ".parquet": lambda: _read_parquet(path),
        ".sav": lambda: _read_labelled(path, "read_sav"),
        ".dta": lambda: _read_labelled(path, "read_dta"),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise PopulationError(f"{path}: {path.suffix or 'no'} ending; a respondent table ends in {', '.join(readers)}")
    if not path.is_file():
        raise PopulationError(f"{path}: there is no such file; check the path of the respondent table")
    try:
        raw = reader()
    except OSError as error:
        raise PopulationError(f"{path}: cannot be read ({error}); check the file and its permissions") from error
    missing = frozenset(missing_values)
    columns = {str(name): [_plain(value, missing) for value in values] for name, values in raw.items()}
    n_rows = len(next(iter(columns.values()), []))
    if n_rows == 0:
        raise PopulationError(f"{path}: has no rows; a respondent table needs a heading and at least one respondent")
    return RespondentTable(path, columns, n_rows)


def _read_csv(path: Path, delimiter: str) -> dict[str, list[Cell]]:
    if len(delimiter) != 1:
        raise PopulationError(f"{path}: delimiter is {delimiter!r}; it must be one character")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, delimiter=delimiter, strict=True) if row]
    except UnicodeDecodeError as error:
        raise PopulationError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except csv.Error as error:
        raise PopulationError(f"{path}: is not a readable CSV file ({error}); check quotes and delimiters") from error
    if not rows:
        return {}
    heading = rows[0]
    if len(set(heading)) < len(heading):
        double = next(name for name in heading if heading.count(name) > 1)
        raise PopulationError(f"{path}: has two columns named {double!r}; give each its own name")
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(heading):
            raise PopulationError(
                f"{path}: data row {number} has {len(row)} cells, the heading has {len(heading)};"
                " check quotes and the delimiter"
            )
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else [() for _ in heading]
    return {name: _numbers_or_texts(cells) for name, cells in zip(heading, columns, strict=True)}


def _numbers_or_texts(cells: Sequence[str]) -> list[Cell]:
    """A column of numbers if every filled cell is one as a computer writes it; "007" and "1e3" stay text."""
    filled = [cell for cell in cells if cell != ""]
    if filled and all(_is_number(cell) for cell in filled):
        return [None if cell == "" else float(cell) for cell in cells]
    return [None if cell == "" else cell for cell in cells]


def _is_number(cell: str) -> bool:
    whole, _, fraction = cell.removeprefix("-").partition(".")
    plain = whole.isascii() and whole.isdigit() and (not fraction or (fraction.isascii() and fraction.isdigit()))
    return plain and (whole == "0" or not whole.startswith("0")) and len(whole) <= 15 and not cell.endswith(".")


def _read_parquet(path: Path) -> dict[str, list[Any]]:
    import pandas as pd
    import pyarrow as pa

    try:
        return _columns(pd.read_parquet(path))
    except (pa.ArrowException, ValueError) as error:
        raise PopulationError(f"{path}: is not a readable Parquet file ({error}); write it again") from error


def _read_labelled(path: Path, reader: str) -> dict[str, list[Any]]:
    import pyreadstat

    try:
        frame, _ = getattr(pyreadstat, reader)(str(path), apply_value_formats=True, formats_as_category=False)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise PopulationError(f"{path}: is not a readable {path.suffix} file ({error}); save it again") from error
    return _columns(frame)


def _columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(name): frame[name].tolist() for name in frame.columns}


def _plain(value: Any, missing: frozenset[str]) -> Cell:
    """A cell as JSON-able data: whole floats as int, dates as ISO text, NaN, NaT and None as None."""
    # NaN and NaT are the values that differ from themselves; pandas' NA has no truth value and a name of its own.
    if value is None or type(value).__name__ == "NAType" or value != value:  # noqa: PLR0124
        return None
    if isinstance(value, str):
        return None if value in missing or value == "" else value
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def weight_column(table: RespondentTable, name: str) -> list[float]:
    """The weights in column `name`; PopulationError at the first that is missing, negative or no number."""
    weights = []
    for number, cell in enumerate(table.column(name, "should hold the weights"), start=1):
        if isinstance(cell, bool) or not isinstance(cell, int | float) or cell < 0:
            what = "is missing" if cell is None else f"is {cell!r}"
            raise PopulationError(
                f"{table.path.name}: the weight ({name}) of data row {number} {what};"
                " every weight must be a number that is not negative"
            )
        weights.append(float(cell))
    if not any(weights):
        raise PopulationError(f"{table.path.name}: every weight in column {name!r} is 0; name another weight column")
    return weights
