"""Runs carried out for real: stopped in every way and resumed, with the answers of an uninterrupted run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from recorded_tables import rows_of, wait_for_answers

import voxpop as vp
from simulator.engines.synthetic import SyntheticEngine
from simulator.errors import EngineUnreachable, RunSpecError
from simulator.messages import Completion, Request
from simulator.store.reader import Reader
from voxpop.recorded import open_tasks
from voxpop.running import launch, resume
from voxpop.spec import RunSpec, make_spec
from voxpop.transcript import make_transcript

# Everything but the table of sessions, where the clock is: equal for equal runs, byte for byte.
TABLES = ("run", "condition", "item", "respondent", "exchange", "answer", "interview", "verdict")


def spec(**changes: Any) -> RunSpec:
    data: dict[str, Any] = {
        "name": "small",
        "seed": 5,
        "population": {"n": 12, "strategies": ["city", "value-anchor", "generated"]},
        "asking": {"option_order": "random", "answer_format": "explained"},
        "engine": {"name": "synthetic", "unreadable": 0.1, "refusal": 0.05, "assimilation": 0.1},
        "fieldwork": {"concurrency": 4},
    }
    return make_spec({**data, **changes})


def contents(record: Path) -> dict[str, list[tuple[Any, ...]]]:
    return rows_of(record, TABLES)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = tmp_path_factory.mktemp("whole") / "record.sqlite"
    launch(spec(), record)
    return record


class Stopping(SyntheticEngine):
    """Known-truth respondents whose server goes away after so many calls."""

    def __init__(self, calls: int, failure: BaseException) -> None:
        super().__init__(seed=5)
        from simulator.engines.synthetic import synthetic_from_options

        self._inner = synthetic_from_options({"unreadable": 0.1, "refusal": 0.05, "assimilation": 0.1}, seed=5)
        self.model = self._inner.model
        self._left = calls
        self._failure = failure

    async def complete(self, request: Request) -> Completion:
        self._left -= 1
        if self._left < 0:
            raise self._failure
        return await self._inner.complete(request)


def test_concurrency_does_not_change_an_answer(uninterrupted: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(spec(fieldwork={"concurrency": 1}), record)
    one, four = contents(record), contents(uninterrupted)
    assert {table: rows for table, rows in one.items() if table != "run"} == {
        table: rows for table, rows in four.items() if table != "run"
    }


@pytest.mark.parametrize("calls", [0, 1, 37, 200, 500])
def test_a_run_cut_off_and_resumed_has_the_answers_of_a_whole_one(
    uninterrupted: Path, tmp_path: Path, calls: int
) -> None:
    record = tmp_path / "record.sqlite"
    with pytest.raises(KeyboardInterrupt):
        launch(spec(), record, engine=Stopping(calls, KeyboardInterrupt()))
    assert resume(record).outcome.is_complete
    assert contents(record) == contents(uninterrupted)


def test_an_engine_that_goes_away_ends_the_run_and_resume_asks_what_is_open(
    uninterrupted: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record.sqlite"
    with pytest.raises(EngineUnreachable):
        launch(spec(), record, engine=Stopping(150, EngineUnreachable("gone", attempts=5)))
    status = vp.Run(record).status()
    assert not status["is_complete"]
    assert status["failures"]["unreachable"] > 0
    assert resume(record).outcome.is_complete
    mended, whole = contents(record), contents(uninterrupted)
    # The failed calls stay on record and take numbers, so only the answers themselves are compared.
    answers = [[(row[0], row[1], *row[3:]) for row in rows["answer"]] for rows in (mended, whole)]
    with Reader(record) as reader, Reader(uninterrupted) as other:
        ours = {(a.respondent, a.item): (a.status, a.codes) for a in reader.answers()}
        theirs = {(a.respondent, a.item): (a.status, a.codes) for a in other.answers()}
    assert ours == theirs
    assert len(answers[0]) == len(answers[1])


def test_resuming_a_complete_run_changes_nothing(uninterrupted: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    record.write_bytes(uninterrupted.read_bytes())
    assert resume(record).outcome.is_complete
    assert contents(record) == contents(uninterrupted)


def test_every_prompt_of_a_record_is_rebuilt_to_the_byte(uninterrupted: Path) -> None:
    with Reader(uninterrupted) as reader:
        for row in reader.respondents():
            transcript = make_transcript(reader, f"r{row.number:04d}")
            assert all(call.is_verbatim for turn in transcript.turns for call in turn.calls)
            assert len(transcript.turns) == 57


def test_generated_personas_are_stored_with_the_call_that_wrote_them(uninterrupted: Path) -> None:
    with Reader(uninterrupted) as reader:
        rows = [row for row in reader.respondents() if row.strategy == "generated"]
        assert rows
        for row in rows:
            first = reader.turns(row.number)[0]
            assert (first.exchanges[0].role, first.exchanges[0].number, first.answer) == ("generator", 0, None)
            assert row.persona_texts["en"].count(".") >= 2
            assert make_transcript(reader, f"r{row.number:04d}").instruction.find(row.persona_texts["en"]) >= 0


def test_a_run_is_not_overwritten_unless_told_to(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(spec(survey={"limit": 2}), record)
    with pytest.raises(RunSpecError, match="this run exists"):
        launch(spec(), record)
    launch(spec(survey={"limit": 3}), record, replace=True)
    with Reader(record) as reader:
        assert len(reader.items()) == 3


def test_a_survey_that_changed_is_not_resumed(tmp_path: Path) -> None:
    survey = tmp_path / "mine.toml"
    text = 'id = "mine"\ntitle = "Mine"\n[[items]]\nid = "q1"\nformat = "open"\ntext = "WHAT"\n'
    survey.write_text(text.replace("WHAT", "What is new?"), encoding="utf-8")
    record = tmp_path / "record.sqlite"
    with pytest.raises(KeyboardInterrupt):
        launch(spec(survey=str(survey)), record, engine=Stopping(3, KeyboardInterrupt()))
    survey.write_text(text.replace("WHAT", "What is old?"), encoding="utf-8")
    with pytest.raises(RunSpecError, match="has changed since run 'small' began"):
        resume(record)


def test_open_tasks_are_those_without_an_ending(tmp_path: Path) -> None:
    from voxpop.planning import make_design

    record = tmp_path / "record.sqlite"
    with pytest.raises(KeyboardInterrupt):
        launch(spec(), record, engine=Stopping(300, KeyboardInterrupt()))
    with Reader(record) as reader:
        tasks = open_tasks(make_design(spec()), reader)
        finished = reader.finished()
    assert {task.interview.number for task in tasks} == set(range(12)) - finished
    assert any(task.turns for task in tasks)


def voxpop(arguments: list[str], runs: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "VOXPOP_RUNS": str(runs)}
    return subprocess.Popen(
        [sys.executable, "-m", "voxpop", *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_process_stopped_from_outside_is_resumed(tmp_path: Path, how: signal.Signals) -> None:
    arguments = ["--strategies", "city,named", "--n", "60", "--seed", "3", "--set", "asking.option_order=random"]
    whole = voxpop(["run", *arguments, "--name", "whole"], tmp_path)
    whole.communicate(timeout=120)
    assert whole.returncode == 0
    process = voxpop(["run", *arguments, "--name", "cut"], tmp_path)
    record = tmp_path / "cut" / "record.sqlite"
    wait_for_answers(record, 400)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    if how == signal.SIGINT:
        assert process.returncode == 3
        assert "nothing that was answered is lost" in errors
        assert "Traceback" not in errors
    with Reader(record) as reader:
        assert 0 < reader.progress().n_answers < 60 * 57
    again = voxpop(["resume", "cut", "--json"], tmp_path)
    again.communicate(timeout=120)
    assert again.returncode == 0
    left, right = contents(record), contents(tmp_path / "whole" / "record.sqlite")
    for table in TABLES:
        assert table == "run" or left[table] == right[table]
