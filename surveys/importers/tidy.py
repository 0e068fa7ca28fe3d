"""Importer for human answers as a tidy CSV: one row per item, group and option, with a share or a count.

Columns, in any order: `item`, `option`, `share` or `count`, and optionally `country`, `group`, `n`, `n_missing`,
`multiple` (yes/no). `question`, `answer`, `p`, `n_valid` and `n_dk_na` are other names for item, option, share, n and
n_missing; any further column is left alone. An option is its canonical code, or, where the questionnaire is known, its
text in any of its languages. A country is a two-letter code or a name. A group is "all" or empty, conditions such as
"age=30-49 & sex=female", or one of the short names of `GROUPS`. Commas, semicolons or tabs; a file may be gzipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulator.errors import InstrumentError
from surveys.countries import Place, find_country, unknown_country_remedy
from surveys.importers.csv_rows import CsvTable, read_rows
from surveys.importers.reference_report import (
    EVERYTHING,
    ImportedReference,
    ReferenceFile,
    ReferenceReport,
    Wanted,
    require_cells,
)
from surveys.importers.report import slug
from surveys.importers.table_cells import Row
from surveys.instrument import Instrument, ResponseFormat
from surveys.reference import EVERYBODY
from surveys.reference_cells import Cells
from surveys.reference_faults import FaultKind, ReferenceFault

OTHER_NAMES = {"question": "item", "answer": "option", "p": "share", "n_valid": "n", "n_dk_na": "n_missing"}
GROUPS: Mapping[str, str] = {
    "male": "sex=male",
    "female": "sex=female",
    "age_le29": "age=18-29",
    "age_30_49": "age=30-49",
    "age_ge50": "age=50+",
}
"""Short names of groups that published tables use. The youngest band counts from 18, as surveys of adults do."""

_CODE = re.compile(r"-?[0-9]{1,9}")
_GROUP = re.compile(r"[a-z_]+=[^=&]+( & [a-z_]+=[^=&]+)*")
Key = tuple[str, str, str]
_YES = ("yes", "true", "1", "x")


class _Problem(Exception):
    """Why a row cannot be used: kind, what, remedy."""

    def __init__(self, kind: FaultKind, what: str, remedy: str) -> None:
        super().__init__(kind, what, remedy)
        self.told = (kind, what, remedy)


@dataclass
class _Raw:
    """The rows of one cell: numbers by option code, and what they say of the whole cell; None where they disagree."""

    values: dict[int, float] = field(default_factory=dict)
    n: float | None = None
    n_missing: float | None = None
    is_multiple: bool = False
    is_faulty: bool = False


def import_tidy(
    paths: Sequence[str | Path], wanted: Wanted = EVERYTHING, instrument: Instrument | None = None
) -> ImportedReference:
    """The human answers in tidy CSV files; `instrument` gives the codes of options that are named by their texts.

    Shares have to sum to 1 in each cell of a single-choice item (within rounding, which is counted); counts are divided
    by their sum. With `instrument`, the items it asks as multiple choice are taken as such, and an item it does not ask
    is named and left out. InstrumentError for a file that is no such table, or where no cell is usable.
    """
    if not paths:
        raise InstrumentError("tidy: no file given; give at least one CSV table")
    cells, files = Cells(), list[ReferenceFile]()
    for path in map(Path, paths):
        before = len(cells.found)
        table = _renamed(read_rows(path), path)
        items = _read(table, wanted, instrument, cells)
        files.append(ReferenceFile(path.name, len(table.rows), len(cells.found) - before))
    wanted.note_absent(items, cells)
    name = ", ".join(path.name for path in map(Path, paths))
    require_cells(cells, name)
    first = Path(paths[0]).name.partition(".")[0]
    reference = cells.reference(slug(first) or "tidy", first, name)
    return ImportedReference(reference, None, ReferenceReport(tuple(files), tuple(cells.faults)))


def _renamed(table: CsvTable, path: Path) -> CsvTable:
    """The table with the names of columns that are ours; InstrumentError where one is missing or told twice."""
    columns = tuple(OTHER_NAMES.get(name, name) for name in table.columns)
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise InstrumentError(f"{path}: {', '.join(doubled)} is told by two columns; keep one of them")
    lacking = [name for name in ("item", "option") if name not in columns]
    if lacking or ("share" in columns) == ("count" in columns):
        what = f"column {' and '.join(lacking)} is missing" if lacking else "give share or count, one of the two"
        raise InstrumentError(f"{path}: {what}; a tidy table has item, option, and share or count")
    rows = [
        Row({OTHER_NAMES.get(name, name): cell for name, cell in row.cells.items()}, row.line) for row in table.rows
    ]
    return CsvTable(columns, tuple(rows))


def _read(table: CsvTable, wanted: Wanted, instrument: Instrument | None, cells: Cells) -> list[str]:
    """Add the cells of one table; the ids of all its items."""
    column = "count" if "count" in table.columns else "share"
    raw: dict[Key, _Raw] = {}
    items = list(dict.fromkeys(row.get("item") for row in table.rows))
    for item in items:
        if instrument is not None and item and item not in instrument.index:
            what, remedy = "the questionnaire does not ask it", "leave it out, or use the questionnaire that asks it"
            cells.fault("unknown_item", what, remedy, item=item)
    for row in table.rows:
        item = row.get("item")
        key = _key(row)
        is_asked = instrument is None or not item or item in instrument.index
        if is_asked and wanted.is_item(item) and wanted.is_country(key[1]):
            one = raw.setdefault(key, _Raw())
            try:
                _read_row(row, column, instrument, one)
            except _Problem as problem:
                if not one.is_faulty or problem.told[0] != "unknown_country":
                    cells.faults.append(ReferenceFault(problem.told[0], *key, *problem.told[1:]))
                one.is_faulty = True
    for (item, country, group), one in raw.items():
        if not one.is_faulty:
            add = cells.add_counts if column == "count" else cells.add_shares
            n, n_missing, is_multiple = one.n, one.n_missing, one.is_multiple
            add(item, one.values, country=country, group=group, n=n, n_missing=n_missing, is_multiple=is_multiple)
    return items


def _key(row: Row) -> Key:
    """Item, country and group as far as they can be told; the country's own name where its code is not known."""
    name = row.get("country")
    place = find_country(name) if name else Place("")
    group = row.get("group") or EVERYBODY
    group = GROUPS.get(group.casefold(), group)
    if place is None:
        return row.get("item"), name, group
    return row.get("item"), place.code, place.group if place.group and group == EVERYBODY else group


