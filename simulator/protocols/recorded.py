"""A baseline interview rebuilt from its rows: every prompt to the byte, and where it stands.

The rows are folded over the steps of `simulator.protocols.baseline`. Knows no database: it is given rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from simulator.interview import Interview
from simulator.messages import Completion, ShownOption
from simulator.presentation import Presentation
from simulator.protocols.baseline import Stand, after_call, answers_alike, answers_of, at_the_start, settle
from simulator.protocols.steps import present_step
from simulator.store.records import AnswerRow, ExchangeRow, TurnRows
from surveys.instrument import Item

OptionsOf = Callable[[Interview, Item, ExchangeRow], tuple[ShownOption, ...]]
"""The options of an item as the record says they were shown."""


class RebuiltStep(NamedTuple):
    """One stored call with what was put to whoever spoke."""

    row: ExchangeRow
    presentation: Presentation


def rebuild_steps(interview: Interview, turns: Sequence[TurnRows], options_of: OptionsOf) -> list[RebuiltStep]:
    """Every call in order, with the prompt it was made with."""
    rebuilt: list[RebuiltStep] = []
    stand = at_the_start(interview)
    for turn in turns:
        for row in turn.exchanges:
            stand, presentation = _after(interview, stand, row, options_of)
            rebuilt.append(RebuiltStep(row, presentation))
        if turn.answer is not None:
            stand = replace(stand, said=(), try_number=0)
    return rebuilt


def rebuild_stand(interview: Interview, turns: Sequence[TurnRows], options_of: OptionsOf) -> Stand:
    """Where an interrupted interview stands, so that it goes on as if it had never stopped."""
    stand = at_the_start(interview)
    for turn in turns:
        for row in turn.exchanges:
            stand, _ = _after(interview, stand, row, options_of)
        if turn.answer is not None:
            stand = settle(interview, stand, _answers(interview, stand, turn, turn.answer))
    # Every item before this one has an answer, if only that it was not applicable.
    return replace(stand, place=sum(turn.answer is not None for turn in turns), pending=())


def _after(interview: Interview, stand: Stand, row: ExchangeRow, options_of: OptionsOf) -> tuple[Stand, Presentation]:
    assert row.item is not None
    item = interview.instrument.items[row.item]
    options = options_of(interview, item, row)
    presentation = present_step(interview, item, options, stand.said, row.role, row.try_number)
    return after_call(interview, stand, presentation, row), presentation


def _answers(interview: Interview, stand: Stand, turn: TurnRows, answer: AnswerRow) -> tuple[AnswerRow, ...]:
    """The answers of every seat; those of a panel are read again, since only its first one's belong to the turn."""
    if not interview.panel:
        return (answer,)
    at_item = replace(stand, place=interview.order.index(answer.item))
    if not turn.exchanges:
        return answers_alike(interview, at_item, "not_applicable", answer.reason)
    last = turn.exchanges[-1]
    if last.error_kind is not None:
        return answers_alike(interview, at_item, "error", f"{last.error_kind}: {last.error}", last.number)
    return answers_of(interview, at_item, Completion((stand.said[-1].text,), ""))
