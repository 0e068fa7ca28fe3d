"""A rubric from the plain data of its file, every fault named at once with its place and its remedy.

Knows TOML types, no file system. The form of a rubric file is in docs/judges.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast, get_args

from simulator.errors import Fault, RunSpecError
from simulator.judges.frame import frame_faults, frame_in
from simulator.judges.rubric import ABSTAIN, OPTIONS, Criterion, Label, LabelStyle, Order, Reading, Rubric, Shown
from surveys.check_texts import encodable, id_faults, text_faults
from surveys.fields import LANGUAGE_CODE, Fields
from surveys.instrument import ResponseFormat

SHOWN: tuple[str, ...] = get_args(Shown)
ORDERS: tuple[str, ...] = get_args(Order)
LABEL_STYLES: tuple[str, ...] = get_args(LabelStyle)
READINGS: tuple[str, ...] = get_args(Reading)
FORMATS = tuple(str(one) for one in ResponseFormat)
MOST_TRIES = 5
_LABEL_LIST = 'a list of tables such as {id = "pass", text = {en = "Yes"}}'


def rubric_from_data(data: Mapping[str, Any], source: str) -> Rubric:
    """The rubric in the data of a file (`source` is what messages call it). RunSpecError lists every fault."""
    faults: list[Fault] = []
    rubric = _read(data, faults)
    faults += _rubric_faults(rubric)
    if faults:
        raise RunSpecError.from_faults(source, list(dict.fromkeys(faults)))
    return rubric


def _read(data: Mapping[str, Any], faults: list[Fault]) -> Rubric:
    fields = Fields(data, "", faults)
    languages = fields.strings("languages") or ("en",)
    main = languages[0]
    sets = _label_sets(fields, main, faults)
    frame = _frames(fields, languages)
    criteria = [
        _criterion(table, number, main, sets, faults)
        for number, table in enumerate(fields.tables("criteria", "a list of [[criteria]] tables"), start=1)
    ]
    rotate = fields.raw("rotate")
    tries = fields.whole("max_tries")
    rubric = Rubric(
        id=fields.string("id", required='name it: id = "..."'),
        title=fields.texts("title", main, required="give it a title"),
        version=fields.string("version", "1"),
        languages=languages,
        sees=cast(Any, fields.strings("sees")),
        order=cast(Any, fields.choice("order", ORDERS) or "rationale-first"),
        label_style=cast(Any, fields.choice("label_style", LABEL_STYLES) or "words"),
        is_rotated=True if rotate is None else fields.flag("rotate"),
        reading=cast(Any, fields.choice("reading", READINGS) or "default"),
        formats=fields.strings("formats") or FORMATS,
        max_tries=2 if tries is None else tries,
        verdict_marker=fields.texts("verdict_marker", main, required='say what stands before the label: "Verdict:"'),
        rationale_marker=fields.texts("rationale_marker", main, required='say what comes before reasons: "Reasons:"'),
        criteria=tuple(criteria),
        frame=frame,
        data={**data, "frame": frame},
    )
    fields.close()
    return rubric


def _frames(fields: Fields, languages: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The wording around a criterion in each language, the file's own in place of ours."""
    own = fields.raw("frame")
    if own is not None and not isinstance(own, Mapping):
        fields.wrong_type("frame", "a table of tables by language, such as [frame.en]", own)
    own = own if isinstance(own, Mapping) else {}
    for language, table in own.items():
        if language not in languages:
            fields.fault(f"frame.{language}", "is not among languages", f"add it to {list(languages)}")
        elif not isinstance(table, Mapping):
            fields.wrong_type(f"frame.{language}", "a table of texts", table)
    tables = {language: own.get(language, {}) for language in languages}
    return {
        language: frame_in(language, table if isinstance(table, Mapping) else {}) for language, table in tables.items()
    }


def _label_sets(fields: Fields, language: str, faults: list[Fault]) -> dict[str, tuple[Label, ...]]:
    """Label lists that several criteria share, by name."""
    tables = fields.raw("label_sets")
    if tables is None:
        return {}
    if not isinstance(tables, Mapping) or not all(isinstance(one, Mapping) for one in tables.values()):
        fields.wrong_type("label_sets", "tables such as [label_sets.yes-no]", tables)
        return {}
    found = {}
    for name, table in tables.items():
        part = Fields(table, f"label set {name!r}", faults)
        found[str(name)] = tuple(_labels(part, part.tables("labels", _LABEL_LIST), language))
        part.close()
    return found


def _labels(fields: Fields, tables: Sequence[Mapping[str, Any]], language: str) -> Iterator[Label]:
    for number, table in enumerate(tables, start=1):
        name = table.get("id")
        part = Fields(table, fields.at(f"label {name if isinstance(name, str) else f'no. {number}'}"), fields.faults)
        yield Label(
            id=part.string("id", required='name it: id = "..."'),
            text=part.texts("text", language, required='word it: text = {en = "Yes"}'),
            also=_synonyms(part),
        )
        part.close()


def _synonyms(part: Fields) -> dict[str, tuple[str, ...]]:
    value = part.raw("also")
    if value is None:
        return {}
    is_usable = isinstance(value, Mapping) and all(
        isinstance(words, list) and all(isinstance(word, str) and word.strip() for word in words)
        for words in value.values()
    )
    if not is_usable:
        part.wrong_type("also", 'a table of lists by language, such as {en = ["Yeah"]}', value)
        return {}
    return {language: tuple(words) for language, words in value.items()}


