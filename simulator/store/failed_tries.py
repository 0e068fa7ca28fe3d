"""What went wrong on the way to answers, counted by fault, and what became of it. Knows SQL, no row class."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import NamedTuple

from simulator.store.records import EXCHANGES_PER_RESPONDENT

# Mended: a later try of the same call brought a completion, or a later call brought the item an answer.
_TRIES = f"""SELECT failed_tries, count(*), sum(
  error_kind IS NULL OR item IS NULL AND EXISTS (SELECT 1 FROM respondent AS r WHERE r.number = e.respondent)
  OR EXISTS (
    SELECT 1 FROM answer AS a
    WHERE a.id = e.respondent * {EXCHANGES_PER_RESPONDENT} + e.item AND a.status <> 'error'
  )
)
FROM exchange AS e WHERE failed_tries IS NOT NULL GROUP BY failed_tries"""


class FailedTries(NamedTuple):
    """Failed tries of one fault, such as throttled/429: how many, and how many of them an answer followed after all."""

    fault: str
    n: int
    n_mended: int


def count_failed_tries(connection: sqlite3.Connection) -> tuple[FailedTries, ...]:
    """Failed tries by fault, in the order of their names; none that was not met."""
    total: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    for stored, n_calls, n_mended in connection.execute(_TRIES):
        for fault in json.loads(stored):
            total[fault] += n_calls
            mended[fault] += n_mended
    return tuple(FailedTries(fault, total[fault], mended[fault]) for fault in sorted(total))
