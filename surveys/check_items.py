"""Faults of items: options, references, skip rules, and the wordings of one question. Knows no file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from simulator.errors import Fault
from surveys.check_texts import encodable, id_faults, text_faults
from surveys.instrument import ITEM_FORMS, Instrument, Item, ResponseFormat, ResponseOption
from surveys.reading import MISSING_REASONS, STANCES
from surveys.suggest import did_you_mean


def item_faults(item: Item, instrument: Instrument) -> Iterator[Fault]:
    """Faults of one item by itself and of the names it refers to, skip rules apart."""
    place = f"item {item.id!r}"
    if item.id:
        yield from id_faults(place, item.id)
    yield from text_faults(f"{place}, text", item.text, instrument.languages, required=not item.forms)
    yield from _form_faults(item, place, instrument)
    yield from text_faults(f"{place}, instruction", item.instruction, instrument.languages)
    if item.note is not None:
        yield from encodable(f"{place}, note", item.note)
    if item.format is ResponseFormat.OPEN:
        if item.options:
            yield Fault(f"{place}, options", "an open item offers none", "remove them, or choose another format")
    else:
        yield from option_faults(item.options, f"{place}, options", instrument.languages)
    if item.reverse_keyed and len({option.value for option in item.options} - {None}) < 2:
        yield Fault(f"{place}, reverse_keyed", "there is no range to mirror", "give two options different scores")
    yield from _pick_faults(item, place)
    yield from _reference_faults(item, place, instrument)


def _form_faults(item: Item, place: str, instrument: Instrument) -> Iterator[Fault]:
    """Faults of the wordings for one sex: whoever is asked must find one, in every language."""
    for form, texts in item.forms.items():
        if form in ITEM_FORMS:
            yield from text_faults(f"{place}, forms, {form}", texts, instrument.languages, required=True)
        else:
            yield Fault(f"{place}, forms", f"{form!r} is no form", did_you_mean(form, ITEM_FORMS, "forms"))
    lacking = [form for form in ITEM_FORMS if form not in item.forms]
    if item.forms and lacking and not item.text:
        what = f"there is no {' and no '.join(lacking)} wording, and no text in its place"
        yield Fault(f"{place}, forms", what, f"give forms.{lacking[0]}, or a text for everybody else")


def option_faults(options: Sequence[ResponseOption], place: str, languages: Sequence[str]) -> Iterator[Fault]:
    """Faults of one list of options."""
    if len(options) < 2:
        found = "there are none" if not options else "there is only one"
        yield Fault(place, found, 'offer at least two, or set format = "open"')
    for code, count in Counter(option.code for option in options).items():
        if count > 1:
            yield Fault(place, f"{count} options have code {code}", "codes must be unique")
    for language in languages:
        texts = Counter(option.text.get(language, "").strip().casefold() for option in options)
        for text, count in texts.items():
            if count > 1 and text:
                what = f"{count} options read {text!r} in {language!r}"
                yield Fault(place, what, "reword one: an answer could not be told apart")
    for option in options:
        at = f"{place}, option {option.code}"
        yield from text_faults(at, option.text, languages, required=True)
        if option.stance is not None and option.stance not in STANCES:
            yield Fault(at, f"{option.stance!r} is no stance", did_you_mean(str(option.stance), STANCES))
        if option.missing is not None and option.missing not in MISSING_REASONS:
            yield Fault(at, f"{option.missing!r} is no reason", did_you_mean(str(option.missing), MISSING_REASONS))
        if option.score is not None and not math.isfinite(option.score):
            yield Fault(at, f"the score is {option.score}", "give a finite number")
        if option.score is not None and option.missing is not None:
            yield Fault(at, "has both a score and a missing reason", "a missing answer has no score; remove one")


def _pick_faults(item: Item, place: str) -> Iterator[Fault]:
    if item.max_picks is None:
        return
    if item.format is not ResponseFormat.MULTIPLE:
        yield Fault(f"{place}, max_picks", f"the format is {str(item.format)!r}", 'only format = "multiple" has it')
    elif not 1 <= item.max_picks <= len(item.options):
        remedy = f"give a number from 1 to {len(item.options)}, the number of options"
        yield Fault(f"{place}, max_picks", f"found {item.max_picks}", remedy)


def _reference_faults(item: Item, place: str, instrument: Instrument) -> Iterator[Fault]:
    known = {
        "topic": ([topic.id for topic in instrument.topics], [item.topic]),
        "block": ([block.id for block in instrument.blocks], [item.block]),
        "dimensions": ([one.code for one in instrument.dimensions], item.dimensions),
    }
    for key, (names, used) in known.items():
        for name in used:
            if name is not None and name not in names:
                noun = key.removesuffix("s")
                remedy = did_you_mean(name, names, f"declared {noun}s")
                yield Fault(f"{place}, {key}", f"there is no {noun} {name!r}", remedy)
    for name, count in Counter(item.dimensions).items():
        if count > 1:
            yield Fault(f"{place}, dimensions", f"{name!r} is listed {count} times", "list it once")


def rule_faults(item: Item, position: int, instrument: Instrument, places: Mapping[str, int]) -> Iterator[Fault]:
    """Faults of the skip rules of one item; `places` is item id → position of its first use."""
    place = f"item {item.id!r}, show_if"
    for rule in item.show_if:
        found = places.get(rule.item_id)
        if found is None:
            yield Fault(
                place, f"there is no item {rule.item_id!r}", did_you_mean(rule.item_id, list(instrument.index), "items")
            )
            continue
        if found >= position:
            where = "the item itself" if found == position else "a later item"
            yield Fault(place, f"{rule.item_id!r} is {where}", "refer to an item that comes before")
        offered = [option.code for option in instrument.items[found].options]
        strange = [code for code in rule.codes if code not in offered]
        if not rule.codes:
            yield Fault(place, f"no codes of {rule.item_id!r} are named", "say which answers: codes = [1, 2]")
        elif strange:
            remedy = f"it offers {', '.join(map(str, offered)) or 'no codes: it is open'}"
            yield Fault(place, f"{rule.item_id!r} does not offer {', '.join(map(str, strange))}", remedy)


# ---- questions: an original and its paraphrases --------------------------------------------------------------------


def question_faults(instrument: Instrument) -> Iterator[Fault]:
    """Faults between the wordings of one question."""
    questions: dict[str, list[Item]] = {}
    for item in instrument.items:
        questions.setdefault(item.question_id, []).append(item)
        place = f"item {item.id!r}"
        yield from _wording_faults(item, place)
    for question_id, wordings in questions.items():
        # A repeated id is a fault of its own and would repeat everything here.
        if len({item.id for item in wordings}) == len(wordings) > 1:
            yield from _group_faults(question_id, wordings, instrument)


def _wording_faults(item: Item, place: str) -> Iterator[Fault]:
    if item.wording < 0:
        yield Fault(f"{place}, wording", f"found {item.wording}", "0 is the original, 1, 2, ... its paraphrases")
    elif (item.wording == 0) != (item.question_id == item.id):
        if item.wording:
            what, remedy = f"wording {item.wording} of itself", "name the original: question = "
            yield Fault(f"{place}, question", what, remedy + '"..."')
        else:
            what = f"words the question {item.question_id!r} but has no wording number"
            yield Fault(f"{place}, wording", what, "give it its number: wording = 1")


def _group_faults(question_id: str, wordings: Sequence[Item], instrument: Instrument) -> Iterator[Fault]:
    first = wordings[0]
    place = f"question {question_id!r}"
    for number, count in Counter(item.wording for item in wordings).items():
        if count > 1:
            yield Fault(place, f"{count} items are its wording {number}", "number the wordings 0, 1, 2, ...")
    for item in wordings[1:]:
        differing = [key for key in ("format", "options", "topic") if getattr(item, key) != getattr(first, key)]
        if differing:
            what = f"{first.id!r} and {item.id!r} differ in {' and '.join(differing)}"
            yield Fault(place, what, "the wordings of one question share format, options and topic")
    seen: dict[tuple[str, str], Item] = {}
    for item in wordings:
        for language in instrument.languages:
            worded = (texts.get(language, "").strip().casefold() for texts in (item.text, *item.forms.values()))
            others = {seen.setdefault((language, text), item).id for text in worded if text} - {item.id}
            for other in sorted(others):
                what = f"{other!r} and {item.id!r} have the same text in {language!r}"
                yield Fault(place, what, "reword one of them, or remove it")
