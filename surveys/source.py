"""A survey file's raw TOML data as an instrument, with every fault on the way. Knows the format, not the sense.

`read_source` always returns an instrument, as good as the data allow; it may be used only if there are no faults and
`surveys.check` finds none either. The format is described in docs/surveys.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

from simulator.errors import Fault
from surveys.fields import LANGUAGE_CODE, Fields, shown
from surveys.instrument import (
    Block,
    Dimension,
    Instrument,
    Item,
    MissingReason,
    ResponseFormat,
    ResponseOption,
    ShowIf,
    Stance,
    Topic,
)
from surveys.serialize import paraphrase_of
from surveys.suggest import did_you_mean

STANCES: tuple[str, ...] = get_args(Stance)
MISSING_REASONS: tuple[str, ...] = get_args(MissingReason)
FORMATS = tuple(str(one) for one in ResponseFormat)
ORDERS = ("fixed", "random")
MAX_RANGE = 1001
_TEXT_KEYS = ("title", "text", "instruction", "paraphrases", "low_text", "high_text")


@dataclass
class Reading:
    """What was read. `hidden` are places whose further faults follow from one already noted; `expanded` the
    places of items written as paraphrases of another; `sets` the named option lists, `users_of_set` who uses them.
    """

    faults: list[Fault] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    expanded: set[str] = field(default_factory=set)
    sets: dict[str, tuple[ResponseOption, ...]] = field(default_factory=dict)
    users_of_set: dict[str, list[str]] = field(default_factory=dict)
    language: str = "en"
    languages: tuple[str, ...] = ("en",)


def read_source(data: Mapping[str, Any]) -> tuple[Instrument, Reading]:
    """The instrument in `data` and what went wrong while reading it."""
    reading = Reading()
    top = Fields(data, "", reading.faults)
    reading.language = top.string("language", "en") or "en"
    listed = top.strings("languages")
    reading.languages = listed or _languages_used(data, reading.language)
    _read_sets(top, reading)
    topics = [Topic(*parts) for parts in _described(top, "topics", "id", reading)]
    dimensions = [Dimension(*parts) for parts in _described(top, "dimensions", "code", reading)]
    blocks = [_read_block(one, number, reading) for number, one in _numbered(top, "blocks")]
    items = [item for n, one in _numbered(top, "items") for item in _read_item(one, n, reading)]
    instrument = Instrument(
        id=top.string("id", required='name the survey: id = "my-survey"'),
        title=top.texts("title", reading.language, required='give it a title: title = "..."'),
        items=tuple(items),
        language=reading.language,
        languages=reading.languages,
        version=top.string("version", "1"),
        source=top.string("source"),
        licence=top.string("licence"),
        instruction=top.texts("instruction", reading.language),
        blocks=tuple(blocks),
        block_order=cast(Any, top.choice("block_order", ORDERS) or "fixed"),
        topics=tuple(topics),
        dimensions=tuple(dimensions),
    )
    reading.hidden |= {key for key in ("id", "title", "items") if not isinstance(data.get(key, 0), str | list | dict)}
    reading.hidden |= {key for key in ("id", "title") if key not in data}
    top.close()
    return instrument, reading


def _languages_used(data: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """The default language and every other in which any text is given, in order of appearance."""
    found: dict[str, None] = {language: None}

    def walk(value: object, is_text: bool) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one, is_text)
        elif isinstance(value, dict):
            for key, one in value.items():
                if is_text and isinstance(one, str) and LANGUAGE_CODE.fullmatch(key):
                    found[key] = None
                walk(one, key in _TEXT_KEYS)

    walk(dict(data), False)
    return tuple(found)


def _numbered(top: Fields, key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return enumerate(top.tables(key, f"one [[{key}]] table for each"), start=1)


def _named(data: Mapping[str, Any], noun: str, number: int, reading: Reading, key: str = "id") -> tuple[Fields, str]:
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


def _described(
    top: Fields, table: str, key: str, reading: Reading
) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    for number, data in _numbered(top, table):
        fields, name = _named(data, table[:-1], number, reading, key)
        title = fields.texts("title", reading.language, required='give it a title: title = "..."')
        yield name, title, {other: value for other, value in data.items() if other not in (key, "title")}


def _read_block(data: Mapping[str, Any], number: int, reading: Reading) -> Block:
    fields, name = _named(data, "block", number, reading)
    block = Block(
        name,
        fields.texts("title", reading.language),
        fields.texts("instruction", reading.language),
        cast(Any, fields.choice("order", ORDERS) or "fixed"),
    )
    fields.close()
    return block


def _read_sets(top: Fields, reading: Reading) -> None:
    sets = top.raw("option_sets")
    if sets is None:
        return
    if not isinstance(sets, dict):
        top.wrong_type("option_sets", "one table for each set, such as [option_sets.yes-no]", sets)
        return
    for name, data in sets.items():
        place = f"option set {name!r}"
        before = len(reading.faults)
        if not isinstance(data, dict):
            top.wrong_type(place, "a table with the key options", data)
        else:
            fields = Fields(data, place, reading.faults)
            tables = fields.raw("options", required="list its options: options = [{code = 1, text = ...}, ...]")
            reading.sets[name] = _read_options(fields, tables, reading) if tables is not None else ()
            fields.close()
        if len(reading.faults) > before:
            reading.hidden.add(place)


def _read_options(fields: Fields, tables: object, reading: Reading) -> tuple[ResponseOption, ...]:
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        fields.wrong_type("options", 'a list of tables such as {code = 1, text = "Yes"}', tables)
        return ()
    options = []
    for number, data in enumerate(tables, start=1):
        code = data.get("code")
        option = Fields(data, fields.at(f"option {code if isinstance(code, int) else f'no. {number}'}"), reading.faults)
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


def _read_item(data: Mapping[str, Any], number: int, reading: Reading) -> Iterator[Item]:
    """The item and its paraphrases, original first."""
    fields, name = _named(data, "item", number, reading)
    before = len(reading.faults)
    options = _item_options(fields, reading)
    if len(reading.faults) > before:
        reading.hidden.add(fields.at("options"))
    default = ResponseFormat.SCALE if "range" in data else ResponseFormat.SINGLE
    found_format = fields.choice("format", FORMATS)
    if found_format is None and "format" in data:
        reading.hidden |= {fields.at("options"), fields.at("max_picks")}
    item = Item(
        id=name,
        text=fields.texts("text", reading.language, required='give it a wording: text = "..."'),
        format=ResponseFormat(found_format) if found_format else default,
        options=options,
        question_id=fields.string("question"),
        wording=fields.whole("wording") or 0,
        block=fields.string("block") if "block" in data else None,
        topic=fields.string("topic") if "topic" in data else None,
        dimensions=fields.strings("dimensions"),
        reverse_keyed=fields.flag("reverse_keyed"),
        show_if=_read_rules(fields, reading),
        max_picks=fields.whole("max_picks"),
        instruction=fields.texts("instruction", reading.language),
        note=fields.string("note") if "note" in data else None,
    )
    if not item.text:
        reading.hidden.add(fields.at("text"))
    yield item
    yield from _read_paraphrases(fields, item, reading)
    # The optional keys that only some items have must still be offered to a mistyped one.
    fields.asked |= dict.fromkeys(("block", "topic", "note"))
    fields.close()


def _read_paraphrases(fields: Fields, item: Item, reading: Reading) -> Iterator[Item]:
    values = fields.raw("paraphrases")
    if values is None:
        return
    if not isinstance(values, list):
        fields.wrong_type("paraphrases", 'a list of wordings such as ["...", "..."]', values)
        return
    if item.wording != 0 or item.question_id != item.id:
        fields.fault("paraphrases", "belong to an item that is itself a paraphrase", "list them at the original")
    for number, value in enumerate(values, start=1):
        paraphrase = paraphrase_of(item, number, fields.as_texts(f"paraphrase {number}", value, reading.language))
        place = f"item {paraphrase.id!r}"
        reading.expanded.add(place)
        if not paraphrase.text:
            reading.hidden.add(f"{place}, text")
        yield paraphrase


def _item_options(fields: Fields, reading: Reading) -> tuple[ResponseOption, ...]:
    value = fields.raw("options")
    scale = fields.raw("range")
    stances = fields.raw("stances")
    if value is not None and scale is not None:
        fields.fault("range", "stands beside options", "give an item either options or a range")
    options: tuple[ResponseOption, ...] = ()
    if isinstance(value, str):
        reading.users_of_set.setdefault(value, []).append(fields.at("options"))
        if value not in reading.sets and f"option set {value!r}" not in reading.hidden:
            fields.fault("options", f"there is no option set {value!r}", did_you_mean(value, reading.sets, "sets"))
        options = reading.sets.get(value, ())
    elif value is not None:
        options = _read_options(fields, value, reading)
    elif scale is not None:
        options = _read_range(fields, scale, reading)
    return options if stances is None else _with_stances(fields, options, stances)


def _with_stances(fields: Fields, options: tuple[ResponseOption, ...], stances: object) -> tuple[ResponseOption, ...]:
    if not isinstance(stances, dict):
        fields.wrong_type("stances", 'a table of stances by code such as {1 = "supports", 2 = "opposes"}', stances)
        return options
    given: dict[str, Stance] = {}
    codes = [str(option.code) for option in options]
    for code, stance in stances.items():
        if code not in codes:
            if options:
                fields.fault("stances", f"no option has code {code}", f"codes of this item: {', '.join(codes)}")
        elif not isinstance(stance, str) or stance not in STANCES:
            fields.fault("stances", f"{shown(stance)} is no stance", did_you_mean(str(stance), STANCES))
        else:
            given[code] = cast(Stance, stance)
    return tuple(replace(option, stance=given.get(str(option.code), option.stance)) for option in options)


def _read_range(fields: Fields, value: object, reading: Reading) -> tuple[ResponseOption, ...]:
    if not isinstance(value, dict):
        fields.wrong_type("range", "a table such as {low = 1, high = 10}", value)
        return ()
    scale = Fields(value, fields.at("range"), reading.faults)
    low = scale.whole("low", required="give its first code: low = 1")
    high = scale.whole("high", required="give its last code: high = 10")
    ends = {low: scale.texts("low_text", reading.language), high: scale.texts("high_text", reading.language)}
    scale.close()
    if low is None or high is None:
        return ()
    if not low < high <= low + MAX_RANGE - 1:
        scale.fault("high", f"the codes run from {low} to {high}", f"let low be below high, at most {MAX_RANGE} codes")
        return ()
    numerals = dict.fromkeys(reading.languages)
    return tuple(
        ResponseOption(code, ends.get(code) or {language: str(code) for language in numerals})
        for code in range(low, high + 1)
    )


def _read_rules(fields: Fields, reading: Reading) -> tuple[ShowIf, ...]:
    rules = []
    before = len(reading.faults)
    hint = 'a list of tables such as [{item = "q1", codes = [1, 2]}]'
    for number, data in enumerate(fields.tables("show_if", hint), start=1):
        rule = Fields(data, fields.at(f"show_if rule {number}"), reading.faults)
        item = rule.string("item", required='say which item: item = "q1"')
        codes = rule.wholes("codes", required="say which answers: codes = [1, 2]")
        rules.append(ShowIf(item, codes, rule.flag("negate")))
        rule.close()
    if len(reading.faults) > before:
        reading.hidden.add(fields.at("show_if"))
    return tuple(rules)
