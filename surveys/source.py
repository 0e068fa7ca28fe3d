"""A survey file's raw TOML data as an instrument, with every fault on the way. Knows the format, not the sense.

`read_source` always returns an instrument, as good as the data allow; it may be used only if there are no faults and
`surveys.check` finds none either. The format is described in docs/surveys.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from surveys.check_items import option_faults
from surveys.fields import LANGUAGE_CODE, Fields
from surveys.instrument import ITEM_FORMS, Block, Dimension, Instrument, Topic
from surveys.reading import ORDERS, Reading, named, read_options
from surveys.source_items import read_item

_TEXT_KEYS = ("title", "text", "instruction", "paraphrases", "low_text", "high_text", *ITEM_FORMS)


def read_source(data: Mapping[str, Any]) -> tuple[Instrument, Reading]:
    """The instrument in `data` and what went wrong while reading it."""
    reading = Reading()
    top = Fields(data, "", reading.faults)
    reading.language = top.string("language", "en") or "en"
    listed = top.strings("languages")
    reading.languages = listed or _languages_used(data, reading.language)
    if reading.language not in reading.languages:
        reading.languages = _languages_used(data, reading.language)
        what = f"the survey's own language, {reading.language!r}, is not listed"
        top.fault("languages", what, f"list it, or set language to one of {', '.join(map(repr, listed))}")
    _read_sets(top, reading)
    topics = [Topic(*parts) for parts in _described(top, "topics", "id", reading)]
    dimensions = [Dimension(*parts) for parts in _described(top, "dimensions", "code", reading)]
    blocks = [_read_block(one, number, reading) for number, one in _numbered(top, "blocks")]
    items = [item for n, one in _numbered(top, "items") for item in read_item(one, n, reading)]
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


def _described(
    top: Fields, table: str, key: str, reading: Reading
) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    for number, data in _numbered(top, table):
        fields, name = named(data, table[:-1], number, reading, key)
        title = fields.texts("title", reading.language, required='give it a title: title = "..."')
        yield name, title, {other: value for other, value in data.items() if other not in (key, "title")}


def _read_block(data: Mapping[str, Any], number: int, reading: Reading) -> Block:
    fields, name = named(data, "block", number, reading)
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
            reading.sets[name] = read_options(fields, tables, reading) if tables is not None else ()
            fields.close()
        if len(reading.faults) == before:
            reading.faults += option_faults(reading.sets[name], place, reading.languages)
        if len(reading.faults) > before:
            reading.hidden.add(place)
