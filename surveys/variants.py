"""A smaller instrument out of a larger one: some topics, items, wordings, languages. Knows no presentation.

Pure selection: items keep their order, ids and codes. How options are ordered or labelled is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from simulator.errors import InstrumentError
from surveys.instrument import Instrument, Item, ShowIf, Texts
from surveys.suggest import did_you_mean

Wordings = Literal["all", "original", "random"] | int


def select(
    instrument: Instrument,
    *,
    topics: Sequence[str] | None = None,
    items: Sequence[str] | None = None,
    wordings: Wordings = "all",
    rng: np.random.Generator | None = None,
    languages: Sequence[str] | None = None,
    limit: int | None = None,
) -> Instrument:
    """The part of `instrument` that every given argument allows.

    topics: topic ids. items: item ids, or question ids for all wordings of a question. wordings: of every question all,
    the original, one drawn from `rng`, or the first so many (an int). languages: every text is reduced to these; the
    first one is the default if the instrument's own is not among them. limit: the first so many items of what is left.

    A skip rule that refers to a wording left out follows the question to a wording kept before it. InstrumentError for
    an unknown name, for a rule whose question is left out, and where nothing is left.
    """
    kept = _by_name(instrument, topics, items)
    kept = _by_wording(kept, wordings, rng)
    if limit is not None:
        if limit < 1:
            raise InstrumentError(f"survey {instrument.id!r}: limit is {limit}; give 1 or more")
        kept = kept[:limit]
    if not kept:
        raise InstrumentError(f"survey {instrument.id!r}: the selection leaves no item; select more")
    kept = [replace(item, show_if=_rebound(item, kept, instrument)) if item.show_if else item for item in kept]
    selected = _without_orphans(instrument, tuple(kept))
    return selected if languages is None else _in_languages(selected, languages)


def in_form(instrument: Instrument, form: str) -> Instrument:
    """The instrument as worded for one sex ("female", "male"; "" for nobody in particular): every item has one text.

    Ids, places, options and codes are those of `instrument`; the content hash is not.
    """
    if not instrument.has_forms:
        return instrument
    languages = instrument.languages
    items = tuple(
        replace(item, text={one: instrument.item_text(item, one, form) for one in languages}, forms={})
        if item.forms
        else item
        for item in instrument.items
    )
    return replace(instrument, items=items)


def _by_name(instrument: Instrument, topics: Sequence[str] | None, items: Sequence[str] | None) -> list[Item]:
    for name in topics or ():
        known = [topic.id for topic in instrument.topics]
        if name not in known:
            raise InstrumentError(
                f"survey {instrument.id!r}: there is no topic {name!r}; {did_you_mean(name, known, 'topics')}"
            )
    questions = {item.question_id for item in instrument.items}
    for name in items or ():
        if name not in instrument.index and name not in questions:
            near = did_you_mean(name, instrument.index, "items")
            raise InstrumentError(f"survey {instrument.id!r}: there is no item {name!r}; {near}")
    return [
        item
        for item in instrument.items
        if (topics is None or item.topic in topics) and (items is None or item.id in items or item.question_id in items)
    ]


def _by_wording(items: list[Item], wordings: Wordings, rng: np.random.Generator | None) -> list[Item]:
    if wordings == "all":
        return items
    if wordings == "original":
        return [item for item in items if item.wording == 0]
    by_question: dict[str, list[Item]] = {}
    for item in items:
        by_question.setdefault(item.question_id, []).append(item)
    if wordings == "random":
        if rng is None:
            raise ValueError('wordings="random" needs rng')
        drawn = {group[rng.integers(len(group))].id for group in by_question.values()}
        return [item for item in items if item.id in drawn]
    if isinstance(wordings, bool) or not isinstance(wordings, int) or wordings < 1:
        raise InstrumentError(f"wordings is {wordings!r}; allowed: 'all', 'original', 'random', or a number from 1 on")
    first = {item.id for group in by_question.values() for item in group[:wordings]}
    return [item for item in items if item.id in first]


def _rebound(item: Item, kept: Sequence[Item], instrument: Instrument) -> tuple[ShowIf, ...]:
    """The item's rules, each referring to a kept item before it."""
    earlier = kept[: next(place for place, one in enumerate(kept) if one is item)]
    by_question = {one.question_id: one.id for one in reversed(earlier)}
    names = {one.id for one in earlier}
    rules = []
    for rule in item.show_if:
        if rule.item_id in names:
            rules.append(rule)
            continue
        other = by_question.get(instrument.item(rule.item_id).question_id)
        if other is None:
            raise InstrumentError(
                f"survey {instrument.id!r}: item {item.id!r} is shown only after {rule.item_id!r}, which the selection "
                f"leaves out; select {rule.item_id!r} too, or leave {item.id!r} out"
            )
        rules.append(replace(rule, item_id=other))
    return tuple(rules)


def _without_orphans(instrument: Instrument, items: tuple[Item, ...]) -> Instrument:
    """`items` with the topics, blocks and dimensions that did not lose their last item by the selection."""

    def lost(used: Collection[str | None], was_used: Collection[str | None]) -> set[str | None]:
        return set(was_used) - set(used)

    before = instrument.items
    topics = lost({item.topic for item in items}, {item.topic for item in before})
    blocks = lost({item.block for item in items}, {item.block for item in before})
    dimensions = lost({d for item in items for d in item.dimensions}, {d for item in before for d in item.dimensions})
    return replace(
        instrument,
        items=items,
        topics=tuple(topic for topic in instrument.topics if topic.id not in topics),
        blocks=tuple(block for block in instrument.blocks if block.id not in blocks),
        dimensions=tuple(one for one in instrument.dimensions if one.code not in dimensions),
    )


def _in_languages(instrument: Instrument, languages: Sequence[str]) -> Instrument:
    for language in languages:
        if language not in instrument.languages:
            near = did_you_mean(language, instrument.languages, "languages")
            raise InstrumentError(f"survey {instrument.id!r} is not worded in {language!r}; {near}")
    if not languages:
        raise InstrumentError(f"survey {instrument.id!r}: the list of languages is empty; name at least one")

    def only(texts: Texts) -> Mapping[str, str]:
        return {language: text for language, text in texts.items() if language in languages}

    items = tuple(
        replace(
            item,
            text=only(item.text),
            forms={form: only(texts) for form, texts in item.forms.items()},
            instruction=only(item.instruction),
            options=tuple(replace(option, text=only(option.text)) for option in item.options),
        )
        for item in instrument.items
    )
    return replace(
        instrument,
        title=only(instrument.title),
        instruction=only(instrument.instruction),
        language=instrument.language if instrument.language in languages else languages[0],
        languages=tuple(language for language in instrument.languages if language in languages),
        items=items,
        topics=tuple(replace(topic, title=only(topic.title)) for topic in instrument.topics),
        dimensions=tuple(replace(one, title=only(one.title)) for one in instrument.dimensions),
        blocks=tuple(
            replace(block, title=only(block.title), instruction=only(block.instruction)) for block in instrument.blocks
        ),
    )
