"""Cells of an item table as values: lists, coded lists, flags, skip rules. Knows one row at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from simulator.errors import Fault
from surveys.fields import shown

_CODED = re.compile(r"\s*(-?\d{1,9})\s*=(.*)", re.DOTALL)
_RANGE = re.compile(r"\s*(-?\d{1,9})\s*\.\.\s*(-?\d{1,9})\s*")
_RULE = re.compile(r"\s*([^\s=!]+)\s*(!?=)\s*(-?\d{1,9}(?:\s*\|\s*-?\d{1,9})*)\s*")
_TRUE = ("true", "yes", "1", "x")
_FALSE = ("false", "no", "0")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: stripped cells by column, and the line of the file it begins on."""

    cells: dict[str, str]
    line: int

    def get(self, column: str) -> str:
        """The cell, empty where the column or the cell is absent."""
        return self.cells.get(column, "")

    def at(self, column: str) -> str:
        """The place of a cell for messages."""
        return f"row {self.line}, column {column}"

    def texts(self, column: str, language: str) -> dict[str, str]:
        """The wording in `column` and in its language columns (`text`, `text_de`), filled cells only."""
        found = {language: self.get(column)}
        for name in self.cells:
            if name.startswith(f"{column}_"):
                found[name.removeprefix(f"{column}_")] = self.get(name)
        return {code: text for code, text in found.items() if text}


def parts(cell: str, separator: str) -> list[str]:
    """The stripped parts of a cell; a separator after a backslash belongs to its part."""
    found = re.split(rf"(?<!\\){re.escape(separator)}", cell) if cell else []
    return [part.replace(f"\\{separator}", separator).strip() for part in found]


def options_cell(row: Row, column: str, faults: list[Fault]) -> list[tuple[int, str]]:
    """Options "1=Yes|2=No", "Yes|No" (numbered from 1) or "1..10" as (code, text)."""
    cell = row.get(column)
    scale = _RANGE.fullmatch(cell)
    if scale:
        low, high = int(scale[1]), int(scale[2])
        if low < high <= low + 1000:
            return [(code, str(code)) for code in range(low, high + 1)]
        faults.append(Fault(row.at(column), f"the codes run from {low} to {high}", "let the first be below the last"))
        return []
    found = parts(cell, "|")
    coded = [_CODED.fullmatch(part) for part in found]
    if any(match is None for match in coded) and any(coded):
        plain = next(part for part, match in zip(found, coded, strict=True) if match is None)
        what = f"{shown(plain)} has no code while others have one"
        faults.append(Fault(row.at(column), what, 'write every option as CODE=TEXT: "1=Yes|2=No"'))
        return []
    return [
        (place, part) if match is None else (int(match[1]), match[2].strip())
        for place, (part, match) in enumerate(zip(found, coded, strict=True), start=1)
    ]


def pairs_cell(row: Row, column: str, faults: list[Fault], *, number: bool) -> list[tuple[int, Any]]:
    """A coded list such as "1=supports|2=opposes" (with `number`: "1=5|2=3.5") as (code, value)."""
    found: list[tuple[int, Any]] = []
    for part in parts(row.get(column), "|"):
        match = _CODED.fullmatch(part)
        value: Any = match[2].strip() if match else ""
        if number:
            try:
                value = float(value)
            except ValueError:
                match = None
        if match is None:
            example = "1=5|2=3.5" if number else "1=supports|2=opposes" if column == "stances" else "9=dont_know"
            faults.append(Fault(row.at(column), f"cannot read {shown(part)}", f'write it as "{example}"'))
        else:
            found.append((int(match[1]), value))
    return found


def flag_cell(row: Row, column: str, faults: list[Fault]) -> bool:
    """True or false."""
    word = row.get(column).casefold()
    if word not in _TRUE + _FALSE:
        remedy = f"write one of {', '.join(_TRUE + _FALSE)}"
        faults.append(Fault(row.at(column), f"found {shown(row.get(column))}", remedy))
    return word in _TRUE


def whole_cell(row: Row, column: str, faults: list[Fault]) -> int | None:
    """A whole number; None where the cell is empty or faulty."""
    cell = row.get(column)
    if not cell:
        return None
    if not re.fullmatch(r"-?\d{1,9}", cell):
        faults.append(Fault(row.at(column), f"found {shown(cell)}", "give a whole number"))
        return None
    return int(cell)


def rules_cell(row: Row, faults: list[Fault]) -> list[dict[str, Any]]:
    """Skip rules such as "q1=1|2; q2!=3" as a survey file holds them."""
    rules = []
    for part in parts(row.get("show_if"), ";"):
        match = _RULE.fullmatch(part)
        if match is None:
            faults.append(Fault(row.at("show_if"), f"cannot read {shown(part)}", 'write it as "q1=1|2" or "q1!=3"'))
            continue
        codes = [int(code) for code in match[3].split("|")]
        rules.append({"item": match[1], "codes": codes, "negate": match[2] == "!="})
    return rules
