"""Fieldwork: many interviews at once, every turn recorded, stopped and resumed without loss.

A fixed number of interviewers takes respondents from a queue, so memory stays flat however many there are; until the
first reply only one of them asks. An interview that breaks off for a reason that may pass (no connection, throttling,
garbled replies) is taken up again in a later pass; a reason that cannot pass ends the run, and a spent budget stops it.
Knows no spec file, terminal or clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from simulator.budget import Budget, BudgetSpent
from simulator.conducting import conduct, respondent_rows
from simulator.engines.base import Capability, Engine, require
from simulator.errors import EngineError, MissingCapability
from simulator.first_contact import FirstContact
from simulator.graphs.respondent import Services
from simulator.interview import Interview
from simulator.metered import MeteredEngine
from simulator.persona_writing import needs_writing, write_persona
from simulator.probes.probing import probes_of
from simulator.store.records import InterviewRow, RespondentRow, TurnRows
from simulator.styles import style_named

BROKEN_OFF_IN_A_ROW = 8
"""After so many interviews broken off with no reply in between, the engine counts as gone."""
WIND_UP_SECONDS = 10.0
"""How long calls in flight may take to be recorded when an error has ended the run."""


class Record(Protocol):
    """Where rows go; `simulator.store.writer.Writer` is one."""

    def append_respondents(self, rows: Iterable[RespondentRow]) -> None:
        """Add respondents; each exactly once."""

    def append_turn(self, turn: TurnRows) -> None:
        """Add one item's calls and its answer, together or not at all."""

    def append_interview(self, row: InterviewRow) -> None:
        """Add how an interview ended."""


@dataclass(slots=True)
class Tally:
    """What has happened so far; read by whoever shows progress. Counts of this process, plus `done_before`."""

    items_expected: int = 0
    items_done: int = 0
    done_before: int = 0
    interviews_done: int = 0
    calls: int = 0
    failed_calls: int = 0
    by_status: dict[str, int] = field(default_factory=dict)
    last_failure: str = ""
    budget: Budget | None = None

    def begin(self, tasks: Sequence[Task]) -> None:
        """Take into account what there is to do, and what was done of it before."""
        self.items_expected = sum(len(task.interview.order) * len(task.interview.seats) for task in tasks)
        # A turn read back has the answers of its own respondent: one of a panel, those to every item of a battery.
        done = (len(task.interview.seats) * sum(len(turn.answers) for turn in task.turns) for task in tasks)
        self.items_done = self.done_before = sum(done)

    def count(self, turn: TurnRows) -> None:
        """Take one stored turn into account."""
        self.calls += len(turn.exchanges)
        self.failed_calls += sum(row.error_kind is not None for row in turn.exchanges)
        for answer in turn.answers:
            self.items_done += 1
            self.by_status[answer.status] = self.by_status.get(answer.status, 0) + 1


@dataclass(frozen=True, slots=True)
class Task:
    """One interview to conduct: `turns` is what the record already holds of it, `is_recorded` whether the respondent
    is (one whose persona is still being written is not). `ended` are those of a panel whose end is recorded already.
    """

    interview: Interview
    turns: tuple[TurnRows, ...] = ()
    is_recorded: bool = False
    ended: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How fieldwork ended: interviews finished and left open, and the last failure where any is open.

    `stopped_by` says in words which limit of the budget stopped it, as in "calls: 500 of 500 used".
    """

    n_finished: int
    n_open: int
    last_failure: EngineError | None
    stopped_by: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every interview was finished."""
        return self.n_open == 0


def check_capabilities(tasks: Iterable[Task], engines: Mapping[str, Engine]) -> None:
    """Raise MissingCapability before anything is asked if an engine cannot do what a condition needs."""
    for condition in {task.interview.condition for task in tasks}:
        engine = engines[condition.engine]
        probes = probes_of(condition)
        if "token-logit" in probes:
            needed = Capability.PROMPT_LOGPROBS if condition.exact_labels else Capability.TOP_LOGPROBS
            require(engine, needed, "the token-logit probe" + " with exact labels" * condition.exact_labels)
        if "sequence" in probes:
            require(engine, Capability.PROMPT_LOGPROBS, "the sequence probe")
        if condition.answer_format == "structured":
            require(engine, Capability.STRUCTURED_CHOICE, "the answer format 'structured'")
        if condition.samples > 1:
            require(engine, Capability.SAMPLING, f"samples = {condition.samples}")
        if (condition.settings.beams or 1) > 1:
            require(engine, Capability.BEAM_SEARCH, f"beams = {condition.settings.beams}")
        wording = style_named(condition.style).wording(condition.language)
        if wording.prefix_for(condition.answer_format) is not None:
            require(engine, Capability.ASSISTANT_PREFIX, f"the prompt style {condition.style!r}")
        if wording.is_raw:
            require(engine, Capability.RAW_COMPLETION, f"the prompt style {condition.style!r}")


