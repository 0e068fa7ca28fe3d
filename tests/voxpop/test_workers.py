"""A run shared by several processes: the tables of a single one, whatever happens to any of them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from recorded_tables import rows_of, wait_for_answers
from servers.fixture import LoopbackServer

from simulator import errors
from simulator.budget import Demand, Limits
from simulator.engines.synthetic import SyntheticEngine
from simulator.errors import EngineRefused, EngineUnreachable, RunSpecError, VoxpopError
from simulator.store.reader import Reader
from simulator.store.records import AnswerRow, ExchangeRow, InterviewRow, RespondentRow, TurnRows
from voxpop.errands import Errand, Frame, Row, counters_file, shared_counters, write_frame
from voxpop.running import launch, resume
from voxpop.spec import RunSpec, make_spec

# Without `run`, whose spec names the number of workers, and `session`, where the clock is.
EVERY_ROW: tuple[Row, ...] = (
    RespondentRow(3, "p3", 1, "city", {"age": 40, "of": ["a", None]}, {"en": "You live."}, 1.5, None),
    TurnRows(
        (
            ExchangeRow(3, 1, 0, 1, 0, (), (2, 1), ("a", "b"), 2**63, None, error_kind="throttled", error="later"),
            ExchangeRow(3, 2, 0, 1, 1, (1,), None, None, 7, "\ud800", ("x",), failed_tries=("throttled/429",)),
        ),
        AnswerRow(3, 0, 2, "answered", (1, 2), probabilities={1: 0.25}, truncated=(2,)),
    ),
    TurnRows((), AnswerRow(3, 1, None, "not_applicable")),
    InterviewRow(3, "complete", 2, 1),
)
TABLES = ("condition", "item", "respondent", "exchange", "answer", "interview")
ARGUMENTS = ["--strategies", "city,generated", "--n", "24", "--seed", "3", "--set", "engine.unreadable=0.1"]


def spec(workers: int, **changes: Any) -> RunSpec:
    data: dict[str, Any] = {
        "name": "shared",
        "seed": 3,
        "population": {"n": 7, "strategies": ["city", "generated"]},
        "asking": {"option_order": "random", "answer_format": "explained"},
        "engine": {"name": "synthetic", "unreadable": 0.1, "assimilation": 0.1},
        "fieldwork": {"concurrency": 4, "workers": workers},
    }
    return make_spec({**data, **changes})


def contents(record: Path) -> dict[str, list[tuple[Any, ...]]]:
    return rows_of(record, TABLES)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = tmp_path_factory.mktemp("alone") / "record.sqlite"
    launch(spec(1), record)
    return record


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 3])
def test_the_record_cannot_tell_how_many_worked_on_it(alone: Path, tmp_path: Path, workers: int) -> None:
    record = tmp_path / "record.sqlite"
    carried = launch(spec(workers), record)
    assert carried.outcome.is_complete
    assert (carried.outcome.n_finished, carried.tally.interviews_done) == (7, 7)
    assert carried.tally.items_done == carried.tally.items_expected == 7 * 57
    assert contents(record) == contents(alone)


@pytest.mark.slow
def test_a_budget_is_one_for_all_workers_and_resume_may_change_their_number(alone: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    carried = launch(spec(2, budget={"calls": 101}), record)
    assert carried.outcome.stopped_by == "calls: 101 of 101 used"
    with Reader(record) as reader:
        assert reader.calls().n_calls == 101
    overrides = [("budget.calls", 10_000), ("fieldwork.workers", 3)]
    assert resume(record, overrides=overrides).outcome.is_complete
    assert contents(record) == contents(alone)


@pytest.mark.slow
def test_what_ends_a_worker_ends_the_run_with_its_own_words(tmp_path: Path, loopback_server: LoopbackServer) -> None:
    engine = {"name": "openai_compatible", "model": "no-such-model", "base_url": loopback_server.base_url}
    record = tmp_path / "record.sqlite"
    with pytest.raises(EngineRefused, match="loopback-model") as caught:
        launch(spec(2, engine=engine, population={"n": 4}), record)
    assert caught.value.fatal
    with Reader(record) as reader:
        last = reader.sessions()[-1]
        assert (last.outcome, last.detail) == ("failed", str(caught.value))


def test_an_engine_object_cannot_be_shared(tmp_path: Path) -> None:
    with pytest.raises(RunSpecError, match=r"fieldwork\.workers = 2: each process makes its own engine"):
        launch(spec(2), tmp_path / "record.sqlite", engine=SyntheticEngine(seed=3))


def voxpop(arguments: list[str], folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "VOXPOP_RUNS": str(folder / "runs")}
    return subprocess.Popen(
        [sys.executable, "-m", "voxpop", *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def children_of(process: int) -> list[int]:
    """Processes whose parent this is (Linux)."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def wait_for_end(processes: list[int]) -> None:
    for _ in range(1000):
        if not any(Path(f"/proc/{one}").exists() for one in processes):
            return
        time.sleep(0.02)
    raise AssertionError("a worker outlived its run")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    process = voxpop(["run", *ARGUMENTS, "--name", "whole"], folder)
    process.communicate(timeout=120)
    assert process.returncode == 0
    return folder / "runs" / "whole" / "record.sqlite"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds worker processes in /proc")
