"""Scenarios as a questionnaire: every action is an item of its own, shown with its situation and rated from 1 to 10.

So an ordinary run asks it, with every persona, memory and record there is. The two actions of a situation never stand
beside each other: all situations come with one action first, then all with the other, and the pole that comes first
alternates. Knows no engine and no analysis. After Shen et al. 2025, who print no scale: 1 to 10 is ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from simulator.errors import InstrumentError
from surveys.instrument import Dimension, Instrument, Item, ResponseFormat, ResponseOption, Topic
from surveys.loader import accept
from surveys.scenario_check import PLACEHOLDER
from surveys.scenarios import POLES, Pole, Scenario, ScenarioSet

NAMES = ("Alex", "Kim", "Robin", "Sasha")
"""Given names that say little of sex or country; they take turns over the scenarios."""

LOWEST, HIGHEST = 1, 10
_QUESTION = "How far do you approve of what {name} does?"
_ENDS = {LOWEST: "Do not approve at all", HIGHEST: "Approve completely"}
_INSTRUCTION = (
    "You will read short descriptions of what somebody does in an everyday situation. For each of them, please say how "
    f"far you approve of it, from {LOWEST} to {HIGHEST}. There are no right or wrong answers."
)


class RatedAction(NamedTuple):
    """What an item of such a questionnaire is about: a scenario, and the pole of the action that is rated."""

    scenario: str
    pole: Pole


def rating_item_id(scenario_id: str, pole: Pole) -> str:
    """The id of the item by which an action is rated: `SCENARIO.low` or `SCENARIO.high`."""
    return f"{scenario_id}.{pole}"


def rated_action(item_id: str) -> RatedAction | None:
    """The action that the item with this id rates, None where it rates none."""
    scenario, _, end = item_id.rpartition(".")
    return next((RatedAction(scenario, pole) for pole in POLES if scenario and end == pole), None)


def scenario_instrument(scenarios: ScenarioSet, *, names: Sequence[str] = NAMES) -> Instrument:
    """The questionnaire that has every action of `scenarios` rated.

    An item's `topic` is the survey item whose pole its action implies; its `dimensions` are those of that item, and
    `reverse_keyed` says that approval means little of them. `names` take turns over the scenarios. Raises
    InstrumentError without scenarios or names, or if the survey that they belong to cannot be read.
    """
    if not scenarios.scenarios:
        raise InstrumentError(f"set of scenarios {scenarios.id!r}: there is nothing to rate; give it scenarios")
    if not [name for name in names if name.strip()]:
        raise InstrumentError("there is no name for the main character; give at least one")
    survey = scenarios.instrument
    asked = [survey.item(item_id) for item_id in scenarios.items]
    used = {code for item in asked for code in item.dimensions}
    made = Instrument(
        id=f"{scenarios.id}-actions",
        title=_english(f"{scenarios.title}: approval of actions"),
        items=tuple(_items(scenarios, {item.id: item for item in asked}, names)),
        version=scenarios.version,
        source=scenarios.source,
        licence=scenarios.licence,
        instruction=_english(_INSTRUCTION),
        topics=tuple(
            Topic(item.id, _english(survey.item_text(item, "en")), {"survey": survey.id, "set": scenarios.id})
            for item in asked
        ),
        dimensions=tuple(
            Dimension(one.code, _english(survey.text_in(one.title, "en")))
            for one in survey.dimensions
            if one.code in used
        ),
    )
    return accept(made, f"the questionnaire of {scenarios.id!r}")


def _items(scenarios: ScenarioSet, asked: Mapping[str, Item], names: Sequence[str]) -> Iterator[Item]:
    for turn in (0, 1):
        for number, scenario in enumerate(scenarios.scenarios):
            pole = POLES[(number + turn) % 2]
            yield _item(scenario, pole, asked[scenario.item], names[number % len(names)])


def _item(scenario: Scenario, pole: Pole, asked: Item, name: str) -> Item:
    text = f"{scenario.situation} {scenario.action(pole)}\n{_QUESTION}".replace(PLACEHOLDER, name)
    return Item(
        id=rating_item_id(scenario.id, pole),
        text=_english(text),
        format=ResponseFormat.SCALE,
        options=tuple(
            ResponseOption(code, _english(_ENDS.get(code, str(code)))) for code in range(LOWEST, HIGHEST + 1)
        ),
        topic=scenario.item,
        dimensions=asked.dimensions,
        reverse_keyed=asked.reverse_keyed != (pole == "low"),
    )


def _english(text: str) -> dict[str, str]:
    return {"en": text}


_OPTIONS = tuple(ResponseOption(code, _english(_ENDS.get(code, str(code)))) for code in range(LOWEST, HIGHEST + 1))
