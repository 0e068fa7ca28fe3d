"""Stored exchanges and answers of one respondent, put together as the turns that were written. Knows no connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from simulator.store.records import ROLES, AnswerRow, ExchangeRow, TurnRows, respondent_name

_ANSWERING = ROLES.index("lister")
"""Whoever begins an item (and the generator, before all items) is at the first step."""


def group_turns(exchanges: Iterable[ExchangeRow], answers: Sequence[AnswerRow]) -> tuple[TurnRows, ...]:
    """Exchanges by number, cut wherever a new item begins or the same step begins anew, with their answers.

    Every exchange of a battery is a turn of its own, with the answers read from it, in the order listed. Any other turn
    without an answer is a call that failed. An answer that no exchange belongs to (an item skipped by a rule)
    stands before the first item asked that comes after it in the instrument.
    """
    runs = _runs(exchanges)
    # The exchange that an answer was read from need not be the last: a vote may choose what was said before a failure.
    last_run = {run[-1].item: place for place, run in enumerate(runs)}
    read = {last_run.get(answer.item): answer for answer in answers if answer.exchange is not None}
    by_key = {(answer.exchange, answer.item): answer for answer in answers}
    turns = [
        _battery_turn(run[0], by_key) if run[0].listed else TurnRows(tuple(run), read.get(place))
        for place, run in enumerate(runs)
    ]
    for answer in sorted((answer for answer in answers if answer.exchange is None), key=lambda answer: answer.item):
        place = next((n for n, turn in enumerate(turns) if _position(turn) > answer.item), len(turns))
        turns.insert(place, TurnRows((), answer))
    return tuple(turns)


def _battery_turn(row: ExchangeRow, answers: Mapping[tuple[int | None, int], AnswerRow]) -> TurnRows:
    found = [answers[row.number, one.item] for one in row.listed if (row.number, one.item) in answers]
    return TurnRows((row,), found[0] if found else None, tuple(found[1:]))


def _runs(exchanges: Iterable[ExchangeRow]) -> list[list[ExchangeRow]]:
    runs: list[list[ExchangeRow]] = []
    for row in exchanges:
        last = runs[-1][-1] if runs else None
        if last is None or row.listed or row.item != last.item or _step(row) <= _step(last):
            runs.append([])
        runs[-1].append(row)
    return runs


def _step(row: ExchangeRow) -> tuple[int, int]:
    """Grows from call to call of one turn: who speaks, and for the which time."""
    return max(ROLES.index(row.role), _ANSWERING), row.try_number


def _position(turn: TurnRows) -> int:
    """The item's position in the instrument; before all items for the writing of a persona."""
    if turn.answer is not None:
        return turn.answer.item
    item = turn.exchanges[0].item
    return -1 if item is None else item


def name_of_row(turn: TurnRows, place: int) -> str:
    """What to call one row of a turn in a message: its answers first, then its exchanges."""
    if place < len(turn.answers):
        answer = turn.answers[place]
        return f"the answer of {respondent_name(answer.respondent)} to item number {answer.item}"
    row = turn.exchanges[place - len(turn.answers)]
    return f"exchange {row.number} of {respondent_name(row.respondent)}"
