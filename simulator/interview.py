"""One interview as pure steps: what is asked next, what goes to the engine, how the reply is read, what is kept.

The graph in `simulator.graphs.respondent` wires these steps; tests and the rebuilding of prompts call them without it.
Knows no engine, no store and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from personas.persona import Persona, without_place
from simulator.conditions import Condition
from simulator.decoding import Decoding
from simulator.errors import EngineError
from simulator.memory import Remembered, remember, trim_answer
from simulator.messages import Asked, Completion, RememberedAnswer, Request, ShownOption
from simulator.parsing import Reading, opens_with_disclaimer, parse
from simulator.positions import positions_to_json, scores_to_json
from simulator.presentation import Presentation, example_options, present, shown_options
from simulator.probes.probing import continuations_for, read_probes, wants_logprobs, with_probes
from simulator.reply_text import whole_reply
from simulator.seeds import seed_for
from simulator.store.records import AnswerRow, Disposition, ExchangeRow, respondent_name
from surveys.instrument import Instrument, Item, Topic
from surveys.order import is_shown
from surveys.scenario_instrument import rated_action

NOT_SHOWN = "not_shown: a skip rule left this item out"


class Seat(NamedTuple):
    """One of those whose answers an interview brings: the respondent's number and persona."""

    number: int
    persona: Persona


