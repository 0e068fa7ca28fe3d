"""Everyday situations in which the two poles of a survey item lead to two opposed actions; built in, or a user's file.

A `Scenario` belongs to an item of a survey: `action_low` is what somebody at the lower pole of the item's scale does
(its options of lower value), `action_high` what somebody at the upper pole does. The main character is called {name}.
Every fault of a set is found at once by `surveys.scenario_check`. Knows no engine and no rating. After Shen et al.
2025.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from simulator.errors import Fault, InstrumentError
from surveys.catalog import find_instrument
from surveys.fields import Fields
from surveys.instrument import Instrument
from surveys.loader import parse_toml, read_text
from surveys.scenario_check import place_of, scenario_faults
from surveys.suggest import did_you_mean
from surveys.toml_text import toml_inline, toml_key

Pole = Literal["low", "high"]
POLES: tuple[Pole, Pole] = ("low", "high")

_HEAD = ("id", "title", "survey", "version", "source", "licence")
_SCENARIO = ("id", "item", "situation", "action_low", "action_high", "source")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One situation with its two opposed actions. `item` is the id of the survey item whose poles they imply; `source`
    says who wrote it, where that differs from the source of its set.
    """

    id: str
    item: str
    situation: str
    action_low: str
    action_high: str
    source: str = ""

    def action(self, pole: Pole) -> str:
        """The action that implies this pole."""
        return self.action_low if pole == "low" else self.action_high


@dataclass(frozen=True)
class ScenarioSet:
    """Scenarios for items of one survey, in English. `survey` is a built-in survey's name or the path of a file."""

    id: str
    title: str
    survey: str
    scenarios: tuple[Scenario, ...]
    version: str = "1"
    source: str = ""
    licence: str = ""

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the items that there are scenarios for, in the order of the set."""
        return tuple(dict.fromkeys(scenario.item for scenario in self.scenarios))

    def of_item(self, item_id: str) -> tuple[Scenario, ...]:
        """The scenarios of one item, in the order of the set."""
        return tuple(scenario for scenario in self.scenarios if scenario.item == item_id)

    @property
    def instrument(self) -> Instrument:
        """The survey that the items belong to; InstrumentError where it cannot be read."""
        return find_instrument(self.survey)


def scenario_set_names() -> list[str]:
    """The names of the built-in sets, sorted."""
    folder = files("surveys") / "catalog" / "scenarios"
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def find_scenarios(name_or_path: str | Path) -> ScenarioSet:
    """A built-in set by its name, or the scenario file at a path (anything with a slash or ending in .toml).

    InstrumentError names what exists where there is no such set, and lists every fault of a file at once.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, Path) or name.endswith(".toml") or "/" in name or "\\" in name:
        return scenarios_from_toml(read_text(name_or_path, "a scenario file"), name, Path(name_or_path).parent)
    if name not in scenario_set_names():
        near = did_you_mean(name, scenario_set_names(), "built-in sets of scenarios")
        raise InstrumentError(f"there is no set of scenarios {name!r}; {near}; or give the path of a .toml file")
    return _built_in(name)


@cache
def _built_in(name: str) -> ScenarioSet:
    text = (files("surveys") / "catalog" / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    return scenarios_from_toml(text, f"built-in set of scenarios {name!r}")


def scenarios_from_toml(text: str, name: str, folder: Path | None = None) -> ScenarioSet:
    """The set written in `text`; `name` is what messages call it. A relative path of a survey file starts at `folder`.

    Raises InstrumentError listing every fault, or saying that the survey cannot be read.
    """
    return scenarios_from_data(parse_toml(text, name), name, folder)


def scenarios_from_data(data: Mapping[str, Any], name: str, folder: Path | None = None) -> ScenarioSet:
    """The set in the raw data of a scenario file; raises as `scenarios_from_toml`."""
    faults: list[Fault] = []
    found = _read(data, faults, folder)
    if found.survey:
        noted = {fault.place for fault in faults}
        faults += [one for one in scenario_faults(found.scenarios, found.instrument) if one.place not in noted]
    if faults:
        raise InstrumentError.from_faults(name, list(dict.fromkeys(faults)))
    return found


def _read(data: Mapping[str, Any], faults: list[Fault], folder: Path | None) -> ScenarioSet:
    top = Fields(data, "", faults)
    tables = top.tables("scenarios", "one [[scenarios]] table for each")
    if not tables and "scenarios" not in data:
        top.fault("scenarios", "there are none", "give one [[scenarios]] table for each")
    found = ScenarioSet(
        id=top.string("id", required='name the set: id = "my-scenarios"'),
        title=top.string("title", required='give it a title: title = "..."'),
        survey=top.string("survey", required='say whose items these are: survey = "social-attitudes"'),
        scenarios=tuple(_read_scenario(table, number, faults) for number, table in enumerate(tables, start=1)),
        version=top.string("version", "1"),
        source=top.string("source"),
        licence=top.string("licence"),
    )
    top.close()
    if folder is None or not found.survey.endswith(".toml"):
        return found
    return replace(found, survey=str(folder / found.survey))  # a set and its survey travel together


def _read_scenario(table: Mapping[str, Any], number: int, faults: list[Fault]) -> Scenario:
    fields = Fields(table, place_of(table.get("id"), number), faults)
    needed = {key: fields.string(key, required=f'give it: {key} = "..."') for key in _SCENARIO[:-1]}
    scenario = Scenario(**needed, source=fields.string("source"))
    fields.close()
    return scenario


def scenarios_to_toml(scenarios: ScenarioSet) -> str:
    """The set as a scenario file; reading it gives an equal set."""
    lines = [f"{key} = {toml_inline(value)}" for key in _HEAD if (value := getattr(scenarios, key))]
    for scenario in scenarios.scenarios:
        lines += ["", "[[scenarios]]"]
        lines += [f"{toml_key(key)} = {toml_inline(value)}" for key in _SCENARIO if (value := getattr(scenario, key))]
    return "\n".join(lines) + "\n"


def only_items(scenarios: ScenarioSet, items: Sequence[str]) -> ScenarioSet:
    """The set with the scenarios of these items alone; InstrumentError for an item that it has none for."""
    for item in items:
        if item not in scenarios.items:
            near = did_you_mean(item, scenarios.items, "items with scenarios")
            raise InstrumentError(f"set of scenarios {scenarios.id!r}: it has none for item {item!r}; {near}")
    kept = tuple(scenario for scenario in scenarios.scenarios if scenario.item in items)
    return replace(scenarios, scenarios=kept)
