"""Answers as columns: numpy arrays for counting and averaging over millions of them. Knows no text of an option."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.store.cells import loaded_text
from simulator.store.records import ANSWER_STATUSES, EXCHANGES_PER_RESPONDENT

Columns = dict[str, NDArray[Any]]

_STATUS_INDEX = " ".join(f"WHEN '{name}' THEN {index}" for index, name in enumerate(ANSWER_STATUSES))

_STORED: Mapping[str, tuple[str, Any]] = {
    "exchange": ("exchange", np.float64),
    "status": (f"CASE status {_STATUS_INDEX} END", np.int8),
    "code": ("code", np.float64),
    "codes": ("codes", object),
    "text": ("text", object),
    "reason": ("reason", object),
    "probabilities": ("probabilities", object),
    "option_mass": ("option_mass", np.float64),
    "truncated": ("truncated", object),
}
"""Column → what is selected, and its numpy type; NULL is nan in a float column and None in an object column."""

_FROM_ID: Mapping[str, Any] = {"respondent": np.int64, "item": np.int32}
_OF_RESPONDENT: Mapping[str, Any] = {"condition": np.int32, "weight": np.float64}
_ROWS_AT_A_TIME = 5_000


def respondent_columns(connection: sqlite3.Connection) -> Columns:
    """All respondents by number: number, condition (integers), weight, memory_length (floats, nan = unbounded),
    strategy, persona_id (objects), settings (JSON as stored, None where nothing was drawn).
    """
    names = "number, condition, weight, strategy, persona_id, memory_length, settings"
    columns = list(zip(*connection.execute(f"SELECT {names} FROM respondent ORDER BY number"), strict=True)) or [()] * 7
    return {
        "number": np.array(columns[0], np.int64),
        "condition": np.array(columns[1], np.int32),
        "weight": np.array(columns[2], np.float64),
        "strategy": _array([loaded_text(text) for text in columns[3]], object),
        "persona_id": _array([loaded_text(text) for text in columns[4]], object),
        "memory_length": np.array(columns[5], np.float64),
        "settings": _array(columns[6], object),
    }


def column_batches(connection: sqlite3.Connection, columns: Sequence[str], size: int) -> Iterator[Columns]:
    """The columns of all answers in the order of respondents and items, `size` answers at a time."""
    respondents = respondent_columns(connection) if set(columns) & set(_OF_RESPONDENT) else None
    stored = [name for name in columns if name in _STORED]
    select = ", ".join(["id", *(_STORED[name][0] for name in stored)])
    cursor = connection.execute(f"SELECT {select} FROM answer ORDER BY id")
    while batch := list(_arrays(cursor, stored, size)):
        joint = {name: np.concatenate([part[name] for part in batch]) for name in ("id", *stored)}
        respondent, item = np.divmod(joint["id"], EXCHANGES_PER_RESPONDENT)
        joint |= {"respondent": respondent, "item": item.astype(np.int32)}
        if respondents is not None:
            # Every answer's respondent is recorded: the writer commits them together.
            place = np.searchsorted(respondents["number"], respondent)
            joint |= {name: respondents[name][place] for name in _OF_RESPONDENT}
        yield {name: joint[name] for name in columns}


def _arrays(cursor: sqlite3.Cursor, stored: Sequence[str], size: int) -> Iterator[Columns]:
    """Up to `size` rows as arrays of few rows each: fewer Python objects alive at a time halve the time it takes."""
    while size > 0 and (rows := cursor.fetchmany(min(size, _ROWS_AT_A_TIME))):
        size -= len(rows)
        ids, *values = zip(*rows, strict=True)
        arrays = {name: _array(column, _STORED[name][1]) for name, column in zip(stored, values, strict=True)}
        yield {"id": np.array(ids, np.int64), **arrays}


def joined(batches: Iterable[Columns], columns: Sequence[str]) -> Columns:
    """All batches as one."""
    kinds = {name: kind for name, (_, kind) in _STORED.items()} | {**_FROM_ID, **_OF_RESPONDENT}
    parts = [{name: np.empty(0, dtype=kinds[name]) for name in columns}, *batches]
    return {name: np.concatenate([part[name] for part in parts]) for name in columns}


def _array(values: Sequence[Any], kind: Any) -> NDArray[Any]:
    if kind is not object:
        return np.array(values, dtype=kind)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