@dataclass(frozen=True)
class Interview:
    """Everything fixed about one interview: who, about what, how, in which order.

    `order` holds item positions (file order) as administered; `memory_length` is the bound drawn for this respondent
    (None where the policy has none); `number` is the respondent's place in the population. `decoding` is what was drawn
    of the decoding settings: `condition.settings` has it in place, so that nothing else needs to know. `panel` are
    those whose answers are asked for at once, the respondent itself first; empty where everybody answers alone.
    `item_form` says for which sex the items are worded ("" where that makes no difference): `instrument` is worded so
    already (`surveys.variants.in_form`), so that nothing else needs to know. `place_in_arm` counts the respondents of
    the same arm before this one: what is shown in balance goes by it. None where it is not known, as in a record.
    """

    number: int
    persona: Persona
    condition_id: int
    condition: Condition
    instrument: Instrument
    order: tuple[int, ...]
    memory_length: int | None
    run_seed: int
    decoding: Decoding | None = None
    panel: tuple[Seat, ...] = ()
    item_form: str = ""
    place_in_arm: int | None = None

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        """Everybody whose answers this interview brings."""
        return self.panel or (Seat(self.number, self.persona),)

    @cached_property
    def respondent_id(self) -> str:
        """The respondent's name, r0042."""
        return respondent_name(self.number)

    @cached_property
    def persona_text(self) -> str:
        """The persona's description in the condition's language."""
        return self.persona.text_in(self.condition.language)

    @cached_property
    def told_attributes(self) -> Mapping[str, Any]:
        """The facts of the persona that the respondent is told."""
        return self.persona.attributes if self.condition.tells_place else without_place(self.persona.attributes)

    @cached_property
    def referred_items(self) -> frozenset[str]:
        """Items that some skip rule refers to: the only answers the interview has to keep at hand."""
        return frozenset(rule.item_id for item in self.instrument.items for rule in item.show_if)

    @cached_property
    def topics(self) -> Mapping[str, Topic]:
        """Topic id → topic."""
        return {topic.id: topic for topic in self.instrument.topics}

    @cached_property
    def example(self) -> tuple[ShownOption, ...]:
        """The options of the prompt style's example as this respondent sees them."""
        return example_options(self.condition, self.run_seed, self.respondent_id)

    def item_at(self, place: int) -> Item:
        """The item at this place of the order administered."""
        return self.instrument.items[self.order[place]]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an interview stands: small, serialisable, replaced rather than changed.

    `place` is the place in the order administered; `next_number` the number of the next exchange; `answers` holds the
    codes of the items that skip rules refer to; `pending` the calls already made for the current item.
    """

    place: int = 0
    next_number: int = 1
    try_number: int = 0
    memory: tuple[Remembered, ...] = ()
    answers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    n_answered: int = 0
    n_hidden: int = 0
    pending: tuple[ExchangeRow, ...] = ()


def options_for(interview: Interview, item: Item) -> tuple[ShownOption, ...]:
    """The options of `item` as this respondent sees them."""
    return shown_options(
        item,
        interview.condition,
        interview.run_seed,
        interview.respondent_id,
        interview.instrument,
        place=interview.place_in_arm,
    )


def present_current(interview: Interview, progress: Progress) -> Presentation:
    """What is put in front of the respondent now."""
    item = interview.item_at(progress.place)
    return present(
        interview.instrument,
        item,
        interview.condition,
        interview.persona_text,
        options_for(interview, item),
        progress.memory,
        progress.try_number,
        example=interview.example,
    )


def asked_facts(interview: Interview, progress: Progress, presentation: Presentation) -> Asked:
    """The facts of the current question, for engines that compute their answer from a known truth."""
    memory = tuple(RememberedAnswer(turn.exchange, turn.item_id, turn.codes) for turn in progress.memory)
    return item_facts(
        interview, interview.item_at(progress.place), presentation.options, progress.try_number, remembered=memory
    )


def item_facts(
    interview: Interview,
    item: Item,
    options: tuple[ShownOption, ...],
    try_number: int,
    *,
    remembered: tuple[RememberedAnswer, ...] = (),
) -> Asked:
    """The facts of one item with these options."""
    topic = interview.topics.get(item.topic) if item.topic else None
    return Asked(
        run_seed=interview.run_seed,
        respondent_id=interview.respondent_id,
        persona_id=interview.persona.id,
        strategy=interview.persona.strategy,
        attributes=interview.told_attributes,
        item_id=item.id,
        format=item.format.value,
        options=options,
        dimensions=item.dimensions,
        key=-1 if item.reverse_keyed else 1,
        topic=item.topic,
        question_id=item.question_id,
        language=interview.condition.language,
        style=interview.condition.style,
        is_action=rated_action(item.id) is not None,
        answer_format=interview.condition.answer_format,
        max_picks=item.max_picks,
        try_number=try_number,
        remembered=remembered,
        topic_attributes=topic.attributes if topic else {},
    )


def request_for(interview: Interview, progress: Progress, presentation: Presentation) -> Request:
    """The call that puts this presentation to an engine."""
    condition = interview.condition
    item_id = presentation.item_id
    stop = (*condition.settings.stop, *presentation.stop)
    return Request(
        messages=presentation.messages,
        settings=replace(condition.settings, stop=stop) if presentation.stop else condition.settings,
        seed=seed_for(interview.run_seed, interview.respondent_id, item_id, "engine", progress.try_number),
        samples=condition.samples,
        top_logprobs=condition.top_logprobs if wants_logprobs(condition, presentation) else None,
        choices=presentation.choices,
        continuations=continuations_for(condition, presentation),
        assistant_prefix=presentation.prefix,
        is_raw=presentation.is_raw,
        asked=asked_facts(interview, progress, presentation),
    )


def exchange_row(
    interview: Interview, progress: Progress, presentation: Presentation, outcome: Completion | EngineError
) -> ExchangeRow:
    """The record of one call, whether it came back with a completion or failed."""
    fixed = interview.condition.option_order == "fixed" and interview.condition.labels == "numbers"
    completion = outcome if isinstance(outcome, Completion) else None
    error = outcome if isinstance(outcome, EngineError) else None
    return ExchangeRow(
        respondent=interview.number,
        number=progress.next_number,
        item=interview.order[progress.place],
        condition=interview.condition_id,
        try_number=progress.try_number,
        remembered=tuple(turn.exchange for turn in progress.memory),
        order=None if fixed else tuple(option.code for option in presentation.options),
        labels=None if fixed else tuple(option.label for option in presentation.options),
        prompt_hash=presentation.prompt_hash,
        completion=completion.text if completion else None,
        samples=completion.texts[1:] if completion else (),
        positions=positions_to_json(completion.positions) if completion else None,
        scored=scores_to_json(completion.scored) if completion else None,
        finish_reason=completion.finish_reason if completion else None,
        prompt_tokens=completion.prompt_tokens if completion else None,
        completion_tokens=completion.completion_tokens if completion else None,
        latency_seconds=completion.latency_seconds if completion else None,
        attempts=completion.attempts if completion else error.attempts if error else 1,
        error_kind=error.kind if error else None,
        error=str(error) if error else None,
        failed_tries=outcome.failed_tries,
    )


def read_reply(interview: Interview, presentation: Presentation, number: int, completion: Completion) -> AnswerRow:
    """How the reply in exchange `number` is read: status, codes, reason, and what the probe found."""
    reading = server_refusal(completion) or parse(completion.text, presentation)
    answer = AnswerRow(
        respondent=interview.number,
        item=interview.instrument.index[presentation.item_id],
        exchange=number,
        status=reading.status,
        codes=reading.codes,
        text=reading.text,
        reason=reading.reason,
    )
    return with_probes(answer, read_probes(interview.condition, presentation, completion, reading))


def server_refusal(completion: Completion) -> Reading | None:
    """A refusal that the server reports outside the text."""
    if completion.refusal and not completion.text.strip():
        return Reading("refused", (), None, "declined: the server reported a refusal")
    return None


def remembered_turn(
    interview: Interview, presentation: Presentation, number: int, text: str, answer: AnswerRow
) -> Remembered | None:
    """What the respondent may carry on from this exchange; None for one unread, refused or opening as an AI."""
    if answer.status not in ("answered", "dont_know") or opens_with_disclaimer(text):
        return None
    condition = interview.condition
    text = whole_reply(presentation.prefix, text)
    kept = trim_answer(text, condition.answer_format, condition.memory.keep, condition.language, presentation.markers)
    return Remembered(number, presentation.item_id, answer.codes, presentation.question, kept)


def may_ask_again(interview: Interview, progress: Progress, answer: AnswerRow) -> bool:
    """Whether an unreadable reply is followed by another try at the same item."""
    return answer.status == "unparsed" and progress.try_number + 1 < interview.condition.max_tries


def ask_again(progress: Progress, exchange: ExchangeRow) -> Progress:
    """The same item once more; the unreadable exchange is kept for the record, not for the memory."""
    pending = (*progress.pending, exchange)
    return replace(progress, next_number=progress.next_number + 1, try_number=progress.try_number + 1, pending=pending)


def settle(interview: Interview, progress: Progress, answer: AnswerRow, turn: Remembered | None) -> Progress:
    """Remember what this item left behind and go to the next one."""
    item_id = interview.item_at(progress.place).id
    condition = interview.condition
    memory = remember(
        progress.memory,
        turn,
        condition.memory,
        interview.memory_length,
        interview.run_seed,
        interview.respondent_id,
        item_id,
    )
    answers = progress.answers
    if item_id in interview.referred_items and answer.status == "answered":
        answers = {**answers, item_id: answer.codes}
    return Progress(
        place=progress.place + 1,
        next_number=progress.next_number + (answer.exchange is not None),
        memory=memory,
        answers=answers,
        n_answered=progress.n_answered + (answer.status == "answered"),
        n_hidden=progress.n_hidden,
    )


def pass_over_hidden(interview: Interview, progress: Progress) -> tuple[Progress, tuple[AnswerRow, ...]]:
    """Step over every item whose skip rules do not hold; one `not_applicable` answer for each."""
    place, passed = progress.place, []
    while place < len(interview.order):
        item = interview.item_at(place)
        if not item.show_if or is_shown(item, progress.answers):
            break
        passed.append(AnswerRow(interview.number, interview.order[place], None, "not_applicable", reason=NOT_SHOWN))
        place += 1
    hidden = progress.n_hidden + len(passed)
    return (replace(progress, place=place, n_hidden=hidden) if passed else progress), tuple(passed)


def disposition(n_shown: int, n_answered: int) -> Disposition:
    """How a finished interview ended, by the share of shown items answered.

    AAPOR Standard Definitions (10th ed. 2023): above 80 % complete, 50 to 80 % partial, below 50 % break-off; none at
    all is a refusal. An interview with no item to show is complete.
    """
    if n_shown == 0:
        return "complete"
    if n_answered == 0:
        return "refused"
    share = n_answered / n_shown
    return "complete" if share > 0.8 else "partial" if share >= 0.5 else "breakoff"
