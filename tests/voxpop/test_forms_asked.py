"""Sex-specific items in a run: who gets which form, what the prompt says, what the record keeps, how arms split."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from commandline import Cli
from recorded_tables import rows_of

from analysis.responses import answers_frame
from personas.persona import Persona
from simulator.engines.synthetic import SyntheticEngine
from simulator.messages import Completion, Request
from simulator.store.reader import Reader
from voxpop.arms import load_arms
from voxpop.item_forms import assign_forms, form_of_persona
from voxpop.planning import make_design
from voxpop.running import launch, resume
from voxpop.spec import RunSpec, make_spec
from voxpop.transcript import make_transcript

SHE, HE = "She likes to decide for herself.", "He likes to decide for himself."
SURVEY = f"""
id = "two-forms"
title = "Two forms"
[option_sets.like]
options = [{{code = 1, text = "Unlike me"}}, {{code = 2, text = "Half like me"}}, {{code = 3, text = "Like me"}}]
[[items]]
id = "p1"
format = "scale"
options = "like"
forms = {{female = "{SHE}", male = "{HE}"}}
[[items]]
id = "p2"
format = "scale"
options = "like"
text = "They like quiet."
[[items]]
id = "p3"
format = "scale"
options = "like"
text = "They like company."
forms = {{male = "He likes company."}}
"""

PEOPLE = {"n": 60, "strategies": ["named", "demographic", "value-anchor", "basic"], "country": "US"}


class Listening(SyntheticEngine):
    """Known-truth respondents that keep every prompt, and go away after so many calls."""

    def __init__(self, calls: int = 10**6) -> None:
        super().__init__(seed=3)
        self.heard: dict[str, str] = {}
        self._left = calls

    async def complete(self, request: Request) -> Completion:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        assert request.asked is not None
        name = request.asked.respondent_id
        self.heard[name] = self.heard.get(name, "") + "\n".join(message.content for message in request.messages)
        return await super().complete(request)


def spec(tmp_path: Path, **changes: Any) -> RunSpec:
    (tmp_path / "forms.toml").write_text(SURVEY, encoding="utf-8")
    data: dict[str, Any] = {
        "name": "forms",
        "seed": 3,
        "survey": {"instrument": str(tmp_path / "forms.toml")},
        "population": PEOPLE,
        "memory": {"kind": "full"},
    }
    return make_spec({**data, **changes})


@pytest.mark.parametrize(
    ("attributes", "form"),
    [
        ({"gender": "male"}, "male"),
        ({"gender": "Woman"}, "female"),
        ({"gender": "non-binary"}, None),
        ({"gender": "other", "title": "Mr."}, None),
        ({"gender": "female", "title": "Mr."}, "female"),
        ({"title": "Mr."}, "male"),
        ({"title": "Ms."}, "female"),
        ({"title": "Mx."}, None),
        ({"anchor": "UNN"}, None),
        ({}, None),
    ],
)
def test_gender_decides_then_title(attributes: dict[str, Any], form: str | None) -> None:
    assert form_of_persona(attributes) == form


def test_those_without_a_form_of_their_own_take_the_two_in_turn_within_each_condition() -> None:
    people = [Persona(f"p{n}", "basic", attributes={"gender": "male"} if n % 3 == 0 else {}) for n in range(10)]
    assignment = [(person, condition) for person in people for condition in (0, 1)]
    forms = assign_forms(assignment, range(len(assignment)))
    for condition in (0, 1):
        given = [forms[n] for n in range(condition, len(assignment), 2)]
        neutral = [form for form, person in zip(given, people, strict=True) if not person.attributes]
        assert neutral == ["female", "male"] * 3
        assert {form for form, person in zip(given, people, strict=True) if person.attributes} == {"male"}


@pytest.mark.parametrize("design", ["between", "within"])
def test_a_design_is_balanced_in_every_condition(tmp_path: Path, design: str) -> None:
    arms = {"memory": ["none", "full"]}
    planned = make_design(spec(tmp_path, design=design, arms=arms, population=PEOPLE | {"n": 240}))
    counts: dict[int, Counter[str]] = {}
    for one in planned.interviews():
        own = form_of_persona(one.persona.attributes)
        assert own in (None, one.item_form)
        if own is None:
            counts.setdefault(one.condition_id, Counter())[one.item_form] += 1
    assert len(counts) == 8
    assert all(abs(found["female"] - found["male"]) <= 1 for found in counts.values())


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Listening]:
    folder = tmp_path_factory.mktemp("forms")
    engine = Listening()
    launch(spec(folder), folder / "record.sqlite", engine=engine)
    return folder / "record.sqlite", engine


def test_everybody_is_asked_in_the_form_that_the_record_names(carried: tuple[Path, Listening]) -> None:
    record, engine = carried
    with Reader(record) as reader:
        forms = {f"r{row.number:04d}": row.attributes["item_form"] for row in reader.respondents()}
        frame = answers_frame(reader, attributes=True)
    assert set(forms.values()) == {"female", "male"}
    for name, prompt in engine.heard.items():
        is_male = forms[name] == "male"
        assert (HE in prompt, SHE in prompt) == (is_male, not is_male)
        assert ("He likes company." in prompt, "They like company." in prompt) == (is_male, not is_male)
    assert dict(zip(frame.respondent, frame.attr_item_form, strict=True)) == forms


def test_every_prompt_is_rebuilt_to_the_byte_and_says_its_form(carried: tuple[Path, Listening]) -> None:
    with Reader(carried[0]) as reader:
        read = [make_transcript(reader, f"r{number:04d}") for number in range(60)]
    assert all(call.is_verbatim for one in read for turn in one.turns for call in turn.calls)
    for one in read:
        assert {"female": SHE, "male": HE}[one.attributes["item_form"]] in one.turns[0].calls[0].question
        assert f"item_form: {one.attributes['item_form']}" in " ".join(str(one).replace("│", " ").split())


@pytest.mark.parametrize("calls", [1, 50, 100])
def test_a_run_cut_off_goes_on_in_the_same_forms(tmp_path: Path, carried: tuple[Path, Listening], calls: int) -> None:
    cut = tmp_path / "cut.sqlite"
    planned = spec(carried[0].parent)
    with pytest.raises(KeyboardInterrupt):
        launch(planned, cut, engine=Listening(calls))
    engine = Listening()
    assert resume(cut, engine=engine).outcome.is_complete
    tables = ("respondent", "exchange", "answer", "interview")
    assert rows_of(cut, tables) == rows_of(carried[0], tables)
    for name, prompt in engine.heard.items():
        assert engine.heard[name].count(SHE) == 0 or prompt.count(HE) == 0


def test_several_workers_give_everybody_the_same_form(tmp_path: Path, carried: tuple[Path, Listening]) -> None:
    shared = tmp_path / "shared.sqlite"
    launch(spec(carried[0].parent, fieldwork={"workers": 2}), shared)
    tables = ("respondent", "exchange", "answer", "interview")
    assert rows_of(shared, tables) == rows_of(carried[0], tables)


def test_runs_are_compared_by_form(carried: tuple[Path, Listening], cli: Cli) -> None:
    arms = load_arms([carried[0]], "item_form").arms
    with Reader(carried[0]) as reader:
        expected = Counter(row.attributes["item_form"] for row in reader.respondents())
    assert [(arm.name, arm.n_respondents) for arm in arms] == sorted(expected.items())
    assert all(arm.answers.choices.shape == (expected[arm.name], 3) for arm in arms)
    found = json.loads(cli("compare", str(carried[0]), "--by", "item_form", "--json").out)
    assert [arm["name"] for arm in found["arms"]] == ["female", "male"]


def test_a_survey_without_forms_has_nobody_in_one(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(spec(tmp_path, survey={"instrument": "portrait-values", "limit": 2}), record)
    with Reader(record) as reader:
        assert not any("item_form" in row.attributes for row in reader.respondents())
    assert [arm.name for arm in load_arms([record], "item_form").arms] == ["no form"]


def test_a_panel_is_asked_in_one_form(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    changes = {"protocol": {"name": "critique-list", "list_size": 4}, "population": {"n": 16, "country": "US"}}
    launch(spec(tmp_path, **changes), record)
    with Reader(record) as reader:
        panels: dict[str, set[str]] = {}
        for row in reader.respondents():
            panels.setdefault(row.attributes["panel"], set()).add(row.attributes["item_form"])
        read = make_transcript(reader, "r0005")
    assert sorted(map(sorted, panels.values())) == [["female"], ["female"], ["male"], ["male"]]
    assert all(call.is_verbatim for turn in read.turns for call in turn.calls)
    assert HE in read.turns[0].calls[0].prompt[-1][1]