def _read_row(row: Row, column: str, instrument: Instrument | None, cell: _Raw) -> None:
    """Put one row into its cell, or raise what is wrong with it."""
    item, country, group = _key(row)
    if not item:
        raise _Problem("unreadable", f"row {row.line} has no item", "name the item in every row")
    if country and find_country(country) is None:
        raise _Problem("unknown_country", f"{country!r} is not known", unknown_country_remedy(country))
    if group != EVERYBODY and not _GROUP.fullmatch(group):
        remedy = f'write "sex=female" or "age=30-49 & sex=female", or one of {", ".join(GROUPS)}'
        raise _Problem("unreadable", f"row {row.line}: {group!r} is no group", remedy)
    code = _code(row, instrument)
    if code in cell.values:
        raise _Problem("doubled", f"row {row.line}: option {code} stands there twice", "keep one of them")
    value = _number(row, column)
    if value is None:
        raise _Problem("unreadable", f"row {row.line} has no {column}", f"give the {column}, 0 where nobody chose it")
    is_multiple = row.get("multiple").casefold() in _YES
    if instrument is not None:
        is_multiple = instrument.item(item).format is ResponseFormat.MULTIPLE
    facts = (_number(row, "n"), _number(row, "n_missing"), is_multiple)
    if cell.values and facts != (cell.n, cell.n_missing, cell.is_multiple):
        what = f"row {row.line}: n, n_missing or multiple differs from the rows above"
        raise _Problem("unreadable", what, "give every row of a cell the same")
    cell.values[code] = value
    cell.n, cell.n_missing, cell.is_multiple = facts


def _number(row: Row, column: str) -> float | None:
    """A number from a cell, None where it is empty."""
    text = row.get(column)
    try:
        return float(text) if text else None
    except ValueError:
        what = f"row {row.line}, {column}: found {text[:40]!r}"
        raise _Problem("unreadable", what, "give a number with a decimal point") from None


def _code(row: Row, instrument: Instrument | None) -> int:
    """The canonical code that the option cell means."""
    text = row.get("option")
    item = None if instrument is None else instrument.item(row.get("item"))
    if item is not None:
        folded = text.casefold()
        named = {one.code for one in item.options if folded in {words.casefold() for words in one.text.values()}}
        if len(named) == 1:
            return named.pop()
        if not _CODE.fullmatch(text):
            options = "; ".join(f"{one.code} {next(iter(one.text.values()), '')}" for one in item.options)
            what = f"row {row.line}: {'no' if not named else 'more than one'} option is called {text[:60]!r}"
            raise _Problem("unknown_option", what, f"give a code or a text of the item: {options}")
    if not _CODE.fullmatch(text):
        remedy = "give its code, or name the questionnaire whose option this is"
        raise _Problem("unknown_option", f"row {row.line}: option {text[:60]!r} is no code", remedy)
    return int(text)
