"""A new record with its design: put together beside its place, and moved there when it is whole. Knows no writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from simulator.errors import RunSpecError, StoreError
from simulator.store import codec
from simulator.store.faults import translated
from simulator.store.migrations import migrate
from simulator.store.records import ConditionRow, ItemRow, RunRow


def insert_into(table: str, n_columns: int) -> str:
    """The statement that adds one row of `n_columns` values to `table`."""
    return f"INSERT INTO {table} VALUES ({','.join('?' * n_columns)})"


def create_record(path: Path, run: RunRow, conditions: Sequence[ConditionRow], items: Sequence[ItemRow]) -> None:
    """A record at `path` that holds its design and no interview; whoever calls holds the record's lock.

    Raises StoreError if something is there already, StoreFull if there is no room, RunSpecError for a seed that does
    not fit into 64 bits.
    """
    if path.exists():
        raise StoreError(f"{path}: there is a record already; resume that run, or give the new one another name")
    if not -(1 << 63) <= run.seed < 1 << 63:
        raise RunSpecError(f"seed = {run.seed} does not fit into 64 bits; choose a smaller seed")
    draft = path.with_name(path.name + ".draft")
    with translated(path):
        draft.unlink(missing_ok=True)
        try:
            _fill(draft, run, conditions, items)
            draft.rename(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _fill(draft: Path, run: RunRow, conditions: Sequence[ConditionRow], items: Sequence[ItemRow]) -> None:
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        migrate(connection)
        connection.execute("BEGIN")
        connection.execute(insert_into("run", 8), codec.stored_run(run))
        connection.executemany(insert_into("condition", 2), map(codec.stored_condition, conditions))
        connection.executemany(insert_into("item", 4), map(codec.stored_item, items))
        connection.execute("COMMIT")
    finally:
        connection.close()
