"""The record: bytes per answer and where they go, prompts rebuilt from it, how fast it is written and opened.

Rows are those of real interviews on the known-truth engine: explained answers, random-prune memory of up to 15 turns,
a few refused and unreadable. Knows tables by name; what is in them is the store's affair.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from filling import filled, interviewed
from rows import Row, Setting, at_least, at_most, cpu_seconds

import voxpop as vp
from simulator.engines.base import Engine
from simulator.engines.synthetic import SyntheticEngine
from simulator.messages import Completion, Request
from simulator.rebuild import rebuild_exchanges
from simulator.store import codec
from simulator.store.reader import Reader
from simulator.store.records import ConditionRow, ItemRow, RespondentRow, RunRow, TurnRows, respondent_name
from simulator.store.writer import Writer
from voxpop.recorded_interview import recorded_interview

REPEATS = 3
INDEX = "exchange_fts"


class Rows(NamedTuple):
    """A record as the objects that a writer is given."""

    run: RunRow
    conditions: Sequence[ConditionRow]
    items: Sequence[ItemRow]
    respondents: Sequence[RespondentRow]
    turns: Sequence[TurnRows]


class Witness:
    """The known-truth engine, keeping every prompt that it was sent."""

    def __init__(self) -> None:
        self._engine = SyntheticEngine()
        self.name, self.model, self.capabilities = self._engine.name, self._engine.model, self._engine.capabilities
        self.sent: dict[tuple[str, str, int], list[tuple[str, str]]] = {}

    async def complete(self, request: Request) -> Completion:
        asked = request.asked
        assert asked is not None
        self.sent[asked.respondent_id, asked.item_id, asked.try_number] = as_sent(request.messages)
        return await self._engine.complete(request)

    async def close(self) -> None:
        await self._engine.close()


def as_sent(messages: Sequence[Any]) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in messages]


def sizes(record: Path) -> dict[str, int]:
    """Bytes of the file by table; indexes count with their table, all tables of the word index as one."""
    connection = sqlite3.connect(record)
    found: dict[str, int] = {}
    select = "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY tbl_name"
    for name, size in connection.execute(select):
        table = INDEX if name.startswith(INDEX) else name
        found[table] = found.get(table, 0) + size
    connection.close()
    return found


def size_rows(record: Path) -> Iterator[Row]:
    """What an answer takes on disk, and in which table."""
    with Reader(record) as reader:
        n = reader.progress().n_answers
    total, tables = record.stat().st_size, sizes(record)
    yield Row("bytes per answer, closed", total / n, "B", target=at_most(600, "value"))
    yield Row("— without the word index", (total - tables[INDEX]) / n, "B")
    for table in ("exchange", "answer", INDEX):
        yield Row(f"— table {table}", tables.pop(table) / n, "B")
    yield Row(
        "— everything else", (total - sum(sizes(record)[name] for name in ("exchange", "answer", INDEX))) / n, "B"
    )


def full_memory_row(setting: Setting) -> Row:
    """The same where memory is always full and every item's options are shuffled: the largest rows there are."""
    record = setting.folder / "full-memory.sqlite"
    vp.simulate(
        population=vp.Population(strategy="city", n=10 if setting.quick else 60, country=("US",)),
        asking={"answer_format": "explained", "option_order": "random-per-item"},
        memory={"kind": "window", "max_length": 15},
        record=record,
        replace=True,
    )
    with Reader(record) as reader:
        size = record.stat().st_size / reader.progress().n_answers
    return Row("bytes per answer, memory always of 15, options shuffled", size, "B", target=at_most(600, "value"))


def rebuilt_row(setting: Setting) -> Row:
    """How many of the prompts that an engine was sent are found again, byte for byte, in what the record gives."""
    record, witness = setting.folder / "witnessed.sqlite", Witness()
    engine: Engine = witness
    vp.simulate(
        population=vp.Population(strategy="city", n=5 if setting.quick else 40, country=("US",)),
        asking={"answer_format": "explained", "option_order": "random-per-item"},
        memory={"kind": "random-prune", "max_length": 15},
        engine=engine,
        record=record,
        replace=True,
    )
    n_equal = 0
    with Reader(record) as reader:
        for person in list(reader.respondents()):
            turns = reader.turns(person.number)
            interview = recorded_interview(reader, person, turns)
            for rebuilt in rebuild_exchanges(interview, turns):
                assert rebuilt.row.item is not None
                item = interview.instrument.items[rebuilt.row.item].id
                sent = witness.sent[respondent_name(person.number), item, rebuilt.row.try_number]
                n_equal += sent == as_sent(rebuilt.presentation.messages)
    return Row(
        f"prompts rebuilt to the byte, of {len(witness.sent):,}",
        n_equal / len(witness.sent),
        "",
        target=at_least(1, "value"),
    )


