"""The files of a value questionnaire as parts: items, key, answers. Knows columns and places, no value and no key.

Every file is CSV (what it holds is told by its columns) or TOML (by the names of its tables); each part stands in one
of them, in any order. A part is a list of entries, each with the place that a message names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from simulator.errors import Fault, InstrumentError
from surveys.fields import LANGUAGE_CODE, shown
from surveys.importers.csv_rows import read_rows
from surveys.instrument import ITEM_FORMS
from surveys.loader import parse_toml, read_text
from surveys.suggest import did_you_mean

Part = Literal["items", "key", "scale"]
PARTS: Mapping[Part, str] = {
    "items": "texts of the items (columns number, text)",
    "key": "which value each item measures (columns number, value)",
    "scale": "answers (columns code, label)",
}
REFERENCES = ("number", "item", "id")
_TEXTS = ("text", *(f"text_{form}" for form in ITEM_FORMS))
_COLUMNS: Mapping[Part, tuple[str, ...]] = {
    "items": (*REFERENCES, *_TEXTS, "value", "reverse", "note"),
    "key": (*REFERENCES, "value", "reverse", "note"),
    "scale": ("code", "label", "score", "missing", "note"),
}
_WORDED: Mapping[Part, tuple[str, ...]] = {"items": _TEXTS, "key": (), "scale": ("label",)}
FACTS = ("id", "title", "version", "language", "source", "licence", "instruction", "coding", "points")
_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item, one line of a key, or one answer: cells by column, and where it stands."""

    cells: Mapping[str, str]
    place: str

    def get(self, column: str) -> str:
        """The cell, empty where it is absent."""
        return self.cells.get(column, "")

    def at(self, column: str) -> str:
        """The place of a cell."""
        return f"{self.place}, column {column}"

    @property
    def reference(self) -> str:
        """What the item goes by: its number without leading zeros, else its name in small letters; "" without any."""
        found = next((self.get(column) for column in REFERENCES if self.get(column)), "")
        return str(int(found)) if _WHOLE.fullmatch(found) else found.casefold()

    @property
    def name(self) -> str:
        """The name that stands beside the number; "" where there is none."""
        given = [self.get(column) for column in REFERENCES if self.get(column)]
        return given[1] if len(given) > 1 else ""


@dataclass
class Tables:
    """What the files hold. `facts` are what TOML files say of the whole, `file_of` says where each part was found."""

    items: list[Entry] = field(default_factory=list)
    key: list[Entry] = field(default_factory=list)
    scale: list[Entry] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    file_of: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def add(self, part: Part, entries: Sequence[Entry], file: str) -> None:
        """Take a part; a second file with it is a fault."""
        if part in self.file_of:
            self.faults.append(
                Fault(file, f"holds {PARTS[part]}, as {self.file_of[part]} does", "give each part in one file")
            )
            return
        self.file_of[part] = file
        getattr(self, part).extend(entries)

    def state(self, name: str, value: Any, file: str) -> None:
        """Take a fact; another file that says otherwise is a fault."""
        if name in self.facts and self.facts[name] != value:
            what = f"says {shown(value)}, and {self.file_of[name]} says {shown(self.facts[name])}"
            self.faults.append(Fault(f"{file}, {name}", what, "let them agree"))
            return
        self.facts[name] = value
        self.file_of[name] = file


def read_tables(paths: Sequence[str | Path]) -> Tables:
    """The parts in all files. A file that cannot be read at all is a fault beside the others."""
    tables = Tables()
    for path in map(Path, paths):
        try:
            _read_toml(path, tables) if path.suffix.lower() == ".toml" else _read_csv(path, tables)
        except InstrumentError as error:
            faults = [fault._replace(place=f"{path.name}, {fault.place}") for fault in error.faults]
            what, _, remedy = str(error).removeprefix(f"{path}: ").rpartition("; ")
            tables.faults += faults or [Fault(path.name, what, remedy)]
    return tables


def worded(columns: Mapping[str, str] | Sequence[str], base: str) -> Iterator[tuple[str, str]]:
    """The columns that word `base`, each with its language ("" for the default one): text, text_de."""
    for column in columns:
        language = column.removeprefix(f"{base}_")
        if column == base or (language != column and LANGUAGE_CODE.fullmatch(language)):
            yield column, "" if column == base else language


