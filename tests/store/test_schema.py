"""The schema's description is complete and stands in the documentation."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from simulator.store.migrations import migrate
from simulator.store.schema import TABLES, schema_markdown

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "record.md"


def test_every_table_and_column_is_described_and_no_other() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'exchange_fts%'"
    names = [name for (name,) in connection.execute(select)]
    columns = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
    connection.close()
    assert {name: list(described) for name, (_, described) in TABLES.items()} == columns


def test_documentation_holds_the_schema() -> None:
    assert schema_markdown() in DOCS.read_text()
