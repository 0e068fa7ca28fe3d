"""What is put in front of a respondent: the options in an order with labels, and the messages around the question.

Knows no engine, probe or store. Everything here is a pure function of instrument, item, condition, persona text, shown
options, remembered turns and try number, so that a prompt can be rebuilt to the byte from the record. Methods: Moore
et al. 2024 (options shuffled, labels assigned after shuffling), Shen et al. 2025 (reversed order, other labels),
Liu et al. 2025 (memory as alternating turns, request marker).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.conditions import Condition, LabelSet, OptionOrder
from simulator.markers import Markers
from simulator.memory import Remembered
from simulator.messages import Message, ShownOption, hash_messages
from simulator.seeds import draw_index, rng_for
from simulator.styles import Wording, fill, style_named
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption

LABEL_SETS: tuple[LabelSet, ...] = ("numbers", "numbers-from-0", "letters", "lowercase", "roman")
"""The sets that "random" draws from, once per respondent."""

_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_CLOSED = frozenset({"single", "scale"})


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


class _Same:
    """Keys a cache by identity: instruments and items are frozen but hold mappings, which cannot be hashed."""

    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.held is other.held


def label_at(label_set: str, index: int) -> str:
    """The label of the option at `index` (from 0): numbers 1.., numbers-from-0, A..Z AA.., a..z aa.., I II III."""
    if label_set == "numbers":
        return str(index + 1)
    if label_set == "numbers-from-0":
        return str(index)
    if label_set == "roman":
        left, text = index + 1, ""
        for value, sign in _ROMAN:
            text += sign * (left // value)
            left %= value
        return text
    text, left = "", index + 1
    while left:
        left, rest = divmod(left - 1, 26)
        text = chr(ord("A") + rest) + text
    return text if label_set == "letters" else text.lower()


def is_ordered(item: Item) -> bool:
    """Whether the options form a scale: format `scale`, or every substantive option has a score and no two the same."""
    if item.format is ResponseFormat.SCALE:
        return True
    scores = [option.score for option in item.substantive_options]
    return len(scores) > 1 and None not in scores and len(set(scores)) == len(scores)


def is_numbered(options: Sequence[ResponseOption], texts: Sequence[str]) -> bool:
    """Whether options are a numbered scale ("1 not at all, 2, ... 10 fully"): all but the two ends read as their code.

    `options` are substantive, `texts` their wordings in one language; both in any order.
    """
    named = sorted((option.code, text) for option, text in zip(options, texts, strict=True))
    return len(named) > 2 and all(text == str(code) for code, text in named[1:-1])


def _ordered_options(
    item: Item, condition: Condition, run_seed: int, respondent_id: str
) -> tuple[list[ResponseOption], list[ResponseOption]]:
    """Substantive options in the order shown, and the offered missing categories, which stay last in file order."""
    substantive = list(item.substantive_options)
    missing = [option for option in item.options if option.missing is not None]
    order = condition.option_order
    if order == "reversed":
        return substantive[::-1], missing
    if order == "fixed":
        return substantive, missing
    # "random" draws once per respondent: every list of the same length is arranged alike, and all scales point alike.
    ordered = is_ordered(item)
    scope = item.id if order == "random-per-item" else "scales" if ordered else len(substantive)
    names = (respondent_id, scope, "option_order")
    if ordered:
        # A scale keeps its sense only forwards or backwards; a shuffled scale would be another question.
        return (substantive[::-1] if draw_index(run_seed, *names, n=2) else substantive), missing
    shuffled = rng_for(run_seed, *names).permutation(len(substantive))
    return [substantive[index] for index in shuffled], missing


def _labels(
    condition: Condition, substantive: list[ResponseOption], texts: Sequence[str], run_seed: int, respondent_id: str
) -> list[str]:
    """Labels for all `texts`: those of the substantive options, which come first, then those of missing categories."""
    label_set: str = condition.labels
    if label_set == "random":
        label_set = LABEL_SETS[draw_index(run_seed, respondent_id, "labels", n=len(LABEL_SETS))]
    n_substantive, n_missing = len(substantive), len(texts) - len(substantive)
    codes = [option.code for option in substantive]
    if label_set in {"numbers", "numbers-from-0"} and is_numbered(substantive, texts[:n_substantive]):
        # "2. 9" or "0. 1" would leave it open which of the two numbers a reply means.
        return [str(code) for code in codes] + [str(max(codes) + n) for n in range(1, n_missing + 1)]
    labels = [label_at(label_set, index) for index in range(len(texts))]
    if label_set == "numbers" and condition.option_order == "fixed" and set(codes) == set(range(1, n_substantive + 1)):
        labels[:n_substantive] = [str(code) for code in codes]
    return labels


def _draw_options(
    item: Item, condition: Condition, run_seed: int, respondent_id: str, instrument: Instrument, language: str
) -> tuple[ShownOption, ...]:
    substantive, missing = _ordered_options(item, condition, run_seed, respondent_id)
    options = [*substantive, *missing]
    texts = [instrument.text_in(option.text, language) for option in options]
    labels = _labels(condition, substantive, texts, run_seed, respondent_id)
    return tuple(
        ShownOption(label, option.code, text, option.score, option.stance, option.missing)
        for label, option, text in zip(labels, options, texts, strict=True)
    )


@lru_cache(maxsize=8192)
def _fixed_options(
    item: _Same, instrument: _Same, order: OptionOrder, labels: LabelSet, language: str
) -> tuple[ShownOption, ...]:
    # Keyed by what decides, not by the whole condition: settings drawn per respondent would make a key for each.
    condition = Condition("", option_order=order, labels=labels)
    return _draw_options(item.held, condition, 0, "", instrument.held, language)


def shown_options(
    item: Item,
    condition: Condition,
    run_seed: int,
    respondent_id: str,
    instrument: Instrument,
    language: str | None = None,
) -> tuple[ShownOption, ...]:
    """The options of `item` as one respondent sees them: in order, labelled, worded; () for an open item.

    Order `random` shuffles the options of a nominal question and shows a scale forwards or backwards; it is drawn once
    per respondent (lists of equal length are arranged alike, scales point alike), `random-per-item` at every item.
    Offered missing categories (don't know, no answer) stay last. Labels `numbers` are the canonical codes where the
    order is fixed and the substantive codes are 1..K, else 1..K by position: numbers refer to the list as shown. A
    numbered scale keeps its own numbers in any order, with `numbers` and `numbers-from-0` alike.
    Language: the condition's unless given.
    """
    language = language or condition.language
    if condition.option_order in {"fixed", "reversed"} and condition.labels != "random":
        return _fixed_options(_Same(item), _Same(instrument), condition.option_order, condition.labels, language)
    return _draw_options(item, condition, run_seed, respondent_id, instrument, language)


@lru_cache(maxsize=4096)
def _system_message(wording: Wording, answer_format: str, persona_text: str, instruction: str, title: str) -> Message:
    markers = wording.markers
    answering = wording.answering[answer_format].format(answer=markers.answer, explanation=markers.explanation)
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
    """Label and text; the label alone where the text repeats it, as inside a numbered scale."""
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
        template = wording.reminders[condition.answer_format]
    return template.format(answer=markers.answer, explanation=markers.explanation, n_options="", max_picks="")


def present(
    instrument: Instrument,
    item: Item,
    condition: Condition,
    persona_text: str,
    options: tuple[ShownOption, ...],
    memory: Sequence[Remembered],
    try_number: int,
    language: str | None = None,
) -> Presentation:
    """The question as one respondent gets it: system message, remembered turns, the current question.

    The system message holds the task, the persona, the instrument's instruction and how to answer. Each remembered
    turn is a user and an assistant message. From the second try on, `condition.reminder` decides on a line about
    the format. Raises RunSpecError for an unknown style or a style without the language.
    """
    language = language or condition.language
    wording = style_named(condition.style).wording(language)
    reminder = _reminder(wording, item, condition, try_number) if try_number else ""
    question, asked = _asked(wording, _Same(item), _Same(instrument), options, language, reminder)
    instruction = instrument.text_in(instrument.instruction, language)
    title = instrument.text_in(instrument.title, language)
    messages = [_system_message(wording, condition.answer_format, persona_text, instruction, title)]
    for turn in memory:
        messages.append(Message("user", turn.request))
        messages.append(Message("assistant", turn.answer))
    messages.append(asked)
    structured = condition.answer_format == "structured" and item.format.value in _CLOSED and bool(options)
    return Presentation(
        item_id=item.id,
        item_position=instrument.index.get(item.id),
        question=question,
        messages=tuple(messages),
        options=options,
        format=item.format.value,
        language=language,
        answer_format=condition.answer_format,
        max_picks=item.max_picks,
        choices=tuple([option.label for option in options]) if structured else None,
        prompt_hash=hash_messages(messages),
        markers=wording.markers,
    )
