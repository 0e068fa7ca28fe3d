"""Records that are missing, foreign, damaged, newer, in use, empty or on a full disk: one message, status 2, 3 or 5.

Where there is a record of ours at all, it still opens afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from commandline import SURVEY, Cli, process

from simulator.store.reader import Reader
from simulator.store.writer import Writer

SMALL = ("run", "--survey", "s.toml", "--n", "4", "--strategies", "city,named")
READING = (("status",), ("show",), ("show", "r0000"), ("compare",), ("analyze", "statuses"), ("export", "out.csv"))


def answers(record: Path) -> int:
    """The answers in the record: it opens."""
    with Reader(record) as reader:
        return reader.progress().n_answers


@pytest.fixture
def record(cli: Cli) -> Path:
    """A complete run called `one`, in the current folder."""
    Path("s.toml").write_text(SURVEY, encoding="utf-8")
    assert cli(*SMALL, "--name", "one").status == 0
    return Path("runs/one/record.sqlite")


def statements(*several: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        connection = sqlite3.connect(path)
        for statement in several:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return change


# ---- what lies there is no record of ours ----------------------------------------------------------------------------

FOREIGN: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "newer": (statements("PRAGMA user_version = 99"), ("record version 99", "upgrade voxpop")),
    "somebody else's": (statements("PRAGMA application_id = 7"), ("no voxpop record", "name a record's .sqlite file")),
    "a text": (lambda path: path.write_text("a,b\n"), ("no SQLite database", "name a record's .sqlite file")),
    "nothing": (lambda path: path.write_bytes(b""), ("the file is empty", "cut off")),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:5000]), ("damaged", "restore it from a copy")),
    "no run": (statements("DELETE FROM run"), ("damaged (table run is empty)", "restore it from a copy")),
    "no table": (statements("DROP TABLE answer"), ("damaged (table answer is missing)", "restore")),
    "no JSON": (statements("UPDATE run SET spec = '{'"), ("damaged (a value in it", "restore it from a copy")),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_every_verb_refuses_it_with_status_5(what: str, record: Path, cli: Cli) -> None:
    change, told = FOREIGN[what]
    change(record)
    before = record.read_bytes()
    for verb, *rest in (*READING, ("resume",)):
        found = cli(verb, "one", *rest)
        assert (found.status, found.out) == (5, ""), verb
        message = found.message()
        assert message.startswith((str(record.resolve()), str(record)))
        for part in told:
            assert part in message
        as_json = cli(verb, "one", *rest, "--json")
        assert (as_json.status, as_json.out) == (5, "")
        assert as_json.error()["message"] == message
        # Resuming notes that somebody tried; reading changes nothing.
        assert verb == "resume" or record.read_bytes() == before
    assert cli(*SMALL, "--name", "one").message().endswith("or start over (--replace)")
    assert cli(*SMALL, "--name", "one", "--replace").status == 0
    assert answers(record) == 8


@pytest.mark.parametrize(
    ("change", "verbs"),
    [
        ("UPDATE run SET instrument = '{}'", ("status", "compare", "analyze statuses", "show r0000")),
        ("UPDATE run SET manifest = '[]'", ("status",)),
        ("UPDATE condition SET settings = '{}'", ("compare", "analyze statuses", "show r0000")),
        ("UPDATE respondent SET attributes = 'x'", ("show", "show r0000", "show --strategy city")),
        ("UPDATE answer SET codes = '[', code = NULL", ("show r0000",)),
    ],
)
def test_parts_that_are_not_what_voxpop_writes(change: str, verbs: tuple[str, ...], record: Path, cli: Cli) -> None:
    statements("PRAGMA ignore_check_constraints = on", change)(record)
    for typed in verbs:
        verb, *rest = typed.split()
        told = cli(verb, "one", *rest)
        assert (told.status, told.out) == (5, ""), typed
        assert "the record is damaged" in told.message()


# ---- names -----------------------------------------------------------------------------------------------------------


def test_names_that_are_not_there(record: Path, cli: Cli) -> None:
    cases = {
        ("status", "onne"): ("run 'onne'", "did you mean 'one'", "runs in runs: one"),
        ("show", "one", "r9999"): ("'r9999'", "it holds r0000 to r0003"),
        ("show", "one", "bob"): ("'bob'", "r0000 to r0003"),
        ("show", "one", "--status", "sad"): ("--status 'sad'", "allowed: answered"),
        ("show", "one", "--strategy", "basic"): ("--strategy 'basic'", "this run has city, named"),
        ("show", "one", "--persona", "x"): ("--persona 'x'", "nobody in run 'one'"),
        ("show", "one", "--limit", "0"): ("'--limit'", "greater than or equal to 1"),
        ("compare", "one", "--by", "mood"): ("--by 'mood'", "allowed: population, strategy"),
        ("compare", "one", "--resamples", "0"): ("'--resamples'", "greater than or equal to 1"),
        ("compare", "one", "nope"): ("run 'nope'", "no such run"),
        ("analyze", "one", "status"): ("metric 'status'", "did you mean 'statuses'", "metrics:"),
        ("analyze", "one", "value-ranking"): ("survey 'mine' measures neither the 19 values", "choose another"),
        ("analyze", "one", "statuses", "--by", "x"): ("--by 'x'", "allowed"),
        ("export", "one", "out.xyz"): ("'.xyz'", "choose one of csv"),
        ("export", "one", "out.csv", "--format", "xls"): ("format 'xls'", "choose one of csv"),
        ("export", "one", "no/out.csv"): ("no/out.csv", "no folder no", "create it"),
        ("export", "one", "runs"): ("runs", "choose one of csv"),
        ("export", "one", "s.toml", "--format", "csv"): ("s.toml exists already", "--force"),
        ("export", "one", "runs/one/record.sqlite", "--format", "csv", "--force"): (
            "the record itself",
            "another file",
        ),
        (*SMALL, "--name", "one"): ("this run exists", "voxpop resume one", "--name NAME", "--replace"),
    }
    for typed, parts in cases.items():
        told = cli(*typed)
        assert (told.status, told.out) == (2, ""), typed
        message = told.message()
        for part in parts:
            assert part in message
        assert cli(*typed, "--json").error()["message"] == message
    assert answers(record) == 8
    assert Path("s.toml").read_text(encoding="utf-8") == SURVEY


def test_nobody_fits(record: Path, cli: Cli) -> None:
    for text in ("zzzz", '"*', "\x00", "'; DROP TABLE run; --"):
        told = cli("show", "one", "--grep", text)
        assert (told.status, told.out, told.err) == (0, "Nobody fits.\n", "")
    assert json.loads(cli("show", "one", "--grep", "zzzz", "--json").out) == []


def test_runs_of_different_surveys_are_not_compared(record: Path, cli: Cli) -> None:
    assert cli("run", "--n", "2", "--set", "survey.limit=1", "--name", "two").status == 0
    told = cli("compare", "one", "two")
    assert told.status == 2
    assert "run 'two' asked another survey" in told.message()


# ---- the folder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [SMALL, (*SMALL, "--replace")])
def test_a_place_where_no_record_can_be(typed: tuple[str, ...], cli: Cli) -> None:
    Path("s.toml").write_text(SURVEY, encoding="utf-8")
    Path("runs/file").mkdir(parents=True)
    Path("runs/file/record.sqlite").mkdir()
    Path("runs/taken").write_text("")
    for name in ("file", "taken"):
        told = cli(*typed, "--name", name)
        assert told.status in (2, 5)
        assert told.out == ""
        assert f"runs/{name}/record.sqlite" in told.message()


def test_a_folder_without_leave(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("s.toml").write_text(SURVEY, encoding="utf-8")
    assert cli(*SMALL, "--name", "before").status == 0  # as another user, this one could import nothing more
    nobody, was = 65534, os.geteuid()
    if was == 0 and not all(folder.stat().st_mode & 0o001 for folder in Path(__file__).resolve().parents):
        pytest.skip("the packages lie in a folder that only root may enter, so nobody else can run them")
    with TemporaryDirectory() as folder:
        monkeypatch.setenv("VOXPOP_RUNS", f"{folder}/runs")
        Path(folder).chmod(0o555)
        survey = str(Path("s.toml").resolve())
        monkeypatch.chdir(folder)  # the folders above the temporary one are closed to other users
        if was == 0:
            os.seteuid(nobody)
        try:
            told = cli("run", "--set", "survey.limit=2", "--n", "2", "--name", "x")
            unread = cli("run", "--survey", survey, "--n", "2", "--name", "x")
        finally:
            os.seteuid(was)
            Path(folder).chmod(0o755)
    assert (told.status, told.out) == (5, "")
    assert "Permission denied; check that the folder exists and may be written to" in told.message()
    assert unread.status in (2, 5)
    assert "Permission denied" in unread.message()


# ---- runs that are not complete --------------------------------------------------------------------------------------


@pytest.fixture
def begun(record: Path) -> Path:
    """A run of which nothing has been asked yet."""
    tables = ("answer", "interview", "exchange", "respondent")
    statements(*(f"DELETE FROM {table}" for table in tables))(record)
    return record


def test_a_run_with_nothing_answered(begun: Path, cli: Cli) -> None:
    told = cli("status", "one")
    assert (told.status, told.err) == (3, "")
    assert "0 of 4 finished, 4 open" in told.out
    assert cli("show", "one").out == "Nobody fits.\n"
    for typed in (("show", "one", "r0000"), ("compare", "one"), ("analyze", "one", "statuses")):
        told = cli(*typed)
        assert (told.status, told.out) == (2, "")
        assert "yet" in told.message()
    assert cli("resume", "one").status == 0
    assert answers(begun) == 8


def test_a_run_without_a_single_reply_may_be_begun_again(begun: Path, cli: Cli) -> None:
    told = cli(*SMALL, "--name", "one")
    assert (told.status, told.err) == (0, "")
    assert answers(begun) == 8
    assert "this run exists" in cli(*SMALL, "--name", "one").message()


def test_a_complete_run_has_nothing_left_to_resume(record: Path, cli: Cli) -> None:
    with Reader(record) as reader:
        before = list(reader.answers())
    told = cli("resume", "one")
    assert (told.status, told.err) == (0, "")
    assert "Nothing was left to do." in told.out
    with Reader(record) as reader:
        assert list(reader.answers()) == before


def test_a_survey_changed_or_gone_between_run_and_resume(begun: Path, cli: Cli) -> None:
    survey = Path("s.toml")
    survey.write_text(SURVEY.replace("Is it so?", "Is it otherwise?"), encoding="utf-8")
    told = cli("resume", "one")
    assert (told.status, told.out) == (2, "")
    assert "survey 'mine' has changed since run 'one' began; restore the survey file" in told.message()
    survey.unlink()
    assert "s.toml: there is no such file" in cli("resume", "one").message()
    survey.write_text(SURVEY, encoding="utf-8")
    assert cli("resume", "one").status == 0
    assert answers(begun) == 8


def test_a_record_in_use_by_another_run(begun: Path, cli: Cli) -> None:
    writer = Writer.open(begun)
    try:
        for typed in (("resume", "one"), (*SMALL, "--name", "one"), (*SMALL, "--name", "one", "--replace")):
            told = cli(*typed)
            assert (told.status, told.out) == (5, "")
            assert f"process {os.getpid()} is writing to this record; wait for it to end" in told.message()
            assert cli(*typed, "--json").error()["error"] == "StoreBusy"
        assert cli("status", "one").status == 3
    finally:
        writer.close("interrupted")
    assert cli("resume", "one").status == 0
    assert answers(begun) == 8


# ---- as a process ----------------------------------------------------------------------------------------------------


def wait_for_record(record: Path) -> None:
    for _ in range(400):
        time.sleep(0.05)
        if record.exists():
            return
    raise AssertionError("the run never got going")


@pytest.mark.slow
def test_interrupted_from_the_keyboard_while_another_run_waits(tmp_path: Path, cli: Cli) -> None:
    running = process("run", "--n", "2000", "--name", "long", folder=tmp_path)
    wait_for_record(tmp_path / "runs/long/record.sqlite")
    busy = cli("resume", "long")
    assert (busy.status, busy.out) == (5, "")
    assert f"process {running.pid} is writing" in busy.message()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (3, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1] == ("voxpop: stopped; nothing that was answered is lost: go on with voxpop resume RUN")
    assert cli("status", "long").status == 3
    answers(tmp_path / "runs/long/record.sqlite")


def test_output_that_nobody_takes_or_has_room_for(record: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voxpop", "show", "one", "r0000", "--prompts"]
    environment = {**os.environ, "VOXPOP_RUNS": str(tmp_path / "runs"), "PYTHONIOENCODING": "ascii"}
    read_end, write_end = os.pipe()
    os.close(read_end)
    closed = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(write_end)
    assert (closed.returncode, closed.stderr) == (0, b"")
    if Path("/dev/full").exists():
        with Path("/dev/full").open("w") as full:
            told = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, check=False)
        assert told.returncode == 5
        assert told.stderr == (
            b"voxpop: the output cannot be written: No space left on device; free some space, then try again\n"
        )


@pytest.mark.slow
def test_a_full_disk(tmp_path: Path, cli: Cli) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare to mount a small disk")
    place = tmp_path / "small"
    place.mkdir()
    # What is on the small disk vanishes with its namespace, so the record (with its log) is copied out of it.
    inside = (
        'mount -t tmpfs -o size=1m none "$1" || exit 77; '
        'VOXPOP_RUNS="$1" "$2" -m voxpop run --n 400 --name full >"$3/out" 2>"$3/err"; '
        'echo $? >"$3/rc"; cp "$1"/full/record.sqlite* "$3"'
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inside, "sh", place, sys.executable, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this system does not let a test mount a small disk")
    err = (tmp_path / "err").read_text()
    assert (tmp_path / "rc").read_text() == "5\n", err
    assert (tmp_path / "out").read_text() == ""
    assert "Traceback" not in err
    assert "no room left to write the record; what was recorded before is safe" in err
    assert "Free some space (or raise the quota or file-size limit), then" in err
    assert cli("status", str(tmp_path / "record.sqlite")).status == 3
    assert answers(tmp_path / "record.sqlite") > 0
