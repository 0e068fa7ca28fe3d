"""One time that somebody writes to a record: its row in table `session`, and what is left to do at its end.

The only place of the store with a wall clock. Knows no row of an interview.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from simulator.store.cells import StoredText, stored_text

CACHE_KIBIBYTES = 16_384


def connect(path: Path) -> sqlite3.Connection:
    """A connection to write with; transactions are begun and committed by hand, and a commit waits for the disk."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    return connection


class Session:
    """The row of this writer; its word index and its file are put in order when it ends."""

    def __init__(self, connection: sqlite3.Connection, kind: str, version: str) -> None:
        self._connection = connection
        last = connection.execute("SELECT id, is_searchable FROM session ORDER BY id DESC LIMIT 1").fetchone()
        number, is_searchable = (0, 0) if last is None else last
        self.id: int = number + 1
        connection.execute(
            "INSERT INTO session (id, kind, version, started_at, is_searchable) VALUES (?, ?, ?, ?, ?)",
            (self.id, kind, version, _now(), is_searchable),
        )

    def note_changes(self, changes: StoredText) -> None:
        """What this session does otherwise than the spec says, as stored JSON."""
        self._connection.execute("UPDATE session SET changes = ? WHERE id = ?", (changes, self.id))

    def note_new_completions(self) -> None:
        """From here on the word index lags behind; belongs into the transaction that makes it so."""
        self._connection.execute("UPDATE session SET is_searchable = 0 WHERE id = ?", (self.id,))

    def end(self, outcome: str, detail: str | None = None) -> None:
        """Note when, how and why the session ended."""
        self._connection.execute(
            "UPDATE session SET ended_at = ?, outcome = ?, detail = ? WHERE id = ?",
            (_now(), outcome, None if detail is None else stored_text(detail), self.id),
        )

    def index_completions(self) -> None:
        """Bring the word index up to date, if it is not."""
        execute = self._connection.execute
        if execute("SELECT is_searchable FROM session WHERE id = ?", (self.id,)).fetchone()[0]:
            return
        execute("BEGIN IMMEDIATE")
        try:
            execute("INSERT INTO exchange_fts (exchange_fts) VALUES ('rebuild')")
            execute("UPDATE session SET is_searchable = 1 WHERE id = ?", (self.id,))
            execute("COMMIT")
        except sqlite3.OperationalError:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def leave_one_file(self) -> None:
        """Fold the write-ahead log into the file, so that it can be copied; not while somebody is reading."""
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._connection.execute("PRAGMA journal_mode = DELETE")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
