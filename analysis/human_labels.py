"""Labels that people gave to replies, from a CSV file, matched with what judges were asked about.

One row per label: respondent, item or exchange, criterion, label. A row that matches nothing is named and counted,
never dropped in silence. Several rows on one reply and criterion are several people: the majority stands, ties do not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from analysis.verdict_table import ABSTAIN, FAULT, PASS, Unit, VerdictTable, label_order, majority
from simulator.errors import RunSpecError

__all__ = ["HumanLabels", "LabelFault", "read_human_labels"]

NEEDED = ("respondent", "criterion", "label")
YES_NO = {"yes": PASS, "no": FAULT}
"""The question put to a judge is "is the reply free of this fault?"."""


class LabelFault(NamedTuple):
    """A row that could not be used: its line in the file, and why."""

    line: int
    what: str


class HumanLabels(NamedTuple):
    """labels: by unit; n_rows read, n_matched of them used, n_tied units without a majority; faults: rows not used."""

    labels: dict[Unit, str]
    n_rows: int
    n_matched: int
    n_tied: int
    faults: tuple[LabelFault, ...]


def read_human_labels(path: Path, table: VerdictTable, exchange_of: Mapping[tuple[int, str], int]) -> HumanLabels:
    """The labels in `path` on units that judges were asked about.

    Columns: respondent (r0042 or 42), item (its id) or exchange (its number), criterion, label (canonical; yes and no
    mean pass and fault). `exchange_of` maps (respondent number, item id) to the exchange that the answer was read from.
    Raises RunSpecError where the file cannot be read, lacks a column, or no row matches.
    """
    judged = set(table.units())
    votes: dict[Unit, list[str]] = {}
    faults = []
    n_rows = 0
    for line, row in _rows(path):
        n_rows += 1
        try:
            unit = _unit(row, table, judged, exchange_of)
            label = _label(row["label"], set(table.labels(unit.criterion)))
        except _Unmatched as why:
            faults.append(LabelFault(line, str(why)))
        else:
            votes.setdefault(unit, []).append(label)
    if not votes:
        first = f", the first because {faults[0].what} (line {faults[0].line})" if faults else ""
        raise RunSpecError(
            f"{path}: none of its {n_rows} rows matches a reply that was judged{first}; "
            "give respondent, item or exchange, criterion and label of judged replies"
        )
    decided = {unit: most for unit, given in votes.items() if (most := majority(given)) is not None}
    return HumanLabels(decided, n_rows, n_rows - len(faults), len(votes) - len(decided), tuple(faults))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
            lacking = [name for name in NEEDED if name not in names]
            if not {"item", "exchange"} & set(names):
                lacking.append("item or exchange")
            if lacking:
                had = ", ".join(names) or "none"
                raise RunSpecError(f"{path}: lacks the column {', '.join(lacking)}; it has {had}")
            reader.fieldnames = names
            for row in reader:
                yield reader.line_num, {name: (row.get(name) or "").strip() for name in names}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RunSpecError(f"{path}: cannot be read as a CSV file in UTF-8 ({error}); give a readable one") from error


class _Unmatched(Exception):
    """A row matches nothing that was judged; the message says why."""


def _unit(
    row: Mapping[str, str], table: VerdictTable, judged: set[Unit], exchange_of: Mapping[tuple[int, str], int]
) -> Unit:
    """The unit that a row labels."""
    name, item, exchange = row["respondent"], row.get("item", ""), row.get("exchange", "")
    respondent = _number(name.removeprefix("r"), f"respondent {name!r} is no respondent's name")
    if exchange:
        number = _number(exchange, f"exchange {exchange!r} is no number")
    elif (respondent, item) in exchange_of:
        number = exchange_of[respondent, item]
    else:
        raise _Unmatched(f"{name} has no answer to item {item!r}")
    if row["criterion"] not in table.criteria:
        raise _Unmatched(f"criterion {row['criterion']!r} was not judged; judged were {', '.join(table.criteria)}")
    unit = Unit(respondent, number, row["criterion"])
    if unit not in judged:
        raise _Unmatched(f"the reply of {name} to {item or f'exchange {number}'} was not judged by {unit.criterion}")
    return unit


def _number(text: str, problem: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise _Unmatched(problem)
    return int(text)


def _label(written: str, known: set[str]) -> str:
    """The canonical label that was meant, `known` being those that judges gave for this criterion."""
    label = written.casefold()
    if known <= {PASS, FAULT}:
        known, label = {PASS, FAULT}, YES_NO.get(label, label)
    if not label:
        raise _Unmatched("it has no label")
    # A stance may be one that no judge gave: any code will do.
    is_stance = known.isdisjoint({PASS, FAULT}) and (label.isdecimal() or label == ABSTAIN)
    if label not in known and not is_stance:
        raise _Unmatched(f"label {written!r} is none of {', '.join(label_order(known))}")
    return label
