"""Two processes on one run: one writes, the other is told who does; anybody may look on."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import Cli, process
from small_run import contents, difference

RUN = ("--strategies", "city,named", "--seed", "3", "--name", "busy")


def n_answers(record: Path) -> int:
    """How many answers are committed; 0 while there is no record."""
    if not record.exists():
        return 0
    connection = sqlite3.connect(f"file:{record}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM answer").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def wait_for_answers(record: Path, n: int, running: subprocess.Popen[str]) -> None:
    for _ in range(1200):
        if n_answers(record) >= n:
            return
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    raise AssertionError("the run never got going")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "busy" / "record.sqlite"


@pytest.fixture
def busy(tmp_path: Path, record: Path) -> Iterator[subprocess.Popen[str]]:
    """A real process in the middle of a run."""
    with process("run", *RUN, "--n", "2000", folder=tmp_path) as running:
        wait_for_answers(record, 200, running)
        yield running
        running.kill()


@pytest.mark.slow
def test_second_process_is_refused_until_the_first_is_killed(
    busy: subprocess.Popen[str], record: Path, cli: Cli, tmp_path: Path
) -> None:
    before = n_answers(record)
    for arguments in (("run", *RUN, "--n", "2000"), ("resume", "busy"), ("run", *RUN, "--n", "6", "--replace")):
        told = cli(*arguments)
        assert told.status == 5
        assert f"process {busy.pid} is writing to this record; wait for it to end or stop it" in told.message()
    assert json.loads(cli("status", "busy", "--json").out)["n_answers"] >= before
    assert cli("show", "busy", "r0000").status == 0
    assert cli("export", "busy", "meanwhile.csv").status == 0
    assert (tmp_path / "meanwhile.csv").read_text(encoding="utf-8").count("\n") > before
    assert busy.poll() is None
    os.kill(busy.pid, signal.SIGKILL)
    busy.wait()
    kept = n_answers(record)
    assert kept >= before
    assert record.with_name("record.sqlite.lock").exists()
    # The lock file is still there, and means nothing: its process is gone.
    assert cli("run", *RUN, "--n", "6").status == 2
    assert n_answers(record) == kept
    told = cli("run", *RUN, "--n", "6", "--replace", "--quiet")
    assert told.status == 0, told.err
    assert cli("run", *(RUN[:-1]), "alone", "--n", "6", "--quiet").status == 0
    ours, alone = contents(record), contents(record.parents[1] / "alone" / "record.sqlite")
    assert difference({**ours, "run": []}, {**alone, "run": []}) == ""
    assert [path.name for path in record.parent.iterdir()] == ["record.sqlite"]


@pytest.mark.slow
def test_processes_started_together_do_not_get_into_each_other(tmp_path: Path, record: Path, cli: Cli) -> None:
    """Several begin the same run at once: one carries it out, the others are told so, and nothing is mixed up."""
    started = [process("run", *RUN, "--n", "30", "--quiet", folder=tmp_path) for _ in range(3)]
    ended = [(running.communicate(timeout=120), running.returncode) for running in started]
    statuses = sorted(status for _, status in ended)
    assert statuses[0] == 0
    assert set(statuses[1:]) <= {2, 5}, ended  # 2: it had been carried out by then
    assert cli("run", *(RUN[:-1]), "alone", "--n", "30", "--quiet").status == 0
    ours, alone = contents(record), contents(record.parents[1] / "alone" / "record.sqlite")
    assert difference({**ours, "run": []}, {**alone, "run": []}) == ""
