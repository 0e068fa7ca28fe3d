"""Progress of judging on the terminal: a bar with what is done and what failed, or a plain line now and then.

Reads a `PanelTally` from a thread of its own, so that counting costs the judges nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from analysis.visible_text import safe
from voxpop.progress import LINE_SECONDS, REFRESH_SECONDS, followed
from voxpop.terminal import stderr

if TYPE_CHECKING:
    from simulator.judges.panel import PanelTally


@contextmanager
def shown(tally: PanelTally, label: str, *, quiet: bool = False) -> Iterator[None]:
    """Show `tally` on standard error while the body runs: a live bar on a terminal, else a line every five seconds."""
    with followed(partial(_bar, tally, label), partial(_lines, tally, label), quiet=quiet):
        yield


def _bar(tally: PanelTally, label: str, stop: threading.Event) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("verdicts"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[trouble]}", style="yellow"),
    )
    with Progress(*columns, console=stderr(), transient=False, refresh_per_second=5) as progress:
        task = progress.add_task(safe(label), total=None, trouble="")
        while True:
            ended = stop.wait(REFRESH_SECONDS)
            trouble = f"{tally.failed_calls} failed calls" if tally.failed_calls else ""
            progress.update(task, completed=tally.done, total=tally.expected or None, trouble=trouble)
            if ended:
                return


def _lines(tally: PanelTally, label: str, stop: threading.Event) -> None:
    started = time.monotonic()
    while not stop.wait(LINE_SECONDS):
        rate = tally.done / max(time.monotonic() - started, 0.001)
        sys.stderr.write(f"{safe(label)}: {tally.done} of {tally.expected} verdicts, {rate:,.0f}/s\n")
        sys.stderr.flush()
