"""One interview by a baseline protocol as pure steps: whose turn it is, what its reply leads to, what the answers are.

The graph in `simulator.graphs.baseline` wires these; going on with a record folds the same functions over its rows, so
that an interrupted interview goes on as if it had never stopped. Knows no engine, no store and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from simulator.errors import EngineError
from simulator.interview import (
    NOT_SHOWN,
    Interview,
    Progress,
    asked_facts,
    exchange_row,
    options_for,
    read_reply,
    server_refusal,
)
from simulator.messages import Completion, Request
from simulator.parsing import Reading, parse
from simulator.presentation import Presentation, present
from simulator.probes.probing import continuations_for, wants_logprobs
from simulator.protocols.lists import list_entries
from simulator.protocols.steps import ABOUT_THE_ITEM, Said, present_step, retried_roles, steps_of
from simulator.seeds import seed_for
from simulator.store.records import AnswerRow, AnswerStatus, ExchangeRow, Role
from surveys.order import is_shown


@dataclass(frozen=True, slots=True)
class SeatStand:
    """How far one of those has come whose answers are brought; `codes` are of items that skip rules refer to."""

    codes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    n_answered: int = 0
    n_hidden: int = 0


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an interview stands: small, serialisable, replaced rather than changed.

    `said` holds the finished steps of the current item, `pending` the calls made for it that are not recorded yet.
    """

    seats: tuple[SeatStand, ...]
    place: int = 0
    next_number: int = 1
    try_number: int = 0
    said: tuple[Said, ...] = ()
    pending: tuple[ExchangeRow, ...] = ()


def at_the_start(interview: Interview) -> Stand:
    """Before the first question."""
    return Stand(tuple(SeatStand() for _ in interview.seats))


def is_over(interview: Interview, stand: Stand) -> bool:
    """Whether every item has been dealt with."""
    return stand.place >= len(interview.order)


def current_role(interview: Interview, stand: Stand) -> Role | None:
    """Who speaks next on the current item; None where every step is done."""
    steps = steps_of(interview.condition.protocol)
    return steps[len(stand.said)] if len(stand.said) < len(steps) else None


def present_current(interview: Interview, stand: Stand) -> Presentation:
    """What is put to whoever speaks next."""
    item, role = interview.item_at(stand.place), current_role(interview, stand)
    assert role is not None
    return present_step(interview, item, options_for(interview, item), stand.said, role, stand.try_number)


def request_for(interview: Interview, stand: Stand, presentation: Presentation) -> Request:
    """The call that puts this presentation to an engine."""
    condition, role = interview.condition, current_role(interview, stand)
    names = (interview.respondent_id, presentation.item_id, "engine", str(role), stand.try_number)
    asked = asked_facts(interview, _as_progress(stand), presentation)
    return Request(
        messages=presentation.messages,
        settings=condition.settings,
        seed=seed_for(interview.run_seed, *names),
        samples=condition.samples,
        top_logprobs=condition.top_logprobs if wants_logprobs(condition, presentation) else None,
        choices=presentation.choices,
        continuations=continuations_for(condition, presentation),
        asked=replace(
            asked,
            format=presentation.format,
            max_picks=presentation.max_picks,
            protocol=condition.protocol.kind,
            step=str(role),
            n_entries=len(interview.seats) if role in ("lister", "reviser") and interview.panel else 0,
        ),
    )


def row_of(
    interview: Interview, stand: Stand, presentation: Presentation, outcome: Completion | EngineError
) -> ExchangeRow:
    """The record of one call, whether it came back with a completion or failed."""
    role = current_role(interview, stand) or "respondent"
    row = exchange_row(interview, _as_progress(stand), presentation, outcome)
    return replace(row, role=role) if role in ABOUT_THE_ITEM else replace(row, role=role, order=None, labels=None)


def _as_progress(stand: Stand) -> Progress:
    return Progress(place=stand.place, next_number=stand.next_number, try_number=stand.try_number)


def after_call(interview: Interview, stand: Stand, presentation: Presentation, row: ExchangeRow) -> Stand:
    """Where the interview stands after a call: at the same step after a failure or an unreadable try, else at the next.

    Draft and critique are taken as they are; what the answer is read from is asked for again while it cannot be read.
    """
    stand = replace(stand, next_number=stand.next_number + 1, pending=(*stand.pending, row))
    if row.completion is None:
        return stand
    condition = interview.condition
    may_ask_again = row.role in retried_roles(condition.protocol) and row.try_number + 1 < condition.max_tries
    if may_ask_again and not _is_readable(interview, row.role, presentation, row.completion):
        return replace(stand, try_number=row.try_number + 1)
    return replace(stand, try_number=0, said=(*stand.said, Said(row.role, row.number, row.completion)))


def _is_readable(interview: Interview, role: Role, presentation: Presentation, text: str) -> bool:
    """Whether an answer, the vote, or at least one entry of a list can be read."""
    if interview.panel and role != "voter":
        entries = _entries(presentation, text)
        return any(_is_answer(presentation, one) for one in entries) if entries else _refuses(presentation, text)
    return _is_answer(presentation, text)


