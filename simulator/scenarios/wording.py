"""How scenarios are asked for and checked, as data: a TOML file with the tables [writer] and [critic].

The built-in file is simulator/scenarios/catalog/everyday.toml; a user's is named by its path. Knows no engine, and what
is read out of a reply is decided elsewhere: a wording may ask otherwise, but must ask for the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from simulator.errors import Fault, RunSpecError
from simulator.placeholders import text_faults
from simulator.template_files import read_template_file
from surveys.instrument import Instrument, Item
from surveys.scenario_check import poles_of

BUILT_IN = ("everyday",)

_ITEM = frozenset({"question", "answer_a", "answer_b"})
_MUST = {"writer": _ITEM | {"n"}, "critic": _ITEM | {"situation", "action_a", "action_b"}}
_MAY = frozenset({"value"})
_KEYS = ("system", "task")


@dataclass(frozen=True, slots=True)
class StepWording:
    """What a step says: the system message, and the task as a template."""

    system: str
    task: str


@dataclass(frozen=True, slots=True)
class ScenarioWording:
    """The wording of both steps, by its name or path."""

    name: str
    about: str
    writer: StepWording
    critic: StepWording


@dataclass(frozen=True, slots=True)
class AskedItem:
    """A survey item as the writer and the critic see it: its question and the answers at both ends of its scale.

    `value` says what it is about: its dimensions, else its topic, else the question again.
    """

    id: str
    question: str
    answer_low: str
    answer_high: str
    value: str


def asked_item(instrument: Instrument, item: Item) -> AskedItem:
    """What is told of `item`, in English. Raises RunSpecError if it has no two poles."""
    poles = poles_of(item)
    if poles is None:
        raise RunSpecError(
            f"item {item.id!r} of {instrument.id} has no two poles to write scenarios for; choose an item with one "
            "answer and options that differ in value"
        )
    question = instrument.item_text(item, "en")
    titles = {one.code: one.title for one in instrument.dimensions}
    topics = {one.id: one.title for one in instrument.topics}
    named = [titles[code] for code in item.dimensions] or [topics[topic] for topic in (item.topic,) if topic in topics]
    return AskedItem(
        id=item.id,
        question=question,
        answer_low=instrument.text_in(poles.low[0].text, "en"),
        answer_high=instrument.text_in(poles.high[-1].text, "en"),
        value=", ".join(instrument.text_in(title, "en") for title in named) or question,
    )


def load_wording(name: str) -> ScenarioWording:
    """The built-in wording of this name, or the file at a path ending in .toml; RunSpecError listing every fault."""
    folder = resources.files("simulator.scenarios") / "catalog"
    return wording_from_data(name, read_template_file(name, "wording of scenarios", folder, BUILT_IN))


def wording_from_data(name: str, data: Mapping[str, Any]) -> ScenarioWording:
    """The wording in the data of a file; RunSpecError listing every fault."""
    known = ("about", *_MUST)
    faults = [Fault(key, "unknown key", f"allowed: {', '.join(known)}") for key in data if key not in known]
    if not isinstance(data.get("about", ""), str):
        faults.append(Fault("about", f"is {type(data['about']).__name__}", "give a string"))
    for step, placeholders in _MUST.items():
        faults += _step_faults(step, data.get(step), placeholders)
    if faults:
        raise RunSpecError.from_faults(f"wording of scenarios {name!r}", faults)
    steps = {step: StepWording(*(data[step][key].strip() for key in _KEYS)) for step in _MUST}
    return ScenarioWording(name, data.get("about", ""), **steps)


def _step_faults(step: str, table: Any, placeholders: frozenset[str]) -> list[Fault]:
    if not isinstance(table, dict):
        return [Fault(f"[{step}]", "is missing", "give the table, with the keys system and task")]
    unknown = [key for key in table if key not in _KEYS]
    faults = [Fault(f"{step}.{key}", "unknown key", f"allowed: {', '.join(_KEYS)}") for key in unknown]
    for key, must in (("system", frozenset[str]()), ("task", placeholders)):
        if key in table:
            faults += text_faults(f"{step}.{key}", table[key], must, _MAY)
        else:
            faults.append(Fault(f"{step}.{key}", "is missing", "add it"))
    return faults
