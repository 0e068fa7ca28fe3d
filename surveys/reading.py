"""What the reading of a survey file shares: names, option lists, and the notes taken on the way. Knows no item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from simulator.errors import Fault
from surveys.fields import Fields
from surveys.instrument import MissingReason, ResponseFormat, ResponseOption, Stance

STANCES: tuple[str, ...] = get_args(Stance)
MISSING_REASONS: tuple[str, ...] = get_args(MissingReason)
FORMATS = tuple(str(one) for one in ResponseFormat)
ORDERS = ("fixed", "random")


@dataclass
class Reading:
    """What was read. `hidden` are places whose further faults follow from one already noted; `expanded` the
    places of items written as paraphrases of another; `sets` the named option lists.
    """

    faults: list[Fault] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    expanded: set[str] = field(default_factory=set)
    sets: dict[str, tuple[ResponseOption, ...]] = field(default_factory=dict)
    language: str = "en"
    languages: tuple[str, ...] = ("en",)


def named(data: Mapping[str, Any], noun: str, number: int, reading: Reading, key: str = "id") -> tuple[Fields, str]:
    """The fields of one topic, dimension, block or item, placed by its name, and the name."""
    found = data.get(key)
    usable = isinstance(found, str) and found
    fields = Fields(data, f"{noun} {found!r}" if usable else f"{noun} no. {number}", reading.faults)
    name = fields.string(key, required=f'name it: {key} = "..."')
    if not usable:
        reading.hidden.add(f"{noun} ''")
        if found == "":
            fields.fault(key, "is empty", f'name it: {key} = "..."')
    return fields, name


def read_options(fields: Fields, tables: object, reading: Reading, part: str = "") -> tuple[ResponseOption, ...]:
    """A list of option tables as options; empty (with a fault) where it is none. `part` is where they stand."""
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        fields.wrong_type("options", 'a list of tables such as {code = 1, text = "Yes"}', tables)
        return ()
    options = []
    for number, data in enumerate(tables, start=1):
        code = data.get("code")
        option = Fields(
            data, fields.at(f"{part}option {code if isinstance(code, int) else f'no. {number}'}"), reading.faults
        )
        options.append(
            ResponseOption(
                code=option.whole("code", required="give each option a whole number: code = 1") or 0,
                text=option.texts("text", reading.language, required='give it a text: text = "..."'),
                stance=cast(Any, option.choice("stance", STANCES)),
                score=option.number("score"),
                missing=cast(Any, option.choice("missing", MISSING_REASONS)),
            )
        )
        option.close()
    return tuple(options)
