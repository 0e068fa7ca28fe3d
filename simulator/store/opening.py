"""What lies at a path: a record of ours that this voxpop can read, or what else, and what to do about it.

Knows the header and the version of a record, not its rows.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from simulator.errors import StoreCorrupt, StoreError, StoreFull, StoreNewer
from simulator.store.faults import damaged, store_error, translated
from simulator.store.migrations import APPLICATION_ID, MIGRATIONS, Migration

_MAGIC = b"SQLite format 3\x00"


def check_file(path: Path) -> None:
    """Raise StoreError or StoreCorrupt, saying what is there instead, unless `path` is a readable SQLite file."""
    try:
        if path.is_dir():
            raise StoreCorrupt(f"{path}: this is a folder, not a record; name the .sqlite file inside it")
        if not path.exists():
            raise StoreError(f"{path}: there is no record here; check the name")
        if not path.is_file():
            raise StoreCorrupt(f"{path}: this is no ordinary file; name a record's .sqlite file")
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except PermissionError as error:
        raise StoreCorrupt(f"{path}: the record may not be read; ask its owner for leave, or for a copy") from error
    except OSError as error:
        raise store_error(error, path) from error
    if not start:
        raise StoreCorrupt(f"{path}: the file is empty; it is no voxpop record, or its copy was cut off")
    if start != _MAGIC:
        raise StoreCorrupt(f"{path}: this is no SQLite database, so no voxpop record; name a record's .sqlite file")


def record_version(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The version of the record: StoreNewer if this voxpop does not know it, StoreCorrupt if it is not one of ours."""
    with translated(path):
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if application_id != APPLICATION_ID:
        raise StoreCorrupt(f"{path}: this SQLite database is no voxpop record; name a record's .sqlite file")
    known = migrations[-1].number
    if version > known:
        raise StoreNewer(
            f"{path}: written by voxpop record version {version}, this voxpop knows up to {known}; upgrade voxpop"
        )
    missing = {"migration", "run", "exchange", "answer"} - tables
    if missing:
        raise damaged(path, f"table {', '.join(sorted(missing))} is missing")
    return version


def read_only(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """A connection that can only read the record at `path`, checked to be one; the caller closes it."""
    path = path.resolve()
    check_file(path)
    connection = _connect_read_only(path)
    try:
        version = record_version(connection, path, migrations)
    except StoreError:
        connection.close()
        raise
    if version < migrations[-1].number:
        connection.close()
        raise StoreError(
            f"{path}: written by voxpop record version {version}, this voxpop reads version {migrations[-1].number}; "
            "resume the run once, which upgrades its record"
        )
    return connection


def _connect_read_only(path: Path) -> sqlite3.Connection:
    """Read-only, also where SQLite may not create its helper files, or has no room for them, and nobody is writing."""
    uri = path.as_uri() + "?mode=ro"
    with translated(path):
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK:
                _take_back_half_a_transaction(path)
            elif isinstance(store_error(error, path), StoreFull):
                return _connect_without_shared_memory(path)
            elif os.access(path.parent, os.W_OK) or path.with_name(path.name + "-wal").exists():
                raise
            else:
                uri += "&immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    return connection


def _connect_without_shared_memory(path: Path) -> sqlite3.Connection:
    """What a writer left in its log when the disk was full can be read by one connection alone: its index of the log is
    then kept on the heap (https://www.sqlite.org/wal.html#noshm).
    """
    connection = sqlite3.connect(path.as_uri() + "?mode=rw", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA query_only = 1")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _take_back_half_a_transaction(path: Path) -> None:
    """What a process killed during a migration left behind; SQLite does it on the first reading that may write."""
    connection = sqlite3.connect(path.as_uri() + "?mode=rw", uri=True, isolation_level=None)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    finally:
        connection.close()
