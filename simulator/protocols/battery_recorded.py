"""A battery rebuilt from its rows: every list to the byte, and where the interview stands. Knows no database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from simulator.interview import Interview
from simulator.messages import ShownOption
from simulator.protocols.battery import BatteryStand, after_call, settle
from simulator.protocols.battery_prompt import BatteryPresentation, Listed, present_battery
from simulator.store.records import ExchangeRow, ListedRow, TurnRows
from surveys.instrument import Item

Codes = tuple[int, ...] | None
Labels = tuple[str, ...] | None
OptionsAs = Callable[[Interview, Item, Codes, Labels], tuple[ShownOption, ...]]
"""The options of an item in the order and with the labels that the record holds."""


class RebuiltList(NamedTuple):
    """One stored call with the list that was put."""

    row: ExchangeRow
    presentation: BatteryPresentation


def rebuild_lists(interview: Interview, turns: Sequence[TurnRows], options_as: OptionsAs) -> list[RebuiltList]:
    """Every list put, in order, with the prompt it was put with."""
    rows = [row for turn in turns for row in turn.exchanges if row.listed]
    return [RebuiltList(row, _presented(interview, row, options_as)) for row in rows]


def _presented(interview: Interview, row: ExchangeRow, options_as: OptionsAs) -> BatteryPresentation:
    def listed(one: ListedRow) -> Listed:
        item = interview.instrument.items[one.item]
        shown = (row.order, row.labels) if one.order is None else (one.order, one.labels)
        return Listed(one.number, item, options_as(interview, item, *shown))

    return present_battery(interview, [listed(one) for one in row.listed], row.try_number)


def rebuild_battery_stand(interview: Interview, turns: Sequence[TurnRows]) -> BatteryStand:
    """Where an interrupted interview stands, so that it goes on as if it had never stopped."""
    n_writing = sum(row.item is None for turn in turns for row in turn.exchanges)
    stand = BatteryStand(next_number=max(1, n_writing))
    for turn in turns:
        row = turn.exchanges[-1] if turn.exchanges else None
        if row is None:
            stand = settle(interview, stand, turn.answers)
        elif row.listed:
            places = tuple(one.number - 1 for one in row.listed)
            stand = after_call(interview, replace(stand, listed=places), row, turn.answers)
    return stand
