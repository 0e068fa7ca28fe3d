"""A run in several processes: workers ask, this process writes. The record cannot tell how many there were.

Interviews are dealt out by their number, and every draw has a name (simulator.seeds), so each answer is the one that a
single process would get. Knows no engine; what a worker does is in `voxpop.worker`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence

from simulator.errors import VoxpopError, WorkerLost
from simulator.fieldwork import Outcome, Tally, Task
from simulator.store.progress import CallCounts
from simulator.store.records import InterviewRow, RespondentRow, TurnRows
from simulator.store.writer import Writer
from voxpop.budgeting import make_budget
from voxpop.changes import Changes
from voxpop.errands import Errand, Row, counters_file, read_frame, shared_counters
from voxpop.spec import RunSpec


async def share_out(
    spec: RunSpec, changes: Changes, writer: Writer, tasks: Sequence[Task], tally: Tally, spent: CallCounts
) -> Outcome:
    """Conduct `tasks` in as many processes as the spec says; like `Fieldwork.run`, with `spent` calls before."""
    started = time.monotonic()
    tally.begin(tasks)
    n = min(spec.fieldwork.workers, len(tasks))
    with counters_file() as path:
        tally.budget = make_budget(spec, spent, shared_counters(path))
        errands = [Errand(str(writer.path), share, n, changes, str(path), started) for share in range(n)]
        return await Workers(writer, tally).run(errands)


COMMAND = (sys.executable, "-P", "-m", "voxpop.worker")
"""-P: a file of the current folder must not stand in for a module."""
BUFFER_BYTES = 1 << 20
STOP_SECONDS = 30.0
"""How long a worker that was told to stop may take to hand over what it has before it is ended."""


class Workers:
    """Starts one worker for each errand, stores what they hand over, and stops them all when one fails."""

    def __init__(self, writer: Writer, tally: Tally) -> None:
        self._writer = writer
        self._tally = tally
        self._processes: list[asyncio.subprocess.Process] = []
        self._is_stopping = False

    async def run(self, errands: Sequence[Errand]) -> Outcome:
        """Have every errand done; returns how they ended together.

        Raises what ended one of them (an EngineError, a ConfigError), WorkerLost if one died, StoreError if its rows
        cannot be written. The others are then told to stop, as all are when this is cancelled; whatever was handed
        over until then is recorded.
        """
        following = [asyncio.create_task(self._follow(errand)) for errand in errands]
        try:
            await asyncio.wait(following, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await self._stop(following)
        errors = [error for task in following if (error := task.exception()) is not None]
        if errors:
            raise errors[0]
        return joined([outcome for task in following if (outcome := task.result()) is not None])

    async def _follow(self, errand: Errand) -> Outcome | None:
        """One worker from its start to its end; None if it was told to stop before."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=BUFFER_BYTES
        )
        self._processes.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(errand.as_line())
        try:
            ending: Outcome | VoxpopError | None = None
            while (frame := await read_frame(process.stdout)) is not None:
                self._store(frame.rows)
                ending = frame.ending
        except BaseException:
            # Nobody reads what it hands over any more: it would wait for that for ever.
            process.kill()
            raise
        finally:
            status = await process.wait()
        if isinstance(ending, VoxpopError):
            raise ending
        if ending is None and not self._is_stopping:
            raise self._lost(errand, status)
        return ending

    def _lost(self, errand: Errand, status: int) -> WorkerLost:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return WorkerLost(
            f"{self._writer.path}: worker {errand.share + 1} of {errand.of} {how}; what it handed over is recorded. "
            "Resume the run; if it happens again, take fewer workers"
        )

    def _store(self, rows: Sequence[Row]) -> None:
        for row in rows:
            match row:
                case TurnRows():
                    self._writer.append_turn(row)
                    self._tally.count(row)
                case RespondentRow():
                    self._writer.append_respondents([row])
                case InterviewRow():
                    self._writer.append_interview(row)
                    self._tally.interviews_done += 1

    async def _stop(self, following: Sequence[asyncio.Task[Outcome | None]]) -> None:
        """Tell every worker that is still there to stop, record what it hands over, and wait for its end."""
        self._is_stopping = True
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        _, late = await asyncio.wait(following, timeout=STOP_SECONDS)
        if late:
            for process in self._processes:
                if process.returncode is None:
                    process.kill()
            await asyncio.wait(late)


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """How the shares of a run ended, as one."""
    failures = [outcome.last_failure for outcome in outcomes if outcome.last_failure is not None]
    stops = [outcome.stopped_by for outcome in outcomes if outcome.stopped_by is not None]
    return Outcome(
        n_finished=sum(outcome.n_finished for outcome in outcomes),
        n_open=sum(outcome.n_open for outcome in outcomes),
        last_failure=failures[-1] if failures else None,
        stopped_by=stops[0] if stops else None,
    )
