"""Importer for a plain table (CSV) of items. Knows cells; what makes a sound survey is `surveys.check`'s business.

The table is UTF-8 text (a byte order mark is fine) with a header row; commas, semicolons or tabs separate its cells.
Two layouts, told apart by their columns:

One row per item: columns `id`, `text`, `options` and any of the others. `options` is "1=Yes|2=No" (or "Yes|No", then
numbered from 1, or "1..10" for a bare scale); `scores` is "1=5|2=3", `stances` "1=supports|2=opposes", `missing`
"9=dont_know".

One row per item and option: columns `id`, `text`, `code`, `option` and, per option, `score`, `stance`, `missing`. What
belongs to the item stands in its first row; in further rows it is empty or the same.

Columns of an item in both layouts: `format` (single, multiple, scale, open; if empty single, or open without options),
`topic`, `block`, `dimension` ("SDT|SDA"; `dimensions` is the same), `reverse_keyed` (true/false, yes/no, 1/0),
`max_picks`, `question` and `wording` (for a paraphrase: the id of its original and its number 1, 2, ...),
`instruction`, `note`, `show_if` ("q1=1|2" or "q1!=3"; several rules are joined by ";", all must hold).
`text_de`, `options_de`, `option_de`, `instruction_de` hold the same in a further language. A backslash before "|"
takes its meaning away. Topics, blocks and dimensions need no declaration: a topic called "Climate change" gets the id
"climate-change".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.errors import Fault, InstrumentError
from surveys.check import source_faults
from surveys.importers.report import FileCounts, Imported, ImportReport, slug, unique_slug
from surveys.importers.table_cells import Row, flag_cell, options_cell, pairs_cell, parts, rules_cell, whole_cell
from surveys.loader import read_text
from surveys.source import read_source
from surveys.suggest import did_you_mean

_ITEM: tuple[str, ...] = ("id", "text", "format", "topic", "block", "dimension", "dimensions", "reverse_keyed")
_ITEM += ("max_picks", "question", "wording", "instruction", "note", "show_if")
_PER_ITEM = ("options", "scores", "stances", "missing")
_PER_OPTION = ("code", "option", "score", "stance", "missing")
_TRANSLATED = ("text", "instruction", "options", "option")


def import_table(
    paths: Sequence[str | Path], *, id: str = "", title: str = "", language: str = "en", source: str = ""
) -> Imported:
    """The instrument in one CSV table (layouts: see the module). `id` and `title` default to the file's name.

    InstrumentError listing every fault with its row (line of the file) and column; for a file that is missing,
    unreadable, not UTF-8 or no table; for more than one file.
    """
    if len(paths) != 1:
        raise InstrumentError(f"table: {len(paths)} files given; give exactly one, a survey is one table")
    path = Path(paths[0])
    faults: list[Fault] = []
    rows = _read(path, faults)
    items, origin = _items(rows, language, faults)
    data: dict[str, Any] = {"id": id or slug(path.stem) or "table", "title": title or path.stem, "language": language}
    data |= {"source": source} if source else {}
    data |= _declared(items)
    data["title"] = dict.fromkeys(_languages(rows, language), data["title"])
    data["items"] = items
    instrument, reading = read_source(data)
    faults += [_in_table(fault, origin) for fault in source_faults(instrument, reading) if items]
    if faults:
        raise InstrumentError.from_faults(str(path), list(dict.fromkeys(faults)))
    questions = {item.question_id for item in instrument.items}
    topics = {item.topic for item in instrument.items} - {None}
    counts = FileCounts(path.name, language, len(topics), len(questions), len(items), len(instrument.items))
    return Imported(instrument, ImportReport((counts,)))


def _read(path: Path, faults: list[Fault]) -> list[Row]:
    """The rows below the header; empty (with a fault) where the header is unusable."""
    text = read_text(path, "a CSV table")
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
                    columns = [cell.strip().casefold() for cell in cells]
                else:
                    rows.append(_row(cells, columns, start, faults))
            start = reader.line_num + 1
    except csv.Error as error:
        faults.append(
            Fault(f"row {start}", f"is no CSV ({error})", "close every quote, and double quotes inside a cell")
        )
        return []
    found = _header_faults(columns)
    if not rows and not found:
        found.append(Fault("the table", "has no rows below its header", "add one row per item"))
    faults[:0] = found
    return [] if found else rows


def _row(cells: list[str], columns: list[str], line: int, faults: list[Fault]) -> Row:
    extra = [cell for cell in cells[len(columns) :] if cell.strip()]
    if extra:
        what = f"has {len(cells)} cells where the header has {len(columns)}"
        faults.append(Fault(f"row {line}", what, "put cells that hold the separator in double quotes"))
    return Row({column: cell.strip() for column, cell in zip(columns, cells, strict=False)}, line)


def _header_faults(columns: list[str]) -> list[Fault]:
    if not columns:
        return [Fault("the table", "is empty", "begin with a header row: id,text,options")]
    found = []
    for column in dict.fromkeys(columns):
        base, _, language = column.partition("_")
        known = column in (*_ITEM, *_PER_ITEM, *_PER_OPTION) or (base in _TRANSLATED and language)
        if column and not known:
            remedy = did_you_mean(column, [*_ITEM, *dict.fromkeys(_PER_ITEM + _PER_OPTION)])
            found.append(Fault("row 1", f"there is no column {column!r}", remedy))
        if column and columns.count(column) > 1:
            found.append(Fault("row 1", f"column {column!r} stands {columns.count(column)} times", "keep one of them"))
    for column in ("id", "text"):
        if column not in columns:
            found.append(Fault("row 1", f"column {column!r} is missing", "the header needs at least id and text"))
    if "options" in columns and ("code" in columns or "option" in columns):
        remedy = "use options for one row per item, code and option for one row per item and option"
        found.append(Fault("row 1", "both layouts are mixed", remedy))
    elif ("code" in columns) != ("option" in columns):
        found.append(Fault("row 1", "code and option belong together", "give both columns, or options instead"))
    return found


def _languages(rows: Sequence[Row], language: str) -> list[str]:
    """The default language and those of columns such as text_de."""
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    found = [column.partition("_")[2] for column in columns if column.partition("_")[0] in _TRANSLATED]
    return list(dict.fromkeys([language, *(code for code in found if code)]))


# ---- rows to the data of a survey file -----------------------------------------------------------------------------


def _items(rows: Sequence[Row], language: str, faults: list[Fault]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Items as a survey file would hold them, and the row of each by id."""
    per_option = bool(rows) and "code" in rows[0].cells
    items: list[dict[str, Any]] = []
    origin: dict[str, int] = {}
    groups = _grouped(rows, faults) if per_option else [[row] for row in rows]
    for group in groups:
        row = group[0]
        if not row.get("id"):
            faults.append(Fault(row.at("id"), "is empty", "give every item an id"))
            continue
        item = _item(row, language, faults)
        if per_option:
            options = [_option(one, language, faults) for one in group if one.get("code") or one.get("option")]
        else:
            options = _options(row, language, faults)
        if options:
            item["options"] = options
        elif not row.get("format"):
            item["format"] = "open"
        if not per_option and row.get("id") in origin:
            what = f"{row.get('id')!r} is also the id of row {origin[row.get('id')]}"
            faults.append(Fault(row.at("id"), what, "give each item its own id"))
            item["id"] = f"{row.get('id')}.row{row.line}"  # so that its other faults are found too
        origin[item["id"]] = row.line
        items.append(item)
    return items, origin


