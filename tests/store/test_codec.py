"""Every row comes back from SQLite as it was, whatever text it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import strategies_store as rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.store import cells, codec, judgements
from simulator.store.creation import insert_into
from simulator.store.migrations import migrate
from simulator.store.records import ExchangeRow

many = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TABLES = {
    "run": (rows.runs, codec.stored_run, codec.loaded_run),
    "condition": (rows.conditions, codec.stored_condition, codec.loaded_condition),
    "item": (rows.items, codec.stored_item, codec.loaded_item),
    "respondent": (rows.respondents, codec.stored_respondent, codec.loaded_respondent),
    "exchange": (rows.exchanges, codec.stored_exchange, codec.loaded_exchange),
    "answer": (rows.answers, codec.stored_answer, codec.loaded_answer),
    "interview": (rows.interviews, codec.stored_interview, codec.loaded_interview),
    "rubric": (rows.rubrics, judgements.stored_rubric, judgements.loaded_rubric),
    "judge": (rows.judges, judgements.stored_judge, judgements.loaded_judge),
    "judgement": (rows.judgements, judgements.stored_judgement, judgements.loaded_judgement),
    "verdict": (rows.verdicts, judgements.stored_verdict, judgements.loaded_verdict),
}


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    yield connection
    connection.close()


@pytest.mark.parametrize("table", TABLES)
@many
@given(data=st.data())
def test_row_survives_the_database(database: sqlite3.Connection, table: str, data: st.DataObject) -> None:
    strategy, stored, loaded = TABLES[table]
    row = data.draw(strategy)
    assert through(database, table, stored, loaded, row) == row


def through(
    database: sqlite3.Connection, table: str, stored: Callable[[Any], Any], loaded: Callable[[Any], Any], row: Any
) -> Any:
    values = stored(row)
    database.execute(f"DELETE FROM {table}")
    database.execute(insert_into(table, len(values)), values)
    return loaded(database.execute(f"SELECT * FROM {table}").fetchone())


@many
@given(rows.any_text)
def test_text_is_stored_as_text_unless_utf8_cannot_hold_it(text: str) -> None:
    stored = cells.stored_text(text)
    is_utf8 = not any("\ud800" <= character <= "\udfff" for character in text)
    assert isinstance(stored, str) == is_utf8
    assert cells.loaded_text(stored) == text


def test_two_lone_surrogates_do_not_become_one_character() -> None:
    # JSON escapes would join them into an emoji on the way back.
    assert cells.loaded_json(cells.stored_json({"a": "\ud83d" + "\ude00"})) == {"a": "\ud83d" + "\ude00"}


def test_defaults_take_no_room() -> None:
    row = ExchangeRow(1, 2, 3, 0, 0, (), None, None, 9, "Yes")
    stored = codec.stored_exchange(row)
    assert [value for value in stored if value is not None] == [1_000_002, 1, 2, 3, 0, 0, 9, "Yes", 1]


def test_json_is_compact_and_refuses_what_is_no_number() -> None:
    assert cells.stored_json({"a": [1, 2], "b": "ä"}) == '{"a":[1,2],"b":"ä"}'
    with pytest.raises(ValueError, match="JSON compliant"):
        cells.stored_json({"a": float("nan")})


def test_prompt_hash_is_unsigned() -> None:
    row = ExchangeRow(0, 1, 0, 0, 0, (), None, None, -1, None)
    with pytest.raises(ValueError, match="prompt_hash -1"):
        codec.stored_exchange(row)
