"""The run specification: what it accepts, and how every kind of mistake is answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import RunSpecError
from voxpop.planning import make_arms, make_design, split_evenly
from voxpop.spec import RunSpec, make_spec, read_spec

ROOT = Path(__file__).resolve().parent.parent.parent


def faults_of(data: dict[str, object]) -> str:
    with pytest.raises(RunSpecError) as caught:
        make_spec(data, source="my.toml")
    return str(caught.value)


def test_the_shipped_recipes_are_valid() -> None:
    for path in (ROOT / "runs").glob("*.toml"):
        assert make_design(read_spec(path)).n_respondents > 0


def test_the_demo_in_the_package_is_the_recipe_in_runs() -> None:
    assert (ROOT / "voxpop/demo.toml").read_text() == (ROOT / "runs/demo.toml").read_text()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"sed": 3}, ["sed", "unknown key", "did you mean 'seed'", "allowed here"]),
        ({"population": {"n": 0}}, ["population.n", "found 0", "greater than 0"]),
        ({"population": {"n": -5}}, ["found -5", "greater than 0"]),
        ({"population": {"n": "many"}}, ["found 'many'", "integer"]),
        ({"memory": {"kind": "randomprune"}}, ["memory.kind", "'randomprune'", "did you mean 'random-prune'"]),
        ({"asking": {"option_order": "shuffled"}}, ["asking.option_order", "'shuffled'", "reversed"]),
        ({"probe": {"name": "logits"}}, ["probe.name", "'logits'", "token-logit"]),
        ({"settings": {"temperature": -1}}, ["settings.temperature", "-1"]),
        ({"arms": {"memry": ["none"]}}, ["arms.memry", "unknown key", "memory"]),
        ({"survey": {"topic": "x"}}, ["survey.topic", "did you mean 'topics'"]),
        ({"name": "a b/c"}, ["name", "'a b/c'"]),
        ({"population": {"n": 2, "strategies": ["city", "named", "basic"]}}, ["n: 2 cannot be split over 3"]),
        ({"fieldwork": {"concurrency": 0}}, ["fieldwork.concurrency"]),
    ],
)
def test_a_mistake_is_answered_with_key_what_was_found_and_what_is_allowed(
    data: dict[str, object], expected: list[str]
) -> None:
    message = faults_of(data)
    assert message.startswith("my.toml: 1 fault")
    for part in expected:
        assert part in message


def test_every_mistake_is_reported_at_once() -> None:
    assert faults_of({"sed": 1, "memory": {"kind": "x"}, "population": {"n": 0}}).startswith("my.toml: 3 faults")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RunSpecError, match="there is no such file"):
        read_spec(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = 'x'\nseed = = 3\n", encoding="utf-8")
    with pytest.raises(RunSpecError, match=r"not valid TOML.*line 2"):
        read_spec(broken)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunSpecError, match=r"not UTF-8 text .* save the file as UTF-8"):
        read_spec(binary)
    with pytest.raises(RunSpecError, match="this is a folder"):
        read_spec(tmp_path)


def test_shorthands_and_overrides() -> None:
    spec = make_spec(
        {"survey": "civic-topics", "engine": "synthetic", "population": {"n": 4}},
        overrides=["population.n=9", "engine.refusal=0.1", "survey.limit=3", "memory.kind=none", 'name="x1"'],
    )
    assert (spec.population[0].n, spec.survey.instrument, spec.survey.limit) == (9, "civic-topics", 3)
    assert (spec.engine.name, spec.engine.options(), spec.memory.kind, spec.name) == (
        "synthetic",
        {"refusal": 0.1},
        "none",
        "x1",
    )
    with pytest.raises(RunSpecError, match="write it as key=value"):
        make_spec({}, overrides=["seed"])


def test_a_survey_file_beside_the_spec_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("", encoding="utf-8")
    (tmp_path / "spec.toml").write_text('survey = "mine.toml"\n', encoding="utf-8")
    assert read_spec(tmp_path / "spec.toml").survey.instrument == str(tmp_path / "mine.toml")


def test_arms_are_crossed() -> None:
    spec = make_spec(
        {"arms": {"memory": ["none", "full"], "option_order": ["fixed", "random"], "temperature": [0, 0.7]}}
    )
    arms = make_arms(spec)
    assert len(arms) == len(set(arms)) == 8
    assert {(arm.memory.kind, arm.option_order, arm.settings.temperature) for arm in arms} == {
        (memory, order, temperature)
        for memory in ("none", "full")
        for order in ("fixed", "random")
        for temperature in (0.0, 0.7)
    }


def test_between_puts_each_persona_in_one_cell_in_balance() -> None:
    spec = make_spec(
        {"population": {"n": 50, "strategies": ["city", "named"]}, "arms": {"memory": ["none", "full", "window"]}}
    )
    design = make_design(spec)
    assert design.n_respondents == 50
    cells = [condition for _, condition in design.assignment]
    counts = [cells.count(index) for index in range(len(design.conditions))]
    assert len(counts) == 6
    for strategy in (counts[:3], counts[3:]):
        assert sum(strategy) == 25
        assert max(strategy) - min(strategy) <= 1
    assert len({persona.id for persona, _ in design.assignment}) == 50


def test_within_puts_each_persona_in_every_cell() -> None:
    spec = make_spec({"design": "within", "population": {"n": 5}, "arms": {"memory": ["none", "full"]}})
    design = make_design(spec)
    assert design.n_respondents == 10
    assert sorted((persona.id, condition) for persona, condition in design.assignment) == [
        (f"city-{number:04d}", condition) for number in range(1, 6) for condition in (0, 1)
    ]


def test_strategies_alternate_so_that_a_run_cut_short_is_balanced() -> None:
    design = make_design(make_spec({"population": {"n": 9, "strategies": ["city", "named", "basic"]}}))
    assert [persona.strategy for persona, _ in design.assignment[:6]] == ["city", "named", "basic"] * 2


def test_drawing_one_strategy_does_not_depend_on_the_others() -> None:
    alone = make_design(make_spec({"population": {"n": 5, "strategies": ["city"]}}))
    together = make_design(make_spec({"population": {"n": 10, "strategies": ["named", "city"]}}))
    assert [p.texts for p, _ in alone.assignment] == [p.texts for p, _ in together.assignment if p.strategy == "city"]


def test_populations_may_differ_in_more_than_strategy() -> None:
    sections = [{"strategies": ["city"], "n": 3, "country": country} for country in ("US", "DE")]
    design = make_design(make_spec({"population": sections}))
    assert [condition.population for condition in design.conditions] == ["city US", "city DE"]
    with pytest.raises(RunSpecError, match="give each section a `label`"):
        make_design(make_spec({"population": [sections[0], sections[0]]}))


def test_random_wordings_and_orders_are_drawn_per_respondent() -> None:
    spec = make_spec(
        {
            "survey": {"instrument": "civic-topics", "topics": [], "wordings": "random"},
            "asking": {"item_order": "random"},
        }
    )
    design = make_design(spec)
    first, second = design.interview(0), design.interview(1)
    questions = {item.question_id for item in design.instrument.items}
    for interview in (first, second):
        asked = [design.instrument.items[position].question_id for position in interview.order]
        assert sorted(asked) == sorted(questions)
    assert first.order != second.order
    assert first.order == make_design(spec).interview(0).order


@given(n=st.integers(1, 500), parts=st.integers(1, 9))
def test_split_evenly(n: int, parts: int) -> None:
    split = [part or 0 for part in split_evenly(n, parts)]
    assert sum(split) == n
    assert max(split) - min(split) <= 1
    assert split == sorted(split, reverse=True)


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
specs = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "seed": st.integers(0, 2**63 - 1),
        "design": st.sampled_from(["between", "within"]),
        "survey": st.one_of(names, st.fixed_dictionaries({"instrument": names, "limit": st.integers(1, 99)})),
        "population": st.fixed_dictionaries(
            {"n": st.integers(3, 10**6), "strategies": st.lists(names, min_size=1, max_size=3)}
        ),
        "memory": st.fixed_dictionaries(
            {"kind": st.sampled_from(["none", "full", "window", "random-prune"]), "max_length": st.integers(0, 99)}
        ),
        "settings": st.fixed_dictionaries(
            {}, optional={"temperature": st.floats(0, 5), "max_tokens": st.integers(1, 9999)}
        ),
        "engine": st.fixed_dictionaries(
            {"name": names}, optional={"model": st.text(), "nested": st.dictionaries(names, st.integers())}
        ),
        "arms": st.fixed_dictionaries(
            {},
            optional={
                "labels": st.lists(st.sampled_from(["letters", "roman"]), unique=True),
                "temperature": st.lists(st.floats(0, 2), unique=True),
            },
        ),
    },
)


@given(specs)
def test_a_spec_survives_the_record(data: dict[str, object]) -> None:
    spec = make_spec(data)
    assert RunSpec.model_validate(json.loads(json.dumps(spec.as_json()))) == spec
