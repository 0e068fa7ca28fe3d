"""What was wrong with the lists that batteries brought back: every stored reply read again, its faults counted by kind.

Knows records and arms; how a list is read is `simulator.battery_reply`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from simulator.battery_reply import FAULTS
from simulator.protocols.battery import read_list
from simulator.protocols.battery_prompt import BatteryPresentation
from simulator.rebuild import rebuild_exchanges
from simulator.store.reader import Reader
from voxpop.recorded_interview import RecordedInterviews


class ListFaults(NamedTuple):
    """One reply to a battery: whose, the number of the exchange, how many items it was to answer, faults by kind."""

    respondent: int
    exchange: int
    n_items: int
    faults: Mapping[str, int]


def list_faults(reader: Reader) -> Iterator[ListFaults]:
    """Every reply to a battery in the record, by respondent and exchange; calls that failed brought none."""
    interviews = RecordedInterviews(reader)
    batteries = {row.id for row in reader.conditions() if interviews.condition(row.id).protocol.is_battery}
    for row in reader.respondents():
        if row.condition not in batteries:
            continue
        turns = reader.turns(row.number)
        interview = interviews.of(row, turns)
        for exchange in rebuild_exchanges(interview, turns):
            if exchange.row.completion is not None:
                shown = BatteryPresentation(exchange.presentation, exchange.listed)
                faults = read_list(interview, shown, exchange.row.completion).faults
                yield ListFaults(row.number, exchange.row.number, len(exchange.listed), faults)


def by_kind(found: list[ListFaults]) -> dict[str, int]:
    """How often each kind of fault occurred, in the order of `FAULTS`; none that did not."""
    total: Counter[str] = Counter()
    for one in found:
        total.update(one.faults)
    return {kind: total[kind] for kind in FAULTS if total[kind]}
