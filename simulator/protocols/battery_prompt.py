"""A battery as it is put: the items as a numbered list, their options once above it or beneath each item.

Pure, from interview, items, options and try number, so that a prompt can be rebuilt from the record to the byte. System
message, option lines and hints are those of the condition's prompt style; the list is worded by the protocol's file.
Knows no engine, store or reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from simulator.interview import Interview
from simulator.messages import Message, ShownOption, hash_messages
from simulator.presentation import (
    Presentation,
    block_instruction,
    hint_for,
    item_question,
    option_line,
    system_message,
    wants_reminder,
)
from simulator.protocols.wording import StepWording, wording_named
from simulator.styles import Wording, fill, style_named
from surveys.instrument import Item


class Listed(NamedTuple):
    """One item of the list: its number (its place in the respondent's order, from 1), and its options as shown."""

    number: int
    item: Item
    options: tuple[ShownOption, ...]


@dataclass(frozen=True, slots=True)
class BatteryPresentation:
    """A list as it was put. `whole` is the question of its first item, with the messages and the text of the list."""

    whole: Presentation
    listed: tuple[Listed, ...]


def have_same_options(listed: Sequence[Listed]) -> bool:
    """Whether all items are shown with the same texts in the same order under the same labels."""
    as_read = {tuple((option.label, option.code, option.text) for option in one.options) for one in listed}
    return len(as_read) == 1


def stand_above(interview: Interview, listed: Sequence[Listed]) -> bool:
    """Whether the options stand once above the list: all items are shown with the same ones, and not by chance."""
    is_drawn = interview.condition.option_order in ("random-per-item", "cyclic")
    return len(listed) > 1 and not is_drawn and have_same_options(listed)


def present_battery(interview: Interview, listed: Sequence[Listed], try_number: int) -> BatteryPresentation:
    """The list as one respondent gets it: system message, then options and items in one user message.

    From the second try on, `condition.reminder` decides on a line about the format. Raises RunSpecError for a style or
    wording that there is not in the condition's language.
    """
    condition, instrument = interview.condition, interview.instrument
    style = style_named(condition.style).wording(condition.language)
    words = wording_named(condition.protocol.name).in_language(condition.language)
    system = system_message(
        style,
        words.answering[condition.answer_format].strip(),
        interview.persona_text,
        instrument.text_in(instrument.instruction, condition.language),
        instrument.text_in(instrument.title, condition.language),
    )
    text = _list_text(interview, style, words, listed)
    reminder = fill(words.reminder, n=len(listed)) if wants_reminder(condition, try_number) else ""
    messages = (system, Message("user", f"{text}\n\n{reminder}" if reminder else text))
    first = listed[0]
    whole = Presentation(
        item_id=first.item.id,
        item_position=instrument.index.get(first.item.id),
        question=text,
        messages=messages,
        options=first.options,
        format=first.item.format.value,
        language=condition.language,
        answer_format=condition.answer_format,
        max_picks=first.item.max_picks,
        choices=None,
        prompt_hash=hash_messages(messages),
        markers=style.markers,
    )
    return BatteryPresentation(whole, tuple(listed))


def _list_text(interview: Interview, style: Wording, words: StepWording, listed: Sequence[Listed]) -> str:
    n, is_above = len(listed), stand_above(interview, listed)
    shared = _option_lines(style, listed[0].options) if is_above else ""
    above = fill(words.steps["options"], options=shared, n=n) if shared else ""
    items = "\n\n".join(_paragraphs(interview, style, words, listed, with_options=not is_above))
    return fill(words.steps["list"], options=above, items=items, n=n)


def _paragraphs(
    interview: Interview, style: Wording, words: StepWording, listed: Sequence[Listed], *, with_options: bool
) -> Iterator[str]:
    """The items, a block's instruction before the first of those that stand together; apart where one takes lines."""
    instrument, language = interview.instrument, interview.condition.language
    texts = {one.number: _item(interview, style, words, one, len(listed), with_options=with_options) for one in listed}
    between = "\n" if all("\n" not in text for text in texts.values()) else "\n\n"
    for instruction, together in groupby(listed, lambda one: block_instruction(instrument, one.item, language)):
        if instruction:
            yield instruction
        yield between.join(texts[one.number] for one in together)


def _item(interview: Interview, style: Wording, words: StepWording, one: Listed, n: int, *, with_options: bool) -> str:
    """Number and question, what the style says about choosing several or answering freely, and options of its own."""
    language = interview.condition.language
    question = item_question(interview.instrument, one.item, language)
    hint = hint_for(style, one.item, len(one.options)) if one.item.format.value in ("multiple", "open") else ""
    options = _option_lines(style, one.options) if with_options else ""
    return fill(
        words.steps["item"],
        number=one.number,
        question="\n".join(part for part in (question, hint) if part),
        options=options,
        n=n,
    )


def _option_lines(style: Wording, options: Sequence[ShownOption]) -> str:
    return "\n".join(option_line(style, option) for option in options)
