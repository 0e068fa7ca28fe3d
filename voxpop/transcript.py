"""One interview as a reader wants it: persona, items as shown, what was in memory, replies, how they were understood.

Builds plain data from the record; `voxpop.conversation` prints it. Knows no terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simulator.interview import Interview
from simulator.protocols.battery import read_list
from simulator.protocols.battery_prompt import BatteryPresentation
from simulator.rebuild import RebuiltExchange, rebuild_exchanges
from simulator.store.reader import Reader
from simulator.store.records import AnswerRow, RespondentRow, TurnRows, respondent_name
from surveys.instrument import Item
from voxpop.recorded_interview import recorded_interview

if TYPE_CHECKING:
    from voxpop.given_verdicts import GivenVerdict


@dataclass(frozen=True, slots=True)
class Recollection:
    """An earlier exchange, named: `remembered` or `forgotten` at the moment an item was asked."""

    exchange: int
    item: str


@dataclass(frozen=True, slots=True)
class Call:
    """One asking of an item, or of a list of items, and what came back; `step` is who speaks in a baseline, else None.

    The calls of a panel are recorded with its first respondent, whose exchange numbers they have. `listed` are number
    and id of the items of a battery, `faults` what was wrong with the list that came back, counted by kind. `begun` is
    the beginning of the reply that was given with the prompt; the last message of `prompt` is then that.
    """

    exchange: int
    step: str | None
    try_number: int
    question: str
    remembered: tuple[Recollection, ...]
    forgotten: tuple[Recollection, ...]
    reply: str | None
    further_samples: tuple[str, ...]
    error: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_seconds: float | None
    attempts: int
    is_verbatim: bool
    prompt: tuple[tuple[str, str], ...]
    verdicts: tuple[GivenVerdict, ...] = ()
    listed: tuple[tuple[int, str], ...] = ()
    faults: Mapping[str, int] = field(default_factory=dict)
    begun: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One item: every call made for it and how it ended (`status` None: still open).

    In a battery it has its `number` in the lists and no calls of its own: `exchange` is the list it was read from.
    """

    item: str
    topic: str | None
    calls: tuple[Call, ...]
    status: str | None
    codes: tuple[int, ...]
    answer: str | None
    reason: str
    probabilities: dict[int, float] | None
    option_mass: float | None
    number: int | None = None
    exchange: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Transcript:
    """One interview, ready to be read; `str()` and `repr()` are the conversation, as `voxpop show` prints it.

    `lists` are the calls of a battery in order; `turns` then holds its items by number.
    """

    respondent: str
    persona_id: str
    persona: str
    attributes: dict[str, Any]
    weight: float
    condition: dict[str, Any]
    memory_length: int | None
    drawn_settings: dict[str, Any] | None
    disposition: str
    instruction: str
    turns: tuple[Turn, ...]
    lists: tuple[Call, ...] = ()

    def text(self, limit: int | None = None) -> str:
        """The conversation as plain text; `limit` items of it."""
        from voxpop.conversation import print_transcript
        from voxpop.terminal import rendered

        return rendered(lambda console: print_transcript(console, self, limit=limit))

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return asdict(self)

    @property
    def judges(self) -> list[str]:
        """Who judged anything in this interview, sorted."""
        return sorted({one.judge for turn in self.turns for call in turn.calls for one in call.verdicts})


def make_transcript(reader: Reader, respondent: str) -> Transcript:
    """The transcript of `respondent` ("r0042"). Raises RunSpecError where the record has no such respondent."""
    row = reader.respondent(respondent)
    turns = turns_of(reader, row)
    interview = recorded_interview(reader, row, turns)
    rebuilt = {exchange.row.number: exchange for exchange in rebuild_exchanges(interview, turns)}
    items = interview.instrument.items
    is_battery = interview.condition.protocol.is_battery
    readable = {
        turn.answer.exchange: items[turn.answer.item].id
        for turn in turns
        if turn.answer is not None and turn.answer.exchange is not None and _is_kept(turn.answer)
        if not is_battery
    }
    verdicts = _verdicts_on(reader, interview, turns)
    ending = reader.interview(row.number)
    first = next(iter(rebuilt.values()), None)
    return Transcript(
        respondent=respondent_name(row.number),
        persona_id=row.persona_id,
        persona=interview.persona_text,
        attributes=row.attributes,
        weight=row.weight,
        condition=interview.condition.as_json(),
        memory_length=row.memory_length,
        drawn_settings=row.settings,
        disposition="open" if ending is None else ending.disposition,
        instruction=first.presentation.messages[0].content if first else "",
        turns=_listed_turns(interview, turns, rebuilt)
        if is_battery
        else tuple(
            _turn(turn, items, rebuilt, readable, verdicts, has_steps=interview.condition.protocol.is_baseline)
            for turn in turns
            if _is_question(turn)
        ),
        lists=tuple(_list_call(interview, exchange) for exchange in rebuilt.values()) if is_battery else (),
    )


def turns_of(reader: Reader, row: RespondentRow) -> tuple[TurnRows, ...]:
    """What was asked of a respondent and understood; of a panel, its first one's calls with this one's answers."""
    panel = row.attributes.get("panel", respondent_name(row.number))
    if panel == respondent_name(row.number):
        return reader.turns(row.number)
    own = {answer.item: answer for answer in reader.answers(row.number)}
    return tuple(
        turn if turn.answer is None else replace(turn, answer=own.get(turn.answer.item)) for turn in reader.turns(panel)
    )


