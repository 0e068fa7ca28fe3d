"""Progress of scenario writing on the terminal: a bar with the items that are done, or a plain line now and then.

Counts what the writing reports, and reads it from a thread of its own.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from voxpop.progress import LINE_SECONDS, REFRESH_SECONDS, followed
from voxpop.terminal import stderr

if TYPE_CHECKING:
    from simulator.scenarios.making import WrittenItem


@dataclass
class WritingTally:
    """How far the writing is: items done of all, scenarios kept of those begun."""

    expected: int
    done: int = 0
    begun: int = 0
    kept: int = 0

    def add(self, item: WrittenItem) -> None:
        """Count an item that has ended."""
        self.done += 1
        self.begun += item.n_begun
        self.kept += len(item.scenarios)

    @property
    def words(self) -> str:
        """The scenarios kept, in words."""
        return f"{self.kept} of {self.begun} scenarios kept"


@contextmanager
def shown(tally: WritingTally, *, quiet: bool = False) -> Iterator[None]:
    """Show `tally` on standard error while the body runs: a live bar on a terminal, else a line every five seconds."""
    with followed(partial(_bar, tally), partial(_lines, tally), quiet=quiet):
        yield


def _bar(tally: WritingTally, stop: threading.Event) -> None:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("writing", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("items"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}", markup=False),
    )
    with Progress(*columns, console=stderr(), transient=False, refresh_per_second=5) as progress:
        task = progress.add_task("writing", total=tally.expected, words="")
        while True:
            ended = stop.wait(REFRESH_SECONDS)
            progress.update(task, completed=tally.done, words=tally.words)
            if ended:
                return


def _lines(tally: WritingTally, stop: threading.Event) -> None:
    started = time.monotonic()
    while not stop.wait(LINE_SECONDS):
        rate = 60.0 * tally.done / max(time.monotonic() - started, 0.001)
        sys.stderr.write(f"writing: {tally.done} of {tally.expected} items, {rate:.1f}/min; {tally.words}\n")
        sys.stderr.flush()
