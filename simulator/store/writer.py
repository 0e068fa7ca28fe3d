"""The one writer of a record: batched transactions, a turn whole or not at all, a clear word when the disk is full.

Rows go into an open transaction as they come and are committed every `flush_turns` turns, and at the latest with the
first append after `flush_seconds`. A killed process loses what was not committed, never half a turn; what was
committed survives the process, and a power cut where the disk keeps what it says it has. Knows no instrument.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version as package_version
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, TypeVar

from simulator.errors import StoreError, StoreFull
from simulator.store import codec, judgements, references, tally
from simulator.store.cells import loaded_text, stored_json
from simulator.store.creation import create_record, insert_into
from simulator.store.faults import refusal, store_error, translated
from simulator.store.lock import RecordLock
from simulator.store.migrations import migrate
from simulator.store.opening import check_file, record_version
from simulator.store.records import (
    ConditionRow,
    InterviewRow,
    ItemRow,
    JudgementRow,
    JudgeRow,
    ReferenceRow,
    RespondentRow,
    RubricRow,
    RunRow,
    TurnRows,
    VerdictRow,
    respondent_name,
)
from simulator.store.session import Session, connect
from simulator.store.turns import name_of_row

Row = TypeVar("Row")
Encoded = TypeVar("Encoded", bound=tuple[Any, ...])

FLUSH_TURNS = 500

_RESPONDENT, _EXCHANGE, _ANSWER = insert_into("respondent", 9), insert_into("exchange", 25), insert_into("answer", 13)
_INTERVIEW = insert_into("interview", 4)


class Writer:
    """Writes one record; use `Writer.create` for a new run, `Writer.open` to go on with one, `close` at the end."""

    def __init__(
        self,
        path: Path,
        lock: RecordLock,
        kind: str,
        *,
        version: str | None,
        flush_turns: int,
        flush_seconds: float,
    ) -> None:
        """Use `create` or `open`, which take the lock and check what is there."""
        self.path = path
        self._lock = lock
        self._flush_turns = flush_turns
        self._flush_seconds = flush_seconds
        self._pending = 0
        self._flushed_at = time.monotonic()
        self._failure: StoreError | None = None
        self._is_closed = False
        self._has_new_completions = False
        with translated(path):
            self._connection = connect(path)
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._session = Session(self._connection, kind, version or package_version("voxpop"))
            except BaseException:
                self._connection.close()
                raise

    @classmethod
    def create(
        cls,
        path: Path,
        run: RunRow,
        conditions: Sequence[ConditionRow],
        items: Sequence[ItemRow],
        *,
        may_replace: Callable[[], bool] = lambda: False,
        version: str | None = None,
        flush_turns: int = FLUSH_TURNS,
        flush_seconds: float = 0.5,
    ) -> Writer:
        """A new record at `path` with its design; it appears whole or not at all.

        `may_replace` is asked, while nobody else can write, whether a record that is there may go. Raises StoreError
        if it may not, StoreBusy if another process is writing at `path`, StoreFull if there is no room.
        """
        path = path.resolve()
        with translated(path):
            lock = RecordLock(path)
        try:
            create_record(path, run, conditions, items, replace=path.exists() and may_replace())
            return cls(path, lock, "run", version=version, flush_turns=flush_turns, flush_seconds=flush_seconds)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        kind: str = "resume",
        version: str | None = None,
        flush_turns: int = FLUSH_TURNS,
        flush_seconds: float = 0.5,
    ) -> Writer:
        """The existing record at `path`, brought up to this voxpop's version.

        `kind` says what for (resume, judge, reference). Raises StoreBusy naming the process that is writing to it,
        StoreNewer, StoreCorrupt, StoreFull.
        """
        path = path.resolve()
        check_file(path)
        with translated(path):
            lock = RecordLock(path)
        try:
            with translated(path):
                connection = connect(path)
                try:
                    record_version(connection, path)
                    migrate(connection)
                finally:
                    connection.close()
            return cls(path, lock, kind, version=version, flush_turns=flush_turns, flush_seconds=flush_seconds)
        except BaseException:
            lock.release()
            raise

    def note_changes(self, changes: Mapping[str, Any]) -> None:
        """Record what this session does otherwise than the spec says; no secrets."""
        self._check_usable()
        with translated(self.path):
            self._session.note_changes(stored_json(changes))

    def append_respondents(self, rows: Iterable[RespondentRow]) -> None:
        """Add respondents; one that is there already with the same content is left alone.

        Not committed by itself, so that a respondent and the turn that follows it are committed together. Raises
        StoreError if a respondent of that number is there with other content.
        """
        for row in rows:
            stored = self._encode(codec.stored_respondent, row)
            self._begin()
            try:
                self._connection.execute(_RESPONDENT, stored)
            except sqlite3.IntegrityError as error:
                self._check_same_respondent(stored, error)
            except sqlite3.OperationalError as error:
                self._fail(error)

    def append_turn(self, turn: TurnRows) -> None:
        """Add the calls of a turn and its answers, together or not at all; StoreError if they are there already."""
        answers = [self._encode(codec.stored_answer, answer) for answer in turn.answers]
        exchanges = [self._encode(codec.stored_exchange, row) for row in turn.exchanges]
        self._begin()
        execute, written = self._connection.execute, list[tuple[str, int]]()
        try:
            for respondent in dict.fromkeys(row[1] for row in (*answers, *exchanges)):
                execute(tally.FORGET, (respondent,))
            for answer in answers:
                execute(_ANSWER, answer)
                written.append(("answer", answer[0]))
            for exchange in exchanges:
                execute(_EXCHANGE, exchange)
                written.append(("exchange", exchange[0]))
        except sqlite3.OperationalError as error:
            self._fail(error)
        except BaseException as error:
            for table, row_id in written:
                execute(f"DELETE FROM {table} WHERE id = ?", (row_id,))
            if isinstance(error, sqlite3.IntegrityError):
                raise refusal(self.path, name_of_row(turn, len(written)), error) from error
            raise
        if not self._has_new_completions:
            self._note_new_completions()
        self._count()

    def append_interview(self, row: InterviewRow) -> None:
        """Add how an interview ended; StoreError if that is recorded already."""
        stored = self._encode(codec.stored_interview, row)
        self._begin()
        try:
            self._connection.execute(tally.COUNT, (row.respondent,))
        except sqlite3.OperationalError as error:
            self._fail(error)
        self._append(_INTERVIEW, stored, f"the end of the interview with {respondent_name(row.respondent)}")

    def append_verdicts(self, rows: Iterable[VerdictRow]) -> None:
        """Add verdicts; StoreError if the same verdict of the same judge on the same exchange is there already."""
        for row in rows:
            stored = self._encode(judgements.stored_verdict, row)
            self._append(judgements.VERDICT, stored, judgements.named_verdict(row.key))

    def append_rubric(self, row: RubricRow) -> None:
        """Add a rubric; one that is there already with the same content is left alone, StoreError if it differs."""
        self._append_named("rubric", self._encode(judgements.stored_rubric, row))

    def append_judge(self, row: JudgeRow) -> None:
        """Add a judge; one that is there already with the same content is left alone, StoreError if it differs."""
        self._append_named("judge", self._encode(judgements.stored_judge, row))

    def append_judgement(self, call: JudgementRow, verdict: VerdictRow | None) -> None:
        """Add one call to a judge and the verdict it led to, together or not at all; StoreError if either is there."""
        judgement = self._encode(judgements.stored_judgement, call)
        stored = None if verdict is None else self._encode(judgements.stored_verdict, verdict)
        what = f"call {call.number} for {judgements.named_verdict(call.key)}"
        self._begin()
        try:
            judgements.add_judgement(self._connection, self.path, what, judgement, stored)
        except sqlite3.OperationalError as error:
            self._fail(error)
        self._count()

    def append_reference(self, row: ReferenceRow) -> None:
        """Add a human reference with all its cells; one that is there with the same content is left alone.

        Committed at once. Raises StoreError if a reference of that id is there with other content.
        """
        self._check_usable()
        stored = self._encode(references.stored_reference, row)
        self._begin()
        try:
            references.add_reference(self._connection, self.path, stored)
        except sqlite3.OperationalError as error:
            self._fail(error)
        self.flush()

    def flush(self) -> None:
        """Commit what was appended, so that readers see it and nothing can lose it."""
        self._check_usable()
        if self._connection.in_transaction:
            try:
                self._connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self._fail(error)
        self._pending = 0
        self._flushed_at = time.monotonic()

    def close(self, outcome: str = "closed", detail: str | None = None) -> None:
        """Commit, note `outcome` and why (`detail`), bring the word index up to date, let go; again does nothing.

        Raises StoreFull if the last rows find no room. After an earlier StoreFull it only tries to note the outcome:
        where even that finds no room the session has none, as after a kill.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            if self._failure is None:
                self.flush()
                with translated(self.path):
                    self._session.end(outcome, detail)
                # The record is whole without its word index; a reader then makes its own.
                with suppress(StoreFull), translated(self.path):
                    self._session.index_completions()
            else:
                with suppress(sqlite3.OperationalError):
                    self._session.end(outcome, detail)
            self._session.leave_one_file()
        finally:
            self._failure = StoreError(f"{self.path}: this writer is closed; open the record again to go on")
            self._connection.close()
            self._lock.release()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close("closed" if error is None else "failed")

    def _encode(self, encode: Callable[[Row], Encoded], row: Row) -> Encoded:
        try:
            return encode(row)
        except ValueError as error:
            raise StoreError(
                f"{self.path}: {row!r:.300} cannot be stored ({error}); nothing of it was written"
            ) from error

    def _check_usable(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        self._check_usable()
        if not self._connection.in_transaction:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                self._fail(error)

    def _append(self, statement: str, stored: codec.Stored, what: str) -> None:
        """One row on its own; `what` names it in a refusal."""
        self._begin()
        try:
            self._connection.execute(statement, stored)
        except sqlite3.IntegrityError as error:
            raise refusal(self.path, what, error) from error
        except sqlite3.OperationalError as error:
            self._fail(error)
        self._count()

    def _append_named(self, table: str, stored: codec.Stored) -> None:
        """A rubric or a judge, unless the same is there already."""
        self._begin()
        try:
            judgements.add_named(self._connection, self.path, table, stored)
        except sqlite3.OperationalError as error:
            self._fail(error)
        self._count()

    def _count(self) -> None:
        """Commit if enough has come together, or the last commit is long ago."""
        self._pending += 1
        if self._pending >= self._flush_turns or time.monotonic() - self._flushed_at >= self._flush_seconds:
            self.flush()

    def _fail(self, error: sqlite3.Error) -> NoReturn:
        """Take back what was not committed and refuse to go on: the caller would believe in a gap that is none."""
        if self._connection.in_transaction:
            with suppress(sqlite3.OperationalError):
                self._connection.execute("ROLLBACK")
        self._failure = store_error(error, self.path)
        raise self._failure from error

    def _check_same_respondent(self, stored: codec.Stored, error: sqlite3.IntegrityError) -> None:
        """Leave an equal row alone; another one under the same number means another population."""
        name = respondent_name(stored[0])
        select = "SELECT * FROM respondent WHERE number = ?"
        found = self._connection.execute(select, (stored[0],)).fetchone()
        if found is None:
            raise refusal(self.path, f"respondent {name}", error) from error
        if found != stored:
            raise StoreError(
                f"{self.path}: respondent {name} is recorded as persona {loaded_text(found[1])!r} with other "
                "facts than those given now; resume with the population and seed that the run was started with"
            ) from error

    def _note_new_completions(self) -> None:
        """From here on the word index lags behind; part of the transaction that makes it so."""
        try:
            self._session.note_new_completions()
        except sqlite3.OperationalError as error:
            self._fail(error)
        self._has_new_completions = True
