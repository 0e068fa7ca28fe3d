"""Reading: what was written comes back in order, filtered, counted and as columns."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import strategies_store as rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies_store import fill_plain, plain_respondent, plain_turn, plain_writer

from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from simulator.store.records import (
    ANSWER_STATUSES,
    AnswerRow,
    InterviewRow,
    TurnRows,
    VerdictRow,
)
from simulator.store.turns import group_turns


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.sqlite"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_interviews_come_back_turn_by_turn(data: st.DataObject) -> None:
    written = {0: data.draw(rows.interviews_as_turns(respondent=0)), 3: data.draw(rows.batteries_as_turns(3))}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite"
        with plain_writer(path, n_items=6) as writer:
            writer.append_respondents([plain_respondent(0), plain_respondent(3)])
            longest = max(map(len, written.values()))
            for place in range(longest):
                for turns in written.values():
                    if place < len(turns):
                        writer.append_turn(turns[place])
        with Reader(path) as reader:
            assert {row.number: list(turns) for row, turns in reader.respondents_open()} == written
            assert list(reader.turns("r0003")) == written[3]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows.interviews_as_turns() | rows.batteries_as_turns())
def test_turns_are_put_together_as_they_were(turns: list[TurnRows]) -> None:
    exchanges = [row for turn in turns for row in turn.exchanges]
    answers = [answer for turn in turns for answer in turn.answers]
    assert list(group_turns(exchanges, answers[::-1])) == turns


def test_failed_calls_are_turns_of_their_own() -> None:
    first, second = plain_turn(0, 0).exchanges[0], plain_turn(0, 1).exchanges[0]
    failed = [
        TurnRows((rows.ExchangeRow(0, n, 2, 0, 0, (), None, None, 1, None, error_kind="x"),), None) for n in (3, 4)
    ]
    exchanges = [first, second, *(turn.exchanges[0] for turn in failed)]
    assert group_turns(exchanges, [])[2:] == tuple(failed)


def test_filters(path: Path) -> None:
    with plain_writer(path, n_respondents=6) as writer:
        writer.append_respondents(plain_respondent(n, n % 2) for n in range(6))
        for number in range(4):
            writer.append_turn(plain_turn(number, 0, completion="I would rather not" if number == 2 else "1"))
        writer.append_turn(TurnRows((), AnswerRow(3, 1, None, "not_applicable")))
        writer.append_interview(InterviewRow(0, "complete", 1, 1))
        writer.append_interview(InterviewRow(1, "breakoff", 3, 1))

    def found(**filters: object) -> list[int]:
        return [row.number for row in reader.respondents(**filters)]  # type: ignore[arg-type]

    with Reader(path) as reader:
        assert found() == [0, 1, 2, 3, 4, 5]
        assert found(strategy="city") == [0, 2, 4]
        assert found(condition=1) == [1, 3, 5]
        assert found(strategy="city", condition=1) == []
        assert found(status="not_applicable") == [3]
        assert found(disposition="breakoff") == [1]
        assert found(disposition="open") == [2, 3, 4, 5]
        assert found(text="RATHER NOT") == [2]
        assert found(text="person 4.") == [4]
        assert found(text="Cairo", limit=2, offset=3) == [3, 4]
        assert found(text="%") == found(text="'; DROP TABLE answer; --") == []
        assert reader.strategies() == ["basic", "city"]
        assert reader.finished() == {0, 1}
        assert [row.number for row, _ in reader.respondents_open()] == [2, 3, 4, 5]


def test_respondents_by_name(path: Path) -> None:
    with plain_writer(path) as writer:
        fill_plain(writer, 2, 1)
    with Reader(path) as reader:
        assert reader.respondent("r0001") == reader.respondent("1") == reader.respondent(1) == plain_respondent(1, 1)
        for name in ("r0002", "nobody", "-1", "", "r9" + "9" * 40, "１２"):
            with pytest.raises(RunSpecError, match="it holds r0000 to r0001"):
                reader.respondent(name)


def test_progress(path: Path) -> None:
    with plain_writer(path, n_respondents=4, n_items=3) as writer:
        with Reader(path) as reader:
            empty = reader.progress()
        writer.append_respondents(plain_respondent(n, n % 2) for n in range(3))
        for number, item in [(0, 0), (0, 1), (1, 0)]:
            writer.append_turn(plain_turn(number, item))
        writer.append_turn(TurnRows((), AnswerRow(0, 2, None, "refused")))
        writer.append_interview(InterviewRow(0, "complete", 3, 2))
    with Reader(path) as reader:
        progress = reader.progress()
    assert (empty.n_expected, empty.n_answers, empty.by_status, empty.is_complete) == (12, 0, {}, False)
    assert (progress.n_respondents, progress.n_items, progress.n_expected) == (4, 3, 12)
    assert (progress.n_started, progress.n_finished, progress.n_answers) == (3, 1, 4)
    assert progress.by_status == {"answered": 3, "refused": 1}
    assert progress.by_disposition == {"complete": 1}
    assert [tuple(arm) for arm in progress.by_condition] == [
        (0, 2, 1, {"answered": 2, "refused": 1}),
        (1, 1, 0, {"answered": 1}),
    ]


def test_columns_agree_with_rows(path: Path) -> None:
    with plain_writer(path, n_respondents=7, n_items=4) as writer:
        fill_plain(writer, 7, 3)
        writer.append_turn(TurnRows((), AnswerRow(2, 3, None, "refused", text="no\x00", option_mass=0.25)))
        writer.append_turn(TurnRows((), AnswerRow(5, 3, None, "answered", (2, 1), probabilities={1: 0.5})))
    with Reader(path) as reader:
        answers = list(reader.answers())
        columns = reader.answer_columns()
        names = ("text", "codes", "respondent", "exchange", "option_mass", "probabilities")
        batches = list(reader.answer_batches(names, size=5))
    assert len(answers) == 23
    assert columns["respondent"].tolist() == [row.respondent for row in answers]
    assert columns["item"].tolist() == [row.item for row in answers]
    assert [ANSWER_STATUSES[index] for index in columns["status"]] == [row.status for row in answers]
    np.testing.assert_array_equal(columns["code"], [row.codes[0] if row.codes else np.nan for row in answers])
    assert columns["condition"].tolist() == [row.respondent % 2 for row in answers]
    assert columns["weight"].tolist() == [1.0] * 23
    assert [len(batch["text"]) for batch in batches] == [5, 5, 5, 5, 3]
    whole = {name: np.concatenate([batch[name] for batch in batches]) for name in names}
    assert [text for text in whole["text"] if text is not None] == ["no\x00"]
    assert [codes for codes in whole["codes"] if codes is not None] == ["[2,1]"]
    assert [stored for stored in whole["probabilities"] if stored is not None] == ['{"1":0.5}']
    assert np.nansum(whole["option_mass"]) == 0.25
    assert np.isnan(whole["exchange"]).sum() == 2


def test_columns_of_an_empty_record(path: Path) -> None:
    plain_writer(path).close()
    with Reader(path) as reader:
        columns = reader.answer_columns()
        assert {name: (len(array), array.dtype.kind) for name, array in columns.items()} == {
            "respondent": (0, "i"),
            "item": (0, "i"),
            "status": (0, "i"),
            "code": (0, "f"),
            "condition": (0, "i"),
            "weight": (0, "f"),
        }
        assert list(reader.answers()) == []
        assert reader.search("anything") == []
        assert list(reader.verdicts()) == []
        assert len(reader.respondent_columns()["strategy"]) == 0


def test_reading_while_a_run_is_writing(path: Path) -> None:
    with plain_writer(path, n_respondents=3, flush_turns=1) as writer, Reader(path) as reader:
        seen = []
        for number in range(3):
            writer.append_respondents([plain_respondent(number)])
            for item in range(3):
                writer.append_turn(plain_turn(number, item))
                seen.append(reader.progress().n_answers)
        assert seen == list(range(1, 10))
        answers = reader.answers()
        next(answers)
        writer.append_interview(InterviewRow(0, "complete", 3, 3))
        assert len(list(answers)) == 8
        assert reader.finished() == {0}


def test_verdicts_by_rubric_and_respondent(path: Path) -> None:
    given_verdicts = [
        VerdictRow(number, 1, rubric, "judge", 0, "c", "why", "yes", "judged")
        for number in (0, 1)
        for rubric in ("refusal", "sincerity")
    ]
    with plain_writer(path) as writer:
        fill_plain(writer, 2, 1)
        writer.append_verdicts(reversed(given_verdicts))
    with Reader(path) as reader:
        assert list(reader.verdicts()) == given_verdicts
        assert list(reader.verdicts(rubric="refusal", respondent=1)) == [given_verdicts[2]]
        assert reader.rubrics() == ["refusal", "sincerity"]


def test_views_speak_in_names_and_texts(path: Path) -> None:
    with plain_writer(path) as writer:
        fill_plain(writer, 2, 1)
    connection = sqlite3.connect(path)
    flat = connection.execute(
        "SELECT respondent, strategy, condition, item_id, topic, status, code, option_text, weight FROM answers_flat"
    ).fetchall()
    assert flat == [
        ("r0000", "city", 0, "item-0", "matters", "answered", 1, "Yes", 1.0),
        ("r0001", "basic", 1, "item-0", "matters", "answered", 2, "No", 1.0),
    ]
    assert connection.execute("SELECT respondent, question, completion FROM transcript LIMIT 1").fetchall() == [
        ("r0000", "Is it so?", "1. Yes, I think so")
    ]
    assert connection.execute("SELECT condition, strategy, language, status, n_answers FROM progress").fetchall() == [
        (0, "city", "en", "answered", 1),
        (1, "basic", None, "answered", 1),
    ]
    connection.close()


@pytest.mark.slow
def test_a_million_answers_in_seconds(path: Path) -> None:
    # The rows are made by SQL: this measures reading. Generous, as the machine may be shared.
    with plain_writer(path, n_respondents=10_000, n_items=100) as writer:
        writer.append_respondents(plain_respondent(n) for n in range(10_000))
    connection = sqlite3.connect(path)
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) "
        "INSERT INTO answer (id, respondent, item, exchange, status, code) "
        "SELECT i / 100 * 1000000 + i % 100, i / 100, i % 100, i % 100 + 1, 'answered', 1 + i % 5 FROM n"
    )
    connection.commit()
    connection.close()
    with Reader(path) as reader:
        started = time.process_time()
        columns = reader.answer_columns()
        seconds = time.process_time() - started
    assert len(columns["code"]) == 1_000_000
    assert columns["code"].mean() == 3.0
    assert seconds < 6


def test_calls_are_counted_with_failures_and_tokens(path: Path) -> None:
    with plain_writer(path, n_respondents=3, n_items=3) as writer:
        fill_plain(writer, 3, 2)
        failed = replace(plain_turn(0, 2).exchanges[0], completion=None, error_kind="throttled", error="slow down")
        writer.append_turn(TurnRows((failed,), None))
    with Reader(path) as reader:
        found = reader.calls()
        rows = list(reader.exchanges())
    assert found.n_calls == len(rows) == 7
    assert found.prompt_tokens == sum(row.prompt_tokens or 0 for row in rows)
    assert found.completion_tokens == sum(row.completion_tokens or 0 for row in rows)
    assert found.failures == {"throttled": 1}
