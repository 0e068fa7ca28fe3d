"""Killed at any moment, in the middle of any write: resumed, a run holds what the run holds that nobody touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

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
}
OPENS_IT = {
    "lock._take: open": "the lock file",
    "lock._take: flock": "the lock",
    "lock._take: ftruncate": "who held it before",
    "lock._take: pwrite": "who holds it",
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
    "writer._append: execute": "the end of an interview, a verdict",
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
    "lock._take: pwrite",
    "migrations.migrate: execute",
    "session.__init__: execute",
    "session.end: execute",
    "session.index_completions: execute",
    "session.leave_one_file: execute",
    "writer.__init__: execute",
    "writer.flush: execute",
}
"""Kinds of call from which on a write must have been torn apart at least once."""


def killed(*arguments: object) -> dict[str, Any]:
    """The report of the harness; fails with what it found."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE.parent}", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "killed.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=550)
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    print(json.dumps(report, indent=2))
    return report


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """In memory where there is such a place: what a kill leaves behind is the same, and nothing waits for a disk."""
    import tempfile

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as name:
        yield Path(name)


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_doubled(folder: Path) -> None:
    report = killed("moments", folder, "--kills", 200, "--seed", 20_261_121)
    assert report["kills"] >= 200
    assert report["most_kills_of_a_run"] >= 3
    phases = report["phases"]
    assert {name for name, n in phases.items() if n} >= {"start-up", "drawing", "asking", "opening", "commit"}, phases


@pytest.mark.slow
def test_killed_before_every_call_that_touches_the_disk(folder: Path) -> None:
    report = killed("calls", folder)
    assert set(report["kinds"]) == set(KINDS)
    assert report["kills"] >= 100
    assert set(report["scenarios"]) == {"run", "resume", "upgrade", "replace", "judge"}


@pytest.mark.slow
def test_killed_in_the_middle_of_a_write(folder: Path) -> None:
    report = killed("torn", folder, "--times", 2)
    assert set(report["kinds"]) >= TORN
    assert all(n >= 10 for n in report["scenarios"].values())
