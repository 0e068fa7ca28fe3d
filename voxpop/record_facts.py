"""The facts of a run out of its record, checked to be what voxpop writes: survey, arms, engine.

Knows the record, no design, graph or terminal. A fact that cannot be read makes the record a damaged one.
"""

from __future__ import annotations

from typing import Any

from simulator.conditions import Condition, condition_from_json
from simulator.errors import InstrumentError
from simulator.store.faults import damaged
from simulator.store.reader import Reader
from simulator.store.records import ConditionRow
from surveys.instrument import Instrument
from surveys.serialize import instrument_from_json


def recorded_instrument(reader: Reader) -> Instrument:
    """The instrument as it was asked. Raises StoreCorrupt where the record does not hold one."""
    try:
        return instrument_from_json(reader.run().instrument)
    except InstrumentError as error:
        raise damaged(reader.path, "the survey in it cannot be read") from error


def recorded_conditions(reader: Reader) -> list[ConditionRow]:
    """The arms as recorded, each checked to be one. Raises StoreCorrupt."""
    rows = reader.conditions()
    for row in rows:
        _condition(reader, row)
    return rows


def _condition(reader: Reader, row: ConditionRow) -> Condition:
    try:
        return condition_from_json(row.settings)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(reader.path, f"condition {row.id} in it cannot be read") from error


def recorded_condition(reader: Reader, number: int) -> Condition:
    """The arm of this number. Raises StoreCorrupt."""
    for row in reader.conditions():
        if row.id == number:
            return _condition(reader, row)
    raise damaged(reader.path, f"condition {number} is missing")


def survey_and_engine(reader: Reader) -> tuple[str, dict[str, Any]]:
    """The survey's id, and the engine's name, model and capabilities. Raises StoreCorrupt."""
    run = reader.run()
    try:
        engine = run.manifest["engine"]
        return str(run.instrument["id"]), {"name": "", "model": "", **engine}
    except (KeyError, TypeError) as error:
        raise damaged(reader.path, "it does not say which survey and engine it is of") from error
