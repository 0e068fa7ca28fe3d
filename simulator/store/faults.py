"""What SQLite and the file system say, as voxpop's errors: the one place where they are translated.

Knows no table. A programming error of ours (`sqlite3.ProgrammingError`) is not translated: it is a bug.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from simulator.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull

PROBE_BYTES = 1 << 20
"""SQLite reports some writes to a full disk as an input/output error; with less room than this they count as full."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# SQLITE_ERROR: a statement of ours does not fit the tables found, so they are not the tables that were made.
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR)

_BUSY = (StoreBusy, "another program holds the record; close it, then try again")
_FORBIDDEN = (StoreError, "the record may not be written to; check the permissions of the file and its folder")
_BY_CODE: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _FORBIDDEN,
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_CANTOPEN: (StoreCorrupt, "check the permissions of the file and its folder"),
}


def _has_no_room(path: Path) -> bool:
    """Whether a nameless file beside `path` cannot grow on from where the record ends: disk, quota or size limit."""
    try:
        ends = [file.stat().st_size for file in path.parent.iterdir() if file.name.startswith(path.name)]
        with TemporaryFile(dir=path.parent, buffering=0) as probe:
            return os.pwrite(probe.fileno(), bytes(PROBE_BYTES), max(ends, default=0)) < PROBE_BYTES
    except OSError as error:
        return error.errno in _NO_ROOM


def full(path: Path) -> StoreFull:
    """There is no room left for `path`."""
    return StoreFull(
        f"{path}: no room left to write the record; what was recorded before is safe. Free some space (or raise the "
        f"quota or file-size limit), then {'resume the run' if path.exists() else 'start the run again'}"
    )


def damaged(path: Path, what: str) -> StoreCorrupt:
    """The record at `path` is damaged: `what` says how."""
    return StoreCorrupt(
        f"{path}: the record is damaged ({what}); restore it from a copy, "
        "or save what can be read with `sqlite3 FILE .recover`"
    )


def store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """The voxpop error for what went wrong with the record at `path`."""
    if isinstance(error, OSError):
        if error.errno in _NO_ROOM:
            return full(path)
        return StoreError(f"{path}: {error.strerror or error}; check that the folder exists and may be written to")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _has_no_room(path)):
        return full(path)
    if code in _DAMAGED:
        return damaged(path, str(error))
    kind, remedy = _BY_CODE.get(code, (StoreError, "nothing of it was written"))
    return kind(f"{path}: {error}; {remedy}")


def refusal(path: Path, what: str, error: sqlite3.IntegrityError) -> StoreError:
    """The voxpop error for a row that the tables of the record at `path` do not take; `what` names it."""
    if error.sqlite_errorcode in (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
        return StoreError(f"{path}: {what} is recorded already; it was not written again")
    return StoreError(f"{path}: {what} is incomplete ({error}); nothing of it was written")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What `translated` does; values inside that are not as they were written are raised as StoreCorrupt."""
    try:
        with translated(path):
            yield
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise damaged(path, f"a value in it is not as it was written: {error}") from error


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite and the file system inside, raised as StoreError and its kinds."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise store_error(error, path) from error
    except UnicodeDecodeError as error:  # a message of SQLite that quotes damaged bytes
        raise damaged(path, "names in it are not text") from error
