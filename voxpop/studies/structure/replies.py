"""How the lists of batteries came back: whole at once or in parts, and what was wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from analysis.report_cells import Column
from analysis.report_tables import Table
from simulator.battery_reply import FAULTS, BatteryEntry, read_battery
from simulator.conditions import Condition
from simulator.presentation import shown_options
from simulator.store.reader import Reader
from simulator.store.records import ExchangeRow, respondent_name
from surveys.instrument import Instrument
from voxpop.record_facts import recorded_condition, recorded_instrument
from voxpop.studies.structure.material import CellAnswers
from voxpop.studies.structure.measured import Measured

_LINE = re.compile(r"(\d{1,4})\. (\w{1,6})")


class ListCounts(NamedTuple):
    """The lists of one cell: respondents whose first list was whole, calls, lists asked again, faults by kind."""

    n_whole: int
    n_calls: int
    n_asked_again: int
    faults: Counter[str]


def battery_table(found: Measured) -> Table | None:
    """How lists came back, cell by cell; None where no battery was put."""
    cells = [one.cell for one in found.cells if one.cell.arm.administration == "battery"]
    if not cells:
        return None
    counted = [count_lists(found, cell) for cell in cells]
    kinds = [kind for kind in FAULTS if any(counts.faults[kind] for counts in counted)]
    rows = [
        (
            cell.name,
            cell.n,
            counts.n_whole,
            counts.n_calls,
            counts.n_asked_again,
            cell.statuses["unparsed"],
            *(counts.faults[kind] for kind in kinds),
        )
        for cell, counts in zip(cells, counted, strict=True)
    ]
    columns = (
        Column("cell"),
        Column("asked"),
        Column("whole", "whole at once"),
        Column("calls", "lists put"),
        Column("asked_again", "of them again"),
        Column("unparsed", "items left unread"),
        *(Column(f"fault_{kind}", kind.replace("_", " ")) for kind in kinds),
    )
    note = (
        "An item that cannot be read alone is put again with its number; what was read stays. Faults are counted in "
        "all lists, by kind (docs/protocols.md); where a list has none of a kind, the kind is not shown."
    )
    return Table("battery-replies", "How the lists of the batteries came back", columns, rows, note)


def count_lists(found: Measured, cell: CellAnswers) -> ListCounts:
    """The lists of a cell, read again as they were read when they came."""
    faults: Counter[str] = Counter()
    n_whole = n_calls = n_asked_again = 0
    with Reader(found.material.record_of(cell)) as reader:
        shown = _Shown(recorded_instrument(reader), recorded_condition(reader, cell.condition), reader.run().seed)
        for number in cell.numbers:
            lists = [row for row in reader.exchanges(number) if row.listed and row.completion is not None]
            n_calls += len(lists)
            n_asked_again += sum(row.try_number > 0 for row in lists)
            n_whole += not any(row.try_number for row in lists)
            for row in lists:
                faults.update(shown.faults(row))
    return ListCounts(n_whole, n_calls, n_asked_again, faults)


class _Shown(NamedTuple):
    """What the lists of one cell showed, to read their replies by."""

    instrument: Instrument
    condition: Condition
    seed: int

    def faults(self, row: ExchangeRow) -> Mapping[str, int]:
        """What was wrong with a reply."""
        items = [self.instrument.items[one.item] for one in row.listed]
        respondent, text = respondent_name(row.respondent), row.completion or ""
        options = [shown_options(item, self.condition, self.seed, respondent, self.instrument) for item in items]
        lines = [_LINE.fullmatch(line) for line in text.split("\n")]
        plain = [(int(line[1]), line[2]) for line in lines if line]
        labels = [{option.label for option in offered} for offered in options]
        if len(plain) == len(lines) == len(items) and all(
            number == one.number and label in offered
            for (number, label), one, offered in zip(plain, row.listed, labels, strict=True)
        ):
            return {}  # as asked for, line by line: reading it takes a hundred times as long and finds nothing
        entries = [
            BatteryEntry(one.number, item.id, offered, item.format.value, item.max_picks)
            for one, item, offered in zip(row.listed, items, options, strict=True)
        ]
        reading = read_battery(text, entries, self.condition.language, self.condition.answer_format)
        return reading.faults
