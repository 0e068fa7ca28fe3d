"""voxpop reference: from a file of human answers to a record that holds them, and every mistake in one message."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from commandline import Cli
from strategies_reference import plain_reference

from surveys.importers.tidy import import_tidy
from surveys.reference_file import read_reference, write_reference
from voxpop.reference_table import write_tidy

SURVEY = """
id = "s"
title = "S"
[[items]]
id = "q1"
text = "So?"
options = [{code = 1, text = "Yes"}, {code = 2, text = "No"}]
[[items]]
id = "q2"
text = "And so?"
options = [{code = 1, text = "Yes"}, {code = 2, text = "No"}, {code = 9, text = "Don't know", missing = "dont_know"}]
"""
TIDY = (
    "item,country,group,option,share,n\n"
    "q1,US,all,Yes,0.75,40\nq1,US,all,No,0.25,40\n"
    "q2,US,all,1,0.5,40\nq2,US,all,2,0.25,40\nq2,US,all,9,0.25,40\n"
    "q1,CN,all,1,0.9,10\nq1,CN,all,2,0.3,10\n"
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "s.toml").write_text(SURVEY, encoding="utf-8")
    (tmp_path / "human.csv").write_text(TIDY, encoding="utf-8")
    return tmp_path


def import_tidy_file(cli: Cli, *more: str) -> Any:
    return cli("reference", "import", "tidy", "human.csv", "--survey", "s.toml", "--out", "h.json", *more)


def test_from_a_table_to_the_record_and_out_again(files: Path, cli: Cli) -> None:
    told = import_tidy_file(cli)
    assert told.status == 0 and "human: 2 cells written to h.json" in told.out
    assert "unsound_shares (1)" in told.out and "item 'q1', CN, group 'all': the shares sum to 1.2000" in told.out

    assert cli("run", "--survey", "s.toml", "--n", "2", "--name", "r", "-q").status == 0
    told = cli("reference", "show", "r")
    assert told.status == 2 and "voxpop reference add r FILE" in told.message()
    told = cli("reference", "add", "r", "h.json", "--json")
    assert told.status == 0 and json.loads(told.out)["n_cells"] == 2
    assert cli("reference", "add", "r", "h.json").status == 0
    shown = json.loads(cli("reference", "show", "r", "--items", "q1", "--json").out)
    assert [one["cells"] for one in shown] == [
        [{"item": "q1", "shares": {"1": 0.75, "2": 0.25}, "country": "US", "n": 40.0}]
    ]
    assert "1 0.750  2 0.250" in cli("reference", "show", "h.json").out

    assert cli("reference", "export", "r", "out.csv").status == 0
    with (files / "out.csv").open(encoding="utf-8") as file:
        rows = [(row["reference"], row["item"], row["option"], row["share"]) for row in csv.DictReader(file)]
    assert rows[:2] == [("human", "q1", "1", "0.75"), ("human", "q1", "2", "0.25")] and len(rows) == 5
    status = json.loads(cli("status", "r", "--json").out)
    assert status["is_complete"] and status["ended"] == "ended complete"
    assert [session["kind"] for session in status["sessions"]] == ["run", "reference", "reference"]


def test_another_reference_of_the_same_id_is_refused(files: Path, cli: Cli) -> None:
    import_tidy_file(cli)
    cli("run", "--survey", "s.toml", "--n", "2", "--name", "r", "-q")
    cli("reference", "add", "r", "h.json")
    text = (files / "h.json").read_text(encoding="utf-8")
    (files / "h.json").write_text(text.replace('"n": 40.0', '"n": 41.0', 1), encoding="utf-8")
    told = cli("reference", "add", "r", "h.json")
    assert told.status == 5 and "recorded with other content" in told.message()


def test_check_says_what_is_wrong_and_returns_two_where_it_has_to_be_mended(files: Path, cli: Cli) -> None:
    import_tidy_file(cli)
    told = cli("reference", "check", "h.json", "--survey", "s.toml", "--json")
    found = json.loads(told.out)
    assert (told.status, found["is_sound"], found["n_usable"], found["counts"]) == (0, True, 2, {"missing_category": 1})
    told = cli("reference", "check", "h.json", "--survey", "s.toml", "--countries", "US,JP", "--groups", "sex=male")
    assert told.status == 2
    assert "JP: no cell of it is usable" in told.out and "group 'sex=male': no cell of it is usable" in told.out
    faulty = (files / "h.json").read_text(encoding="utf-8").replace("0.75", "0.5", 1)
    (files / "h.json").write_text(faulty, encoding="utf-8")
    told = cli("reference", "check", "h.json", "--survey", "s.toml")
    assert told.status == 2 and "unsound_shares (1)" in told.out and "item_without_reference (1)" in told.out
    told = cli("reference", "show", "h.json")
    assert told.status == 2 and "the shares sum to 0.7500" in told.message()


WRONG = {
    "format": ("import tidi human.csv --out h.json", "did you mean 'tidy'?"),
    "codebook": ("import microdata human.csv --out h.json", "microdata need a codebook"),
    "no use": ("import tidy human.csv --codebook s.toml --out h.json", "tidy has no use for a codebook"),
    "own questions": ("import wvs human.csv --survey s.toml --out h.json", "hold their own questions"),
    "no questions": ("import tidy human.csv --survey s.toml --out h.json --survey-out t.toml", "holds no questions"),
    "overwrite": ("import tidy human.csv --survey s.toml --out s.toml", "s.toml: this file exists"),
    "itself": ("import tidy human.csv --out human.csv --force", "is one of the files to import"),
    "folder": ("import tidy human.csv --survey s.toml --out none/h.json", "cannot be written"),
    "file": ("import tidy none.csv --out h.json", "there is no such file"),
    "nothing": ("import tidy human.csv --survey s.toml --items q7 --out h.json", "no human answers could be taken"),
    "show": ("show nothing", "no such run, folder or file"),
    "show file": ("show none.json", "there is no such file"),
    "check": ("check human.csv --survey s.toml", "is no JSON"),
    "survey": ("check h.json --survey nothing", "there is no survey 'nothing'"),
    "add": ("add nothing human.csv", "no such run"),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_mistake_is_one_message(name: str, files: Path, cli: Cli) -> None:
    typed, told = WRONG[name]
    before = sorted(files.iterdir())
    found = cli("reference", *typed.split())
    assert found.status == 2 and told in found.message()
    assert sorted(files.iterdir()) == before
    assert cli("reference", *typed.split(), "--json").error()["exit_status"] == 2


def test_an_exported_table_is_read_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    assert write_tidy([plain_reference()], path) == 8
    cells = import_tidy([path]).reference.cells
    noteless = [(cell.key, cell.shares, cell.n, cell.n_missing, cell.is_multiple) for cell in plain_reference().cells]
    assert [(cell.key, cell.shares, cell.n, cell.n_missing, cell.is_multiple) for cell in cells] == noteless


def test_the_wvs_goes_all_the_way(shared_data: Path, cli: Cli, tmp_path: Path) -> None:
    folder = shared_data / "derived"
    sources = [str(folder / "wvs7_distributions_merged.json"), str(folder / "wvs7_12countries_50q_distributions.csv")]
    told = cli(
        *("reference", "import", "wvs", *sources, "--countries", "US,CN", "--languages", "en,zh"),
        *("--items", "Q27,Q28,Q29", "--out", "w.json", "--survey-out", "w.toml", "--json"),
        *("--id", "wvs7-three", "--source", "three questions"),
    )
    found = json.loads(told.out)
    assert told.status == 0 and found["n_cells"] == 6 and found["survey_file"] == "w.toml"
    assert cli("run", "--survey", "w.toml", "--strategies", "city", "--n", "2", "--name", "w", "-q").status == 0
    assert cli("reference", "check", "w.json", "--survey", "w.toml").status == 0
    assert cli("reference", "add", "w", "w.json").status == 0
    reference = read_reference(tmp_path / "w.json")
    write_reference(reference, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "w.json").read_bytes()
    assert (reference.id, reference.source) == ("wvs7-three", "three questions")
    assert reference.licence.startswith("World Values Survey: non-commercial")
