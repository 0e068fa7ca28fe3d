"""Killed at any moment, in the middle of any write: resumed, a run holds what the run holds that nobody touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import report, scratch
from strategies_store import fill_plain, plain_run, plain_writer

from simulator.store.reader import Reader

MAKES_THE_RECORD = {
    "running.launch: mkdir": "the folder of the run",
    "creation._remove: unlink": "what a kill left of a draft, and a record that is replaced",
    "creation._fill: connect": "the draft",
    "creation._fill: execute": "the row of the run, and its commit",
    "creation._fill: executemany": "arms and items",
    "creation._fill: close": "the draft whole",
    "creation.create_record: rename": "the draft in its place",
    "migrations.migrate: execute": "a migration with its number, and its commit",
    "migrations._create_design_tables: execute": "tables",
    "migrations._create_interview_tables: execute": "tables",
    "migrations._first: execute": "word index and views",
    "migrations._why_it_failed_and_ended: execute": "the second version's columns",
    "migrations._tally: execute": "the third version's counts",
    "migrations._references: execute": "the fourth version's tables",
    "migrations._judgements: execute": "the fifth version's tables of what judges were asked",
    "migrations._drawn_settings: execute": "the sixth version's column of drawn settings",
    "migrations._batteries: execute": "the seventh version's column of what a battery listed",
    "migrations._scores: execute": "the eighth version's columns of scored texts and of what each probe found",
}
OPENS_IT = {
    "lock._take: open": "the lock file",
    "lock._take: flock": "the lock",
    "lock._sign: ftruncate": "who held it before",
    "lock._sign: pwrite": "who holds it",
    "session.connect: connect": "opening",
    "session.connect: execute": "settings of the connection; a roll-back if one is due",
    "opening.record_version: execute": "reading; a roll-back if one is due",
    "writer.open: close": "after the migrations",
    "writer.__init__: execute": "the write-ahead log",
    "session.__init__: execute": "the row of the session",
}
WRITES_ROWS = {
    "writer._begin: execute": "a transaction begins",
    "writer.append_respondents: execute": "a respondent, with the persona that was written",
    "writer.append_turn: execute": "exchanges (asked again included) and the answer, or an answer that a rule hides",
    "writer.append_interview: execute": "the end of an interview, with what it adds to the counts",
    "references.add_reference: execute": "a human reference",
    "references.add_reference: executemany": "its cells",
    "writer._append: execute": "the end of an interview, a verdict given by hand",
    "judgements.add_named: execute": "a rubric, a judge",
    "judgements.add_judgement: execute": "a call to a judge, and the verdict it led to",
    "session.note_new_completions: execute": "the word index lags behind",
    "writer.flush: execute": "a commit",
}
CLOSES_IT = {
    "session.end: execute": "how the session ended",
    "session.index_completions: execute": "the word index",
    "session.leave_one_file: execute": "the log folded into the file",
    "writer.close: close": "the file let go",
    "lock.release: unlink": "the lock file",
    "lock.release: close": "the lock",
}
READS = {
    "opening._connect_read_only: connect": "a reader opens",
    "opening._connect_read_only: execute": "a reader looks at the log",
}
KINDS = {**MAKES_THE_RECORD, **OPENS_IT, **WRITES_ROWS, **CLOSES_IT, **READS}
"""Every kind of call that can touch the disk, with what it is for. A new one belongs here once it has been killed."""

TORN = {
    "creation._fill: execute",
    "creation.create_record: rename",
    "lock._sign: pwrite",
    "migrations.migrate: execute",
    "session.__init__: execute",
    "session.end: execute",
    "session.index_completions: execute",
    "session.leave_one_file: execute",
    "writer.__init__: execute",
    "writer.flush: execute",
}
"""Kinds of call from which on a write must have been torn apart at least once."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as place:
        yield place


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_doubled(folder: Path) -> None:
    found = report("killed.py", "moments", folder, "--kills", 120, "--seed", 20_261_121)
    assert found["kills"] >= 120
    assert found["most_kills_of_a_run"] >= 3
    phases = found["phases"]
    found_in = {name for name, n in phases.items() if n}
    assert found_in >= {"start-up", "drawing", "asking"}, phases
    assert len(found_in) >= 6, phases


@pytest.mark.slow
def test_killed_before_every_call_that_touches_the_disk(folder: Path) -> None:
    found = report("killed.py", "calls", folder)
    assert set(found["kinds"]) == set(KINDS)
    assert found["kills"] >= 100
    assert set(found["scenarios"]) == {"run", "resume", "upgrade", "replace", "judge", "reference"}


@pytest.mark.slow
def test_killed_in_the_middle_of_a_write(folder: Path) -> None:
    found = report("killed.py", "torn", folder, "--times", 1)
    assert set(found["kinds"]) >= TORN
    assert all(n >= 10 for n in found["scenarios"].values())


def test_record_whose_migration_was_killed_halfway_can_be_read(tmp_path: Path) -> None:
    """Half a transaction in the file, the rest in the journal beside it: what a kill during a migration leaves."""
    source, left = tmp_path / "source.sqlite", tmp_path / "record.sqlite"
    with plain_writer(source, n_respondents=40, n_items=20) as writer:
        fill_plain(writer, 40, 20)
    connection = sqlite3.connect(source, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN")
    connection.execute("UPDATE exchange SET completion = completion || 'half'")
    for suffix in ("", "-journal"):
        left.with_name(left.name + suffix).write_bytes(source.with_name(source.name + suffix).read_bytes())
    connection.close()
    assert b"half" in left.read_bytes()
    with Reader(left) as reader:
        assert reader.run() == plain_run(40)
        assert {row.completion for row in reader.exchanges()} == {"1. Yes, I think so"}
    assert not left.with_name("record.sqlite-journal").exists()