@pytest.mark.parametrize("how", ["worker killed", "writer killed", "Ctrl-C"])
def test_a_run_in_several_processes_stopped_in_any_way_is_resumed(whole: Path, tmp_path: Path, how: str) -> None:
    process = voxpop(["run", *ARGUMENTS, "--workers", "2", "--name", "cut"], tmp_path)
    record = tmp_path / "runs" / "cut" / "record.sqlite"
    wait_for_answers(record, 60)
    workers = children_of(process.pid)
    assert len(workers) == 2
    if how == "worker killed":
        os.kill(workers[0], signal.SIGKILL)
    elif how == "writer killed":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    wait_for_end(workers)
    assert "Traceback" not in said
    if how == "worker killed":
        assert process.returncode == 3
        assert "was ended by signal 9; what it handed over is recorded. Resume the run" in said
    if how == "Ctrl-C":
        assert process.returncode == 3
        assert "nothing that was answered is lost" in said
    with Reader(record) as reader:
        assert 60 <= reader.progress().n_answers < 24 * 57
    again = voxpop(["resume", "cut", "--workers", "2", "--quiet"], tmp_path)
    again.communicate(timeout=120)
    assert again.returncode == 0
    assert contents(record) == contents(whole)


@pytest.mark.slow
def test_a_file_of_the_users_folder_does_not_stand_in_for_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('taken from the current folder')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert launch(spec(2, survey={"limit": 2}), tmp_path / "record.sqlite").outcome.is_complete


def every_error() -> list[VoxpopError]:
    made = []
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, VoxpopError):
            made.append(kind("what", fatal=True, attempts=3) if issubclass(kind, EngineRefused) else kind("what"))
    return made


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_errors_pass_between_processes_whole(error: VoxpopError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again), again.exit_status) == (str(error), vars(error), error.exit_status)


def test_an_error_keeps_its_attempts_and_faults_between_processes() -> None:
    error = EngineUnreachable("gone", attempts=5, failed_tries=("unreachable/reset",) * 5)
    reading, writing = os.pipe()
    write_frame(writing, Frame((), error))
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        _, ending = pickle.loads(stream.read()[8:])
    assert (ending.attempts, ending.failed_tries) == (5, ("unreachable/reset",) * 5)


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: type(row).__name__)
def test_rows_pass_between_processes_whole(row: Row) -> None:
    reading, writing = os.pipe()
    write_frame(writing, Frame((row,)))
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert pickle.loads(stream.read()[8:]) == ((row,), None)


def test_an_errand_survives_its_line() -> None:
    errand = Errand("runs/a b/record.sqlite", 1, 3, {"budget.calls": 5, "engine.base_url": "http://h/\n"}, "/c", 1.5)
    assert errand.as_line().count(b"\n") == 1
    assert Errand.from_line(errand.as_line()) == errand


COUNTING = """
import sys
from pathlib import Path
from simulator.budget import Budget, BudgetSpent, Demand, Limits
from voxpop.errands import shared_counters
budget, reserved = Budget(Limits(calls=4001), shared_counters(Path(sys.argv[1]))), 0
try:
    while True:
        budget.settle(budget.reserve(Demand(1)), 1, 1)
        reserved += 1
except BudgetSpent:
    print(reserved)
"""


def test_processes_that_share_counters_never_reserve_one_call_too_many() -> None:
    with counters_file() as path:
        command = [sys.executable, "-c", COUNTING, str(path)]
        racing = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        taken = [int(process.communicate(timeout=60)[0]) for process in racing]
        assert sum(taken) == 4001
        counters = shared_counters(path)
        assert counters.values[0] == 4001
        del counters


def test_limits_without_a_call_left_stop_at_once() -> None:
    from simulator.budget import Budget, BudgetSpent

    with counters_file() as path:
        budget = Budget(Limits(calls=1), shared_counters(path).start_from(1, 0, 0))
        with pytest.raises(BudgetSpent):
            budget.reserve(Demand(1))
