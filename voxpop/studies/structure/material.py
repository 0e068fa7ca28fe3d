"""What every section works on: the answers of every cell as a matrix of keyed scores, by persona. Computes no measure.

A cell is a strategy asked in one way (`choices.Arm`); its records are read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.answer_lookup import make_lookup
from analysis.distributions import FloatArray, IntArray
from simulator.conditions import Condition, condition_from_json
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES
from surveys.instrument import Instrument
from surveys.values import VALUE_CODES, VALUE_POSITION
from voxpop.record_facts import recorded_conditions, recorded_instrument
from voxpop.studies.structure.choices import Arm, Choices
from voxpop.studies.structure.runs import Records

NO_ANCHOR = -1


@dataclass(frozen=True, eq=False)
class CellAnswers:
    """The answers of one cell, (n, n_items): `codes` are scores as given, `scores` keyed; NaN where there is no answer.

    numbers: (n,) of the respondents in the record. personas: (n,) ids, the same in every cell of a strategy. anchors:
    (n,) position of the persona's anchored value among the values measured, NO_ANCHOR where there is none. condition:
    its number in the record.
    """

    name: str
    strategy: str
    arm: Arm
    condition: int
    numbers: tuple[int, ...]
    personas: tuple[str, ...]
    anchors: IntArray
    codes: FloatArray
    scores: FloatArray
    statuses: dict[str, int]

    @property
    def n(self) -> int:
        """How many were asked."""
        return len(self.personas)


@dataclass(frozen=True, eq=False)
class Material:
    """Every cell in the order of the tables. items: ids of those asked; value_of_item: the value each measures."""

    choices: Choices
    records: Records
    items: tuple[str, ...]
    value_of_item: tuple[str, ...]
    cells: tuple[CellAnswers, ...]

    def record_of(self, cell: CellAnswers) -> Path:
        """The record that a cell's answers lie in."""
        return self.records.by_administration[cell.arm.administration]

    @property
    def n_per_cell(self) -> str:
        """How many stand behind a cell, in words."""
        sizes = sorted({cell.n for cell in self.cells})
        each = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
        return f"{each} respondents asked in each of {len(self.cells)} cells"


def gather(choices: Choices, records: Records) -> Material:
    """Read the records."""
    cells: list[CellAnswers] = []
    items: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    for administration, record in records.by_administration.items():
        with Reader(record) as reader:
            instrument = recorded_instrument(reader)
            places = [
                place
                for place, item in enumerate(instrument.items)
                if item.dimensions[:1] and item.dimensions[0] in choices.values
            ]
            items = tuple(instrument.items[place].id for place in places)
            keys = tuple(instrument.items[place].dimensions[0] for place in places)
            cells += _cells(reader, instrument, places, administration, choices)
    order = {name: place for place, name in enumerate(choices.strategies)}
    cells.sort(key=lambda cell: order[cell.strategy])
    return Material(choices, records, items, keys, tuple(cells))


def _cells(
    reader: Reader, instrument: Instrument, places: Sequence[int], administration: str, choices: Choices
) -> Iterator[CellAnswers]:
    people = reader.respondent_columns()
    columns = reader.answer_columns(("respondent", "item", "status", "code"))
    codes, scores = (table[:, places] for table in _scores(instrument, columns, people["number"]))
    # Anchors are of the 19 values; some codes of the ten are the same and mean something wider.
    anchor_of = VALUE_POSITION if choices.values == VALUE_CODES else {}
    anchors = np.array([anchor_of.get(str(row.attributes.get("anchor")), NO_ANCHOR) for row in reader.respondents()])
    status_of = np.searchsorted(people["number"], columns["respondent"])
    for row in recorded_conditions(reader):
        condition = condition_from_json(row.settings)
        chosen = people["condition"] == row.id
        arm = _arm(condition, administration)
        counts = np.bincount(columns["status"][chosen[status_of]].astype(np.int64), minlength=len(ANSWER_STATUSES))
        yield CellAnswers(
            name=cell_name(condition.population, arm, choices.arms),
            strategy=condition.population,
            arm=arm,
            condition=row.id,
            numbers=tuple(people["number"][chosen].tolist()),
            personas=tuple(str(name) for name in people["persona_id"][chosen]),
            anchors=np.asarray(anchors[chosen], dtype=np.int64),
            codes=codes[chosen],
            scores=scores[chosen],
            statuses={name: int(count) for name, count in zip(ANSWER_STATUSES, counts, strict=True)},
        )


def _scores(
    instrument: Instrument, columns: dict[str, NDArray[np.float64]], numbers: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """(n_respondents, n_items) scores as given and keyed, NaN where nothing was answered."""
    lookup = make_lookup(instrument, set())
    answered = columns["status"] == ANSWER_STATUSES.index("answered")
    item = columns["item"][answered].astype(np.int64)
    row = np.searchsorted(numbers, columns["respondent"][answered])
    code = lookup.columns_of(columns["code"][answered])
    as_given, keyed = (np.full((len(numbers), len(instrument.items)), np.nan) for _ in range(2))
    as_given[row, item], keyed[row, item] = lookup.score[item, code], lookup.keyed_score[item, code]
    return as_given, keyed


def _arm(condition: Condition, administration: str) -> Arm:
    temperature = condition.settings.temperature
    return Arm(
        administration,
        float("nan") if temperature is None else float(temperature),
        condition.language,
        condition.option_order,
        condition.labels,
    )


def cell_name(strategy: str, arm: Arm, arms: Sequence[Arm]) -> str:
    """The cell in words: the strategy, then whatever the arms of the study differ in."""
    return ", ".join([strategy, *([way] if (way := way_name(arm, arms)) else [])])


def way_name(arm: Arm, arms: Sequence[Arm]) -> str:
    """How a cell is asked, in words: only that in which the arms of the study differ."""
    words = (arm.administration, f"T {arm.temperature:g}", arm.language, arm.option_order, arm.labels)
    differing = [len({one[place] for one in arms}) > 1 for place in range(len(words))]
    return " ".join(word for word, is_shown in zip(words, differing, strict=True) if is_shown)
