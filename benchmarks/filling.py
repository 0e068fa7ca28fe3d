"""Records of any size for benchmarks: a few hundred real interviews, copied under new numbers until there are enough.

The copies are what a real run would have recorded, down to prompts that can be rebuilt to the byte, for nothing in a
prompt depends on a respondent's number. Their answers repeat, so no statistic of such a record means anything. Copying
is done by SQLite itself: five million answers in well under a minute. Knows tables by name, their columns from SQLite.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from rows import Setting

import voxpop as vp
from simulator.store.reader import Reader
from simulator.store.records import EXCHANGES_PER_RESPONDENT
from simulator.store.writer import Writer

N_ITEMS = 57
"""Items of the portrait-values survey, which every respondent here answers whole."""
COPIED = {"respondent": "number", "exchange": "id", "answer": "id", "interview": "respondent", "tally": "respondent"}
"""Table → its key, which grows with the respondent's number."""


def interviewed(setting: Setting) -> Path:
    """A closed record of real interviews: two populations, explained answers, random-prune memory of up to 15 turns."""
    path = setting.folder / "interviewed.sqlite"
    if not path.is_file():
        n = 30 if setting.quick else 150
        vp.simulate(
            survey="portrait-values",
            population=[
                vp.Population(strategy="city", n=n, country=("US",)),
                vp.Population(strategy="value-anchor", n=n),
            ],
            engine="synthetic",
            engine_options={"refusal": 0.01, "unreadable": 0.02},
            asking={"answer_format": "explained"},
            memory={"kind": "random-prune", "max_length": 15},
            seed=1,
            record=path,
        )
    return path


def filled(setting: Setting, n_answers: int) -> Path:
    """A closed record of at least `n_answers`, whole interviews; made once in one run of the benchmarks."""
    path = setting.folder / f"filled-{n_answers}.sqlite"
    if not path.is_file():
        n_respondents = -(-n_answers // N_ITEMS)
        draft = path.with_suffix(".unfinished.sqlite")
        _create(interviewed(setting), draft, n_respondents)
        _copy(interviewed(setting), draft, n_respondents)
        Writer.open(draft).close("complete")  # brings the word index up to date
        draft.rename(path)
    return path


def _create(source: Path, target: Path, n_respondents: int) -> None:
    """A new record with the design of `source` and nobody in it."""
    with Reader(source) as reader:
        run = replace(reader.run(), n_respondents=n_respondents)
        Writer.create(target, run, reader.conditions(), reader.items()).close("complete")


def _copy(source: Path, target: Path, n_respondents: int) -> None:
    """Everybody in `source`, again and again under the numbers that follow."""
    connection = sqlite3.connect(target, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("ATTACH ? AS source", (str(source),))
        n_there = connection.execute("SELECT count(*) FROM source.respondent").fetchone()[0]
        for table, key in COPIED.items():
            statement = _copying(connection, table, key)
            for first in range(0, n_respondents, n_there):
                connection.execute(statement, {"first": first, "wanted": min(n_there, n_respondents - first)})
        connection.execute("UPDATE session SET is_searchable = 0")
    finally:
        connection.close()


def _copying(connection: sqlite3.Connection, table: str, key: str) -> str:
    """The statement that copies the respondents of `table` below :wanted, :first added to their numbers."""
    number = "number" if table == "respondent" else "respondent"
    shifted = {number: f"{number} + :first", "id": f"id + :first * {EXCHANGES_PER_RESPONDENT}"}
    columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
    select = ", ".join(shifted.get(name, name) for name in columns)
    return f"INSERT INTO main.{table} SELECT {select} FROM source.{table} WHERE {number} < :wanted ORDER BY {key}"
