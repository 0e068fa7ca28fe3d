"""Scenarios: the built-in ones keep every limit, every fault of a file is found, files come back, and are rated."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import InstrumentError
from surveys.catalog import find_instrument
from surveys.instrument import Item, ResponseFormat, ResponseOption
from surveys.loader import instrument_from_toml
from surveys.scenario_check import poles_of
from surveys.scenario_instrument import NAMES, rated_action, rating_item_id, scenario_instrument
from surveys.scenarios import (
    Scenario,
    ScenarioSet,
    find_scenarios,
    only_items,
    scenario_set_names,
    scenarios_from_toml,
    scenarios_to_toml,
)
from surveys.serialize import instrument_to_toml

BUILT_IN = [find_scenarios(name) for name in scenario_set_names()]
ALL = [scenario for one in BUILT_IN for scenario in one.scenarios]
SITUATION = "{name} finds an open umbrella on the bus and looks at the driver for help."
LOW = "{name} leaves the umbrella where it is and gets off at the next stop."
HIGH = "{name} closes the umbrella and hands it to the driver at the next stop."


def test_there_are_at_least_four_scenarios_for_twenty_items():
    per_item = Counter(scenario.item for scenario in ALL)
    assert len(per_item) >= 20
    assert set(per_item.values()) == {4}


def test_the_items_ask_in_several_ways():
    survey = find_instrument("social-attitudes")
    lengths = {len(survey.item(scenario.item).options) for scenario in ALL}
    assert lengths == {4, 5, 10}


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.id)
def test_built_in_texts_are_whole_sentences_about_one_character_without_a_sex(scenario):
    for text in (scenario.situation, scenario.action_low, scenario.action_high):
        assert text.endswith(".")
        assert text.isascii() or "café" in text
        assert not re.search(r"\s{2,}|\.\S", text)
    # No reasons: what somebody does, not why.
    for action in (scenario.action_low, scenario.action_high):
        assert action.startswith("{name} ")
        assert action.count(".") == 1
        assert not re.search(r"\b(because|since|so that|in order to|therefore|thinks?|believes?|feels?)\b", action)
    assert not re.search(r"\b(himself|herself|themselves|themself)\b", scenario.situation + scenario.action_high)
    assert scenario.id.rpartition(".")[0] == scenario.item


def test_situations_of_an_item_do_not_share_a_setting():
    """No two situations of one item have more than a third of their longer words in common."""
    for one in BUILT_IN:
        for item in one.items:
            words = [set(re.findall(r"[a-z]{5,}", each.situation.lower())) for each in one.of_item(item)]
            for place, first in enumerate(words):
                for second in words[place + 1 :]:
                    assert len(first & second) <= min(len(first), len(second)) / 3, (item, first & second)


@pytest.mark.parametrize("scenarios", BUILT_IN, ids=lambda one: one.id)
def test_a_set_written_out_comes_back(scenarios):
    assert scenarios_from_toml(scenarios_to_toml(scenarios), "again") == scenarios


texts = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1).filter(str.strip)


@given(title=texts, source=st.just("") | texts)
def test_any_text_survives_the_file(title, source):
    scenario = Scenario("s.1", "law-cameras", SITUATION, LOW, HIGH, source)
    made = ScenarioSet("mine", title, "social-attitudes", (scenario,), source=source)
    assert scenarios_from_toml(scenarios_to_toml(made), "again") == made


def file_of(**changed: str) -> str:
    values = {
        "id": "s.1",
        "item": "law-cameras",
        "situation": SITUATION,
        "action_low": LOW,
        "action_high": HIGH,
    } | changed
    lines = [f'{key} = "{value}"' for key, value in values.items()]
    head = 'id = "mine"\ntitle = "Mine"\nsurvey = "social-attitudes"\n'
    return "\n".join([head, "[[scenarios]]", *lines])


def test_the_file_of_these_tests_has_no_fault():
    assert len(scenarios_from_toml(file_of(), "mine.toml").scenarios) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"item": "law-camera"}, "did you mean 'law-cameras'?"),
        ({"item": "work-good-job"}, "'work-good-job' has no two poles"),
        ({"situation": "{name} waits."}, "situation: has 2 words; write 10 to 30"),
        ({"situation": "{name} waits " + "and " * 29}, "situation: has 31 words"),
        ({"action_low": "{name} leaves " + "and " * 19}, "action_low: has 21 words; write 10 to 20"),
        ({"action_high": HIGH.replace("{name}", "Alex")}, "action_high: has no {name}"),
        ({"action_high": HIGH + " {place}"}, "action_high: holds '{place}'"),
        ({"action_high": LOW}, "both actions are the same"),
        ({"situation": SITUATION + " Always acceptable!"}, "repeats 'Always acceptable' of the item"),
        ({"id": "a b"}, "the id holds ' '"),
        ({"mood": "sad"}, "key 'mood': is not known"),
        ({"situation": ""}, "situation"),
    ],
)
def test_every_fault_is_named(changed, said):
    with pytest.raises(InstrumentError) as caught:
        scenarios_from_toml(file_of(**changed), "mine.toml")
    assert said in str(caught.value)
    assert "scenario 's.1'" in str(caught.value) or "id" in changed


def test_all_faults_are_told_at_once():
    text = file_of(item="nothing", situation="Short.") + "\n" + file_of(action_low="Short too.").partition("\n\n")[2]
    with pytest.raises(InstrumentError) as caught:
        scenarios_from_toml(text, "mine.toml")
    said = str(caught.value)
    for part in (
        "there is no item 'nothing'",
        "situation: has 1 words",
        "action_low: has 2 words",
        "2 scenarios have this id",
    ):
        assert part in said


def test_what_is_missing_is_told_once():
    text = file_of().replace(f'situation = "{SITUATION}"', "").replace('id = "s.1"', "")
    with pytest.raises(InstrumentError) as caught:
        scenarios_from_toml(text, "mine.toml")
    assert [fault.place for fault in caught.value.faults] == ["scenario no. 1, id", "scenario no. 1, situation"]


def test_a_situation_may_be_told_once():
    text = file_of() + "\n" + file_of(id="s.2").partition("\n\n")[2]
    with pytest.raises(InstrumentError, match=r"scenario 's\.2', situation: is that of 's\.1'"):
        scenarios_from_toml(text, "mine.toml")


def test_a_set_names_its_survey_and_has_scenarios():
    with pytest.raises(InstrumentError) as caught:
        scenarios_from_toml('id = "mine"', "mine.toml")
    assert all(
        part in str(caught.value) for part in ("title: is missing", "survey: is missing", "scenarios: there are none")
    )
    with pytest.raises(
        InstrumentError, match=r"there is no survey 'social-attitude'; did you mean 'social-attitudes'\?"
    ):
        scenarios_from_toml(file_of().replace("social-attitudes", "social-attitude"), "mine.toml")
    with pytest.raises(InstrumentError, match="there is no set of scenarios 'social'"):
        find_scenarios("social")


def test_a_survey_file_lies_beside_its_scenarios(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "survey.toml").write_text(instrument_to_toml(find_instrument("social-attitudes")), encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(file_of().replace("social-attitudes", "survey.toml"), encoding="utf-8")
    assert find_scenarios(path).instrument == find_instrument("social-attitudes")


def item(codes: dict[int, float | None], kind: ResponseFormat = ResponseFormat.SINGLE) -> Item:
    options = tuple(
        ResponseOption(code, {"en": str(code)}, score=score, missing=None if score is not None else "refused")
        for code, score in codes.items()
    )
    return Item("q", {"en": "Q?"}, kind, options)


def test_poles_follow_the_value_of_options_not_their_order_or_code():
    poles = poles_of(item({1: 3.0, 2: 1.0, 3: 2.0, 9: None}))
    assert poles is not None
    assert [[option.code for option in part] for part in poles] == [[2], [3], [1]]


@pytest.mark.parametrize(
    "without",
    [
        item({1: 1.0, 9: None}),
        item({1: 1.0, 2: 1.0, 3: 2.0}),
        item({1: 1.0, 2: 2.0}, ResponseFormat.MULTIPLE),
        item({}, ResponseFormat.OPEN),
    ],
)
def test_some_items_have_no_poles(without):
    assert poles_of(without) is None


# ---- as a questionnaire --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenarios", BUILT_IN, ids=lambda one: one.id)
def test_every_action_is_rated_once_by_itself(scenarios):
    made = scenario_instrument(scenarios)
    assert Counter(rated_action(one.id) for one in made.items) == Counter(
        {(scenario.id, pole): 1 for scenario in scenarios.scenarios for pole in ("low", "high")}
    )
    survey = scenarios.instrument
    for scenario in scenarios.scenarios:
        name = next(one for one in NAMES if one in made.item_text(made.item(rating_item_id(scenario.id, "low")), "en"))
        for pole, other in (("low", "high"), ("high", "low")):
            rated = made.item(rating_item_id(scenario.id, pole))
            text = made.item_text(rated, "en")
            assert scenario.situation.replace("{name}", name) in text
            assert scenario.action(pole).replace("{name}", name) in text
            assert scenario.action(other).replace("{name}", name) not in text
            assert "{" not in text
            assert [option.value for option in rated.options] == list(range(1, 11))
            assert rated.topic == scenario.item
            # Approval of the upper pole's action means of the dimensions what the item's upper end means.
            asked = survey.item(scenario.item)
            assert rated.dimensions == asked.dimensions
            assert rated.reverse_keyed == (asked.reverse_keyed if pole == "high" else not asked.reverse_keyed)
    assert instrument_from_toml(instrument_to_toml(made), "again") == made


def test_the_actions_of_a_situation_never_stand_beside_each_other():
    for one in BUILT_IN:
        rated = [rated_action(each.id) for each in scenario_instrument(one).items]
        n = len(one.scenarios)
        places = {action: place for place, action in enumerate(rated)}
        assert all(abs(places[(each.id, "low")] - places[(each.id, "high")]) == n for each in one.scenarios)
        # Either pole comes first as often as the other.
        assert abs(2 * sum(action.pole == "low" for action in rated[:n]) - n) <= 1


def test_names_take_turns():
    one = only_items(BUILT_IN[0], [BUILT_IN[0].items[0]])
    made = scenario_instrument(one, names=("Ann", "Bo"))
    for place, scenario in enumerate(one.scenarios):
        for pole in ("low", "high"):
            assert ("Ann", "Bo")[place % 2] in made.item_text(made.item(rating_item_id(scenario.id, pole)), "en")


def test_nothing_to_rate_is_refused():
    with pytest.raises(InstrumentError, match="nothing to rate"):
        scenario_instrument(ScenarioSet("mine", "Mine", "social-attitudes", ()))
    with pytest.raises(InstrumentError, match="no name"):
        scenario_instrument(BUILT_IN[0], names=())
    with pytest.raises(InstrumentError, match="it has none for item 'x'"):
        only_items(BUILT_IN[0], ["x"])


@pytest.mark.parametrize("other", ["law-cameras", "a.1", ".low", "low", "a.middle"])
def test_other_items_rate_no_action(other):
    assert rated_action(other) is None
