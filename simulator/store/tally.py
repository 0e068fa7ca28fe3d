"""What an ended interview amounts to, counted once: its answers by status, its calls, failures and tokens.

Table `tally` has a row for every interview that ended and has not been added to since. Counting a run is then adding up
those rows and counting the answers and exchanges of everybody else, which are few: exact at every moment, and quick at
five million answers. Knows SQL, no row class.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter

from simulator.store.records import ANSWER_STATUSES, EXCHANGES_PER_RESPONDENT

_LAST = EXCHANGES_PER_RESPONDENT - 1
_OF_ONE = f"id BETWEEN ?1 * {EXCHANGES_PER_RESPONDENT} AND ?1 * {EXCHANGES_PER_RESPONDENT} + {_LAST}"
_TOKENS = "coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0)"

COLUMNS: dict[str, type] = {
    "respondent": int,
    **{f"n_{status}": int for status in ANSWER_STATUSES},
    "n_calls": int,
    "prompt_tokens": int,
    "completion_tokens": int,
    "failures": str,
}

COUNT = f"""INSERT OR REPLACE INTO tally
SELECT ?1, answers.*, calls.*, (
  SELECT nullif(json_group_object(kind, n), '{{}}') FROM (
    SELECT CAST(error_kind AS TEXT) AS kind, count(*) AS n
    FROM exchange WHERE {_OF_ONE} AND error_kind IS NOT NULL GROUP BY kind
  )
)
FROM (
  SELECT {", ".join(f"count(*) FILTER (WHERE status = '{status}')" for status in ANSWER_STATUSES)}
  FROM answer WHERE {_OF_ONE}
) AS answers, (
  SELECT count(*), {_TOKENS} FROM exchange WHERE {_OF_ONE}
) AS calls"""
"""Counts one respondent, by number, from what is recorded now; for the transaction that ends the interview."""

FORGET = "DELETE FROM tally WHERE respondent = ?"
"""For the transaction that adds a turn to an interview that had ended."""

_GAPS = """SELECT * FROM (
  SELECT coalesce(lag(respondent) OVER (ORDER BY respondent), -1) + 1 AS first, respondent - 1 AS last FROM tally
) WHERE first <= last"""
_HIGHEST = (1 << 63) // EXCHANGES_PER_RESPONDENT - 1
_ENDED_ANSWERS = f"""SELECT condition, {", ".join(f"sum(n_{status})" for status in ANSWER_STATUSES)}
FROM tally JOIN respondent ON number = respondent GROUP BY condition"""
_OTHER_ANSWERS = """SELECT r.condition, a.status, count(*)
FROM answer AS a JOIN respondent AS r ON r.number = a.respondent
WHERE a.id BETWEEN ? AND ? GROUP BY r.condition, a.status"""
_ENDED_CALLS = f"SELECT coalesce(sum(n_calls), 0), {_TOKENS} FROM tally"
_ENDED_FAILURES = "SELECT failures FROM tally WHERE failures IS NOT NULL"
_OTHER_CALLS = f"""SELECT error_kind, count(*), {_TOKENS}
FROM exchange WHERE id BETWEEN ? AND ? GROUP BY error_kind"""


def _others(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """First and last row id of every stretch of respondents between those in the table: to be counted row by row."""
    n, highest = connection.execute("SELECT count(*), coalesce(max(respondent), -1) FROM tally").fetchone()
    gaps = [] if n == highest + 1 else connection.execute(_GAPS).fetchall()
    stretches = [*gaps, (highest + 1, _HIGHEST)]
    return [(first * EXCHANGES_PER_RESPONDENT, last * EXCHANGES_PER_RESPONDENT + _LAST) for first, last in stretches]


def count_answers(connection: sqlite3.Connection) -> list[tuple[int, str, int]]:
    """Condition, status and how many answers, for every pair that there is, sorted."""
    found: Counter[tuple[int, str]] = Counter()
    for condition, *counts in connection.execute(_ENDED_ANSWERS):
        found.update({(condition, status): n for status, n in zip(ANSWER_STATUSES, counts, strict=True) if n})
    for ids in _others(connection):
        for condition, status, count in connection.execute(_OTHER_ANSWERS, ids):
            found[condition, status] += count
    return [(condition, status, count) for (condition, status), count in sorted(found.items())]


def count_exchanges(connection: sqlite3.Connection) -> tuple[int, dict[str, int], int, int]:
    """Calls, those that failed by kind, prompt and completion tokens as far as the engine reported them."""
    n_calls, prompt, completion = connection.execute(_ENDED_CALLS).fetchone()
    failures: Counter[str] = Counter()
    for (stored,) in connection.execute(_ENDED_FAILURES):
        failures.update(json.loads(stored))
    for ids in _others(connection):
        for kind, count, prompt_tokens, completion_tokens in connection.execute(_OTHER_CALLS, ids):
            n_calls, prompt, completion = n_calls + count, prompt + prompt_tokens, completion + completion_tokens
            if kind is not None:
                failures[kind] += count
    return n_calls, dict(sorted(failures.items())), prompt, completion
