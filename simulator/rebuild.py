"""An interview rebuilt from what is stored: every prompt to the byte, every memory, and where it stands.

The record holds no prompt text; persona, order shown, labels and remembered exchange numbers are enough. Used to go on
with an interrupted interview and to show a transcript. Knows no database: it is given rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.interview import (
    Interview,
    Progress,
    ask_again,
    options_for,
    remembered_turn,
    settle,
)
from simulator.memory import Remembered
from simulator.messages import ShownOption
from simulator.presentation import Presentation, present
from simulator.protocols import recorded
from simulator.protocols.baseline import Stand
from simulator.protocols.battery_prompt import Listed
from simulator.protocols.battery_recorded import rebuild_lists
from simulator.store.records import ExchangeRow, TurnRows
from surveys.instrument import Item


@dataclass(frozen=True, slots=True)
class RebuiltExchange:
    """One stored call with its prompt as it was, whether that prompt is the stored one to the byte, and what the
    respondent could carry on from it; of a battery also every item as it was listed.
    """

    row: ExchangeRow
    presentation: Presentation
    is_verbatim: bool
    kept: Remembered | None
    listed: tuple[Listed, ...] = ()


def stored_options(interview: Interview, item: Item, row: ExchangeRow) -> tuple[ShownOption, ...]:
    """The options in the order and with the labels that the record says were shown."""
    return options_as(interview, item, row.order, row.labels)


def options_as(
    interview: Interview, item: Item, order: tuple[int, ...] | None, labels: tuple[str, ...] | None
) -> tuple[ShownOption, ...]:
    """The options of an item in this order with these labels; None: as the condition says."""
    if order is None or labels is None:
        return options_for(interview, item)
    by_code = {option.code: option for option in options_for(interview, item)}
    return tuple(
        by_code[code]._replace(label=label) for code, label in zip(order, labels, strict=True) if code in by_code
    )


def rebuild_exchanges(interview: Interview, turns: Sequence[TurnRows]) -> list[RebuiltExchange]:
    """Every question asked, in order, with the prompt it was asked with; by a baseline, every step of every item; by a
    battery, every list.
    """
    if interview.condition.protocol.is_battery:
        return [
            RebuiltExchange(row, shown.whole, shown.whole.prompt_hash == row.prompt_hash, None, shown.listed)
            for row, shown in rebuild_lists(interview, turns, options_as)
        ]
    if interview.condition.protocol.is_baseline:
        return [
            RebuiltExchange(row, shown, shown.prompt_hash == row.prompt_hash, None)
            for row, shown in recorded.rebuild_steps(interview, turns, stored_options)
        ]
    known: dict[int, Remembered] = {}
    rebuilt: list[RebuiltExchange] = []
    for turn in turns:
        for row in turn.exchanges:
            if row.item is None:
                continue
            item = interview.instrument.items[row.item]
            presentation = present(
                interview.instrument,
                item,
                interview.condition,
                interview.persona_text,
                stored_options(interview, item, row),
                [known[number] for number in row.remembered],
                row.try_number,
                example=interview.example,
            )
            kept = None
            if turn.answer is not None and turn.answer.exchange == row.number:
                kept = remembered_turn(interview, presentation, row.number, row.completion or "", turn.answer)
                if kept is not None:
                    known[row.number] = kept
            rebuilt.append(RebuiltExchange(row, presentation, presentation.prompt_hash == row.prompt_hash, kept))
    return rebuilt


def rebuild_progress(interview: Interview, turns: Sequence[TurnRows]) -> Progress:
    """Where an interrupted interview stands, so that it goes on as if it had never stopped."""
    kept = {exchange.row.number: exchange.kept for exchange in rebuild_exchanges(interview, turns)}
    place_of = {position: place for place, position in enumerate(interview.order)}
    n_writing = sum(row.item is None for turn in turns for row in turn.exchanges)
    progress = Progress(next_number=max(1, n_writing))
    for turn in turns:
        answer = turn.answer
        if answer is None:
            progress = _still_open(progress, [row for row in turn.exchanges if row.item is not None])
            continue
        if answer.exchange is None:
            progress = replace(progress, n_hidden=progress.n_hidden + 1)
            continue
        progress = replace(progress, place=place_of[answer.item])
        for row in turn.exchanges[:-1]:
            progress = ask_again(progress, row)
        progress = settle(interview, progress, answer, kept[answer.exchange])
    # Every item before this one has an answer, if only that it was not applicable.
    return replace(progress, place=sum(turn.answer is not None for turn in turns))


def rebuild_stand(interview: Interview, turns: Sequence[TurnRows]) -> Stand:
    """`rebuild_progress` for an interview by a baseline."""
    return recorded.rebuild_stand(interview, turns, stored_options)


def _still_open(progress: Progress, asked: Sequence[ExchangeRow]) -> Progress:
    """After unreadable tries, or a failed call: numbers are taken, and the item goes on with the try that is next."""
    if not asked:
        return progress
    last = asked[-1]
    next_try = last.try_number + (last.error_kind is None)
    return replace(progress, next_number=progress.next_number + len(asked), try_number=next_try)
