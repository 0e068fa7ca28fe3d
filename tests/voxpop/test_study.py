"""`voxpop study`: from a name to a report, stopped and gone on with, and refused before anything is spent."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import Cli, process
from recorded_tables import rows_of, wait_for_answers
from servers.fixture import LoopbackServer

from analysis.report_folder import is_whole
from simulator.errors import RunSpecError
from voxpop.studies.catalog import STUDIES, find_study
from voxpop.studies.study import StudyOptions

SMALL = ("study", "strategies", "--n", "12", "--resamples", "99", "--out", "out")
TABLES = ("respondent", "exchange", "answer", "interview")
RECORD = Path("out/runs/strategies/record.sqlite")


def cells(name: str) -> list[dict[str, str]]:
    with Path(f"out/tables/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_study_leaves_a_report_that_says_what_compare_says(cli: Cli) -> None:
    told = cli(*SMALL)
    assert told.status == 0, told.err
    assert "Report: out/report.html" in told.out
    assert is_whole(Path("out"))
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "known-truth" in page
    assert "12" in page

    compared = json.loads(cli("compare", str(RECORD), "--resamples", "99", "--seed", "7", "--json").out)
    pairs = cells("pairs")
    assert [float(row["distance"]) for row in pairs] == [pair["js_distance"] for pair in compared["pairs"]]
    assert [float(row["corrected_low"]) for row in pairs] == [pair["corrected"]["low"] for pair in compared["pairs"]]
    shares = {(row["item"], row["arm"], int(row["code"])): float(row["share"]) for row in cells("items")}
    for item in compared["items"]:
        for code, share in zip(item["codes"], item["shares"], strict=True):
            assert shares[item["item"], item["arm"], code] == share

    first = {path: path.read_bytes() for path in Path("out").rglob("*.*") if path.suffix in {".html", ".csv", ".svg"}}
    again = cli(*SMALL, "--json")
    assert again.status == 0, again.err
    found = json.loads(again.out)
    assert found["report"] == "out/report.html"
    assert all(Path(path).is_file() for path in [*found["tables"].values(), *found["figures"].values()])
    assert found["records"] == [str(RECORD)]
    assert {path: path.read_bytes() for path in first} == first
    sessions = json.loads(cli("status", "out/runs/strategies", "--json").out)
    assert sessions["calls"] == 12 * 57


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_and_asks_nothing_twice(
    cli: Cli, loopback_server: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    engine = ("--engine", "openai_compatible", "--base-url", loopback_server.base_url, "--model", loopback_server.model)
    words = (*SMALL, *engine, "--set", "survey.limit=20", "--set", "fieldwork.concurrency=2", "--quiet")
    loopback_server.control(latency_seconds=0.02)
    running = process(*words, folder=tmp_path)
    wait_for_answers(tmp_path / RECORD, 60)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert not Path("out/report.html").exists()
    before = rows_of(tmp_path / RECORD, ("answer",))["answer"]
    assert 60 <= len(before) < 240

    loopback_server.control(reset=True)
    told = cli(*words)
    assert told.status == 0, told.err
    after = rows_of(tmp_path / RECORD, ("answer",))["answer"]
    assert len(after) == 240
    assert set(before) <= set(after)
    assert is_whole(Path("out"))


def test_open_interviews_end_with_status_3_and_the_same_command_goes_on(cli: Cli) -> None:
    told = cli(*SMALL, "--set", "budget.calls=100", "--quiet")
    assert told.status == 3
    assert re.search(r"interviews of out/runs/strategies are open: stopped by its budget", told.message())
    assert not Path("out/report.html").exists()
    told = cli(*SMALL, "--set", "budget.calls=100000", "--quiet")
    assert told.status == 0, told.err
    assert is_whole(Path("out"))


def test_a_folder_with_other_answers_is_refused_and_says_which_key_differs(cli: Cli) -> None:
    assert cli(*SMALL, "--set", "survey.limit=20", "--quiet").status == 0
    before = RECORD.read_bytes()
    told = cli("study", "strategies", "--n", "15", "--set", "survey.limit=20", "--out", "out")
    assert told.status == 2
    assert "population.n = 12, and now it is 15" in told.message()
    assert RECORD.read_bytes() == before


def test_what_cannot_be_written_is_refused_before_anything_is_asked(cli: Cli) -> None:
    Path("out").mkdir()
    Path("out/report.html").write_text("mine")
    told = cli(*SMALL)
    assert told.status == 2
    assert "was not written by a report" in told.message()
    assert not RECORD.exists()
    assert Path("out/report.html").read_text() == "mine"


def test_without_matplotlib_nothing_is_asked_and_it_says_what_to_install(tmp_path: Path) -> None:
    code = f"import sys; sys.modules['matplotlib'] = None; from voxpop.cli import call; sys.exit(call({list(SMALL)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'voxpop[figures]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / RECORD).exists()


def test_the_flags_of_a_study_are_options_of_its_command(cli: Cli) -> None:
    told = cli(*SMALL, "--strategies", "basic,city", "--set", "survey.limit=20", "--quiet")
    assert told.status == 0, told.err
    assert [row["pair"] for row in cells("pairs")] == ["basic – city"]
    assert cli("study", "strategies", "--strategies", "city", "--out", "two").status == 2
    assert cli("study", "strategies", "--ablate").status == 2


def test_every_study_can_be_listed_and_found(cli: Cli) -> None:
    listed = json.loads(cli("study", "list", "--json").out)
    assert [one["name"] for one in listed] == [study.name for study in STUDIES]
    assert all(study.name in cli("study", "list").out for study in STUDIES)
    with pytest.raises(RunSpecError, match="did you mean 'strategies'"):
        find_study("strategy")


def test_a_survey_without_values_has_no_section_on_them(tmp_path: Path) -> None:
    study = find_study("strategies")
    options = StudyOptions(
        folder=tmp_path,
        n=12,
        seed=7,
        resamples=99,
        overrides=("survey.instrument=civic-topics", "survey.limit=10"),
        flags=study.flags_with({}),
        is_quiet=True,
    )
    report = study.run(options)
    assert [section.id for section in report.sections if section.id == "values-and-people"] == []
    assert len(report.findings) == 3
