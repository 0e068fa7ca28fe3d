"""Human references in the record: a reference with its cells, whole or not at all. Knows no item and no statistic."""

from __future__ import annotations

import json
import math
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from simulator.errors import StoreError
from simulator.store.cells import loaded_json, loaded_text, stored_json, stored_text, text_or_none
from simulator.store.codec import Stored
from simulator.store.creation import insert_into
from simulator.store.faults import refusal
from simulator.store.records import ReferenceCellRow, ReferenceRow

_REFERENCE, _CELL = insert_into("reference", 7), insert_into("reference_cell", 10)


class StoredReference(NamedTuple):
    """A reference as its two tables have it."""

    head: Stored
    cells: tuple[Stored, ...]


def stored_reference(row: ReferenceRow) -> StoredReference:
    """As tables `reference` and `reference_cell` have it; ValueError for numbers that are none (nan, inf)."""
    id = stored_text(row.id)
    head = (id, stored_text(row.title), stored_text(row.source), row.year, stored_text(row.licence))
    cells = [(id, number, *_stored_cell(cell)) for number, cell in enumerate(row.cells)]
    return StoredReference((*head, int(row.is_weighted), stored_json(list(row.notes))), tuple(cells))


def _stored_cell(row: ReferenceCellRow) -> Stored:
    return (
        stored_text(row.item),
        stored_text(row.country),
        stored_text(row.group),
        stored_json({str(code): share for code, share in row.shares.items()}),
        _number(row.n),
        _number(row.n_missing),
        int(row.is_multiple),
        stored_text(row.note) if row.note else None,
    )


def _number(number: float | None) -> float | None:
    """A column of numbers has no NaN: SQLite would make it NULL, which means something else."""
    if number is not None and math.isnan(number):
        raise ValueError("a number of people is nan")
    return None if number is None else float(number)


def loaded_cell(stored: Stored) -> ReferenceCellRow:
    """As `_stored_cell` stored it, without reference and number."""
    item, country, group, shares, n, n_missing, is_multiple, note = stored
    return ReferenceCellRow(
        item=loaded_text(item),
        country=loaded_text(country),
        group=loaded_text(group),
        shares={int(code): share for code, share in json.loads(shares).items()},
        n=n,
        n_missing=n_missing,
        is_multiple=bool(is_multiple),
        note=text_or_none(note) or "",
    )


def add_reference(connection: sqlite3.Connection, path: Path, stored: StoredReference) -> None:
    """Write the reference inside the open transaction; an equal one that is there is left alone.

    Raises StoreError, with nothing written, if one of that id is there with other content.
    """
    (id, *_), cells = stored
    found = connection.execute("SELECT * FROM reference WHERE id = ?", (id,)).fetchone()
    if found is not None:
        there = connection.execute("SELECT * FROM reference_cell WHERE reference = ? ORDER BY number", (id,)).fetchall()
        if found != stored.head or tuple(there) != cells:
            raise StoreError(
                f"{path}: reference {loaded_text(id)!r} is recorded with other content, and a record is only added to; "
                "give the new one another id"
            )
        return
    connection.execute("SAVEPOINT reference")
    try:
        connection.execute(_REFERENCE, stored.head)
        connection.executemany(_CELL, cells)
    except sqlite3.IntegrityError as error:
        connection.execute("ROLLBACK TO reference")
        raise refusal(path, f"reference {loaded_text(id)!r}", error) from error
    finally:
        connection.execute("RELEASE reference")


def load_references(connection: sqlite3.Connection) -> list[ReferenceRow]:
    """All references in the order of their adding."""
    heads = connection.execute("SELECT * FROM reference ORDER BY rowid").fetchall()
    return [_loaded(head, connection) for head in heads]


def _loaded(head: tuple[Any, ...], connection: sqlite3.Connection) -> ReferenceRow:
    id, title, source, year, licence, is_weighted, notes = head
    select = "SELECT * FROM reference_cell WHERE reference = ? ORDER BY number"
    return ReferenceRow(
        id=loaded_text(id),
        title=loaded_text(title),
        source=loaded_text(source),
        cells=tuple(loaded_cell(cell[2:]) for cell in connection.execute(select, (id,))),
        year=year,
        licence=loaded_text(licence),
        is_weighted=bool(is_weighted),
        notes=tuple(loaded_json(notes)),
    )
