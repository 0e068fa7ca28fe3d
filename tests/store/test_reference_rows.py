"""Human references in the record: back as they were, whole or not at all, never another under the same id."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import strategies_store as rows
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_store import fill_plain, plain_writer

from simulator.errors import StoreError
from simulator.store.migrations import MIGRATIONS, migrate
from simulator.store.reader import Reader
from simulator.store.records import ReferenceCellRow, ReferenceRow
from simulator.store.writer import Writer

CELLS = (
    ReferenceCellRow("q1", "US", "all", {1: 0.75, 2: 0.25}, 400, 12),
    ReferenceCellRow("q2", "", "sex=female", {1: 0.8, 2: 0.6}, is_multiple=True, note="as printed"),
)
ROW = ReferenceRow("wvs7", "WVS", "Haerpfer et al.", CELLS, 2018, "non-commercial", True, ("a note",))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record.sqlite"
    with plain_writer(path) as writer:
        fill_plain(writer, 1, 1)
    return path


def count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    (n,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(n)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows.references, max_size=3, unique_by=lambda row: row.id))
def test_references_survive_the_record(given_rows: list[ReferenceRow]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite"
        with plain_writer(path) as writer:
            for row in given_rows:
                writer.append_reference(row)
        with Reader(path) as reader:
            found = reader.references()
    assert found == given_rows
    assert [[list(cell.shares) for cell in row.cells] for row in found] == [
        [list(cell.shares) for cell in row.cells] for row in given_rows
    ]


def test_the_same_reference_again_is_left_alone_and_another_is_refused(record: Path) -> None:
    with Writer.open(record, kind="reference") as writer:
        writer.append_reference(ROW)
        writer.append_reference(ROW)
        for other in (
            replace(ROW, title="World Values Survey"),
            replace(ROW, cells=CELLS[:1]),
            replace(ROW, cells=(replace(CELLS[0], n=401), CELLS[1])),
        ):
            with pytest.raises(StoreError, match="reference 'wvs7' is recorded with other content"):
                writer.append_reference(other)
        writer.append_reference(replace(ROW, id="wvs7-2"))
    with Reader(record) as reader:
        assert reader.references() == [ROW, replace(ROW, id="wvs7-2")]
        assert [session.kind for session in reader.sessions()] == ["run", "reference"]


def test_a_reader_sees_it_as_soon_as_it_is_added(record: Path) -> None:
    with Writer.open(record, kind="reference", flush_turns=1000, flush_seconds=1000) as writer:
        writer.append_reference(ROW)
        with Reader(record) as reader:
            assert reader.references() == [ROW]


@pytest.mark.parametrize(
    "cell", [replace(CELLS[0], n=float("nan")), replace(CELLS[0], shares={1: float("inf")})], ids=["n", "share"]
)
def test_what_is_no_number_is_refused_whole(record: Path, cell: ReferenceCellRow) -> None:
    with Writer.open(record, kind="reference") as writer:
        with pytest.raises(StoreError, match="cannot be stored"):
            writer.append_reference(replace(ROW, cells=(CELLS[0], cell)))
        writer.append_reference(ROW)
    assert (count(record, "reference"), count(record, "reference_cell")) == (1, 2)


def test_a_cell_that_the_tables_do_not_take_leaves_no_reference(record: Path) -> None:
    connection = sqlite3.connect(record)
    connection.execute("CREATE UNIQUE INDEX one_item ON reference_cell (item)")
    connection.close()
    with Writer.open(record, kind="reference") as writer:
        with pytest.raises(StoreError, match="reference 'wvs7' is recorded already"):
            writer.append_reference(replace(ROW, cells=(CELLS[0], CELLS[0])))
        writer.append_reference(replace(ROW, id="other"))
    with Reader(record) as reader:
        assert [row.id for row in reader.references()] == ["other"]


def test_a_record_of_the_third_version_gets_the_tables_and_keeps_its_rows(tmp_path: Path) -> None:
    new, path = tmp_path / "new.sqlite", tmp_path / "record.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, MIGRATIONS[:3])
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    with plain_writer(new) as writer:
        fill_plain(writer, 1, 1)
    connection.execute("ATTACH ? AS new", (str(new),))
    for table in ("run", "condition", "item", "respondent", "exchange", "answer", "interview", "session"):
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
        connection.execute(f"INSERT INTO main.{table} SELECT {columns} FROM new.{table}")
    connection.close()
    with pytest.raises(StoreError, match="written by voxpop record version 3"):
        Reader(path)
    with Writer.open(path, kind="reference") as writer:
        writer.append_reference(ROW)
    with Reader(path) as reader, Reader(new) as other:
        assert reader.references() == [ROW]
        assert list(reader.answers()) == list(other.answers()) != []
