"""The short forms of a spec: one strategy, a table without a number, names in place of sections."""

from __future__ import annotations

import pytest

from simulator.errors import RunSpecError
from voxpop.planning import make_design, make_populations
from voxpop.spec import RunSpec, make_spec


def test_one_strategy_is_a_list_of_one():
    spec = make_spec({"population": {"strategy": "city+named", "n": 4}})
    assert spec == make_spec({"population": {"strategies": ["city+named"], "n": 4}})
    design = make_design(spec)
    assert {condition.population for condition in design.conditions} == {"city+named"}
    assert {persona.strategy for persona, _ in design.assignment} == {"city+named"}


def test_a_strategy_in_parts_is_joined():
    assert make_spec({"population": {"strategy": ["city", "named"]}}).population[0].strategies == ["city+named"]


def test_one_and_several_together_are_refused():
    with pytest.raises(RunSpecError, match="not both"):
        make_spec({"population": {"strategy": "city", "strategies": ["named"]}})


def test_strategies_on_the_command_line_replace_the_one_of_the_file():
    spec = make_spec({"population": {"strategy": "city"}}, overrides=['population.strategies=["named", "basic"]'])
    assert spec.population[0].strategies == ["named", "basic"]


@pytest.mark.parametrize("given", [{"strategy": "table"}, {"strategies": ["table"]}, {"strategies": ["city+table"]}])
def test_a_table_without_a_number_gives_every_row(given, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("age\n30\n40\n50\n", encoding="utf-8")
    section = {**given, "path": str(path), "template": "You are {age}."}
    (population,) = make_populations(make_spec({"population": section})).values()
    assert population.n is None


def test_other_strategies_keep_their_default_number():
    assert make_spec({"population": {"strategies": ["table", "city"]}}).population[0].n == 100


def test_a_spec_with_short_forms_survives_the_record():
    short = {"survey": "civic-topics", "engine": "synthetic", "population": {"strategy": "table", "path": "people.csv"}}
    spec = make_spec(short)
    assert RunSpec.model_validate(spec.as_json()) == spec


def test_another_engine_leaves_the_options_of_the_first_behind():
    written = {"engine": {"name": "synthetic", "refusal": 0.1}}
    overrides = ['engine.model="mine"', 'engine.name="openai_compatible"']
    assert make_spec(written, overrides=overrides).engine.options() == {"model": "mine"}
    assert make_spec({"engine": {"refusal": 0.1}}, overrides=['engine.name="scripted"']).engine.options() == {}
    assert make_spec({"engine": "replay"}, overrides=['engine.name="synthetic"']).engine.options() == {}


def test_the_same_engine_keeps_its_options():
    written = {"engine": {"name": "synthetic", "refusal": 0.1}}
    kept = make_spec(written, overrides=['engine.name="synthetic"', "engine.unreadable=0.2"])
    assert kept.engine.options() == {"refusal": 0.1, "unreadable": 0.2}