def _is_answer(presentation: Presentation, text: str) -> bool:
    return parse(text, presentation).status != "unparsed"


def _refuses(presentation: Presentation, text: str) -> bool:
    return parse(text, presentation).status == "refused"


def _entries(presentation: Presentation, text: str) -> tuple[str, ...]:
    return list_entries(text, partial(_is_choice, presentation))


def _is_choice(presentation: Presentation, text: str) -> bool:
    reading = parse(text, presentation)
    return bool(reading.codes) or reading.text is not None


def answers_of(interview: Interview, stand: Stand, completion: Completion) -> tuple[AnswerRow, ...]:
    """What was understood of the current item, its steps being done: one answer for each seat.

    `completion` is the last reply. The answer is read from the last step, or from the draft or revision that the vote
    chose; it belongs to the exchange of that text.
    """
    item = interview.item_at(stand.place)
    base = present(
        interview.instrument, item, interview.condition, "", options_for(interview, item), (), stand.try_number
    )
    last = stand.said[-1]
    if last.role != "voter":
        return _read(interview, stand, base, last, completion)
    vote = parse(last.text, present_step(interview, item, base.options, stand.said[:-1], "voter", 0))
    if not vote.codes:
        reason = f"no_vote: the vote in exchange {last.exchange} cannot be read ({vote.reason})"
        return answers_alike(interview, stand, "unparsed", reason, last.exchange)
    chosen = [said for said in stand.said if said.role in ABOUT_THE_ITEM][vote.codes[0] - 1]
    answers = _read(interview, stand, base, chosen, Completion((chosen.text,), completion.model))
    words = f"; chosen by the vote in exchange {last.exchange}"
    return tuple(replace(answer, reason=answer.reason + words) for answer in answers)


def _read(
    interview: Interview, stand: Stand, base: Presentation, said: Said, completion: Completion
) -> tuple[AnswerRow, ...]:
    """The answers in one text: one of a single respondent, or the entries of a list dealt out to the panel."""
    if not interview.panel:
        return (read_reply(interview, base, said.exchange, completion),)
    entries = _entries(base, said.text)
    if not entries:
        refusal = server_refusal(completion) or parse(said.text, base)
        if refusal.status == "refused":
            return answers_alike(interview, stand, "refused", refusal.reason, said.exchange)
    return _seated(interview, stand, said.exchange, [parse(entry, base) for entry in entries])


def _seated(interview: Interview, stand: Stand, exchange: int, readings: Sequence[Reading]) -> tuple[AnswerRow, ...]:
    """Entry by entry to seat by seat: what is too much is cut, who gets nothing is unparsed, and the reason says so."""
    n, found = len(interview.seats), len(readings)
    count = f"{found} of {n} entries" if found < n else f"{found} entries, cut to {n}" if found > n else f"{n} entries"
    where = f"in exchange {exchange} of {interview.respondent_id} ({count})"
    nothing = f"no_entry: the list {where} has none for this respondent"
    kept = list(answers_alike(interview, stand, "unparsed", nothing, exchange))
    for place, reading in enumerate(readings[:n]):
        if kept[place].reason != NOT_SHOWN:
            kept[place] = replace(
                kept[place],
                status=reading.status,
                codes=reading.codes,
                text=reading.text,
                reason=f"{reading.reason}; entry {place + 1} {where}",
            )
    return tuple(kept)


def answers_alike(
    interview: Interview, stand: Stand, status: AnswerStatus, reason: str, exchange: int | None = None
) -> tuple[AnswerRow, ...]:
    """The same for every seat, except where a skip rule hides the item.

    An exchange is recorded with the first seat alone, so that only its answer can name one.
    """
    hidden = hidden_seats(interview, stand)
    position = interview.order[stand.place]
    return tuple(
        AnswerRow(
            respondent=seat.number,
            item=position,
            exchange=exchange if place == 0 else None,
            status="not_applicable" if hidden[place] else status,
            reason=NOT_SHOWN if hidden[place] else reason,
        )
        for place, seat in enumerate(interview.seats)
    )


def hidden_seats(interview: Interview, stand: Stand) -> tuple[bool, ...]:
    """Seat by seat whether a skip rule hides the current item."""
    item = interview.item_at(stand.place)
    if not item.show_if:
        return (False,) * len(stand.seats)
    return tuple(not is_shown(item, seat.codes) for seat in stand.seats)


def settle(interview: Interview, stand: Stand, answers: Sequence[AnswerRow]) -> Stand:
    """Go on to the next item."""
    item_id = interview.instrument.items[answers[0].item].id
    is_referred = item_id in interview.referred_items
    seats = []
    for seat, answer in zip(stand.seats, answers, strict=True):
        is_answered = answer.status == "answered"
        codes = {**seat.codes, item_id: answer.codes} if is_answered and is_referred else seat.codes
        seats.append(SeatStand(codes, seat.n_answered + is_answered, seat.n_hidden + (answer.reason == NOT_SHOWN)))
    return Stand(tuple(seats), stand.place + 1, stand.next_number)