def _grouped(rows: Sequence[Row], faults: list[Fault]) -> list[list[Row]]:
    """Rows of one item each; a row without id belongs to the one above it."""
    groups: dict[str, list[Row]] = {}
    current = ""
    for row in rows:
        current = row.get("id") or current
        group = groups.setdefault(current, [])
        for column in row.cells:
            told = column in _ITEM or column.partition("_")[0] in ("text", "instruction")
            if group and told and row.get(column) and row.get(column) != group[0].get(column) and column != "id":
                what = f"differs from row {group[0].line}, the first of {current!r}"
                faults.append(Fault(row.at(column), what, "leave it empty or make it the same"))
        group.append(row)
    return list(groups.values())


def _item(row: Row, language: str, faults: list[Fault]) -> dict[str, Any]:
    item: dict[str, Any] = {"id": row.get("id"), "text": row.texts("text", language)}
    for column in ("format", "question", "note"):
        if row.get(column):
            item[column] = row.get(column)
    for column in ("topic", "block"):
        if row.get(column):
            item[column] = row.get(column)
    if row.texts("instruction", language):
        item["instruction"] = row.texts("instruction", language)
    codes = parts(row.get("dimension"), "|") + parts(row.get("dimensions"), "|")
    if codes:
        item["dimensions"] = codes
    if row.get("reverse_keyed"):
        item["reverse_keyed"] = flag_cell(row, "reverse_keyed", faults)
    for column in ("max_picks", "wording"):
        number = whole_cell(row, column, faults)
        if number is not None:
            item[column] = number
    if row.get("show_if"):
        item["show_if"] = rules_cell(row, faults)
    return item


