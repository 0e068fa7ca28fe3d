"""The tables of a record as a test compares them, and waiting for a run in another process to get going."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def rows_of(record: Path, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables, sorted."""
    connection = sqlite3.connect(record)
    try:
        return {table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables}
    finally:
        connection.close()


def wait_for_answers(record: Path, n: int) -> None:
    """Return once the record holds so many answers; fails after half a minute."""
    for _ in range(1500):
        time.sleep(0.02)
        if record.exists():
            connection = sqlite3.connect(f"file:{record}?mode=ro", uri=True)
            try:
                if connection.execute("SELECT count(*) FROM answer").fetchone()[0] >= n:
                    return
            except sqlite3.OperationalError:
                continue
            finally:
                connection.close()
    raise AssertionError("the run never got going")
