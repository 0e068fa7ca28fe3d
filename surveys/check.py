"""Every fault of an instrument at once, each with its place and its remedy. Knows no file and no engine.

`check_instrument` looks at an instrument, `check_source` at the raw data of a survey file, `check_warnings` at what is
allowed but probably not meant. None of them raises; loaders and importers do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.errors import Fault
from surveys.check_items import item_faults, question_faults, rule_faults
from surveys.check_texts import attribute_faults, encodable, id_faults, text_faults
from surveys.fields import LANGUAGE_CODE
from surveys.instrument import Instrument
from surveys.reading import ORDERS, Reading
from surveys.source import read_source


def check_source(data: Mapping[str, Any]) -> list[Fault]:
    """Every fault in the raw data of a survey file (as `tomllib` gives it); empty if usable."""
    instrument, reading = read_source(data)
    return source_faults(instrument, reading)


def source_faults(instrument: Instrument, reading: Reading) -> list[Fault]:
    """The faults noted while reading, then those of the instrument that do not merely follow from them."""
    faults = list(reading.faults)
    hidden = reading.hidden | {fault.place for fault in faults}
    faults += [fault for fault in check_instrument(instrument) if not _follows(fault.place, hidden, reading.expanded)]
    return list(dict.fromkeys(faults))


def _follows(place: str, hidden: set[str], expanded: set[str]) -> bool:
    """Whether a fault at `place` follows from one already noted, there or around it.

    Paraphrases written inside their original repeat its faults; only their own wording is news.
    """
    parts = place.split(", ")
    if parts[0] in expanded and len(parts) > 1 and parts[1] != "text":
        return True
    return any(", ".join(parts[:n]) in hidden for n in range(1, len(parts) + 1))


def check_instrument(instrument: Instrument) -> list[Fault]:
    """Every fault of the instrument, in its order; empty if it may be administered."""
    faults = list(_head_faults(instrument))
    places = {item.id: position for position, item in reversed(list(enumerate(instrument.items)))}
    for position, item in enumerate(instrument.items):
        if not item.id:
            faults.append(Fault("item ''", f"the item at position {position + 1} has no id", 'name it: id = "..."'))
        faults += item_faults(item, instrument)
        faults += rule_faults(item, position, instrument, places)
    faults += question_faults(instrument)
    return faults


# ---- the document --------------------------------------------------------------------------------------------------


def _head_faults(instrument: Instrument) -> Iterator[Fault]:
    languages = instrument.languages
    yield from id_faults("id", instrument.id)
    yield from text_faults("title", instrument.title, languages, required=True)
    yield from text_faults("instruction", instrument.instruction, languages)
    for key in ("version", "source", "licence"):
        yield from encodable(key, getattr(instrument, key))
    if instrument.language not in languages:
        yield Fault("language", f"{instrument.language!r} is not among languages", f"add it to {list(languages)}")
    for language, count in Counter(languages).items():
        if not LANGUAGE_CODE.fullmatch(language):
            yield Fault("languages", f"{language!r} is no language code", 'use codes such as "en", "de" or "zh-Hant"')
        if count > 1:
            yield Fault("languages", f"{language!r} is listed {count} times", "list it once")
    if instrument.block_order not in ORDERS:
        yield Fault("block_order", f"{instrument.block_order!r} is not known", "allowed: 'fixed', 'random'")
    if not instrument.items:
        yield Fault("items", "there are none", "add at least one [[items]] table")
    yield from _duplicates("item", [item.id for item in instrument.items])
    yield from _part_faults(instrument)


def _part_faults(instrument: Instrument) -> Iterator[Fault]:
    """Blocks, topics and dimensions."""
    languages = instrument.languages
    yield from _duplicates("block", [block.id for block in instrument.blocks])
    for block in instrument.blocks:
        place = f"block {block.id!r}"
        yield from id_faults(place, block.id)
        yield from text_faults(f"{place}, title", block.title, languages)
        yield from text_faults(f"{place}, instruction", block.instruction, languages)
        if block.order not in ORDERS:
            yield Fault(f"{place}, order", f"{block.order!r} is not known", "allowed: 'fixed', 'random'")
    described = [("topic", "id", one.id, one.title, one.attributes) for one in instrument.topics]
    described += [("dimension", "code", one.code, one.title, one.attributes) for one in instrument.dimensions]
    for noun in ("topic", "dimension"):
        yield from _duplicates(noun, [name for kind, _, name, _, _ in described if kind == noun])
    for noun, key, name, title, attributes in described:
        place = f"{noun} {name!r}"
        yield from id_faults(place, name)
        yield from text_faults(f"{place}, title", title, languages, required=True)
        for attribute, value in attributes.items():
            if attribute in (key, "title"):
                yield Fault(place, f"has an attribute called {attribute!r}", "that name is taken; rename it")
            yield from attribute_faults(f"{place}, {attribute}", attribute, value)


def _duplicates(noun: str, names: Sequence[str]) -> Iterator[Fault]:
    key = "code" if noun == "dimension" else "id"
    for name, count in Counter(names).items():
        if count > 1 and name:
            yield Fault(f"{noun} {name!r}", f"this {key} is used by {count} {noun}s", f"give each its own {key}")


# ---- what is allowed, but probably not meant -----------------------------------------------------------------------


def check_warnings(instrument: Instrument) -> list[Fault]:
    """What looks like a slip: one-sided stances, stances without a topic, unused parts, items that read the same."""
    warnings: list[Fault] = []
    for item in instrument.items:
        if item.wording > 0:
            continue
        place = f"item {item.id!r}"
        stances = {option.stance for option in item.options} - {None}
        poles = stances & {"supports", "opposes"}
        if len(poles) == 1:
            other = "opposes" if "supports" in poles else "supports"
            warnings.append(Fault(place, f"no option {other}", f"give one the stance {other!r}, or remove the stances"))
        if stances and item.topic is None:
            warnings.append(Fault(place, "has stances but no topic", "say what they are about: topic = ..."))
    for noun, declared, used in _declared_and_used(instrument):
        for name in declared:
            if name not in used:
                warnings.append(Fault(f"{noun} {name!r}", "no item uses it", "use it or remove it"))
    twins: dict[str, list[str]] = {}
    for item in instrument.items:
        twins.setdefault(instrument.item_text(item, instrument.language).strip().casefold(), []).append(item.id)
    for ids in twins.values():
        if len(ids) > 1:
            what = f"{len(ids)} items have the same text: {', '.join(ids)}"
            warnings.append(Fault(f"item {ids[0]!r}", what, "reword all but one, or make them one question"))
    return warnings


def _declared_and_used(instrument: Instrument) -> Iterator[tuple[str, list[str], set[str | None]]]:
    items = instrument.items
    yield "topic", [one.id for one in instrument.topics], {item.topic for item in items}
    yield "block", [one.id for one in instrument.blocks], {item.block for item in items}
    yield "dimension", [one.code for one in instrument.dimensions], {code for item in items for code in item.dimensions}