def _criterion(
    table: Mapping[str, Any], number: int, language: str, sets: Mapping[str, tuple[Label, ...]], faults: list[Fault]
) -> Criterion:
    name = table.get("id")
    fields = Fields(
        table, f"criterion {name!r}" if isinstance(name, str) and name else f"criterion no. {number}", faults
    )
    criterion = Criterion(
        id=fields.string("id", required='name it: id = "..."'),
        title=fields.texts("title", language, required="give it a title"),
        definition=fields.texts("definition", language, required="define it: a rater needs to know what counts"),
        question=fields.texts("question", language, required="say what the judge is asked"),
        labels=_labels_of(fields, language, sets),
        abstain=fields.texts("abstain", language),
        is_ordered=fields.flag("ordered"),
    )
    fields.close()
    return criterion


def _labels_of(fields: Fields, language: str, sets: Mapping[str, tuple[Label, ...]]) -> tuple[Label, ...]:
    """The labels of a criterion; () where they are the item's options. What is none is noted."""
    names = ", ".join(map(repr, [OPTIONS, *sets]))
    value = fields.raw("labels", required=f"list the labels, or name one of {names}")
    if isinstance(value, str) and value in sets:
        return sets[value]
    if isinstance(value, str) and value != OPTIONS:
        fields.fault("labels", f"{value!r} is no set of labels", f"give {_LABEL_LIST}, or one of {names}")
    elif isinstance(value, list):
        if not value:
            fields.fault("labels", "is empty", "offer at least two")
        return tuple(_labels(fields, fields.tables("labels", _LABEL_LIST), language))
    elif value is not None and not isinstance(value, str):
        fields.wrong_type("labels", f"{_LABEL_LIST}, or one of {names}", value)
    return ()


# ---- the rubric as a whole -------------------------------------------------------------------------------------------


def _rubric_faults(rubric: Rubric) -> Iterator[Fault]:
    languages = rubric.languages
    if rubric.id:
        yield from id_faults("id", rubric.id)
    yield from encodable("version", rubric.version)
    for language, count in Counter(languages).items():
        if not LANGUAGE_CODE.fullmatch(language):
            yield Fault("languages", f"{language!r} is no language code", 'use codes such as "en" or "zh"')
        if count > 1:
            yield Fault("languages", f"{language!r} is listed {count} times", "list it once")
    for key, texts in (
        ("title", rubric.title),
        ("verdict_marker", rubric.verdict_marker),
        ("rationale_marker", rubric.rationale_marker),
    ):
        yield from text_faults(key, texts, languages)
    yield from _choice_faults("sees", rubric.sees, SHOWN)
    yield from _choice_faults("formats", rubric.formats, FORMATS)
    if "reply" not in rubric.sees:
        yield Fault("sees", "does not hold 'reply'", "a judge judges a reply: add it")
    if not 1 <= rubric.max_tries <= MOST_TRIES:
        yield Fault("max_tries", f"{rubric.max_tries} is not between 1 and {MOST_TRIES}", "1 asks once, 2 asks again")
    for language, frame in rubric.frame.items():
        yield from frame_faults(f"frame.{language}", frame)
    if not rubric.criteria:
        yield Fault("criteria", "there are none", "add at least one [[criteria]] table")
    for name, count in Counter(one.id for one in rubric.criteria).items():
        if count > 1 and name:
            yield Fault(f"criterion {name!r}", f"this id is used {count} times", "give each criterion its own id")
    for criterion in rubric.criteria:
        yield from _criterion_faults(criterion, rubric)


def _choice_faults(key: str, values: Sequence[str], allowed: Sequence[str]) -> Iterator[Fault]:
    for value, count in Counter(values).items():
        if value not in allowed:
            yield Fault(key, f"{value!r} is not known", f"allowed: {', '.join(map(repr, allowed))}")
        elif count > 1:
            yield Fault(key, f"{value!r} is listed {count} times", "list it once")


def _criterion_faults(criterion: Criterion, rubric: Rubric) -> Iterator[Fault]:
    place = f"criterion {criterion.id!r}"
    if criterion.id:
        yield from id_faults(place, criterion.id)
    texts = (criterion.title, criterion.definition, criterion.question, criterion.abstain)
    for key, one in zip(("title", "definition", "question", "abstain"), texts, strict=True):
        yield from text_faults(f"{place}, {key}", one, rubric.languages)
    if rubric.reading == "code" and len(criterion.labels) != 2:
        yield Fault(place, 'reading = "code" decides between two labels', "list two labels, the faulty one last")
    if criterion.takes_options:
        if rubric.label_style == "words":
            yield Fault(f"{place}, labels", "options are shown with letters", 'set label_style = "letters"')
        return
    if len(criterion.labels) + bool(criterion.abstain) < 2:
        yield Fault(f"{place}, labels", "there is nothing to choose between", "offer at least two")
    yield from _label_faults(place, criterion, rubric.languages)


def _label_faults(place: str, criterion: Criterion, languages: Sequence[str]) -> Iterator[Fault]:
    """Ids must differ, and no word may mean two labels in any language."""
    meant: dict[str, str] = {}
    for name, count in Counter(label.id for label in criterion.labels).items():
        if count > 1 and name:
            yield Fault(f"{place}, label {name}", f"this id is used {count} times", "give each label its own id")
    for label in criterion.labels:
        here = f"{place}, label {label.id}"
        if label.id:
            yield from id_faults(here, label.id)
        if label.id == ABSTAIN:
            yield Fault(here, "this id is kept for abstention", "word it as `abstain`, or choose another id")
        yield from text_faults(f"{here}, text", label.text, languages)
        words = [*label.text.values(), *(word for more in label.also.values() for word in more)]
        for word in dict.fromkeys(word.strip().casefold() for word in words if word.strip()):
            if meant.setdefault(word, label.id) != label.id:
                yield Fault(here, f"the word {word!r} also means label {meant[word]!r}", "choose words that differ")
