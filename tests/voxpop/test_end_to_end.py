"""The main job against a real server process: import a survey, interview, interrupt, resume, read a transcript."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from servers.fixture import LoopbackServer

from simulator.store.reader import Reader
from voxpop.cli import call


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOXPOP_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    return tmp_path / "runs"


def engine_options(server: LoopbackServer) -> list[str]:
    return ["--engine", "openai_compatible", "--base-url", server.base_url, "--model", server.model]


@pytest.mark.slow
def test_an_imported_survey_is_answered_by_city_respondents_over_http(
    runs: Path, shared_data: Path, loopback_server: LoopbackServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = shared_data / "valueconsistency" / "controversial_english_us.jsonl"
    survey = tmp_path / "us.toml"
    assert call(["survey", "import", "valueconsistency", str(source), "--out", str(survey)]) == 0
    printed = capsys.readouterr().out
    for count in ("28 topics", "4.7 questions per topic", "131 questions", "5.0 wordings", "0.65", "653 of 653 rows"):
        assert count in " ".join(printed.split())

    # The server stays away for so long that every retry is used up: the run ends incomplete, nothing is lost.
    run = [
        "run",
        "--survey",
        str(survey),
        "--strategies",
        "city",
        "--n",
        "40",
        "--name",
        "us",
        *engine_options(loopback_server),
    ]
    quick = ("engine.max_attempts=2", "engine.retry_seconds=0.01", "engine.longest_retry_seconds=0.1")
    run += [part for setting in ("survey.limit=25", *quick) for part in ("--set", setting)] + ["--quiet"]
    loopback_server.control(faults=[{"kind": "none", "times": 300}, {"kind": "500", "times": 100_000}])
    assert call(run) in (3, 4)
    assert "Traceback" not in capsys.readouterr().err
    record = runs / "us" / "record.sqlite"
    with Reader(record) as reader:
        before = {(answer.respondent, answer.item): answer for answer in reader.answers()}
    assert 0 < len(before) < 1000

    loopback_server.control(reset=True)
    assert call(["resume", "us", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["is_complete"]
    assert sum(status["answers"].values()) == 1000
    assert status["failures"]["unreachable"] > 0
    with Reader(record) as reader:
        after = {(answer.respondent, answer.item): answer for answer in reader.answers()}
    assert {key: after[key] for key in before} == before

    assert call(["show", "us", "r0007", "--json"]) == 0
    transcript = json.loads(capsys.readouterr().out)
    assert transcript["persona"].startswith("You live in ")
    # A call that failed while the server was away is a turn of its own, without a status; whom it met is chance.
    items = [turn["item"] for turn in transcript["turns"] if turn["status"] is not None]
    assert len(items) == len(set(items)) == 25
    assert all(call_["is_verbatim"] for turn in transcript["turns"] for call_ in turn["calls"])
    assert transcript["turns"][-1]["calls"][-1]["prompt_tokens"] > 0


def test_token_probabilities_over_http(
    runs: Path, loopback_server: LoopbackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["run", "--strategies", "basic", "--n", "2", "--name", "logits", *engine_options(loopback_server), "--quiet"]
    assert call([*run, "--set", "probe.name=token-logit", "--set", "survey.limit=5"]) == 0
    capsys.readouterr()
    with Reader(runs / "logits" / "record.sqlite") as reader:
        answers = list(reader.answers())
    assert len(answers) == 10
    for answer in answers:
        assert answer.probabilities is not None
        assert sum(answer.probabilities.values()) == pytest.approx(1)
        assert answer.option_mass is not None
        assert 0 < answer.option_mass <= 1


def test_an_earlier_run_answers_again_offline(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["run", "--strategies", "city", "--n", "5", "--seed", "4", "--set", "survey.limit=6", "--quiet"]
    assert call([*run, "--name", "first"]) == 0
    record = runs / "first" / "record.sqlite"
    assert call([*run, "--name", "again", "--engine", "replay", "--set", f'engine.record="{record}"']) == 0
    capsys.readouterr()
    with Reader(record) as first, Reader(runs / "again" / "record.sqlite") as again:
        assert list(first.answers()) == list(again.answers())


def test_demo_compares_three_populations_and_shows_a_transcript(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["demo", "--n", "30", "--quiet"]) == 0
    printed = capsys.readouterr().out
    for part in (
        "city",
        "value-anchor",
        "named",
        "ranking ~ human",
        "neither people nor a language model",
        "Next:",
        "pv01",
    ):
        assert part in printed
    assert call(["compare", "demo", "--json", "--resamples", "99"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [arm["n_respondents"] for arm in found["arms"]] == [10, 10, 10]
    assert len(found["pairs"]) == 3
    assert len(found["items"]) == 3 * 57
    for arm in found["arms"]:
        ranking = arm["ranking_with_humans"]
        # Resamples of ten people agree with others less than the ten do; corrected for it, bounds may pass the value.
        assert 0 < ranking["low"] < ranking["high"] <= 1
        assert ranking["low"] - 0.01 <= ranking["value"] <= ranking["high"] + 0.01


def test_demo_as_json_is_one_document(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["demo", "--n", "3", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"run", "record", "comparison", "transcript"}