def _read_csv(path: Path, tables: Tables) -> None:
    columns, rows = read_rows(path, "a CSV table", fold=True)
    part = _part_of(columns)
    if part is None:
        expected = "; ".join(f"{name}: {what}" for name, what in PARTS.items())
        tables.faults.append(Fault(f"{path.name}, row 1", f"no part has the columns {', '.join(columns)}", expected))
        return
    _check_columns([column for column in columns if column], part, f"{path.name}, row 1", tables.faults)
    empty = dict.fromkeys(columns, "")
    entries = [Entry({**empty, **row.cells}, f"{path.name}, row {row.line}") for row in rows]
    tables.add(part, entries, path.name)
    if part == "items" and "value" in columns:
        tables.add("key", entries, path.name)


def _part_of(columns: Sequence[str]) -> Part | None:
    """What a table with these columns holds."""
    if any(column == "text" or column.startswith("text_") for column in columns):
        return "items"
    if "code" in columns or any(column == "label" or column.startswith("label_") for column in columns):
        return "scale"
    return "key" if "value" in columns else None


def _check_columns(columns: Sequence[str], part: Part, place: str, faults: list[Fault]) -> None:
    known = set(_COLUMNS[part])
    known |= {column for base in _WORDED[part] for column, _ in worded(columns, base)}
    for column in columns:
        if column not in known:
            remedy = did_you_mean(column, _COLUMNS[part], "columns")
            faults.append(Fault(place, f"there is no column {shown(column)} for {part}", remedy))


def _read_toml(path: Path, tables: Tables) -> None:
    data = parse_toml(read_text(path, "a TOML file"), str(path))
    for name in FACTS:
        if name in data:
            tables.state(name, data[name], path.name)
    for name in data:
        if name not in (*FACTS, *PARTS):
            tables.faults.append(Fault(f"{path.name}, {name}", "is not known", did_you_mean(name, (*FACTS, *PARTS))))
    found = [part for part in PARTS if part in data]
    if not found and not any(name in data for name in FACTS):
        tables.faults.append(Fault(path.name, "holds nothing", f"give it {', '.join(PARTS)}"))
    for part in found:
        entries = list(_entries(data[part], part, path.name, tables.faults))
        tables.add(part, entries, path.name)
        if part == "items" and any(entry.get("value") for entry in entries):
            tables.add("key", entries, path.name)


def _entries(value: Any, part: Part, file: str, faults: list[Fault]) -> Iterator[Entry]:
    """The entries of one table of a TOML file: a list of tables; a key may map value → numbers, a scale list labels."""
    place = f"{file}, {part}"
    if part == "scale":
        value = _labels_listed(value, place, faults)
    if part == "key" and isinstance(value, dict):
        for code, numbers in value.items():
            for number in numbers if isinstance(numbers, list) else [numbers]:
                at = f"{place}, {code}"
                yield Entry(_cells({"number": number, "value": code}, at, faults), at)
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
        for count, one in enumerate(value, start=1):
            at = f"{place}, no. {count}"
            cells = _cells(one, at, faults)
            _check_columns(list(cells), part, at, faults)
            yield Entry(cells, at)
    else:
        faults.append(Fault(place, f"found {shown(value)}", f"give a list of tables: [[{part}]]"))


def _labels_listed(value: Any, place: str, faults: list[Fault]) -> Any:
    """Labels in the order of their codes, of one language or by language, as a list of tables; others as they are."""
    lists = {"label": value} if isinstance(value, list) else value
    if isinstance(value, dict):
        lists = {f"label_{language}": labels for language, labels in value.items()}
    if not lists or not all(
        isinstance(one, list) and all(isinstance(label, str) for label in one) for one in lists.values()
    ):
        return value
    counts = {column: len(labels) for column, labels in lists.items()}
    if len(set(counts.values())) > 1:
        what = ", ".join(f"{n} in {column.removeprefix('label_')}" for column, n in counts.items())
        faults.append(
            Fault(place, f"the languages differ in the number of answers: {what}", "give each the same answers")
        )
    n_answers = max(counts.values())
    return [
        {"code": at + 1, **{column: labels[at] for column, labels in lists.items() if at < len(labels)}}
        for at in range(n_answers)
    ]


def _cells(data: Mapping[str, Any], place: str, faults: list[Fault], prefix: str = "") -> dict[str, str]:
    """A table of TOML as cells: `text = {de = "..."}` is the column text_de."""
    cells: dict[str, str] = {}
    for key, value in data.items():
        column = f"{prefix}{key}".casefold()
        match value:
            case bool():
                cells[column] = "yes" if value else "no"
            case str() | int() | float():
                cells[column] = str(value).strip()
            case dict() if not prefix:
                cells |= _cells(value, place, faults, f"{key}_")
            case _:
                faults.append(Fault(f"{place}, {column}", f"found {shown(value)}", "give a string or a number"))
    return cells
