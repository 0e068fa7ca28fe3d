"""How far a run is, counted in the record. Knows no wall clock and no engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from simulator.store.records import ROLES
from simulator.store.tally import count_answers, count_exchanges


class ConditionProgress(NamedTuple):
    """One arm: respondents recorded, interviews ended, answers by status."""

    condition: int
    n_respondents: int
    n_finished: int
    by_status: dict[str, int]


class RunProgress(NamedTuple):
    """The whole run: `n_expected` is respondents drawn times items; items skipped by a rule count as answers."""

    n_respondents: int
    n_items: int
    n_expected: int
    n_started: int
    n_finished: int
    by_status: dict[str, int]
    by_disposition: dict[str, int]
    by_condition: tuple[ConditionProgress, ...]

    @property
    def n_answers(self) -> int:
        """Answers recorded, whatever their status."""
        return sum(self.by_status.values())

    @property
    def is_complete(self) -> bool:
        """Whether every interview has ended."""
        return self.n_finished == self.n_respondents


_RESPONDENTS = "SELECT condition, count(*) FROM respondent GROUP BY condition"
_FINISHED = """SELECT condition, disposition, count(*) FROM interview
JOIN respondent ON number = respondent GROUP BY condition, disposition"""


def count_progress(connection: sqlite3.Connection) -> RunProgress:
    """Counts of everything the record holds now."""
    n_respondents = connection.execute("SELECT n_respondents FROM run").fetchone()[0]
    n_items = connection.execute("SELECT count(*) FROM item").fetchone()[0]
    conditions = [number for (number,) in connection.execute("SELECT id FROM condition ORDER BY id")]
    recorded = dict(connection.execute(_RESPONDENTS).fetchall())
    ended = connection.execute(_FINISHED).fetchall()
    answers = count_answers(connection)
    by_condition = tuple(
        ConditionProgress(
            condition=number,
            n_respondents=recorded.get(number, 0),
            n_finished=sum(count for condition, _, count in ended if condition == number),
            by_status={status: count for condition, status, count in answers if condition == number},
        )
        for number in conditions
    )
    return RunProgress(
        n_respondents=n_respondents,
        n_items=n_items,
        n_expected=n_respondents * n_items,
        n_started=sum(recorded.values()),
        n_finished=sum(count for _, _, count in ended),
        by_status=_summed((status, count) for _, status, count in answers),
        by_disposition=_summed((name, count) for _, name, count in ended),
        by_condition=by_condition,
    )


def _summed(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, count in sorted(counts):
        total[name] = total.get(name, 0) + count
    return total


class CallCounts(NamedTuple):
    """Calls recorded, those that failed by kind, and tokens as far as the engine reported them."""

    n_calls: int
    failures: dict[str, int]
    prompt_tokens: int
    completion_tokens: int


class RoleCounts(NamedTuple):
    """The calls of one role in one arm, failed ones included, and tokens as far as the engine reported them."""

    condition: int
    role: str
    n_calls: int
    prompt_tokens: int
    completion_tokens: int


_BY_ROLE = """SELECT condition, coalesce(CAST(role AS TEXT), 'respondent') AS role, count(*),
coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0)
FROM exchange GROUP BY 1, 2"""


def count_calls_by_role(connection: sqlite3.Connection) -> tuple[RoleCounts, ...]:
    """Every arm and role that there is, by arm and in the order of the roles. Reads every exchange."""
    found = [RoleCounts(*row) for row in connection.execute(_BY_ROLE)]
    return tuple(sorted(found, key=lambda one: (one.condition, ROLES.index(one.role))))


NO_CALLS = CallCounts(0, {}, 0, 0)


def count_calls(connection: sqlite3.Connection) -> CallCounts:
    """Counts of every call the record holds now."""
    return CallCounts(*count_exchanges(connection))
