"""What is put in front of a respondent: the options in an order with labels, and the messages around the question.

Knows no engine, probe or store. Everything here is a pure function of instrument, item, condition, persona text, shown
options, remembered turns and try number, so that a prompt can be rebuilt to the byte from the record. Methods: Liu et
al. 2025 (memory as alternating turns, request marker), Shen et al. 2025 (a reply begun, an example, plain completion).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.abstention import Abstention, missing_options
from simulator.conditions import Abstain, Condition, LabelSet
from simulator.markers import Markers
from simulator.memory import Remembered
from simulator.messages import Message, ShownOption, hash_messages
from simulator.option_labels import label_at, label_set_for, labels_of
from simulator.option_orders import Draw, in_order, is_drawn
from simulator.prompt_turns import as_chat, as_raw_text
from simulator.seeds import rng_for
from simulator.styles import Wording, fill, style_named
from surveys.instrument import Instrument, Item, ResponseFormat

_CLOSED = frozenset({"single", "scale"})
_LINE_END, _EMPTY_LINE = ("\n",), ("\n\n",)


@dataclass(frozen=True, slots=True)
class Presentation:
    """One question as it was put.

    `question` is the request as it later stands in memory (question and options, no hint or reminder); `messages` is
    the whole prompt; `options` are in the order shown (empty for an open item); `choices` are the labels a structured
    choice is restricted to, None where none is asked for; `prompt_hash` is 63 bits over roles and contents.
    """

    item_id: str
    item_position: int | None
    question: str
    messages: tuple[Message, ...]
    options: tuple[ShownOption, ...]
    format: str
    language: str
    answer_format: str
    max_picks: int | None
    choices: tuple[str, ...] | None
    prompt_hash: int
    markers: Markers
    prefix: str | None = None
    is_raw: bool = False
    stop: tuple[str, ...] = ()


class _Same:
    """Keys a cache by identity: instruments and items are frozen but hold mappings, which cannot be hashed."""

    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.held is other.held


def _draw_options(
    item: Item,
    condition: Condition,
    draw: Draw,
    instrument: Instrument,
    language: str,
    abstention: Abstention | None,
) -> tuple[ShownOption, ...]:
    substantive = in_order(item, condition.option_order, draw)
    options = [*substantive, *missing_options(item, condition.abstain, abstention, language)]
    texts = [instrument.text_in(option.text, language) for option in options]
    label_set = label_set_for(condition.labels, draw.run_seed, draw.respondent_id)
    labels = labels_of(label_set, substantive, texts, in_file_order=condition.option_order == "fixed")
    return tuple(
        ShownOption(label, option.code, text, option.score, option.stance, option.missing)
        for label, option, text in zip(labels, options, texts, strict=True)
    )


@lru_cache(maxsize=8192)
def _fixed_options(
    item: _Same,
    instrument: _Same,
    order: str,
    labels: LabelSet,
    language: str,
    abstain: Abstain,
    abstention: Abstention | None,
) -> tuple[ShownOption, ...]:
    # Keyed by what decides, not by the whole condition: settings drawn per respondent would make a key for each.
    condition = Condition("", option_order=order, labels=labels, abstain=abstain)
    return _draw_options(item.held, condition, Draw(0, ""), instrument.held, language, abstention)


def shown_options(
    item: Item,
    condition: Condition,
    run_seed: int,
    respondent_id: str,
    instrument: Instrument,
    language: str | None = None,
    place: int | None = None,
) -> tuple[ShownOption, ...]:
    """The options of `item` as one respondent sees them: in order, labelled, worded; () for an open item.

    Order `random` shuffles the options of a nominal question and shows a scale forwards or backwards; it is drawn once
    per respondent (lists of equal length are arranged alike, scales point alike), `random-per-item` at every item.
    `cyclic` shifts any list, at every item; `place` counts the respondents of the arm before this one, so that shifts
    are in balance. Missing categories (don't know, no answer), the item's own or the style's, stay last. Labels
    `numbers` are the canonical codes where the order is fixed and the substantive codes are 1..K, else 1..K by
    position: numbers refer to the list as shown. A numbered scale keeps its own numbers in any order, with `numbers`
    and `numbers-from-0` alike. Language: the condition's unless given.
    """
    language = language or condition.language
    abstention = None
    if condition.abstain == "offered":
        abstention = style_named(condition.style).wording(language).abstention_offered
    if condition.labels != "random" and not is_drawn(condition.option_order):
        keys = condition.option_order, condition.labels, language, condition.abstain, abstention
        return _fixed_options(_Same(item), _Same(instrument), *keys)
    return _draw_options(item, condition, Draw(run_seed, respondent_id, place), instrument, language, abstention)


def example_options(condition: Condition, run_seed: int, respondent_id: str) -> tuple[ShownOption, ...]:
    """The options of the style's example in the order drawn for this respondent, labelled as all options are; () for a
    style without an example.
    """
    example = style_named(condition.style).wording(condition.language).example
    if example is None:
        return ()
    order = rng_for(run_seed, respondent_id, "example_order").permutation(len(example.options))
    label_set = label_set_for(condition.labels, run_seed, respondent_id)
    return tuple(
        ShownOption(label_at(label_set, place), int(index) + 1, example.options[index])
        for place, index in enumerate(order)
    )


@lru_cache(maxsize=4096)
def _system_message(
    wording: Wording, answer_format: str, has_labels: bool, persona_text: str, instruction: str, title: str
) -> Message:
    markers, answerings = wording.markers, wording.worded_for(has_labels=has_labels).answering
    answering = answerings[answer_format].format(answer=markers.answer, explanation=markers.explanation)
    return system_message(wording, answering, persona_text, instruction, title)


def system_message(wording: Wording, answering: str, persona_text: str, instruction: str, title: str) -> Message:
    """Task, persona, the instrument's instruction, and how to answer."""
    text = fill(wording.system, persona=persona_text.strip(), instruction=instruction, answering=answering, title=title)
    return Message("system", text)


def question_text(instrument: Instrument, item: Item, language: str) -> str:
    """Instruction of the block, instruction of the item and the question, one per line, those that are there."""
    parts = [block_instruction(instrument, item, language), item_question(instrument, item, language)]
    return "\n".join(part for part in parts if part)


def block_instruction(instrument: Instrument, item: Item, language: str) -> str:
    """The instruction of the block that the item stands in; "" where there is none."""
    block = next((block for block in instrument.blocks if block.id == item.block), None)
    return instrument.text_in(block.instruction, language).strip() if block else ""


def item_question(instrument: Instrument, item: Item, language: str) -> str:
    """Instruction of the item and the question, one per line, those that are there."""
    parts = [instrument.text_in(item.instruction, language), instrument.item_text(item, language)]
    return "\n".join(part.strip() for part in parts if part.strip())


def hint_for(wording: Wording, item: Item, n_options: int) -> str:
    """What a style says about choosing from this item's options, or answering without any."""
    kind = item.format.value if item.format in {ResponseFormat.OPEN, ResponseFormat.MULTIPLE} else "single"
    if kind == "multiple" and item.max_picks is not None and item.max_picks < n_options:
        kind = "multiple_up_to"
    markers = wording.markers
    return wording.hints[kind].format(
        n_options=n_options, max_picks=item.max_picks, answer=markers.answer, explanation=markers.explanation
    )


def option_line(wording: Wording, option: ShownOption) -> str:
    """Label and text; the label alone where the text repeats it, as inside a numbered scale; a dash and the text where
    there are no labels.
    """
    if not option.label:
        return f"- {option.text}"
    text = "" if option.text == option.label else option.text
    return wording.option.format(label=option.label, text=text).rstrip()


@lru_cache(maxsize=8192)
def _asked(
    wording: Wording, item: _Same, instrument: _Same, options: tuple[ShownOption, ...], language: str, reminder: str
) -> tuple[str, Message]:
    """The request as it stands in memory, and the user message that carries it."""
    lines = "\n".join(option_line(wording, option) for option in options)
    question = question_text(instrument.held, item.held, language)
    request = fill(wording.request, question=question, options=lines)
    hint = hint_for(wording, item.held, len(options))
    user = fill(wording.user, request=request, hint=hint)
    return request, Message("user", f"{user}\n\n{reminder}" if reminder else user)


def wants_reminder(condition: Condition, try_number: int) -> bool:
    """Whether a repeated question carries a line on the output format."""
    if try_number == 0 or condition.reminder == "never":
        return False
    return condition.reminder == "always" or condition.settings.temperature == 0


def _reminder(wording: Wording, item: Item, condition: Condition, try_number: int) -> str:
    """The line on the output format that a repeated question carries, if the condition wants it."""
    if not wants_reminder(condition, try_number):
        return ""
    markers = wording.markers
    if item.format is ResponseFormat.OPEN:
        template = wording.hints["open"]
    else:
        template = wording.worded_for(has_labels=condition.labels != "plain").reminders[condition.answer_format]
    return template.format(answer=markers.answer, explanation=markers.explanation, n_options="", max_picks="")


def _example_turn(wording: Wording, answer_format: str, options: Sequence[ShownOption]) -> tuple[tuple[str, str], ...]:
    """The style's example as one turn: what is asked and what is answered; () where there is none."""
    example = wording.example
    if example is None or not options:
        return ()
    lines = "\n".join(option_line(wording, option) for option in options)
    request = fill(wording.request, question=example.question, options=lines)
    hint = wording.hints["single"].format(n_options=len(options), max_picks="", answer="", explanation="")
    (answer,) = [option for option in options if option.text == example.answer]
    line = option_line(wording, answer) if answer.label else answer.text
    reply = example.reply(answer_format, answer, line, wording.markers)
    return ((fill(wording.user, request=request, hint=hint), reply),)


def present(
    instrument: Instrument,
    item: Item,
    condition: Condition,
    persona_text: str,
    options: tuple[ShownOption, ...],
    memory: Sequence[Remembered],
    try_number: int,
    language: str | None = None,
    example: tuple[ShownOption, ...] = (),
) -> Presentation:
    """The question as one respondent gets it: system message, the style's example, remembered turns, the question.

    The system message holds the task, the persona, the instrument's instruction and how to answer. Each remembered
    turn is a user and an assistant message. From the second try on, `condition.reminder` decides on a line about
    the format. `example` are the options of the style's example (`example_options`). Raises RunSpecError for an unknown
    style or a style without the language.
    """
    language = language or condition.language
    wording = style_named(condition.style).wording(language)
    reminder = _reminder(wording, item, condition, try_number) if try_number else ""
    question, asked = _asked(wording, _Same(item), _Same(instrument), options, language, reminder)
    instruction = instrument.text_in(instrument.instruction, language)
    title = instrument.text_in(instrument.title, language)
    has_labels = condition.labels != "plain"
    system = _system_message(wording, condition.answer_format, has_labels, persona_text, instruction, title)
    turns = [
        *_example_turn(wording, condition.answer_format, example),
        *((turn.request, turn.answer) for turn in memory),
    ]
    messages = as_raw_text(wording, system, turns, asked) if wording.is_raw else as_chat(system, turns, asked)
    is_closed = item.format.value in _CLOSED and bool(options)
    prefix = wording.prefix_for(condition.answer_format) if options else None
    return Presentation(
        item_id=item.id,
        item_position=instrument.index.get(item.id),
        question=question,
        messages=messages,
        options=options,
        format=item.format.value,
        language=language,
        answer_format=condition.answer_format,
        max_picks=item.max_picks,
        choices=tuple([one.said for one in options]) if is_closed and condition.answer_format == "structured" else None,
        prompt_hash=hash_messages(messages, prefix),
        markers=wording.markers,
        prefix=prefix,
        is_raw=wording.is_raw,
        stop=(_EMPTY_LINE if condition.answer_format == "explained" else _LINE_END) if wording.is_raw else (),
    )
