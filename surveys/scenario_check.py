"""Every fault of scenarios at once: ids, items with two poles, word counts, the placeholder, and giving the item away.

What only a reader can tell (is it realistic, does the action imply its pole) is for people, or for a critic
(`simulator.scenarios`). Limits are those of Shen et al. 2025. Knows no file and no engine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import Fault
from surveys.check_texts import encodable, id_faults
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.suggest import did_you_mean

if TYPE_CHECKING:
    from surveys.scenarios import Scenario

PLACEHOLDER = "{name}"
"""Stands for the main character in every text of a scenario."""

_WORDS = {"situation": (10, 30), "action_low": (10, 20), "action_high": (10, 20)}
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")
_PUNCTUATION = re.compile(r"[^\w\s]")


class Poles(NamedTuple):
    """The two halves of an item's scale as options in the order of their value; an odd one stands in the middle."""

    low: tuple[ResponseOption, ...]
    middle: tuple[ResponseOption, ...]
    high: tuple[ResponseOption, ...]


def poles_of(item: Item) -> Poles | None:
    """The poles of an item, None where it has none: several answers, none, or options that do not differ in value."""
    if item.format not in (ResponseFormat.SINGLE, ResponseFormat.SCALE):
        return None
    options = sorted(item.substantive_options, key=lambda option: option.value or 0.0)
    if len(options) < 2 or len({option.value for option in options}) < len(options):
        return None
    half, whole = len(options) // 2, len(options)
    return Poles(tuple(options[:half]), tuple(options[half : whole - half]), tuple(options[whole - half :]))


def place_of(scenario_id: object, number: int) -> str:
    """What a message calls the scenario with this id, which is the one at `number`, from 1."""
    named = isinstance(scenario_id, str) and scenario_id
    return f"scenario {scenario_id!r}" if named else f"scenario no. {number}"


def scenario_faults(scenarios: Sequence[Scenario], instrument: Instrument) -> list[Fault]:
    """Every fault of these scenarios for items of `instrument`, in their order; empty if they may be rated."""
    faults = []
    for scenario_id, count in Counter(scenario.id for scenario in scenarios).items():
        if count > 1 and scenario_id:
            faults.append(Fault(f"scenario {scenario_id!r}", f"{count} scenarios have this id", "ids must be unique"))
    for number, scenario in enumerate(scenarios, start=1):
        place = place_of(scenario.id, number)
        faults += id_faults(f"{place}, id", scenario.id)
        faults += _item_faults(scenario, place, instrument)
        faults += text_faults(scenario, place)
    faults += _repetitions(scenarios)
    return faults


def text_faults(scenario: Scenario, place: str) -> Iterator[Fault]:
    """Faults of the three texts by themselves: length, placeholder, sameness."""
    for key, (fewest, most) in _WORDS.items():
        text: str = getattr(scenario, key)
        yield from encodable(f"{place}, {key}", text)
        n = len(text.split())
        if not fewest <= n <= most:
            yield Fault(f"{place}, {key}", f"has {n} words", f"write {fewest} to {most}")
        if text and PLACEHOLDER not in text:
            yield Fault(f"{place}, {key}", "has no {name}", "let the main character, {name}, be in it")
        strange = sorted(set(_BRACES.findall(text)) - {PLACEHOLDER})
        if strange:
            yield Fault(f"{place}, {key}", f"holds {strange[0]!r}", "use no braces but those of {name}")
    if scenario.action_low and _plain(scenario.action_low) == _plain(scenario.action_high):
        yield Fault(place, "both actions are the same", "let them be opposed")


def _item_faults(scenario: Scenario, place: str, instrument: Instrument) -> Iterator[Fault]:
    """Whether the item exists, has two poles, and is not given away by a text."""
    if scenario.item not in instrument.index:
        remedy = did_you_mean(scenario.item, instrument.index, f"items of {instrument.id}")
        yield Fault(f"{place}, item", f"there is no item {scenario.item!r}", remedy)
        return
    item = instrument.item(scenario.item)
    if poles_of(item) is None:
        what = f"{item.id!r} has no two poles"
        yield Fault(f"{place}, item", what, "choose an item with one answer and options that differ in value")
    for key in _WORDS:
        said = f" {_plain(getattr(scenario, key))} "
        for given in _giveaways(item, instrument):
            if f" {_plain(given)} " in said:
                yield Fault(f"{place}, {key}", f"repeats {given!r} of the item", "say it in other words")


def _giveaways(item: Item, instrument: Instrument) -> Iterator[str]:
    """The question and its options of at least two words: a single word may occur by chance."""
    yield instrument.item_text(item, instrument.language)
    for option in item.options:
        text = instrument.text_in(option.text, instrument.language)
        if len(text.split()) > 1:
            yield text


def _repetitions(scenarios: Sequence[Scenario]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for scenario in scenarios:
        first = seen.setdefault(_plain(scenario.situation), scenario.id)
        if scenario.situation and first != scenario.id:
            yield Fault(f"scenario {scenario.id!r}, situation", f"is that of {first!r}", "give it one of its own")


def _plain(text: str) -> str:
    """Words alone, in small letters: what two texts are compared by."""
    return " ".join(_PUNCTUATION.sub(" ", text.casefold()).split())
