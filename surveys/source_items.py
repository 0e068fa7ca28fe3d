"""The items of a survey file: options, stances, paraphrases, skip rules. Knows one item at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from surveys.fields import Fields, shown
from surveys.instrument import ITEM_FORMS, Item, ResponseFormat, ResponseOption, ShowIf, Stance, Texts
from surveys.reading import FORMATS, STANCES, Reading, named, read_options
from surveys.serialize import paraphrase_of
from surveys.suggest import did_you_mean

MAX_RANGE = 1001


def read_item(data: Mapping[str, Any], number: int, reading: Reading) -> Iterator[Item]:
    """The item and its paraphrases, original first."""
    fields, name = named(data, "item", number, reading)
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
        text=fields.texts(
            "text", reading.language, required="" if "forms" in data else 'give it a wording: text = "..."'
        ),
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
        forms=_read_forms(fields, reading),
    )
    yield item
    yield from _read_paraphrases(fields, item, reading)
    # The optional keys that only some items have must still be offered to a mistyped one.
    fields.asked |= dict.fromkeys(("block", "topic", "note"))
    fields.close()


def _read_forms(fields: Fields, reading: Reading) -> dict[str, Texts]:
    """The wordings for one sex, in the order of `ITEM_FORMS`."""
    value = fields.raw("forms")
    if value is None:
        return {}
    if not isinstance(value, dict):
        fields.wrong_type("forms", 'a table of wordings such as {female = "...", male = "..."}', value)
        reading.hidden.add(fields.at("text"))
        return {}
    wordings = Fields(value, fields.at("forms"), reading.faults)
    found: dict[str, Texts] = {form: wordings.texts(form, reading.language) for form in ITEM_FORMS if form in value}
    wordings.asked |= dict.fromkeys(ITEM_FORMS)
    wordings.close()
    return found


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
        before = len(reading.faults)
        paraphrase = paraphrase_of(item, number, fields.as_texts(f"paraphrase {number}", value, reading.language))
        place = f"item {paraphrase.id!r}"
        reading.expanded.add(place)
        if len(reading.faults) > before:
            reading.hidden.add(f"{place}, text")
        yield paraphrase


def _item_options(fields: Fields, reading: Reading) -> tuple[ResponseOption, ...]:
    value = fields.raw("options")
    scale = fields.raw("range")
    stances = fields.raw("stances")
    if value is not None and scale is not None:
        fields.fault("range", "stands beside options", "give an item either options or a range")
    options: tuple[ResponseOption, ...] = ()
    if isinstance(value, str) and f"option set {value!r}" in reading.hidden:
        # The set is faulty itself; what the item makes of it cannot be judged.
        reading.hidden |= {fields.at("options"), fields.at("reverse_keyed"), fields.at("max_picks")}
        return reading.sets.get(value, ())
    if isinstance(value, str):
        if value not in reading.sets:
            fields.fault("options", f"there is no option set {value!r}", did_you_mean(value, reading.sets, "sets"))
        options = reading.sets.get(value, ())
    elif value is not None:
        options = read_options(fields, value, reading, "options, ")
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