class Fieldwork:
    """Conducts interviews with `concurrency` of them under way at a time."""

    def __init__(
        self,
        engines: Mapping[str, Engine],
        record: Record,
        *,
        concurrency: int = 32,
        passes: int = 3,
        tally: Tally | None = None,
        on_turn: Callable[[TurnRows], None] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._budget = budget if budget is not None and budget.limits.is_set else None
        self._engines = dict(engines)
        if self._budget is not None:
            self._engines = {name: MeteredEngine(engine, self._budget) for name, engine in engines.items()}
        self._record = record
        self._concurrency = concurrency
        self._passes = passes
        self._on_turn = on_turn
        self._broken_in_a_row = 0
        self._contact = FirstContact()
        self._ended_by: EngineError | None = None
        self._interviewers: set[asyncio.Task[None]] = set()
        self.tally = tally or Tally()
        self.tally.budget = self._budget

    async def run(self, tasks: Sequence[Task]) -> Outcome:
        """Conduct every interview of `tasks`; returns how many were finished and how many stay open.

        A spent budget is no error: calls in flight finish and are recorded, no further one starts. Raises the
        EngineError that says the engine is gone or cannot serve the run, and any StoreError; whatever was answered
        before is recorded.
        """
        check_capabilities(tasks, self._engines)
        self.tally.begin(tasks)
        self._contact = FirstContact(turn for task in tasks for turn in task.turns)
        left, failure, finished = list(tasks), None, 0
        for _ in range(self._passes):
            open_tasks, failure = await self._one_pass(left)
            finished += len(left) - len(open_tasks)
            if not open_tasks:
                self._contact.check()
                return Outcome(finished, 0, None)
            left = open_tasks
            if self._is_stopped:
                self._check_reported()
                break
        return Outcome(finished, len(left), failure, self._budget.stopped_by if self._budget is not None else None)

    @property
    def _is_stopped(self) -> bool:
        is_spent = self._budget is not None and self._budget.stopped_by is not None
        return is_spent or self._ended_by is not None

    def _check_reported(self) -> None:
        """Raise MissingCapability where tokens are limited and the engine does not report them."""
        if self._budget is not None and self._budget.is_unreported:
            names = " and ".join(f"{engine.name!r} (model {engine.model!r})" for engine in self._engines.values())
            raise MissingCapability(
                f"the limits budget.tokens and budget.cost need an engine that reports tokens, and {names} gave a "
                "reply without; limit budget.calls or budget.wall_seconds instead"
            )

    async def _one_pass(self, tasks: Sequence[Task]) -> tuple[list[Task], EngineError | None]:
        """Every task once; returns those left open, with their turns up to date, and the last failure."""
        queue, broken, failures = iter(tasks), list[Task](), list[EngineError]()

        async def interviewer(queue: Iterator[Task], *, is_first: bool) -> None:
            if not is_first:
                await self._contact.wait()
            for task in queue:
                if self._is_stopped:
                    broken.append(task)
                    break
                try:
                    left, failure = await self._interview(task)
                except BudgetSpent:
                    broken.append(task)
                    break
                except EngineError as error:
                    await self._wind_up(error)
                    break
                if failure is None:
                    continue
                if not self._contact.is_made:
                    self._contact.broken_off(failure)
                broken.append(left)
                failures.append(failure)
                self.tally.last_failure = str(failure)
                self._broken_in_a_row += 1
                if self._broken_in_a_row >= BROKEN_OFF_IN_A_ROW:
                    await self._wind_up(failure)
                    break
            self._contact.give_way()

        n_interviewers = min(self._concurrency, len(tasks))
        try:
            async with asyncio.TaskGroup() as group:
                work = [interviewer(queue, is_first=number == 0) for number in range(n_interviewers)]
                self._interviewers = {group.create_task(one) for one in work}
        except* Exception as errors:
            raise _first(errors) from None
        broken.extend(queue)  # where a budget stopped everybody, nobody took the rest
        broken.sort(key=lambda task: task.interview.number)
        return broken, failures[-1] if failures else None

    async def _wind_up(self, error: EngineError) -> None:
        """End the run with `error`, once the others have had time to record what they are at. Only the first raises."""
        if self._ended_by is not None:
            return
        self._ended_by = error
        self._contact.give_way()
        others = {task for task in self._interviewers if task is not asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=WIND_UP_SECONDS)
        raise error

    async def _interview(self, task: Task) -> tuple[Task, EngineError | None]:
        """One interview, from where the record left it."""
        turns = list(task.turns)
        engine = self._engines[task.interview.condition.engine]

        def store(turn: TurnRows) -> None:
            turns.append(turn)
            self._record.append_turn(turn)
            self.tally.count(turn)
            if turn.exchanges and turn.exchanges[-1].error_kind is None:
                self._broken_in_a_row = 0
            if self._on_turn is not None:
                self._on_turn(turn)

        def sink(turn: TurnRows) -> None:
            store(turn)
            if not self._contact.is_made:
                self._contact.note(turn)
            if self._ended_by is not None:
                raise self._ended_by

        interview = task.interview
        if not task.is_recorded and needs_writing(interview.persona):
            earlier = [row for turn in turns for row in turn.exchanges]
            try:
                interview = await write_persona(interview, engine, store, earlier)
            except EngineError as error:
                if error.ends_run:
                    raise
                return replace(task, turns=tuple(turns)), error
            self._contact.note(turns[-1])
        if not task.is_recorded or interview.panel:  # of a panel, a kill may have left some
            self._record.append_respondents(respondent_rows(interview))
        endings, failure = await conduct(Services(interview, engine, sink), tuple(turns))
        if failure is not None:
            return replace(task, interview=interview, turns=tuple(turns), is_recorded=True), failure
        for row in endings:
            if row.respondent not in task.ended:
                self._record.append_interview(row)
                self.tally.interviews_done += 1
        return task, None


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    """The first plain exception of a group of groups."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
