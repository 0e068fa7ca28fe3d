"""voxpop scenarios, as it is typed: list, show, check, write by a script, have rated, hold against answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import Cli

from surveys.loader import load_instrument
from surveys.scenarios import find_scenarios
from surveys.serialize import instrument_to_toml

ITEMS = "family-aging-parents,work-instructions,tradition-customs,law-keeping-rules,environment-or-growth,civic-harmony"
YES = '{"Q1": "yes", "Q2": "yes", "Q3": "yes", "Q4": "yes"}'


def block(number: int) -> str:
    return (
        f"Situation_{number}: {{name}} sees workers put up a camera on a post in front of house number {number}.\n"
        f"ActionA_{number}: {{name}} asks the workers to take the camera down from the post again.\n"
        f"ActionB_{number}: {{name}} thanks the workers and offers them a cup of coffee each."
    )


def script(folder: Path, **replies: str) -> Path:
    path = folder / "script.json"
    path.write_text(json.dumps({"items": replies}), encoding="utf-8")
    return path


def write(cli: Cli, *more: str, items: str = "law-cameras"):
    named = ("--items", items, "--engine", "scripted", "--set", "engine.replies=script.json", "--out", "mine.toml")
    return cli("scenarios", "write", "social-attitudes", *named, *more)


def test_the_built_in_set_is_listed_and_shown(cli):
    (told,) = json.loads(cli("scenarios", "list", "--json").out)
    assert (told["id"], told["survey"]) == ("social-attitudes", "social-attitudes")
    assert told["n_scenarios"] == 4 * told["n_items"]
    assert str(told["n_scenarios"]) in cli("scenarios", "list").out
    shown = cli("scenarios", "show", "social-attitudes", "--item", "law-keeping-rules").out
    assert "low: Strongly disagree" in shown
    assert "accordion" in shown
    found = json.loads(cli("scenarios", "show", "social-attitudes", "--json").out)
    assert len(found["scenarios"]) == told["n_scenarios"]
    assert set(found["scenarios"][0]) == {"id", "item", "situation", "action_low", "action_high", "source"}


def test_check_tells_every_fault_and_the_status(cli, tmp_path):
    assert cli("scenarios", "check", "social-attitudes").status == 0
    path = tmp_path / "mine.toml"
    path.write_text(
        'id = "mine"\ntitle = "Mine"\nsurvey = "social-attitudes"\n[[scenarios]]\nid = "a"', encoding="utf-8"
    )
    told = cli("scenarios", "check", "mine.toml", "--json")
    assert told.status == 2
    places = {fault["place"] for fault in json.loads(told.out)["faults"]}
    assert places == {f"scenario 'a', {key}" for key in ("item", "situation", "action_low", "action_high")}
    assert cli("scenarios", "show", "mine.toml").status == 2


def test_writing_leaves_a_file_that_passes_the_check_and_a_log(cli, tmp_path):
    script(tmp_path, **{"law-cameras": block(1) + "\n\n" + block(2), "law-cameras.1": YES, "law-cameras.2": "No."})
    told = json.loads(write(cli, "--json", "--n", "2").out)
    assert told["is_complete"] is True
    assert [told["items"][0][key] for key in ("n_begun", "n_kept", "dropped")] == [2, 1, {"bad_json": 1}]
    assert cli("scenarios", "check", "mine.toml").status == 0
    (kept,) = find_scenarios(tmp_path / "mine.toml").scenarios
    assert kept.id == "law-cameras.1"
    assert "scripted" in kept.source
    assert len((tmp_path / "mine.calls.jsonl").read_text(encoding="utf-8").splitlines()) == told["n_calls"] == 3
    assert "this file exists" in write(cli).message()


def test_an_incomplete_order_says_so_and_goes_on(cli, tmp_path):
    script(tmp_path, **{"law-cameras": block(1)})  # no reply to the critic's question: a failed call
    told = write(cli, "--n", "1")
    assert told.status == 3
    assert "1 of 1 calls to the critic failed" in " ".join(told.out.split())
    assert not (tmp_path / "mine.toml").exists()
    script(tmp_path, **{"law-cameras.1": YES})  # the writer is not asked again
    told = json.loads(write(cli, "--n", "1", "--json").out)
    assert (told["n_calls"], told["n_earlier_calls"], told["items"][0]["n_kept"]) == (1, 2, 1)


def test_scenarios_for_a_survey_of_ones_own_find_it_from_where_they_lie(cli, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    cli("scenarios", "survey", "social-attitudes", "--items", "law-keeping-rules", "--out", "own.toml")
    script(tmp_path, **{"law-keeping-rules.1.low": block(1), "law-keeping-rules.1.low.1": YES})
    told = cli(
        *("scenarios", "write", "own.toml", "--items", "law-keeping-rules.1.low", "--out", "elsewhere/mine.toml"),
        *("--n", "1", "--engine", "scripted", "--set", "engine.replies=script.json"),
    )
    assert told.status == 0, told.err
    assert find_scenarios(tmp_path / "elsewhere" / "mine.toml").instrument.id == "social-attitudes-actions"


def test_a_server_is_asked_with_these_settings_and_what_it_sends_is_read(cli, tmp_path, loopback_server):
    loopback_server.control(texts=[block(1), YES])
    loopback_server.fault("500", times=1)
    told = cli(
        *(
            "scenarios",
            "write",
            "social-attitudes",
            "--items",
            "law-cameras",
            "--n",
            "1",
            "--out",
            "mine.toml",
            "--json",
        ),
        *("--engine", "openai_compatible", "--base-url", loopback_server.base_url, "--model", loopback_server.model),
        *("--set", "settings.temperature=0.3", "--set", "settings.max_tokens=900"),
    )
    assert told.status == 0, told.err
    (item,) = json.loads(told.out)["items"]
    assert item["n_begun"] == 1
    lines = [json.loads(line) for line in (tmp_path / "mine.calls.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["settings"]["temperature"] for line in lines} == {0.3}
    assert max(line["attempts"] for line in lines) == 2
    body = loopback_server.seen()["last_body"]
    assert 900 in (body.get("max_tokens"), body.get("max_completion_tokens"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--items", "law-camera"), "did you mean 'law-cameras'?"),
        (("--items", "work-good-job"), "has no two poles"),
        (("--engine", "synthetic"), "engine 'synthetic' writes nothing of its own"),
        (("--wording", "weekday"), "there is no wording of scenarios 'weekday'; did you mean 'everyday'?"),
        (("--set", "budget.calls=5"), "--set budget: says nothing to the writing of scenarios"),
        (("--set", "settings.beams=2"), "--set settings.beams: says nothing"),
        (("--set", "settings.temperature.low=0", "--set", "settings.temperature.high=1"), "give a value"),
        (("--out", "mine.txt"), "let its name end in .toml"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_call(cli, tmp_path, more, said):
    script(tmp_path, **{"*": YES})
    told = write(cli, *more)
    assert told.status == 2
    assert said in told.message()
    assert not list(tmp_path.glob("*.jsonl")) or not (tmp_path / "mine.calls.jsonl").read_text(encoding="utf-8")


def test_the_survey_of_actions_is_an_ordinary_survey(cli, tmp_path):
    told = cli("scenarios", "survey", "social-attitudes", "--names", "Ann,Bo", "--out", "actions.toml", "--json")
    assert json.loads(told.out)["n_items"] == 2 * len(find_scenarios("social-attitudes").scenarios)
    assert cli("survey", "check", "actions.toml").status == 0
    assert "Ann " in (tmp_path / "actions.toml").read_text(encoding="utf-8")
    assert "this file exists" in cli("scenarios", "survey", "social-attitudes", "--out", "actions.toml").message()


# ---- two runs with a known truth -----------------------------------------------------------------------------------


@pytest.fixture
def runs(cli, tmp_path) -> Cli:
    """`values` answered the survey; `actions` rated actions that share its dimensions, `deaf` ones that share none."""
    cli("scenarios", "survey", "social-attitudes", "--items", ITEMS, "--out", "actions.toml")
    made = load_instrument(tmp_path / "actions.toml")
    deaf = replace(made, items=tuple(replace(item, dimensions=(), reverse_keyed=False) for item in made.items))
    (tmp_path / "deaf.toml").write_text(instrument_to_toml(deaf), encoding="utf-8")
    for name, survey in (("values", "social-attitudes"), ("actions", "actions.toml"), ("deaf", "deaf.toml")):
        told = cli("run", "--survey", survey, "--strategies", "city,basic", "--n", "10", "--name", name, "-q")
        assert told.status == 0, told.err
    return cli


def test_agreement_that_was_planted_is_found_and_none_where_none_was(runs):
    (planted,) = json.loads(runs("scenarios", "agree", "values", "actions", "--json").out)
    (absent,) = json.loads(runs("scenarios", "agree", "values", "deaf", "--json").out)
    assert (planted["n_pairs"], planted["n_scenarios"], planted["n_items"]) == (48, 24, 6)
    assert planted["pearson"]["low"] > 0.2
    assert planted["spearman"]["r"] > 0.4
    assert absent["pearson"]["low"] < 0 < absent["pearson"]["high"]
    assert abs(absent["pearson"]["r"]) < planted["pearson"]["low"]
    assert (planted["n_ratings"], planted["n_ratings_missing"]) == (480, 0)
    both = json.loads(runs("scenarios", "agree", "values", "actions", "--by", "strategy", "--json").out)
    assert [row["arm"] for row in both] == ["city", "basic"]
    assert [row["n_ratings"] for row in both] == [240, 240]
    assert "Pearson" in runs("scenarios", "agree", "values", "actions", "--middle", "drop").out
    # One answer of each respondent is what the text probe found, in one presentation: the same distributions.
    (probed,) = json.loads(runs("scenarios", "agree", "values", "actions", "--probe", "text", "--json").out)
    assert probed["pearson"]["r"] == pytest.approx(planted["pearson"]["r"], abs=1e-12)
    for arguments, said in (
        (("values", "values"), "which rates no actions; make its survey with voxpop scenarios survey"),
        (("actions", "actions"), "the actions belong to social-attitudes; name a run that asked this survey"),
        (("values", "actions", "--middle", "halve"), "allowed: split, drop"),
        (("values", "actions", "--by", "mood"), "allowed: strategy"),
        (("values", "actions", "--probe", "sequence"), "the first run has no distribution by this probe"),
        (("values", "actions", "--probe", "logits"), "allowed: text, token-logit, sequence"),
        (("values", "actions", "--probe", "text", "--by", "strategy"), "leave out --by"),
    ):
        told = runs("scenarios", "agree", *arguments)
        assert told.status == 2
        assert said in told.message()