def _options(row: Row, language: str, faults: list[Fault]) -> list[dict[str, Any]]:
    """The options of a row in the one-row-per-item layout."""
    options: list[dict[str, Any]] = [
        {"code": code, "text": {language: text}} for code, text in options_cell(row, "options", faults)
    ]
    for column in row.cells:
        if column.startswith("options_") and row.get(column):
            for option, text in _matched(row, column, options_cell(row, column, faults), options, faults):
                option["text"][column.removeprefix("options_")] = text
    for column, key in (("scores", "score"), ("stances", "stance"), ("missing", "missing")):
        pairs = pairs_cell(row, column, faults, number=key == "score")
        for option, value in _matched(row, column, pairs, options, faults):
            option[key] = value
    return options


def _matched(
    row: Row, column: str, pairs: Sequence[tuple[int, Any]], options: Sequence[dict[str, Any]], faults: list[Fault]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """The option of each (code, value) pair and the value, a fault where there is no such option."""
    for code, value in pairs:
        option = next((one for one in options if one["code"] == code), None)
        if option is not None:
            yield option, value
        elif options:
            offered = ", ".join(str(one["code"]) for one in options)
            faults.append(Fault(row.at(column), f"no option has code {code}", f"codes of this item: {offered}"))


def _option(row: Row, language: str, faults: list[Fault]) -> dict[str, Any]:
    """The option of a row in the one-row-per-option layout."""
    option: dict[str, Any] = {"code": whole_cell(row, "code", faults), "text": row.texts("option", language)}
    if not row.get("code"):
        faults.append(Fault(row.at("code"), "is empty", "give every option a whole number"))
    if option["code"] is None:
        option["code"] = -row.line  # noted above; keeps the option apart from the others
    for column in ("stance", "missing"):
        if row.get(column):
            option[column] = row.get(column)
    if row.get("score"):
        try:
            option["score"] = float(row.get("score"))
        except ValueError:
            faults.append(Fault(row.at("score"), f"found {row.get('score')!r}", "give a number"))
    return option


def _declared(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Topics, blocks and dimensions as the items name them; their ids are put into the items."""
    declared: dict[str, Any] = {}
    for column, table in (("topic", "topics"), ("block", "blocks")):
        names = list(dict.fromkeys(item[column] for item in items if column in item))
        taken: set[str] = set()
        ids = {name: unique_slug(name, taken, f"{column}-{n}") for n, name in enumerate(names, start=1)}
        languages = dict.fromkeys(language for item in items for language in item["text"])
        declared[table] = [{"id": ids[name], "title": dict.fromkeys(languages, name)} for name in names]
        for item in items:
            if column in item:
                item[column] = ids[item[column]]
    codes = dict.fromkeys(code for item in items for code in item.get("dimensions", ()))
    declared["dimensions"] = [{"code": code, "title": dict.fromkeys(languages, code)} for code in codes]
    return declared


def _in_table(fault: Fault, origin: Mapping[str, int]) -> Fault:
    """The fault placed by row and column instead of by item and key."""
    item, _, part = fault.place.partition(", ")
    row = next((line for name, line in origin.items() if item in (f"item {name!r}", f"question {name!r}")), None)
    if row is None:
        return fault
    return fault._replace(place=f"row {row} ({item}){f', column {part}' if part else ''}")
