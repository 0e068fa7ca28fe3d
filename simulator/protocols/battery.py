"""An interview in which items are put as lists, as pure steps: what is listed next, what its reply leads to.

The graph in `simulator.graphs.battery` wires these; going on with a record folds the same functions over its rows.
Items keep the number of their place in the respondent's order, whatever is listed with them. An item with a skip rule
waits until the items that it refers to are dealt with. Knows no engine, no store and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from simulator.battery_reply import BatteryEntry, BatteryReading, read_battery
from simulator.errors import EngineError
from simulator.interview import (
    NOT_SHOWN,
    Interview,
    Progress,
    exchange_row,
    item_facts,
    options_for,
    server_refusal,
)
from simulator.messages import Completion, Request
from simulator.protocols.battery_prompt import BatteryPresentation, Listed, have_same_options, present_battery
from simulator.seeds import seed_for
from simulator.store.records import AnswerRow, AnswerStatus, ExchangeRow, ListedRow
from surveys.order import is_shown


@dataclass(frozen=True, slots=True)
class BatteryStand:
    """Where an interview stands: small, serialisable, replaced rather than changed.

    Items go by their places in the order administered. `listed` are those of the current list that have no answer yet,
    `settled` all that have one; `codes` are of items that skip rules refer to.
    """

    listed: tuple[int, ...] = ()
    settled: frozenset[int] = frozenset()
    next_number: int = 1
    try_number: int = 0
    codes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    n_answered: int = 0
    n_hidden: int = 0


class NextList(NamedTuple):
    """The stand with the items of the next list, and an answer for every item that skip rules hide from it."""

    stand: BatteryStand
    passed: tuple[AnswerRow, ...]


def is_over(interview: Interview, stand: BatteryStand) -> bool:
    """Whether every item has been dealt with."""
    return len(stand.settled) == len(interview.order)


def open_list(interview: Interview, stand: BatteryStand) -> NextList:
    """What is listed next, where nothing is being asked: every item that can be decided about and is shown, in order,
    up to the size of a battery.
    """
    passed: list[AnswerRow] = []
    while not stand.listed and not is_over(interview, stand):
        ready = _decidable(interview, stand.settled)
        shown = tuple(place for place in ready if is_shown(interview.item_at(place), stand.codes))
        hidden = [
            AnswerRow(interview.number, interview.order[place], None, "not_applicable", reason=NOT_SHOWN)
            for place in ready
            if place not in shown
        ]
        passed += hidden
        stand = settle(interview, stand, hidden)
        if not hidden:  # whatever depends on a hidden item is decided about before anything is listed
            stand = replace(stand, listed=shown[: interview.condition.protocol.battery_size or None])
    return NextList(stand, tuple(passed))


def _decidable(interview: Interview, settled: frozenset[int]) -> list[int]:
    """The open places whose skip rules refer to nothing that is open; all of them where they refer to one another."""
    open_places = [place for place in range(len(interview.order)) if place not in settled]
    open_items = {interview.item_at(place).id for place in open_places}
    ready = [
        place
        for place in open_places
        if not any(rule.item_id in open_items for rule in interview.item_at(place).show_if)
    ]
    return ready or open_places


def count_lists(interview: Interview, *, with_rules: bool) -> int:
    """How many lists there are if every item is shown (`with_rules`), or every item that has no skip rule."""
    size = interview.condition.protocol.battery_size or max(1, len(interview.order))
    if not interview.referred_items:
        return -(-len(interview.order) // size)
    settled: frozenset[int] = frozenset()
    if not with_rules:
        settled = frozenset(place for place in range(len(interview.order)) if interview.item_at(place).show_if)
    n = 0
    while len(settled) < len(interview.order):
        settled |= frozenset(_decidable(interview, settled)[:size])
        n += 1
    return n


def present_current(interview: Interview, stand: BatteryStand) -> BatteryPresentation:
    """What is put in front of the respondent now."""
    items = [(place, interview.item_at(place)) for place in stand.listed]
    listed = [Listed(place + 1, item, options_for(interview, item)) for place, item in items]
    return present_battery(interview, listed, stand.try_number)


def request_for(interview: Interview, stand: BatteryStand, shown: BatteryPresentation) -> Request:
    """The call that puts this list to an engine."""
    condition = interview.condition
    facts = tuple((one.number, item_facts(interview, one.item, one.options, stand.try_number)) for one in shown.listed)
    names = (interview.respondent_id, shown.whole.item_id, "engine", stand.try_number)
    return Request(
        messages=shown.whole.messages,
        settings=condition.settings,
        seed=seed_for(interview.run_seed, *names),
        asked=replace(facts[0][1], protocol=condition.protocol.kind, battery=facts),
    )


def row_of(
    interview: Interview, stand: BatteryStand, shown: BatteryPresentation, outcome: Completion | EngineError
) -> ExchangeRow:
    """The record of one call, whether it came back with a completion or failed."""
    at_first = Progress(place=stand.listed[0], next_number=stand.next_number, try_number=stand.try_number)
    row = exchange_row(interview, at_first, shown.whole, outcome)
    is_told_here = row.order is None or have_same_options(shown.listed)
    listed = tuple(
        ListedRow(one.number, interview.order[one.number - 1])
        if is_told_here
        else ListedRow(
            one.number,
            interview.order[one.number - 1],
            tuple(option.code for option in one.options),
            tuple(option.label for option in one.options),
        )
        for one in shown.listed
    )
    return replace(row, listed=listed)


def read_list(interview: Interview, shown: BatteryPresentation, text: str) -> BatteryReading:
    """How a reply reads, item by item in the order listed."""
    entries = [
        BatteryEntry(one.number, one.item.id, one.options, one.item.format.value, one.item.max_picks)
        for one in shown.listed
    ]
    condition = interview.condition
    return read_battery(text, entries, condition.language, condition.answer_format)


def answers_in(
    interview: Interview, stand: BatteryStand, shown: BatteryPresentation, completion: Completion
) -> tuple[AnswerRow, ...]:
    """The answers that this reply brings: to every item that can be read, after the last try to every item."""
    refusal = server_refusal(completion)
    if refusal is not None:
        return answers_alike(interview, stand, "refused", refusal.reason)
    is_last_try = stand.try_number + 1 >= interview.condition.max_tries
    return tuple(
        AnswerRow(
            respondent=interview.number,
            item=interview.order[one.number - 1],
            exchange=stand.next_number,
            status=reading.status,
            codes=reading.codes,
            text=reading.text,
            reason=reading.reason,
        )
        for one, reading in zip(shown.listed, read_list(interview, shown, completion.text).readings, strict=True)
        if is_last_try or reading.status != "unparsed"
    )


def answers_alike(
    interview: Interview, stand: BatteryStand, status: AnswerStatus, reason: str
) -> tuple[AnswerRow, ...]:
    """The same for every item listed."""
    return tuple(
        AnswerRow(interview.number, interview.order[place], stand.next_number, status, reason=reason)
        for place in stand.listed
    )


def after_call(
    interview: Interview, stand: BatteryStand, row: ExchangeRow, answers: Sequence[AnswerRow]
) -> BatteryStand:
    """Where the interview stands after a call: what has no answer is listed again, after a failure at the same try."""
    stand = settle(interview, replace(stand, next_number=row.number + 1), answers)
    if not stand.listed:
        return replace(stand, try_number=0)
    return replace(stand, try_number=row.try_number + (row.completion is not None))


def settle(interview: Interview, stand: BatteryStand, answers: Sequence[AnswerRow]) -> BatteryStand:
    """Take answers in: their items are dealt with."""
    if not answers:
        return stand
    place_of = {position: place for place, position in enumerate(interview.order)}
    settled = stand.settled | {place_of[answer.item] for answer in answers}
    codes = dict(stand.codes)
    for answer in answers:
        item_id = interview.instrument.items[answer.item].id
        if answer.status == "answered" and item_id in interview.referred_items:
            codes[item_id] = answer.codes
    return replace(
        stand,
        listed=tuple(place for place in stand.listed if place not in settled),
        settled=settled,
        codes=codes,
        n_answered=stand.n_answered + sum(answer.status == "answered" for answer in answers),
        n_hidden=stand.n_hidden + sum(answer.exchange is None for answer in answers),
    )