def _is_kept(answer: AnswerRow) -> bool:
    """Whether an exchange was readable, so that it could be remembered at all."""
    return answer.status in ("answered", "dont_know")


def _is_question(turn: TurnRows) -> bool:
    return turn.answer is not None or any(row.item is not None for row in turn.exchanges)


def _verdicts_on(
    reader: Reader, interview: Interview, turns: Sequence[TurnRows]
) -> Mapping[int, tuple[GivenVerdict, ...]]:
    """What judges made of this interview; what reads it is loaded only where there is something."""
    number = interview.number
    rows = (reader.verdicts(respondent=number), reader.judgements(respondent=number))
    if all(next(found, None) is None for found in rows):
        return {}
    from voxpop.given_verdicts import given_verdicts

    return given_verdicts(reader, interview, turns)


def _turn(
    turn: TurnRows,
    items: tuple[Item, ...],
    rebuilt: dict[int, RebuiltExchange],
    readable: dict[int, str],
    verdicts: Mapping[int, tuple[GivenVerdict, ...]],
    *,
    has_steps: bool,
) -> Turn:
    calls = tuple(
        _call(rebuilt[row.number], readable, verdicts.get(row.number, ()), has_steps=has_steps)
        for row in turn.exchanges
        if row.item is not None
    )
    answer = turn.answer
    position = answer.item if answer is not None else next(row.item for row in turn.exchanges if row.item is not None)
    item = items[position]
    shown = {}
    about = [call for call in calls if call.step not in ("critic", "voter")]
    if about:
        shown = {option.code: option.text for option in rebuilt[about[-1].exchange].presentation.options}
    return _turn_of(item, answer, calls, shown, open_because="the call failed")


def _turn_of(
    item: Item, answer: AnswerRow | None, calls: tuple[Call, ...], shown: dict[int, str], *, open_because: str
) -> Turn:
    return Turn(
        item=item.id,
        topic=item.topic,
        calls=calls,
        status=answer.status if answer else None,
        codes=answer.codes if answer else (),
        answer=_answer_text(answer, shown),
        reason=answer.reason if answer else f"{open_because}; the item is open",
        probabilities=answer.probabilities if answer else None,
        option_mass=answer.option_mass if answer else None,
    )


def _listed_turns(
    interview: Interview, turns: Sequence[TurnRows], rebuilt: Mapping[int, RebuiltExchange]
) -> tuple[Turn, ...]:
    """The items of a battery by number, those that no list held last."""
    answers = {answer.item: answer for turn in turns for answer in turn.answers}
    listed = {(number, one.item.id): one for number, exchange in rebuilt.items() for one in exchange.listed}
    numbers = {one.item.id: one.number for one in listed.values()}
    found = []
    for position in interview.order:
        item, answer = interview.instrument.items[position], answers.get(position)
        exchange = answer.exchange if answer else None
        options = listed[exchange, item.id].options if exchange is not None else ()
        shown = {option.code: option.text for option in options}
        turn = _turn_of(item, answer, (), shown, open_because="it could not be read yet, or the call failed")
        found.append(replace(turn, number=numbers.get(item.id), exchange=exchange))
    return tuple(found)


def _list_call(interview: Interview, exchange: RebuiltExchange) -> Call:
    """One list as it was put, and what was wrong with what came back."""
    faults: Mapping[str, int] = {}
    if exchange.row.completion is not None:
        shown = BatteryPresentation(exchange.presentation, exchange.listed)
        faults = read_list(interview, shown, exchange.row.completion).faults
    listed = tuple((one.number, one.item.id) for one in exchange.listed)
    return replace(_call(exchange, {}, (), has_steps=False), listed=listed, faults=dict(faults))


def _answer_text(answer: AnswerRow | None, shown: dict[int, str]) -> str | None:
    if answer is None or answer.status != "answered":
        return None
    return answer.text if answer.text is not None else "; ".join(shown.get(code, str(code)) for code in answer.codes)


def _call(
    exchange: RebuiltExchange, readable: dict[int, str], verdicts: tuple[GivenVerdict, ...], *, has_steps: bool
) -> Call:
    row, shown = exchange.row, exchange.presentation
    begun = () if shown.prefix is None else (("assistant", shown.prefix),)
    remembered = tuple(Recollection(number, readable[number]) for number in row.remembered)
    forgotten = tuple(
        Recollection(number, item)
        for number, item in readable.items()
        if number < row.number and number not in row.remembered
    )
    return Call(
        exchange=row.number,
        step=row.role if has_steps else None,
        try_number=row.try_number,
        question=shown.question,
        remembered=remembered,
        forgotten=forgotten,
        reply=row.completion,
        further_samples=row.samples,
        error=f"{row.error_kind}: {row.error}" if row.error_kind else None,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        latency_seconds=row.latency_seconds,
        attempts=row.attempts,
        is_verbatim=exchange.is_verbatim,
        prompt=(*((message.role, message.content) for message in shown.messages), *begun),
        verdicts=verdicts,
        begun=shown.prefix,
    )
