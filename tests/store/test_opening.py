"""What lies at a path is named for what it is; a newer record is refused, an older one upgraded."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlite_utils import Database
from strategies_store import fill_plain, plain_writer

from simulator.errors import StoreCorrupt, StoreError, StoreNewer
from simulator.store.migrations import APPLICATION_ID, MIGRATIONS, Migration, migrate
from simulator.store.opening import read_only, record_version
from simulator.store.reader import Reader
from simulator.store.writer import Writer


def _add_table(db: Database) -> None:
    db.create_table("later", {"id": int}, pk="id")


NOW = MIGRATIONS[-1].number
LATER = (*MIGRATIONS, Migration(NOW + 1, "a later table", _add_table))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record.sqlite"
    with plain_writer(path) as writer:
        fill_plain(writer, 2, 3)
    return path


def both_refuse(path: Path, kind: type[StoreError], match: str) -> None:
    with pytest.raises(kind, match=match):
        Reader(path)
    with pytest.raises(kind, match=match):
        Writer.open(path)


def test_newer_record_is_refused_with_both_versions(record: Path) -> None:
    connection = sqlite3.connect(record, isolation_level=None)
    migrate(connection, LATER)
    connection.close()
    before = record.read_bytes()
    match = f"written by voxpop record version {NOW + 1}, this voxpop knows up to {NOW}; upgrade"
    both_refuse(record, StoreNewer, match)
    assert record.read_bytes() == before


def test_older_record_is_upgraded_in_place_and_keeps_its_rows(record: Path) -> None:
    match = f"record version {NOW}, this voxpop reads version {NOW + 1}; resume the run once"
    with pytest.raises(StoreError, match=match):
        read_only(record, LATER)
    connection = sqlite3.connect(record, isolation_level=None)
    migrate(connection, LATER)
    assert record_version(connection, record, LATER) == NOW + 1
    assert connection.execute("SELECT number, name FROM migration").fetchall() == [(m.number, m.name) for m in LATER]
    assert connection.execute("SELECT count(*) FROM answer").fetchone() == (6,)
    migrate(connection, LATER)
    connection.close()


def test_migration_that_fails_leaves_no_trace(record: Path) -> None:
    def fail_halfway(db: Database) -> None:
        _add_table(db)
        db.execute("INSERT INTO no_such_table VALUES (1)")

    connection = sqlite3.connect(record, isolation_level=None)
    before = list(connection.iterdump())
    with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
        migrate(connection, [*MIGRATIONS, Migration(NOW + 1, "broken", fail_halfway)])
    assert list(connection.iterdump()) == before
    assert connection.execute("PRAGMA user_version").fetchone() == (NOW,)
    connection.close()


def test_record_carries_our_application_id(record: Path) -> None:
    # Bytes 68..71 of the header: https://www.sqlite.org/fileformat2.html
    assert record.read_bytes()[68:72] == b"VxPp" == APPLICATION_ID.to_bytes(4, "big")


def test_missing_file(tmp_path: Path) -> None:
    both_refuse(tmp_path / "none.sqlite", StoreError, "there is no record here")
    assert list(tmp_path.iterdir()) == []


def test_folder(tmp_path: Path) -> None:
    both_refuse(tmp_path, StoreCorrupt, "this is a folder")


def test_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    both_refuse(tmp_path / "pipe", StoreCorrupt, "no ordinary file")


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    path.touch()
    both_refuse(path, StoreCorrupt, "the file is empty")


def test_text_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    both_refuse(path, StoreCorrupt, "no SQLite database")


def test_sqlite_database_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE answer (a)")
    connection.close()
    both_refuse(path, StoreCorrupt, "is no voxpop record")


def test_header_alone(record: Path) -> None:
    record.write_bytes(record.read_bytes()[:100])
    both_refuse(record, StoreCorrupt, "damaged")


def test_truncated_file(record: Path) -> None:
    record.write_bytes(record.read_bytes()[: record.stat().st_size // 2 // 4096 * 4096])
    both_refuse(record, StoreCorrupt, "damaged.*restore it from a copy")


def test_garbage_behind_a_good_header(record: Path) -> None:
    content = record.read_bytes()
    record.write_bytes(content[:100] + b"\xa5" * (len(content) - 100))
    both_refuse(record, StoreCorrupt, "damaged")


def test_damaged_page_of_answers_is_found_when_read(record: Path) -> None:
    connection = sqlite3.connect(record)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'answer'").fetchone()
    connection.close()
    content = bytearray(record.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    record.write_bytes(content)
    with Reader(record) as reader:
        assert len(reader.items()) == 3
        with pytest.raises(StoreCorrupt, match="damaged"):
            list(reader.answers())
        with pytest.raises(StoreCorrupt, match="damaged"):
            reader.answer_columns()
        with pytest.raises(StoreCorrupt, match="damaged"):
            reader.progress()


def test_missing_table(record: Path) -> None:
    with sqlite3.connect(record) as connection:
        connection.execute("DROP TABLE answer")
    connection.close()
    both_refuse(record, StoreCorrupt, "table answer is missing")


def test_unreadable_file_and_folder(record: Path) -> None:
    nobody = 65534
    was = os.geteuid()
    record.chmod(0)
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        hidden = Path(shutil.move(record, folder))
        if was == 0:
            os.seteuid(nobody)
        try:
            both_refuse(hidden, StoreCorrupt, "may not be read; ask its owner")
            os.seteuid(was)
            Path(folder).chmod(0)
            if was == 0:
                os.seteuid(nobody)
            both_refuse(hidden, StoreCorrupt, "may not be read; ask its owner")
        finally:
            os.seteuid(was)
            Path(folder).chmod(0o700)


def test_copied_file_is_enough(record: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(record, tmp_path / "elsewhere" / "copy.sqlite")
    with Reader(Path(copy)) as reader:
        assert reader.progress().n_answers == 6
    assert [path.name for path in Path(copy).parent.iterdir()] == ["copy.sqlite"]
    assert not record.with_name("record.sqlite-wal").exists()
    assert not record.with_name("record.sqlite.lock").exists()


def test_copy_of_a_file_in_write_ahead_mode(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    writer = plain_writer(path)
    fill_plain(writer, 2, 3)
    writer.flush()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    copy = Path(shutil.copy(path, tmp_path / "copy.sqlite"))
    writer.close()
    with Reader(copy) as reader:
        assert reader.progress().n_answers == 6


def test_reading_changes_nothing(record: Path) -> None:
    before = record.read_bytes()
    with Reader(record) as reader:
        reader.search("think")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM answer")
    assert record.read_bytes() == before


READ_WITHOUT_ROOM = """
import resource, signal, sys
from pathlib import Path
from simulator.store.reader import Reader
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
path = Path(sys.argv[1])
for _ in range(2):
    with Reader(path) as reader:
        print(reader.progress().n_answers)
"""


def test_what_a_killed_writer_left_in_its_log_is_read_where_no_further_file_has_room(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    child = os.fork()
    if child == 0:
        writer = plain_writer(path)
        fill_plain(writer, 2, 3)
        writer.flush()
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    # As after a full disk: the log is there, its index in shared memory has to be made anew.
    path.with_name(path.name + "-shm").unlink()
    assert path.with_name(path.name + "-wal").stat().st_size > 4096
    found = subprocess.run(
        [sys.executable, "-c", READ_WITHOUT_ROOM, str(path)], capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.stderr) == ("6\n6\n", "")
