"""One of several processes that share the interviews of a run: asks, and hands every row to the process that writes.

    python -m voxpop.worker        (started by `voxpop.workers`, never by hand)

The first line of standard input is its errand; the end of standard input means: stop. Rows go to standard output in
frames, the last of which says how the work ended. Knows no terminal and writes no record.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from simulator.budget import Budget
from simulator.errors import VoxpopError
from simulator.fieldwork import Outcome, Task
from simulator.store.reader import Reader
from simulator.store.records import InterviewRow, RespondentRow, TurnRows
from voxpop.budgeting import limits_of
from voxpop.errands import Errand, Frame, Row, shared_counters, write_frame
from voxpop.manifest import use_recorded_styles
from voxpop.planning import make_design
from voxpop.recorded import open_tasks
from voxpop.running import build_engine, conduct_all
from voxpop.spec import RunSpec, make_spec

BATCH_ROWS = 200
BATCH_SECONDS = 0.1
"""Rows wait at most for so many others, and so long: what a killed worker loses is asked again."""


class HandingOver:
    """The record as a worker sees it (`simulator.fieldwork.Record`): rows are collected and handed over in order."""

    def __init__(self, write: Callable[[Frame], None]) -> None:
        self._write = write
        self._rows: list[Row] = []
        self._timer: asyncio.TimerHandle | None = None

    def append_respondents(self, rows: Iterable[RespondentRow]) -> None:
        """Hand over respondents."""
        for row in rows:
            self._append(row)

    def append_turn(self, turn: TurnRows) -> None:
        """Hand over a turn, whole."""
        self._append(turn)

    def append_interview(self, row: InterviewRow) -> None:
        """Hand over how an interview ended."""
        self._append(row)

    def _append(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= BATCH_ROWS:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_SECONDS, self.flush)

    def flush(self, ending: Outcome | VoxpopError | None = None) -> None:
        """Hand over what has come together, and how the work ended, if it did."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._rows or ending is not None:
            rows, self._rows = tuple(self._rows), []
            self._write(Frame(rows, ending))


def read_share(errand: Errand) -> tuple[RunSpec, list[Task]]:
    """The spec of the session and the open interviews of this worker's share."""
    with Reader(Path(errand.record)) as reader:
        run = reader.run()
        spec = make_spec(run.spec, source=f"the spec in {errand.record}", overrides=list(errand.changes.items()))
        use_recorded_styles(run.manifest)
        tasks = open_tasks(make_design(spec), reader)
    return spec, [task for task in tasks if task.interview.number % errand.of == errand.share]


async def work(errand: Errand, record: HandingOver) -> Outcome:
    """Conduct this worker's share; cancelled when the end of standard input says so."""
    spec, tasks = read_share(errand)
    budget = Budget(limits_of(spec), shared_counters(Path(errand.counters)), started=errand.started)
    return await conduct_all(spec, build_engine(spec), record, tasks, budget, n_processes=errand.of)


async def until_told_to_stop(errand: Errand, record: HandingOver) -> None:
    """Work, and hand over how it ended; or stop when standard input ends, with what is there handed over."""
    loop = asyncio.get_running_loop()
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    working, stopping = asyncio.create_task(work(errand, record)), asyncio.create_task(told.read())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
    try:
        record.flush(await working)
    except asyncio.CancelledError:
        record.flush()
    except VoxpopError as error:
        record.flush(error)


def hand_over(descriptor: int, frame: Frame) -> None:
    """Write a frame; where the process that writes the record is gone, standard input ends too and stops the work."""
    with suppress(BrokenPipeError):
        write_frame(descriptor, frame)


def main() -> None:
    """Run one errand; exit status 0 also where the work ended with an error that was handed over."""
    # Ctrl-C reaches every process of the terminal; the one that writes decides, and tells this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    errand = Errand.from_line(sys.stdin.buffer.readline())
    frames = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not run into the frames
    asyncio.run(until_told_to_stop(errand, HandingOver(partial(hand_over, frames))))


if __name__ == "__main__":
    main()
