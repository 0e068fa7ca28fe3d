"""Searching completions: the same hits with the run's index, with the reader's own, and while a run is writing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from strategies_store import any_text, plain_respondent, plain_turn, plain_writer

from simulator.store.reader import Reader
from simulator.store.search import match_expression
from simulator.store.writer import Writer

COMPLETIONS = (
    "2. I value freedom and openness above all",
    "As an AI language model I have no opinion",
    "3) Überzeugung und Freiheit",
    "我支持这个政策",
    'He said "no" -- it\'s 50%; DROP TABLE answer',
    "before\x00after the null",
    "a lone \ud800 surrogate",
    "naïve café",
)

FINDS = {
    "freedom": [0],
    "FREEDOM openness": [0],
    "freedom model": [],
    '"language model"': [1],
    '"model language"': [],
    "open*": [0],
    "open": [],
    "freiheit": [2],
    "uberzeugung": [2],
    "支持": [3],
    "not": [],
    "OR": [],
    "no": [1, 4],
    "it's": [4],
    "50%": [4],
    "--": [4],
    "after": [5],
    "surrogate": [6],
    "cafe": [7],
    '"': [4],
    "": [],
    "   ": [],
    "\ud800": [],
    "answer) OR 1=1": [],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "record.sqlite"
    _write(plain_writer(path, n_items=len(COMPLETIONS))).close()
    return path


def _write(writer: Writer) -> Writer:
    writer.append_respondents([plain_respondent(0)])
    for item, completion in enumerate(COMPLETIONS):
        writer.append_turn(plain_turn(0, item, completion=completion))
    writer.flush()
    return writer


@pytest.mark.parametrize("query", FINDS)
def test_finds_in_a_finished_record(finished: Path, query: str) -> None:
    with Reader(finished) as reader:
        assert reader.sessions()[-1].is_searchable
        assert [hit.item for hit in reader.search(query)] == FINDS[query]


def test_finds_the_same_without_the_index(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    writer = _write(plain_writer(path, n_items=20))
    with Reader(path) as reader:
        assert not reader.sessions()[-1].is_searchable
        for query, found in FINDS.items():
            assert [hit.item for hit in reader.search(query)] == found, query
        writer.append_turn(plain_turn(0, 15, completion="freedom again"))
        writer.flush()
        assert [hit.item for hit in reader.search("freedom")] == [0, 15]
    writer.close()


def test_index_follows_a_resumed_run_and_survives_a_judge(finished: Path, tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    _write(plain_writer(path, n_items=20)).close()
    Writer.open(path, kind="judge").close()
    with Reader(path) as reader:
        assert [row.is_searchable for row in reader.sessions()] == [True, True]
    with Writer.open(path) as writer, Reader(path) as reader:
        writer.append_turn(plain_turn(0, 15, completion="freedom again"))
        writer.flush()
        assert not reader.sessions()[-1].is_searchable
        assert [hit.item for hit in reader.search("freedom")] == [0, 15]
    with Reader(path) as reader:
        assert reader.sessions()[-1].is_searchable
        assert [hit.item for hit in reader.search("freedom", limit=1)] == [0]
        hit = reader.search("again")[0]
        assert (hit.respondent, hit.exchange, hit.item, hit.completion) == (0, 16, 15, "freedom again")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=any_text)
def test_any_query_is_answered(finished: Path, query: str) -> None:
    with Reader(finished) as reader:
        reader.search(query)


def test_words_of_the_query_language_are_words() -> None:
    assert match_expression('a NOT b* "c d" x"y') == '"a" "NOT" "b*"* "c d" "xy"'
    assert match_expression("!!!") is None
