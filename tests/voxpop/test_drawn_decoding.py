"""Decoding settings drawn per respondent, in a run: recorded, sent, shown, the same after a stop and in any order."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from commandline import Cli, Told
from recorded_tables import rows_of
from servers.fixture import LoopbackServer

from analysis.responses import answers_frame, respondents_frame
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.synthetic import SyntheticEngine
from simulator.errors import MissingCapability, RunSpecError
from simulator.messages import Completion, Request, Settings
from simulator.store.reader import Reader
from voxpop.export import export, read_export
from voxpop.forecast import forecast
from voxpop.planning import make_design
from voxpop.running import launch, resume
from voxpop.spec import RunSpec, make_spec
from voxpop.spec_decoding import PRESETS
from voxpop.transcript import make_transcript

TABLES = ("run", "condition", "item", "respondent", "exchange", "answer", "interview")
DRAWN = {"temperature": {"low": 0.5, "high": 1.2}, "top_p": {"low": 0.9, "high": 1}, "sampling": "random"}


def spec(settings: dict[str, Any], **changes: Any) -> RunSpec:
    data: dict[str, Any] = {
        "name": "drawn",
        "seed": 5,
        "survey": {"limit": 6},
        "population": {"n": 12, "strategies": ["city", "generated"]},
        "engine": {"name": "synthetic", "unreadable": 0.1},
        "settings": settings,
    }
    return make_spec({**data, **changes})


class Beaming(SyntheticEngine):
    """Known-truth respondents that keep what they were asked with, and go away after so many calls."""

    def __init__(self, calls: int = 10**6) -> None:
        super().__init__(seed=5)
        self.sent: dict[str, set[Settings]] = {}
        self._left = calls

    async def complete(self, request: Request) -> Completion:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        assert request.asked is not None
        if request.asked.item_id:  # a persona is written with settings of its own
            self.sent.setdefault(request.asked.respondent_id, set()).add(request.settings)
        return await super().complete(request)


@pytest.mark.parametrize("calls", [0, 1, 30, 70])
def test_a_run_cut_off_and_resumed_has_the_draws_and_answers_of_a_whole_one(tmp_path: Path, calls: int) -> None:
    whole, cut = tmp_path / "whole.sqlite", tmp_path / "cut.sqlite"
    planned = spec({**DRAWN, "beams": {"low": 1, "high": 4}}, engine={"name": "synthetic"})
    launch(planned, whole)
    with pytest.raises(KeyboardInterrupt):
        launch(planned, cut, engine=Beaming(calls))
    assert resume(cut).outcome.is_complete
    assert rows_of(cut, TABLES) == rows_of(whole, TABLES)


def test_order_and_number_of_workers_do_not_change_a_draw(tmp_path: Path) -> None:
    records = []
    for name, fieldwork in (("one", {"concurrency": 1}), ("many", {"concurrency": 9}), ("two", {"workers": 2})):
        records.append(tmp_path / f"{name}.sqlite")
        launch(spec(DRAWN, fieldwork=fieldwork), records[-1])
    first, *others = (rows_of(record, TABLES[1:]) for record in records)
    assert all(rows == first for rows in others)


def test_every_call_of_a_respondent_is_made_with_what_the_record_says_was_drawn(tmp_path: Path) -> None:
    engine, record = Beaming(), tmp_path / "record.sqlite"
    launch(spec({**DRAWN, "max_tokens": 9}), record, engine=engine)
    with Reader(record) as reader:
        drawn = {f"r{row.number:04d}": row.settings for row in reader.respondents()}
        frame = respondents_frame(reader).set_index("respondent")
        answers = answers_frame(reader)
    assert len(drawn) == 12
    assert len({str(one) for one in drawn.values()}) > 6
    for name, found in drawn.items():
        assert found is not None
        (sent,) = engine.sent[name]
        assert sent == Settings(found["temperature"], found.get("top_p"), 9)
        assert (frame.temperature[name], bool(frame.sampling[name])) == (sent.temperature, found["sampling"])
        assert set(answers.temperature[answers.respondent == name]) == {sent.temperature}
    assert frame.top_p.isna().tolist() == (~frame.sampling.astype(bool)).tolist()


def test_a_rebuilt_prompt_knows_the_temperature_that_was_drawn(tmp_path: Path) -> None:
    """At temperature 0 a further try carries a reminder, which is part of the prompt and its hash."""
    record = tmp_path / "record.sqlite"
    launch(spec({"sampling": "random"}, engine={"name": "synthetic", "unreadable": 0.5}), record)
    with Reader(record) as reader:
        read = [make_transcript(reader, f"r{number:04d}") for number in range(12)]
    again = [
        (one.drawn_settings or {}, call) for one in read for turn in one.turns for call in turn.calls if call.try_number
    ]
    assert {drawn["sampling"] for drawn, _ in again} == {True, False}
    assert all(call.is_verbatim for _, call in again)
    for drawn, call in again:
        assert ("keep to the format" in call.prompt[-1][1]) == (drawn["sampling"] is False)


def test_a_server_gets_the_drawn_settings_and_a_replay_repeats_the_run(
    tmp_path: Path, loopback_server: LoopbackServer
) -> None:
    first, again = tmp_path / "first.sqlite", tmp_path / "again.sqlite"
    settings = {"temperature": {"low": 0.5, "high": 1.2}, "beams": {"low": 2, "high": 4}}
    population = {"n": 3, "strategy": "city"}
    engine = OpenAICompatibleEngine(loopback_server.model, loopback_server.base_url, dialect="vllm")
    launch(spec(settings, population=population, fieldwork={"concurrency": 1}), first, engine=engine)
    body = loopback_server.seen()["last_body"]
    with Reader(first) as reader:
        *_, last = reader.respondents()
    assert last.settings == {"temperature": body["temperature"], "beams": body["n"]}
    assert body["use_beam_search"] is True
    replay = {"name": "replay", "record": str(first)}
    launch(spec(settings, population=population, engine=replay), again)
    assert rows_of(first, TABLES[3:]) == rows_of(again, TABLES[3:])


def test_beams_that_an_engine_cannot_do_are_recorded_as_not_applied_and_said(tmp_path: Path, cli: Cli) -> None:
    arguments = [
        "--survey",
        "civic-topics",
        "--n",
        "20",
        "--set",
        "survey.limit=2",
        "--set",
        "settings.draws=published-code",
    ]
    assert cli("run", "--name", "code", *arguments).status == 0
    with Reader(Path("runs/code/record.sqlite")) as reader:
        drawn = [row.settings or {} for row in reader.respondents()]
    n_drawn = sum(one["beams"] > 1 for one in drawn)
    assert 0 < n_drawn < 20
    assert [one.get("not_applied") for one in drawn] == [["beams"] if one["beams"] > 1 else None for one in drawn]
    assert f"beams: drawn for {n_drawn} respondents, and the engine cannot do it" in words_of(cli("status", "code"))
    number = next(number for number, one in enumerate(drawn) if one["beams"] > 1)
    assert f"drawn: beams {drawn[number]['beams']} (not applied)" in words_of(cli("show", "code", f"r{number:04d}"))
    assert "beams are drawn and cannot be applied by this engine" in words_of(cli("plan", *arguments))
    frame = read_export(exported(Path("runs/code/record.sqlite"), Path("a.csv")))
    assert set(frame.not_applied.dropna()) == {"beams"}
    assert set(frame.beams.dropna()) == {1}


def words_of(told: Told) -> str:
    """What was printed, whatever the lines and frames."""
    return " ".join(told.out.replace("│", " ").split())


def exported(record: Path, path: Path) -> Path:
    with Reader(record) as reader:
        export(reader, path)
    return path


def test_something_else_is_drawn_where_the_engine_has_no_beam_search_if_asked_to(tmp_path: Path) -> None:
    settings = {"draws": "published-code", "beams_instead": "temperature"}
    launch(spec(settings), tmp_path / "record.sqlite")
    with Reader(tmp_path / "record.sqlite") as reader:
        drawn = [row.settings or {} for row in reader.respondents()]
    assert len({one["temperature"] for one in drawn}) == 12
    plan = forecast(spec(settings))
    assert plan["draws"] == ["beams 1 to 4"]
    assert [words for words in plan["warnings"] if "temperature is drawn in their place" in words]


def test_a_number_of_beams_that_is_asked_for_is_still_refused_by_an_engine_without(tmp_path: Path) -> None:
    with pytest.raises(MissingCapability, match="beams = 3"):
        launch(spec({"draws": "published-paper", "beams": 3}), tmp_path / "record.sqlite")


def test_fixed_settings_leave_no_trace_with_the_respondent(tmp_path: Path) -> None:
    launch(spec({"temperature": 0.7}), tmp_path / "record.sqlite")
    connection = sqlite3.connect(tmp_path / "record.sqlite")
    assert connection.execute("SELECT count(*) FROM respondent WHERE settings IS NOT NULL").fetchone() == (0,)
    connection.close()


# METHODS 5.3; the paper's 0 beams are impossible.
PUBLISHED = {
    "published-paper": ((0, 15), (1, 5), True, "fixed"),
    "published-code": ((0, 14), (1, 4), False, "random-per-item"),
}


@pytest.mark.parametrize("preset", PUBLISHED)
def test_a_published_preset_draws_from_the_published_ranges(preset: str) -> None:
    design = make_design(make_spec({"settings": {"draws": preset}, "population": {"n": 600}}))
    lengths, beams, sampling, order = PUBLISHED[preset]
    people = list(design.interviews())
    memories = [one.memory_length for one in people if one.memory_length is not None]
    assert (min(memories), max(memories)) == lengths
    drawn = [one.decoding for one in people if one.decoding is not None]
    assert {one.beams for one in drawn} == set(range(beams[0], beams[1] + 1))
    assert {one.sampling for one in drawn} == ({True, False} if sampling else {None})
    assert {one.condition.option_order for one in people} == {order}
    assert {(one.condition.settings.temperature, one.condition.settings.max_tokens) for one in people} == (
        {(1.0, 512), (0.0, 512)} if sampling else {(1.0, 512)}
    )


def test_the_sane_preset_varies_temperature_and_top_p_alone() -> None:
    design = make_design(make_spec({"settings": {"draws": "sane"}, "population": {"n": 50}}))
    assert {one.condition.settings.beams for one in design.interviews()} == {1}
    assert len({one.condition.settings.temperature for one in design.interviews()}) > 30
    assert all(0.9 <= (one.condition.settings.top_p or 0) <= 1 for one in design.interviews())


@pytest.mark.parametrize("preset", PRESETS)
def test_keys_that_are_given_win_over_the_preset(preset: str) -> None:
    given = {"settings": {"draws": preset, "temperature": 0.3, "beams": 1}, "memory": {"max_length": 4}}
    found = make_spec(given, overrides=["asking.option_order=reversed"])
    assert (found.settings.temperature, found.settings.beams, found.memory.max_length) == (0.3, 1, 4)
    assert found.asking.option_order == "reversed"
    assert make_spec({"settings": {"draws": preset, "sampling": False}}).settings.fixed().temperature == 0
    assert RunSpec.model_validate(found.as_json()) == found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"settings": {"beams": {"low": 0, "high": 5}}}, ["settings.beams.low", "without a beam is impossible"]),
        ({"settings": {"temperature": {"low": 2, "high": 1}}}, ["low = 2 to high = 1", "lower end as low"]),
        ({"settings": {"temperature": {"low": 1, "hihg": 2}}}, ["settings.temperature.hihg", "did you mean 'high'"]),
        ({"settings": {"temperature": {"low": 1}}}, ["settings.temperature.high", "is missing"]),
        ({"settings": {"top_p": {"low": 0.5, "high": 1.5}}}, ["settings.top_p.high", "1.5", "at most 1"]),
        ({"settings": {"sampling": "maybe"}}, ["settings.sampling", "'maybe'", "'random'"]),
        ({"settings": {"sampling": False, "temperature": 0.7}}, ["settings.sampling", "leave one out"]),
        ({"settings": {"draws": "published"}}, ["settings.draws", "'published-paper'"]),
        ({"memory": {"min_length": 6, "max_length": 5}}, ["min_length = 6", "max_length = 5"]),
        (
            {"memory": {"min_length": 6}, "arms": {"memory_length": [3]}},
            ["arms.memory_length", "memory.min_length = 6"],
        ),
    ],
)
def test_a_range_that_cannot_be_drawn_from_is_refused(data: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(RunSpecError) as caught:
        make_spec(data)
    for part in expected:
        assert part in str(caught.value)
