"""Ablations as arms of one run: balanced, each without exactly what it is called after, and comparable by name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from commandline import Cli

from analysis.responses import answers_frame
from personas.places import countries
from simulator.engines.synthetic import SyntheticEngine
from simulator.errors import ConfigError, RunSpecError
from simulator.messages import Completion, Request
from simulator.store.reader import Reader
from voxpop.arms import load_arms
from voxpop.planning import make_design
from voxpop.running import launch
from voxpop.spec import RunSpec, make_spec
from voxpop.transcript import make_transcript

ABLATIONS = ["full", "no-memory", "no-decoding", "no-location", "none"]


def spec(strategy: str = "city", **changes: Any) -> RunSpec:
    data: dict[str, Any] = {
        "name": "ablation",
        "seed": 9,
        "survey": {"instrument": "civic-topics", "limit": 4},
        "population": {"strategy": strategy, "n": 60, "country": ["US", "CN"], "drawing": "uniform"},
        "asking": {"style": "citizen", "answer_format": "explained"},
        "memory": {"kind": "random-prune", "min_length": 2, "max_length": 15},
        "settings": {"temperature": {"low": 0.5, "high": 1.2}, "sampling": "random"},
        "arms": {"ablation": ABLATIONS},
    }
    return make_spec({**data, **changes})


class Listening(SyntheticEngine):
    """Known-truth respondents that keep every request."""

    def __init__(self) -> None:
        super().__init__(seed=9)
        self.heard: list[Request] = []

    async def complete(self, request: Request) -> Completion:
        self.heard.append(request)
        return await super().complete(request)


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Listening]:
    record, engine = tmp_path_factory.mktemp("ablation") / "record.sqlite", Listening()
    launch(spec("city+generated"), record, engine=engine)
    return record, engine


def test_arms_are_balanced_and_each_goes_without_what_it_is_called_after() -> None:
    design = make_design(spec())
    people = list(design.interviews())
    assert Counter(one.condition.ablation for one in people) == dict.fromkeys(ABLATIONS, 12)
    for one in people:
        what = one.condition.ablation
        without_memory, without_decoding = what in ("no-memory", "none"), what in ("no-decoding", "none")
        assert (one.memory_length == 0) == without_memory
        assert (one.decoding is None) == without_decoding
        assert one.condition.tells_place == (what not in ("no-location", "none"))
        if without_decoding:
            assert (one.condition.settings.temperature, one.condition.settings.beams) == (0.0, None)


def test_within_a_persona_only_the_place_told_differs() -> None:
    design = make_design(spec(design="within"))
    people = list(design.interviews())
    assert len(people) == 300
    for number in range(0, 300, 5):
        told = {one.condition.ablation: one for one in people[number : number + 5]}
        assert len({one.persona.id for one in told.values()}) == 1
        assert len({str(sorted(one.persona.attributes.items())) for one in told.values()}) == 1
        assert told["full"].persona.texts == told["no-memory"].persona.texts == told["no-decoding"].persona.texts
        assert told["no-location"].persona.texts == told["none"].persona.texts != told["full"].persona.texts
        assert told["none"].persona.texts["en"] in ("You live in the United States.", "You live in China.")


def test_prompts_without_location_hold_no_place_and_the_others_do(carried: tuple[Path, Listening]) -> None:
    record, engine = carried
    every = countries()
    regions = {region.name for code in ("US", "CN") for region in every[code].regions}
    with Reader(record) as reader:
        arms = {row.id: row.settings["ablation"] for row in reader.conditions()}
        people = {f"r{row.number:04d}": row for row in reader.respondents()}
    heard = Counter[str]()
    for request in engine.heard:
        assert request.asked is not None
        row = people[request.asked.respondent_id]
        prompt = "\n".join(message.content for message in request.messages)
        what = arms[row.condition]
        heard[what] += 1
        assert row.attributes["region"] in regions  # the record knows where everybody lives
        if what in ("no-location", "none"):
            assert not [place for place in (row.attributes["region"], row.attributes["city"]) if place in prompt]
            assert set(request.asked.attributes) & {"country", "region", "city"} == {"country"}
        else:
            assert row.attributes["city"] in prompt
            assert request.asked.attributes["region"] == row.attributes["region"]
    assert set(heard) == set(ABLATIONS)


def test_a_transcript_is_rebuilt_as_it_was_told(carried: tuple[Path, Listening]) -> None:
    with Reader(carried[0]) as reader:
        read = [make_transcript(reader, f"r{number:04d}") for number in range(20)]
    assert {one.condition["ablation"] for one in read} == set(ABLATIONS)
    assert all(call.is_verbatim for one in read for turn in one.turns for call in turn.calls)


def test_runs_are_compared_by_ablation(carried: tuple[Path, Listening], cli: Cli) -> None:
    arms = load_arms([carried[0]], "ablation").arms
    assert [(arm.name, arm.n_respondents) for arm in arms] == [(name, 12) for name in ABLATIONS]
    with Reader(carried[0]) as reader:
        frame = answers_frame(reader)
    assert set(frame.ablation) == set(ABLATIONS)
    assert "no-location" in cli("compare", str(carried[0]), "--by", "ablation").out
    listed = cli("show", str(carried[0]), "--json").out
    assert {row["arm"] for row in json.loads(listed)} == {f"ablation {name}" for name in ABLATIONS}


def test_a_run_without_ablation_is_a_full_one(tmp_path: Path) -> None:
    launch(spec(arms={}), tmp_path / "record.sqlite")
    assert [arm.name for arm in load_arms([tmp_path / "record.sqlite"], "ablation").arms] == ["full"]


def test_decoding_that_the_spec_fixes_stays_in_an_arm_without_drawn_decoding() -> None:
    fixed = spec(settings={"temperature": 0.7, "beams": {"low": 1, "high": 3}, "max_tokens": 50})
    settings = {one.condition.ablation: one.condition.settings for one in make_design(fixed).interviews()}
    assert (settings["no-decoding"].temperature, settings["no-decoding"].beams) == (0.7, None)
    assert settings["none"].max_tokens == 50


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"memory": {"kind": "none"}}, ["'no-memory' takes nothing away", "memory.kind"]),
        ({"settings": {"temperature": 0.7}}, ["'no-decoding' takes nothing away", 'settings.draws = "sane"']),
        ({"population": {"strategy": "named", "n": 9}}, ["'no-location'", "'named'", 'strategy "city"']),
        ({"population": {"strategy": "city", "detail": "country", "n": 9}}, ["'no-location'", "told no place"]),
        (
            {"population": {"strategy": "city", "n": 9, "template": "You live in {city}."}},
            ["You live in {city}.", "there is no value for {city}"],
        ),
    ],
)
def test_an_ablation_that_takes_nothing_away_is_refused(changes: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        make_design(spec(**changes))
    for part in expected:
        assert part in str(caught.value)


def test_an_unknown_ablation_is_refused() -> None:
    with pytest.raises(RunSpecError, match="did you mean 'no-memory'"):
        spec(arms={"ablation": ["no-memori"]})
