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


_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database; found beside another one it would be taken for that one's."""


def create_record(
    path: Path, run: RunRow, conditions: Sequence[ConditionRow], items: Sequence[ItemRow], *, replace: bool = False
) -> None:
    """A record at `path` that holds its design and no interview; whoever calls holds the record's lock.

    With `replace` it takes the place of what is there, once it is whole. Raises StoreError if something is there
    otherwise, StoreFull if there is no room, RunSpecError for a seed that does not fit into 64 bits.
    """
    if path.exists() and not replace:
        raise StoreError(f"{path}: there is a record already; resume that run, or give the new one another name")
    if not -(1 << 63) <= run.seed < 1 << 63:
        raise RunSpecError(f"seed = {run.seed} does not fit into 64 bits; choose a smaller seed")
    draft = path.with_name(path.name + ".draft")
    with translated(path):
        _remove(draft)
        try:
            _fill(draft, run, conditions, items)
            _remove(path)
            draft.rename(path)
        except BaseException:
            _remove(draft)
            raise


def _remove(path: Path) -> None:
    """The database first: what is left beside no database is known to be a leftover."""
    for suffix in ("", *_BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


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
