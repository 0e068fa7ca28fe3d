"""A panel of judges at work: judgements under way at once, every call recorded, stopped and gone on with without loss.

A fixed number of workers takes judgements from a queue. Until a judge's first reply only one worker asks it; a judge
whose engine is gone is left out, and the others go on. A spent budget stops all of them. Knows no rubric file, record
file, terminal or clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.budget import Budget, BudgetSpent
from simulator.engines.base import Engine
from simulator.errors import EngineError, EngineRefused
from simulator.first_contact import REFUSED_IN_A_ROW
from simulator.graphs.judge import Services, judge_once
from simulator.judges.judging import JUDGE_SETTINGS, Judging, Standing
from simulator.messages import Settings
from simulator.metered import MeteredEngine
from simulator.store.records import JudgementRow, VerdictRow

FAILED_IN_A_ROW = 8
"""After so many judgements left open with no reply in between, a judge's engine counts as gone."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges: the name that verdicts carry, the engine that answers, how it decodes, and what the record is to say
    of the engine besides.
    """

    name: str
    engine: Engine
    settings: Settings = JUDGE_SETTINGS
    options: Mapping[str, Any] = field(default_factory=dict)


class OpenJudgement(NamedTuple):
    """A judgement to be made, from where the record left it."""

    judging: Judging
    standing: Standing


@dataclass(slots=True)
class PanelTally:
    """What has happened so far; read by whoever shows progress."""

    expected: int = 0
    done: int = 0
    done_before: int = 0
    calls: int = 0
    failed_calls: int = 0
    by_status: dict[str, int] = field(default_factory=dict)
    last_failure: str = ""
    budget: Budget | None = None

    def count(self, call: JudgementRow, verdict: VerdictRow | None) -> None:
        """Take one recorded call into account."""
        self.calls += 1
        self.failed_calls += call.error_kind is not None
        if verdict is not None:
            self.done += 1
            self.by_status[verdict.status] = self.by_status.get(verdict.status, 0) + 1


@dataclass(frozen=True, slots=True)
class PanelOutcome:
    """How the panel's work ended: judges that are gone with the reason, and what a budget stopped."""

    n_verdicts: int
    n_open: int
    gone: Mapping[str, EngineError]
    last_failure: EngineError | None = None
    stopped_by: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every judgement has its verdict."""
        return self.n_open == 0


class _Seat:
    """One judge at work: whether its engine has ever answered, and whether it still does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_met = False
        self.gone: EngineError | None = None
        self.n_failed = 0
        self.n_refused = 0
        self.door = asyncio.Lock()


class Panel:
    """Judges what it is given, `concurrency` judgements at a time; `sink` takes every call with its verdict."""

    def __init__(
        self,
        judges: Sequence[Judge],
        sink: Callable[[JudgementRow, VerdictRow | None], None],
        *,
        concurrency: int = 16,
        budget: Budget | None = None,
        tally: PanelTally | None = None,
    ) -> None:
        self._budget = budget if budget is not None and budget.limits.is_set else None
        self._judges = judges
        self._sink = sink
        self._concurrency = concurrency
        self._seats: dict[str, _Seat] = {}
        self._last_failure: EngineError | None = None
        self._is_stopped = False
        self.tally = tally or PanelTally()
        self.tally.budget = self._budget

    async def run(self, work: Iterator[OpenJudgement], expected: int) -> PanelOutcome:
        """Make the `expected` judgements that `work` yields; it is drawn from only as fast as they are made.

        Failures leave judgements open and are recorded. Raises StoreError, and any bug.
        """
        self._seats = {judge.name: _Seat(self._metered(judge.engine)) for judge in self._judges}
        before, self.tally.expected = self.tally.done, expected

        async def worker() -> None:
            for judgement in work:
                if self._is_stopped or all(seat.gone for seat in self._seats.values()):
                    return
                await self._judge(judgement)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, min(self._concurrency, expected))):
                    group.create_task(worker())
        except* Exception as errors:
            raise _first(errors) from None
        made = self.tally.done - before
        gone = {name: seat.gone for name, seat in self._seats.items() if seat.gone is not None}
        stopped_by = self._budget.stopped_by if self._budget is not None else None
        return PanelOutcome(made, expected - made, gone, self._last_failure, stopped_by)

    def _metered(self, engine: Engine) -> Engine:
        return engine if self._budget is None else MeteredEngine(engine, self._budget)

    async def _judge(self, judgement: OpenJudgement) -> None:
        seat = self._seats[judgement.judging.judge]
        if seat.is_met:
            await self._ask(seat, judgement)
            return
        async with seat.door:
            if not seat.is_met:
                await self._ask(seat, judgement)
                return
        await self._ask(seat, judgement)

    async def _ask(self, seat: _Seat, judgement: OpenJudgement) -> None:
        """One judgement; what fails leaves it open."""
        if seat.gone is not None or self._is_stopped:
            return

        def sink(call: JudgementRow, verdict: VerdictRow | None) -> None:
            self._sink(call, verdict)
            self.tally.count(call, verdict)
            if call.completion is not None:
                seat.is_met, seat.n_failed = True, 0
            elif verdict is not None and not seat.is_met:
                seat.n_refused += 1

        try:
            failure = await judge_once(Services(judgement.judging, seat.engine, sink), judgement.standing)
        except BudgetSpent:
            self._is_stopped = True
            return
        except EngineError as error:  # it ends the work of this judge, and of nobody else
            failure, seat.gone = error, error
        if failure is not None:
            seat.n_failed += 1
            self._last_failure, self.tally.last_failure = failure, str(failure)
            if seat.n_failed >= FAILED_IN_A_ROW or not seat.is_met:
                seat.gone = failure
        elif seat.n_refused >= REFUSED_IN_A_ROW and not seat.is_met:
            # Every request so far was refused: it is not about single replies, and each costs one its verdict.
            words = f"judge {judgement.judging.judge!r}: all {seat.n_refused} requests so far were refused"
            seat.gone = EngineRefused(f"{words}; see what was said: voxpop show RUN RESPONDENT --verdicts", fatal=True)


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    """The first plain exception of a group of groups."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
