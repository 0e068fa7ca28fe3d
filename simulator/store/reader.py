"""Reading a record: read-only, also while a run is writing to it, in bounded memory.

Every method sees what was committed when it was called. Knows no instrument: items are JSON, answers are codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.errors import RunSpecError
from simulator.store import codec, judgements, references
from simulator.store.cells import loaded_text, stored_text
from simulator.store.failed_tries import FailedTries, count_failed_tries
from simulator.store.faults import damaged, reading
from simulator.store.filters import matching
from simulator.store.opening import read_only
from simulator.store.progress import (
    CallCounts,
    ConditionProgress,
    RoleCounts,
    RunProgress,
    count_calls,
    count_calls_by_role,
    count_progress,
)
from simulator.store.records import (
    EXCHANGES_PER_RESPONDENT,
    AnswerRow,
    ConditionRow,
    ExchangeRow,
    InterviewRow,
    ItemRow,
    JudgementRow,
    JudgeRow,
    ReferenceRow,
    RespondentRow,
    RubricRow,
    RunRow,
    SessionRow,
    TurnRows,
    VerdictRow,
    exchange_id,
    respondent_name,
)
from simulator.store.search import Search, SearchHit
from simulator.store.turns import group_turns

if TYPE_CHECKING:
    from numpy.typing import NDArray  # heavy, and only arrays need it: `simulator.store.columns` is imported where used

__all__ = ["CallCounts", "ConditionProgress", "Reader", "RoleCounts", "RunProgress", "SearchHit"]

BATCH = 100_000
BASIC = ("respondent", "item", "status", "code", "condition", "weight")
"""The columns of `answer_columns`, unless others are asked for."""

Row = TypeVar("Row")


class Reader:
    """Reads one record. Raises StoreCorrupt, StoreNewer or StoreError if there is none that it can read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = read_only(path)
        self._search = Search(self._connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        with reading(self.path):
            yield from self._connection.execute(statement, values)

    def _loaded(self, load: Callable[[Any], Row], statement: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows found, each as `load` reads it; StoreCorrupt for a row that it cannot read."""
        with reading(self.path):
            yield from map(load, self._connection.execute(statement, values))

    # ---- the design ------------------------------------------------------------------------------------------------

    def run(self) -> RunRow:
        """The run: its spec, manifest, seed and instrument."""
        for row in self._loaded(codec.loaded_run, "SELECT * FROM run"):
            return row
        raise damaged(self.path, "table run is empty")

    def sessions(self) -> list[SessionRow]:
        """Every time that somebody wrote to the record, in order."""
        return list(self._loaded(codec.loaded_session, "SELECT * FROM session ORDER BY id"))

    def conditions(self) -> list[ConditionRow]:
        """The arms, by id."""
        return list(self._loaded(codec.loaded_condition, "SELECT * FROM condition ORDER BY id"))

    def items(self) -> list[ItemRow]:
        """The items in the instrument's order."""
        return list(self._loaded(codec.loaded_item, "SELECT * FROM item ORDER BY position"))

    # ---- respondents -----------------------------------------------------------------------------------------------

    def respondents(
        self,
        *,
        strategy: str | None = None,
        condition: int | None = None,
        disposition: str | None = None,
        status: str | None = None,
        text: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Iterator[RespondentRow]:
        """Respondents by number, those that meet every filter given.

        `disposition` "open" means not ended; `status`: at least one answer has it; `text` occurs, as it stands, in the
        persona (id, texts, attributes) or in a completion, upper and lower case being the same for unaccented letters.
        """
        where, values = matching(strategy, condition, disposition, status, text)
        statement = f"SELECT * FROM respondent WHERE {where} ORDER BY number LIMIT ? OFFSET ?"
        return self._loaded(codec.loaded_respondent, statement, [*values, -1 if limit is None else limit, offset])

    def count_respondents(
        self,
        *,
        strategy: str | None = None,
        condition: int | None = None,
        disposition: str | None = None,
        status: str | None = None,
        text: str | None = None,
    ) -> int:
        """How many `respondents` there are with these filters."""
        where, values = matching(strategy, condition, disposition, status, text)
        (count,) = next(self._rows(f"SELECT count(*) FROM respondent WHERE {where}", values))
        return int(count)

    def respondent_number(self, name: str | int) -> int:
        """The number of respondent "r0042" (or "42", or 42); RunSpecError if the record has none such."""
        found = re.fullmatch(r"r?([0-9]{1,18})", str(name).strip())
        if found:
            number = int(found[1])
            for _ in self._rows("SELECT 1 FROM respondent WHERE number = ?", (number,)):
                return number
        bounds = next(self._rows("SELECT min(number), max(number) FROM respondent"))
        held = "none yet" if bounds[0] is None else f"{respondent_name(bounds[0])} to {respondent_name(bounds[1])}"
        raise RunSpecError(f"there is no respondent {str(name)!r} in {self.path}; it holds {held}")

    def respondent(self, name: str | int) -> RespondentRow:
        """The respondent of this name or number; RunSpecError if the record has none such."""
        number = self.respondent_number(name)
        return next(self._loaded(codec.loaded_respondent, "SELECT * FROM respondent WHERE number = ?", (number,)))

    def strategies(self) -> list[str]:
        """The persona strategies among the respondents, sorted."""
        return sorted(loaded_text(name) for (name,) in self._rows("SELECT DISTINCT strategy FROM respondent"))

    def not_applied(self) -> dict[str, int]:
        """Of the decoding settings drawn for respondents, those that the engine cannot do: name → how many drew it."""
        named = "json_each(CAST(respondent.settings AS TEXT), '$.not_applied') AS one"
        where = "WHERE respondent.settings IS NOT NULL GROUP BY 1 ORDER BY 1"
        return dict(self._rows(f"SELECT one.value, count(*) FROM respondent, {named} {where}"))

    def respondent_columns(self) -> dict[str, NDArray[Any]]:
        """Arrays over all respondents by number: number, condition (integers), weight, memory_length (floats, nan =
        unbounded), strategy, persona_id, settings (JSON, None where nothing was drawn).
        """
        from simulator.store.columns import respondent_columns

        with reading(self.path):
            return respondent_columns(self._connection)

    # ---- interviews ------------------------------------------------------------------------------------------------

    def turns(self, name: str | int) -> tuple[TurnRows, ...]:
        """Everything asked of one respondent and what was understood of it, in order."""
        number = self.respondent_number(name)
        return self._turns_of(number)

    def _turns_of(self, number: int) -> tuple[TurnRows, ...]:
        with reading(self.path):
            return group_turns(self.exchanges(number), list(self.answers(number)))

    def exchanges(self, respondent: int | None = None) -> Iterator[ExchangeRow]:
        """Calls in the order of respondents and numbers: of one respondent (by number), or of all."""
        where, values = ("", ()) if respondent is None else (_OF_ONE, _id_range(respondent))
        return self._loaded(codec.loaded_exchange, f"SELECT * FROM exchange {where} ORDER BY id", values)

    def answers(self, respondent: int | None = None) -> Iterator[AnswerRow]:
        """Answers in the order of respondents and items: of one respondent (by number), or of all."""
        where, values = ("", ()) if respondent is None else (_OF_ONE, _id_range(respondent))
        return self._loaded(codec.loaded_answer, f"SELECT * FROM answer {where} ORDER BY id", values)

    def answered_items(self, respondent: int) -> set[int]:
        """Positions of the items that this respondent has an answer to, whatever its status."""
        return {item for (item,) in self._rows(f"SELECT item FROM answer {_OF_ONE}", _id_range(respondent))}

    def interviews(self) -> list[InterviewRow]:
        """How interviews ended, by respondent."""
        return list(self._loaded(codec.loaded_interview, "SELECT * FROM interview ORDER BY respondent"))

    def interview(self, respondent: int) -> InterviewRow | None:
        """How the interview of this respondent (by number) ended; None while it is open."""
        statement = "SELECT * FROM interview WHERE respondent = ?"
        return next(self._loaded(codec.loaded_interview, statement, (respondent,)), None)

    def finished(self) -> set[int]:
        """Numbers of the respondents whose interview has ended."""
        return {number for (number,) in self._rows("SELECT respondent FROM interview")}

    def respondents_open(self) -> Iterator[tuple[RespondentRow, tuple[TurnRows, ...]]]:
        """What a resumed run needs: each respondent recorded whose interview has not ended, and their turns so far."""
        statement = "SELECT * FROM respondent WHERE number NOT IN (SELECT respondent FROM interview) ORDER BY number"
        for row in self._loaded(codec.loaded_respondent, statement):
            yield row, self._turns_of(row.number)

    # ---- verdicts --------------------------------------------------------------------------------------------------

    def verdicts(self, *, rubric: str | None = None, respondent: int | None = None) -> Iterator[VerdictRow]:
        """Verdicts in the order of respondents and exchanges, of one rubric or respondent if given."""
        return self._judged(judgements.loaded_verdict, "verdict", "criterion", rubric, respondent)

    def judgements(self, *, rubric: str | None = None, respondent: int | None = None) -> Iterator[JudgementRow]:
        """Calls to judges in the order of the verdicts they were made for, of one rubric or respondent if given."""
        return self._judged(judgements.loaded_judgement, "judgement", "criterion, number", rubric, respondent)

    def _judged(
        self, load: Callable[[Any], Row], table: str, last: str, rubric: str | None, respondent: int | None
    ) -> Iterator[Row]:
        conditions, values = ["1"], list[Any]()
        if rubric is not None:
            conditions.append("rubric = ?")
            values.append(stored_text(rubric))
        if respondent is not None:
            conditions.append("respondent = ?")
            values.append(respondent)
        where = " AND ".join(conditions)
        order = f"respondent, exchange, rubric, judge, repeat, {last}"
        return self._loaded(load, f"SELECT * FROM {table} WHERE {where} ORDER BY {order}", values)

    def rubrics(self) -> list[str]:
        """The rubrics that anything was judged by, sorted."""
        return sorted(loaded_text(name) for (name,) in self._rows("SELECT DISTINCT rubric FROM verdict"))

    def rubric(self, name: str) -> RubricRow | None:
        """The rubric of this name as it was recorded; None where it was not."""
        statement = "SELECT * FROM rubric WHERE name = ?"
        return next(self._loaded(judgements.loaded_rubric, statement, (stored_text(name),)), None)

    def judges(self) -> list[JudgeRow]:
        """Everybody who judged, by name."""
        return list(self._loaded(judgements.loaded_judge, "SELECT * FROM judge ORDER BY name"))

    # ---- human answers ---------------------------------------------------------------------------------------------

    def references(self) -> list[ReferenceRow]:
        """The human references put beside the run, in the order of their adding, with all their cells."""
        with reading(self.path):
            return references.load_references(self._connection)

    # ---- counting and finding --------------------------------------------------------------------------------------

    def progress(self) -> RunProgress:
        """How far the run is: expected and recorded, by status, by disposition and by condition."""
        with reading(self.path):
            return count_progress(self._connection)

    def calls(self) -> CallCounts:
        """How many calls were made, which failed and why, and the tokens they cost."""
        with reading(self.path):
            return count_calls(self._connection)

    def calls_by_role(self) -> tuple[RoleCounts, ...]:
        """The calls and tokens of every role in every arm; reads every exchange, so a large record takes seconds."""
        with reading(self.path):
            return count_calls_by_role(self._connection)

    def failed_tries(self) -> tuple[FailedTries, ...]:
        """Tries that failed, by fault, also where a later one of the same call succeeded."""
        with reading(self.path):
            return count_failed_tries(self._connection)

    def search(self, query: str, *, limit: int = 100) -> list[SearchHit]:
        """Completions (the first sample) that hold every word of `query`; see `simulator.store.search`."""
        with reading(self.path):
            return list(self._search.find(query, limit))

    def answer_batches(self, columns: Sequence[str] = BASIC, *, size: int = BATCH) -> Iterator[dict[str, NDArray[Any]]]:
        """Answers as arrays, `size` at a time, in the order of respondents and items.

        Columns: respondent (number), item (position), exchange (number, nan if none), status (index into
        ANSWER_STATUSES), code (the first, nan if none), option_mass (nan if none), the respondent's condition and
        weight, and as stored, None where there is nothing: codes (JSON list, if several), text, reason, probabilities
        (JSON object), truncated (JSON list).
        """
        from simulator.store.columns import column_batches

        with reading(self.path):
            yield from column_batches(self._connection, columns, size)

    def has_probabilities(self) -> bool:
        """Whether any answer has probabilities, as a probe takes them."""
        return any(True for _ in self._rows("SELECT 1 FROM answer WHERE probabilities IS NOT NULL LIMIT 1"))

    def answer_columns(self, columns: Sequence[str] = BASIC) -> dict[str, NDArray[Any]]:
        """All answers as arrays; see `answer_batches`."""
        from simulator.store.columns import joined

        return joined(self.answer_batches(columns), columns)


_OF_ONE = "WHERE id BETWEEN ? AND ?"


def _id_range(respondent: int) -> tuple[int, int]:
    """The first and last id that an exchange or answer of this respondent can have."""
    first = exchange_id(respondent, 0)
    return first, first + EXCHANGES_PER_RESPONDENT - 1
