"""Finding completions by their words: the word index if it is in step, else one of the reader's own, else a scan.

A query is words that must all occur, in any order, without regard to case or accents; "words in quotes" must stand
together; a word ending in * stands for all that begin so. Scripts written without spaces have no words to index: such
a query is looked for as it stands. Knows no row but the completion.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from simulator.store.cells import loaded_text

_TERM = re.compile(r'"([^"]*)"|(\S+)')
# Thai and Lao, Burmese, Khmer, kana, Han.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_OWN_INDEX = """
CREATE VIRTUAL TABLE temp.own_fts USING fts5(completion, content='', tokenize='unicode61 remove_diacritics 2');
"""


class SearchHit(NamedTuple):
    """One completion that holds what was looked for: respondent and exchange number, item position, the text."""

    respondent: int
    exchange: int
    item: int | None
    completion: str


def match_expression(query: str) -> str | None:
    """The query in the language of FTS5, every term quoted; None if it has no words that an index could know."""
    if _UNSPACED.search(query):
        return None
    terms = []
    for phrase, word in _TERM.findall(query.encode("utf-8", "replace").decode().replace("\x00", " ")):
        text = phrase or word.replace('"', "")
        if any(character.isalnum() for character in text):
            terms.append(f'"{text}"' + ("*" if word.endswith("*") else ""))
    return " ".join(terms) or None


class Search:
    """Searches the completions behind one read-only connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._indexed = -1

    def find(self, query: str, limit: int) -> Iterator[SearchHit]:
        """At most `limit` hits in the order of respondents and exchanges."""
        expression = match_expression(query)
        select = "SELECT respondent, number, item, completion FROM exchange WHERE "
        if expression is None:
            where, value = "instr(lower(CAST(completion AS TEXT)), lower(?)) > 0", query.strip()
            if not value:
                return
            value = value.encode("utf-8", "replace").decode()
        else:
            # The index is chosen before the statement runs: both hold the same words under the same row ids.
            table = "exchange_fts" if self._is_in_step() else self._own_index()
            where, value = f"id IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)", expression
        for row in self._connection.execute(f"{select}{where} ORDER BY id LIMIT ?", (value, limit)):
            yield SearchHit(row[0], row[1], row[2], loaded_text(row[3]))

    def _is_in_step(self) -> bool:
        last = self._connection.execute("SELECT is_searchable FROM session ORDER BY id DESC LIMIT 1").fetchone()
        return last is not None and bool(last[0])

    def _own_index(self) -> str:
        """A temporary index of this connection, made anew when completions have come in."""
        count = self._connection.execute("SELECT count(*) FROM exchange").fetchone()[0]
        if count != self._indexed:
            self._connection.execute("DROP TABLE IF EXISTS temp.own_fts")
            self._connection.execute(_OWN_INDEX)
            self._connection.execute(
                "INSERT INTO own_fts (rowid, completion) "
                "SELECT id, completion FROM exchange WHERE completion IS NOT NULL"
            )
            self._indexed = count
        return "own_fts"
