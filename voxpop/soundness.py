"""Whether a record is what voxpop writes: the first thing in it that is not, found when reading it has failed.

A reader trusts the record, which keeps it fast. Where that ends in an error of Python, `blaming_the_record` looks for
what is wrong with the file; if nothing is, the error is a bug of ours and stays one. Knows the tables, no verb.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from simulator.abstention import abstention_code
from simulator.conditions import Condition
from simulator.errors import StoreError
from simulator.store.cells import loaded_text
from simulator.store.faults import damaged
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES, EXCHANGES_PER_RESPONDENT, Disposition
from simulator.store.schema import TABLES
from voxpop.record_facts import recorded_conditions, recorded_instrument, survey_and_engine

_FITTING = {"INTEGER": ("integer",), "REAL": ("real", "integer"), "TEXT": ("text", "blob"), "BLOB": ("text", "blob")}
_LISTS = (("exchange", "remembered"), ("exchange", "option_order"), ("answer", "codes"), ("answer", "truncated"))
_DRAWN: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("temperature", "top_p"), (int, float)),
    "beams": (int,),
    "sampling": (bool,),
    "not_applied": (list,),
}
_BROKEN: dict[str, str] = {
    "an exchange has another number than its place": f"""
        SELECT 1 FROM exchange WHERE id <> respondent * {EXCHANGES_PER_RESPONDENT} + number""",
    "an answer has another number than its place": f"""
        SELECT 1 FROM answer WHERE id <> respondent * {EXCHANGES_PER_RESPONDENT} + item""",
    "an answer was read from an exchange that is not there": f"""
        SELECT 1 FROM answer WHERE exchange IS NOT NULL
        AND respondent * {EXCHANGES_PER_RESPONDENT} + exchange NOT IN (SELECT id FROM exchange)""",
    "an answer has a status that there is not": f"""
        SELECT 1 FROM answer WHERE status NOT IN ({", ".join(map(repr, ANSWER_STATUSES))})""",
    "an interview ended in a way that there is not": f"""
        SELECT 1 FROM interview WHERE disposition NOT IN ({", ".join(map(repr, get_args(Disposition)))})""",
    "an exchange has a role or a kind of error that is no text": """
        SELECT 1 FROM exchange WHERE 'blob' IN (typeof(role), typeof(error_kind))""",
    "a session is told of in something else than text": """
        SELECT 1 FROM session WHERE 'blob' IN (typeof(kind), typeof(version), typeof(started_at), typeof(ended_at),
        typeof(outcome), typeof(detail), typeof(changes))""",
    "a probability is no number of an option": """
        SELECT 1 FROM answer, json_each(answer.probabilities) AS one
        WHERE one.type NOT IN ('integer', 'real') OR CAST(CAST(one.key AS INTEGER) AS TEXT) <> one.key""",
    "an exchange remembers one that could not be": f"""
        SELECT 1 FROM exchange, json_each(exchange.remembered) AS one
        WHERE exchange.respondent * {EXCHANGES_PER_RESPONDENT} + one.value NOT IN (
            SELECT respondent * {EXCHANGES_PER_RESPONDENT} + exchange FROM answer
            WHERE status IN ('answered', 'dont_know') AND exchange IS NOT NULL)""",
}


def first_fault(path: Path) -> str | None:
    """What is wrong with the record, in words; None where it is sound. Reads all of it."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return _fault_of_tables(connection) or _fault_of_facts(path, connection)
    except sqlite3.Error as error:
        return str(error)
    except StoreError as error:
        return str(error).partition("damaged (")[2].partition(");")[0] or str(error)
    finally:
        connection.close()


@contextmanager
def blaming_the_record(*paths: Path) -> Iterator[None]:
    """Errors of Python inside, raised as StoreCorrupt where one of these records is not what voxpop writes."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        for path in paths:
            if (fault := first_fault(path)) is not None:
                raise damaged(path, fault) from error
        raise


def _fault_of_tables(connection: sqlite3.Connection) -> str | None:
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        return str(verdict)
    for table in TABLES:
        for _, column, kind, is_required, _, key in connection.execute(f"PRAGMA table_info({table})").fetchall():
            fitting = [*_FITTING.get(kind, ()), *([] if is_required or key else ["null"])]
            wrong = f"typeof({column}) NOT IN ({', '.join(map(repr, fitting))})"
            if kind == "REAL":
                wrong += f" OR abs({column}) > 1e308"
            if _any(connection, f"SELECT 1 FROM {table} WHERE {wrong}"):
                return f"column {column} of table {table} holds something else than {kind}"
            for (value,) in connection.execute(f"SELECT {column} FROM {table} WHERE typeof({column}) = 'blob'"):
                if not _is_text(value):
                    return f"column {column} of table {table} holds bytes that are no text"
    if _any(connection, "PRAGMA foreign_key_check"):
        return "a row refers to another that is not there"
    for table, column in _LISTS:
        elements = f"SELECT 1 FROM json_each({column}) WHERE type <> 'integer'"
        wrong = f"NOT json_valid({column}) OR json_type({column}) <> 'array' OR EXISTS ({elements})"
        if _any(connection, f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL AND ({wrong})"):
            return f"column {column} of table {table} is no list of whole numbers"
    return next((what for what, query in _BROKEN.items() if _any(connection, query)), None)


def _is_text(stored: bytes) -> bool:
    try:
        loaded_text(stored)
    except UnicodeDecodeError:
        return False
    return True


def _any(connection: sqlite3.Connection, query: str) -> bool:
    return connection.execute(query).fetchone() is not None


def _fault_of_facts(path: Path, connection: sqlite3.Connection) -> str | None:
    """What the JSON in the record does not say, or says otherwise than its tables."""
    with Reader(path) as reader:
        survey_and_engine(reader)
        instrument = recorded_instrument(reader)
        if [item.id for item in instrument.items] != [row.item_id for row in reader.items()]:
            return "its items are not those of its survey"
        usual = Condition("").as_json()
        for row in recorded_conditions(reader):
            if (wrong := next(_unusual(row.settings, usual), None)) is not None:
                return f"condition {row.id} has an unusable {wrong}"
        for turns in reader.respondents():
            if not all(isinstance(text, str) for text in turns.persona_texts.values()):
                return "a persona's description is no text"
            if not all(isinstance(found, _DRAWN.get(name, ())) for name, found in (turns.settings or {}).items()):
                return "a respondent's drawn settings are none"
    chosen = "SELECT DISTINCT item, code FROM answer WHERE code IS NOT NULL"
    several = "SELECT DISTINCT item, one.value FROM answer, json_each(answer.codes) AS one"
    for position, code in connection.execute(f"{chosen} UNION {several}"):
        item = instrument.items[position]
        if code not in {*(option.code for option in item.options), abstention_code(item)}:
            return f"an answer to item {item.id} has code {code}, which it does not offer"
    return None


def _unusual(found: Any, usual: Any, place: str = "") -> Iterator[str]:
    """The keys whose value is of another kind than voxpop writes."""
    if isinstance(usual, dict):
        if not isinstance(found, dict):
            yield place
            return
        for key, value in usual.items():
            yield from _unusual(found.get(key, value), value, f"{place}.{key}".lstrip("."))
    elif usual is not None and type(found) is not type(usual):
        yield place
