"""The questions of a WVS JSON as items in English, Chinese and Japanese. Knows texts and codes, no shares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from surveys.check_items import item_faults
from surveys.importers.report import unique_slug
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption, Topic
from surveys.loader import accept
from surveys.reference_cells import Cells
from surveys.suggest import listed

TRANSLATED = ("zh", "ja")
_SCALE = re.compile(r"On a scale of (\d+) to (\d+), \1 meaning '.*?' and \2 meaning '.*?', ")
_CODED = re.compile(r"\s*(-?[0-9]{1,9})\s*[.．、]\s*(.+)", re.DOTALL)
_CODE = re.compile(r"-?[0-9]{1,9}")


def read_items(questions: Mapping[str, Mapping[str, Any]], cells: Cells) -> list[Item]:
    """The questions that are sound, options by code, with the languages in which they are whole; a fault for others."""
    items = []
    for name, data in questions.items():
        item = _item(name, data, cells)
        if item is None:
            continue
        alone = _frame([item], ("en",))
        faults = list(item_faults(alone.items[0], alone))
        place = f"item {name!r}, "
        for fault in faults:
            cells.fault("refused_item", f"{fault.place.removeprefix(place)}: {fault.what}", fault.remedy, item=name)
        items += [] if faults else [item]
    return items


def _item(name: str, data: Mapping[str, Any], cells: Cells) -> Item | None:
    options = data.get("options")
    if not isinstance(options, dict) or not all(_CODE.fullmatch(code) for code in options):
        cells.fault("refused_item", "the options are no texts by code", 'write "options": {"1": "Yes"}', item=name)
        return None
    english = _english(data)
    if not english:
        cells.fault("refused_item", "has no English text", "add one as question", item=name)
        return None
    texts = {"en": english}
    by_code = {int(code): {"en": str(text)} for code, text in sorted(options.items(), key=lambda one: int(one[0]))}
    for language in TRANSLATED:
        found = _translation(data.get(language))
        if found is not None and set(found[1]) == set(by_code):
            texts[language] = found[0]
            for code, text in found[1].items():
                by_code[code][language] = text
    category = data.get("category")
    return Item(
        id=name,
        text=texts,
        format=ResponseFormat.SCALE if _is_scale(by_code) else ResponseFormat.SINGLE,
        options=tuple(ResponseOption(code, text) for code, text in by_code.items()),
        topic=category if isinstance(category, str) and category else None,
    )


def _is_scale(options: Mapping[int, Mapping[str, str]]) -> bool:
    """Whether only the ends have words: every option between them is called by its number."""
    between = list(options.items())[1:-1]
    return len(between) > 2 and all(text["en"].strip() == str(code) for code, text in between)


def _english(data: Mapping[str, Any]) -> str:
    """The English wording without the explanation of a scale; another wording of the file where there is none."""
    text = data.get("question")
    if isinstance(text, str) and text.strip():
        plain = _SCALE.sub("", text, count=1).strip()
        return plain[:1].upper() + plain[1:]
    found = _translation(data.get("en_lily"))
    return "" if found is None else found[0]


def _translation(found: object) -> tuple[str, dict[int, str]] | None:
    """Text and options by code of ["text", ["1. Yes", "2. No"]]; None where it is something else."""
    match found:
        case [str(text), list(options)] if text.strip():
            coded = [_CODED.fullmatch(option) if isinstance(option, str) else None for option in options]
            if all(coded):
                return text.strip(), {int(one[1]): one[2].strip() for one in coded if one}
    return None


def in_languages(items: Sequence[Item], languages: Sequence[str], cells: Cells) -> list[Item]:
    """The items that are whole in all these languages; a fault for every other."""
    kept = []
    for item in items:
        lacking = [language for language in languages if language not in item.text]
        if lacking:
            what = f"has no text, or not every option, in {', '.join(lacking)}"
            cells.fault("refused_item", what, "ask for fewer languages", item=item.id)
        else:
            kept.append(item)
    return kept


def instrument_of(
    items: Sequence[Item], wanted: Sequence[str], source: str, licence: str, warnings: list[str]
) -> Instrument:
    """The items as a questionnaire, in the languages wanted, else in every one in which all are whole."""
    languages = list(wanted) or ["en"]
    for language in () if wanted else TRANSLATED:
        without = [item.id for item in items if language not in item.text]
        if without:
            warnings.append(f"no {language}: {len(without)} items lack the text or an option in it: {listed(without)}")
        else:
            languages.append(language)
    kept = [_in_languages(item, languages) for item in items]
    return accept(replace(_frame(kept, tuple(languages)), source=source, licence=licence), "wvs")


def _in_languages(item: Item, languages: Sequence[str]) -> Item:
    options = [replace(one, text={key: one.text[key] for key in languages}) for one in item.options]
    return replace(item, text={key: item.text[key] for key in languages}, options=tuple(options))


def _frame(items: Sequence[Item], languages: tuple[str, ...]) -> Instrument:
    """A questionnaire of these items, their topics declared."""
    taken: set[str] = set()
    names = dict.fromkeys(item.topic for item in items if item.topic is not None)
    ids = {name: unique_slug(name, taken, f"topic-{n}") for n, name in enumerate(names, start=1)}
    return Instrument(
        id="wvs7",
        title=dict.fromkeys(languages, "World Values Survey, wave 7"),
        items=tuple(item if item.topic is None else replace(item, topic=ids[item.topic]) for item in items),
        language=languages[0],
        languages=languages,
        topics=tuple(Topic(ids[name], dict.fromkeys(languages, name)) for name in names),
    )