def loaded(record: Path) -> Rows:
    """Everything in `record`."""
    with Reader(record) as reader:
        people = list(reader.respondents())
        turns = [turn for person in people for turn in reader.turns(person.number)]
        return Rows(reader.run(), reader.conditions(), reader.items(), people, turns)


def least_seconds(repeat: Callable[[Path], float], folder: Path) -> float:
    """The least CPU time of a few repeats, each into a new file."""
    best = float("inf")
    for _ in range(REPEATS):
        path = folder / "written.sqlite"
        path.unlink(missing_ok=True)
        best = min(best, repeat(path))
    return best


def written_by_writer(rows: Rows, path: Path) -> float:
    """CPU seconds that the writer takes for all turns, committing as it does in a run."""
    writer = Writer.create(path, rows.run, rows.conditions, rows.items)
    writer.append_respondents(rows.respondents)
    began = cpu_seconds()
    for turn in rows.turns:
        writer.append_turn(turn)
    writer.flush()
    took = cpu_seconds() - began
    writer.close()
    return took


def written_bare(rows: Rows, path: Path) -> float:
    """CPU seconds that sqlite3 takes for the same rows, ready encoded, as two statements in one transaction."""
    Writer.create(path, rows.run, rows.conditions, rows.items).close()
    exchanges = [codec.stored_exchange(row) for turn in rows.turns for row in turn.exchanges]
    answers = [codec.stored_answer(turn.answer) for turn in rows.turns if turn.answer is not None]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    began = cpu_seconds()
    connection.execute("BEGIN")
    for table, stored in (("exchange", exchanges), ("answer", answers)):
        connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(stored[0]))})", stored)
    connection.execute("COMMIT")
    took = cpu_seconds() - began
    connection.close()
    return took


def writing_rows(setting: Setting, record: Path) -> Iterator[Row]:
    """How many turns and megabytes a second of CPU time writes, beside sqlite3 alone."""
    rows, tables = loaded(record), sizes(record)
    ours = least_seconds(lambda path: written_by_writer(rows, path), setting.folder)
    bare = least_seconds(lambda path: written_bare(rows, path), setting.folder)
    megabytes, n = (tables["exchange"] + tables["answer"]) / 1e6, len(rows.turns)
    yield Row(
        "CPU per turn written", 1e6 * ours / n, "µs", 1e6 * bare / n, "executemany of ready rows, one transaction"
    )
    yield Row("— turns written per CPU second", n / ours, "/s")
    yield Row("— megabytes written per CPU second", megabytes / ours, "MB/s")


def opening_rows(setting: Setting, small: Path) -> Iterator[Row]:
    """How long it takes to open a large record and read its design."""
    n_answers = 200_000 if setting.quick else 5_000_000
    large = filled(setting, n_answers)

    def opened(record: Path) -> float:
        began = cpu_seconds()
        for _ in range(20):
            with Reader(record) as reader:
                reader.run()
        return (cpu_seconds() - began) / 20

    opened(small)
    what = f"{interviewed_answers(small):,} answers"
    seconds, baseline = opened(large), opened(small)
    yield Row(
        f"opening a record of {n_answers:,} answers",
        1e3 * seconds,
        "ms CPU",
        1e3 * baseline,
        what,
        at_most(100, "value"),
    )
    yield Row("— its size", large.stat().st_size / 1e6, "MB")


def interviewed_answers(record: Path) -> int:
    with Reader(record) as reader:
        return reader.progress().n_answers


def rows(setting: Setting) -> Iterator[Row]:
    record = interviewed(setting)
    yield from size_rows(record)
    yield full_memory_row(setting)
    yield rebuilt_row(setting)
    yield from writing_rows(setting, record)
    yield from opening_rows(setting, record)
