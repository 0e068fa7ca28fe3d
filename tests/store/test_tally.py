"""Counting a run by its tallies gives what counting every row gives, at every moment of a run."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_store import (
    fill_plain,
    interviews_as_turns,
    plain_items,
    plain_respondent,
    plain_run,
    plain_turn,
    plain_writer,
)

from simulator.store import codec
from simulator.store.creation import insert_into
from simulator.store.migrations import MIGRATIONS, migrate
from simulator.store.reader import Reader
from simulator.store.records import InterviewRow, TurnRows
from simulator.store.writer import Writer

KINDS = ("throttled", "unreachable", "malformed")


def check(path: Path) -> None:
    """What a reader counts, against every row of the record."""
    with Reader(path) as reader:
        progress, calls = reader.progress(), reader.calls()
        arm = {row.number: row.condition for row in reader.respondents()}
        answers, exchanges = list(reader.answers()), list(reader.exchanges())
    assert progress.by_status == Counter(row.status for row in answers)
    for one in progress.by_condition:
        assert one.by_status == Counter(row.status for row in answers if arm[row.respondent] == one.condition)
    assert calls.n_calls == len(exchanges)
    assert calls.failures == Counter(row.error_kind for row in exchanges if row.error_kind is not None)
    assert calls.prompt_tokens == sum(row.prompt_tokens or 0 for row in exchanges)
    assert calls.completion_tokens == sum(row.completion_tokens or 0 for row in exchanges)


def with_known_kind(turn: TurnRows, kind: str) -> TurnRows:
    rows = (replace(row, error_kind=None if row.error_kind is None else kind) for row in turn.exchanges)
    return replace(turn, exchanges=tuple(rows))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_interviews_in_any_state(data: st.DataObject) -> None:
    numbers = sorted(data.draw(st.sets(st.integers(0, 9), max_size=5)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite"
        with plain_writer(path, n_respondents=10, n_items=6) as writer:
            for number in numbers:
                writer.append_respondents([plain_respondent(number, number % 2)])
                turns = data.draw(interviews_as_turns(number))
                n_first = data.draw(st.integers(0, len(turns)))
                for place, turn in enumerate(turns):
                    if place == n_first and data.draw(st.booleans()):
                        writer.append_interview(InterviewRow(number, "complete", 6, 6))
                    writer.append_turn(with_known_kind(turn, data.draw(st.sampled_from(KINDS))))
                if n_first == len(turns):
                    writer.append_interview(InterviewRow(number, "partial", 6, 6))
            writer.flush()
            check(path)
        check(path)


def test_an_ended_interview_is_counted_once_and_anew_when_something_is_added(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    with plain_writer(path, n_respondents=3, n_items=3) as writer:
        fill_plain(writer, 3, 2)
        writer.append_turn(plain_turn(1, 2))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT respondent, n_answered, n_calls FROM tally").fetchall() == [(0, 2, 2), (2, 2, 2)]
    connection.close()
    check(path)


def test_calls_of_somebody_not_yet_recorded_count(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    with plain_writer(path, n_respondents=3) as writer:
        fill_plain(writer, 2, 2)
        call = replace(plain_turn(2, 0).exchanges[0], number=0, item=None, role="generator")
        writer.append_turn(TurnRows((call,), None))
    with Reader(path) as reader:
        assert reader.calls().n_calls == 5


@pytest.mark.parametrize("n_ended", [0, 2])
def test_a_record_from_before_there_were_tallies_gets_them(tmp_path: Path, n_ended: int) -> None:
    path = tmp_path / "record.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, [migration for migration in MIGRATIONS if migration.number < 3])
    connection.execute(insert_into("run", 8), codec.stored_run(plain_run(2)))
    connection.executemany(insert_into("item", 4), map(codec.stored_item, plain_items(2)))
    connection.execute("INSERT INTO condition VALUES (0, '{}')")
    for number in range(2):
        connection.execute(insert_into("respondent", 8), codec.stored_respondent(plain_respondent(number))[:8])
        for item in range(2):
            (call,), answer = plain_turn(number, item).exchanges, plain_turn(number, item).answer
            connection.execute(insert_into("exchange", 23), codec.stored_exchange(call)[:23])
            assert answer is not None
            connection.execute(insert_into("answer", 12), codec.stored_answer(answer)[:12])
        if number < n_ended:
            connection.execute("INSERT INTO interview VALUES (?, 'complete', 2, 2)", (number,))
    connection.close()
    Writer.open(path).close()
    check(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM tally").fetchone() == (n_ended,)
    connection.close()
