"""How the tables of a record came to be: numbered migrations, only ever appended to.

A migration and its entry in table `migration` are one transaction. The file carries voxpop's application id and, as
`user_version`, the number of its last migration. Knows no rows; telling a record from another file is `opening`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.store import tally
from simulator.store.views import VIEWS

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x56785070
"""The letters "VxPp" in the header of every record."""

Columns = dict[str, type]


class Migration(NamedTuple):
    """One step of the schema: `apply` is run once, inside a transaction."""

    number: int
    name: str
    apply: Callable[[Database], None]


def _create_design_tables(db: Database) -> None:
    """What is fixed before the first question: the run, its conditions and items, who was drawn."""
    run: Columns = {"id": int, "name": str, "seed": int, "spec": str, "manifest": str, "instrument": str}
    run |= {"instrument_hash": str, "n_respondents": int}
    db.create_table("run", run, pk="id", not_null=set(run) - {"id"})
    session: Columns = {"id": int, "kind": str, "version": str, "started_at": str, "ended_at": str, "outcome": str}
    session |= {"is_searchable": int}
    db.create_table("session", session, pk="id", not_null={"kind", "version", "started_at", "is_searchable"})
    db.create_table("condition", {"id": int, "settings": str}, pk="id", not_null={"settings"})
    item: Columns = {"position": int, "item_id": str, "content": str, "content_hash": str}
    db.create_table("item", item, pk="position", not_null={"item_id", "content", "content_hash"})
    respondent: Columns = {"number": int, "persona_id": str, "condition": int, "strategy": str, "attributes": str}
    respondent |= {"persona_texts": str, "weight": float, "memory_length": int}
    db.create_table(
        "respondent",
        respondent,
        pk="number",
        not_null=set(respondent) - {"number", "memory_length"},
        foreign_keys=[("condition", "condition", "id")],
    )


def _create_interview_tables(db: Database) -> None:
    """What grows while people are asked."""
    exchange: Columns = {"id": int, "respondent": int, "number": int, "item": int, "condition": int, "try_number": int}
    exchange |= {"remembered": str, "option_order": str, "labels": str, "prompt_hash": int, "completion": str}
    exchange |= {"samples": str, "positions": str, "finish_reason": str, "prompt_tokens": int}
    exchange |= {"completion_tokens": int, "latency_seconds": float, "attempts": int, "error_kind": str}
    exchange |= {"error": str, "settings": str, "role": str}
    db.create_table(
        "exchange",
        exchange,
        pk="id",
        not_null={"respondent", "number", "condition", "try_number", "prompt_hash", "attempts"},
        foreign_keys=[
            ("respondent", "respondent", "number"),
            ("item", "item", "position"),
            ("condition", "condition", "id"),
        ],
    )
    answer: Columns = {
        "id": int,
        "respondent": int,
        "item": int,
        "exchange": int,
        "status": str,
        "code": int,
        "codes": str,
    }
    answer |= {"text": str, "reason": str, "probabilities": str, "option_mass": float, "truncated": str}
    db.create_table(
        "answer",
        answer,
        pk="id",
        not_null={"respondent", "item", "status"},
        foreign_keys=[("respondent", "respondent", "number"), ("item", "item", "position")],
    )
    db.create_table(
        "interview",
        {"respondent": int, "disposition": str, "n_items": int, "n_answered": int},
        pk="respondent",
        not_null={"disposition", "n_items", "n_answered"},
        foreign_keys=[("respondent", "respondent", "number")],
    )
    verdict: Columns = {
        "respondent": int,
        "exchange": int,
        "rubric": str,
        "judge": str,
        "repeat": int,
        "criterion": str,
    }
    db.create_table(
        "verdict",
        verdict | {"rationale": str, "label": str, "status": str, "completion": str},
        pk=tuple(verdict),
        not_null=set(verdict) | {"rationale", "status"},
        foreign_keys=[("respondent", "respondent", "number")],
    )


def _first(db: Database) -> None:
    _create_design_tables(db)
    _create_interview_tables(db)
    # Filled at the end of a session, not row by row: 2 instead of 8 microseconds per completion, and a resumed run
    # then has the same index as an uninterrupted one.
    db.table("exchange").enable_fts(["completion"], fts_version="FTS5", tokenize="unicode61 remove_diacritics 2")
    for name, select in VIEWS.items():
        db.create_view(name, select)


def _why_it_failed_and_ended(db: Database) -> None:
    db.execute("ALTER TABLE exchange ADD COLUMN failed_tries TEXT")
    db.execute("ALTER TABLE session ADD COLUMN detail TEXT")
    db.execute("ALTER TABLE session ADD COLUMN changes TEXT")


def _tally(db: Database) -> None:
    db.create_table("tally", tally.COLUMNS, pk="respondent", not_null=set(tally.COLUMNS) - {"respondent", "failures"})
    for (respondent,) in db.execute("SELECT respondent FROM interview ORDER BY respondent").fetchall():
        db.execute(tally.COUNT, [respondent])
    # Failed tries are few: finding them is not to mean reading every exchange.
    db.execute("CREATE INDEX exchange_failed_tries ON exchange (failed_tries) WHERE failed_tries IS NOT NULL")


def _references(db: Database) -> None:
    reference: Columns = {"id": str, "title": str, "source": str, "year": int, "licence": str, "is_weighted": int}
    reference |= {"notes": str}
    required = {"title", "source", "licence", "is_weighted", "notes"}
    db.create_table("reference", reference, pk="id", not_null=required | {"id"})
    cell: Columns = {"reference": str, "number": int, "item": str, "country": str, "group_name": str, "shares": str}
    cell |= {"n": float, "n_missing": float, "is_multiple": int, "note": str}
    db.create_table(
        "reference_cell",
        cell,
        pk=("reference", "number"),
        not_null=set(cell) - {"n", "n_missing", "note"},
        foreign_keys=[("reference", "reference", "id")],
    )


def _judgements(db: Database) -> None:
    rubric: Columns = {"name": str, "content_hash": str, "content": str}
    db.create_table("rubric", rubric, pk="name", not_null={"content_hash", "content"})
    db.create_table("judge", {"name": str, "content": str}, pk="name", not_null={"content"})
    key: Columns = {"respondent": int, "exchange": int, "rubric": str, "judge": str, "repeat": int, "criterion": str}
    key |= {"number": int}
    asked: Columns = {"try_number": int, "language": str, "labels": str, "prompt_hash": int}
    came: Columns = {"completion": str, "finish_reason": str, "prompt_tokens": int, "completion_tokens": int}
    came |= {"latency_seconds": float, "attempts": int, "failed_tries": str, "error_kind": str, "error": str}
    db.create_table(
        "judgement",
        key | asked | came,
        pk=tuple(key),
        not_null=set(key) | set(asked) | {"attempts"},
        foreign_keys=[
            ("respondent", "respondent", "number"),
            ("rubric", "rubric", "name"),
            ("judge", "judge", "name"),
        ],
    )


def _drawn_settings(db: Database) -> None:
    db.execute("ALTER TABLE respondent ADD COLUMN settings TEXT")


def _batteries(db: Database) -> None:
    db.execute("ALTER TABLE exchange ADD COLUMN listed TEXT")


def _scores(db: Database) -> None:
    db.execute("ALTER TABLE exchange ADD COLUMN scored TEXT")
    db.execute("ALTER TABLE answer ADD COLUMN probed TEXT")


MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "run, session, condition, item, respondent, exchange, answer", _first),
    Migration(2, "exchange.failed_tries, session.detail, session.changes", _why_it_failed_and_ended),
    Migration(3, "tally, index of exchange.failed_tries", _tally),
    Migration(4, "reference, reference_cell", _references),
    Migration(5, "rubric, judge, judgement", _judgements),
    Migration(6, "respondent.settings", _drawn_settings),
    Migration(7, "exchange.listed", _batteries),
    Migration(8, "exchange.scored, answer.probed", _scores),
)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Apply the migrations that the record at the other end of `connection` lacks, each in a transaction."""
    from sqlite_utils import Database  # heavy, and needed only where a schema is built

    db = Database(connection, recursive_triggers=False, execute_plugins=False)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for migration in migrations:
        if migration.number <= version:
            continue
        with db.atomic():
            if migration.number == 1:
                db.create_table("migration", {"number": int, "name": str}, pk="number", not_null={"name"})
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migration.apply(db)
            db.execute("INSERT INTO migration (number, name) VALUES (?, ?)", [migration.number, migration.name])
            db.execute(f"PRAGMA user_version = {migration.number}")
