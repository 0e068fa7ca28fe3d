"""Progress of a run on the terminal: a bar with rate and time left, or a plain line now and then.

Reads a `Tally` from a thread of its own a few times a second, so that counting costs the interviews nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from analysis.visible_text import safe
from voxpop.budgeting import nearest_limit
from voxpop.terminal import stderr

if TYPE_CHECKING:
    from simulator.fieldwork import Tally

REFRESH_SECONDS = 0.2
LINE_SECONDS = 5.0


Follow = Callable[[threading.Event], None]


@contextmanager
def followed(bar: Follow, lines: Follow, *, quiet: bool = False) -> Iterator[None]:
    """Let one of the two tell how far things are while the body runs, in a thread of its own, until its event is set.

    `bar` where standard error is a terminal, else `lines`; nobody where `quiet`.
    """
    if quiet:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=bar if sys.stderr.isatty() else lines, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=2)


@contextmanager
def shown(tally: Tally, label: str, *, quiet: bool = False) -> Iterator[None]:
    """Show `tally` on standard error while the body runs: a live bar on a terminal, else a line every five seconds."""
    with followed(partial(_bar, tally, label), partial(_lines, tally, label), quiet=quiet):
        yield


def _bar(tally: Tally, label: str, stop: threading.Event) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("answers · {task.fields[rate]} · {task.fields[left]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[limit]}"),
        TextColumn("{task.fields[trouble]}", style="yellow"),
    )
    started = time.monotonic()
    with Progress(*columns, console=stderr(), transient=False, refresh_per_second=5) as progress:
        task = progress.add_task(safe(label), total=None, rate="", left="", limit="", trouble="")
        while True:
            ended = stop.wait(REFRESH_SECONDS)
            rate, left = rate_and_left(tally, time.monotonic() - started)
            trouble = f"{tally.failed_calls} failed calls" if tally.failed_calls else ""
            progress.update(
                task,
                completed=tally.items_done,
                total=tally.items_expected or None,
                rate=rate,
                left=left,
                limit=nearest_limit(tally.budget),
                trouble=trouble,
            )
            if ended:
                return


def _lines(tally: Tally, label: str, stop: threading.Event) -> None:
    started = time.monotonic()
    while not stop.wait(LINE_SECONDS):
        rate, left = rate_and_left(tally, time.monotonic() - started)
        words = [f"{tally.items_done} of {tally.items_expected} answers", rate, left, nearest_limit(tally.budget)]
        sys.stderr.write(f"{safe(label)}: {', '.join(word for word in words if word)}\n")
        sys.stderr.flush()


def rate_and_left(tally: Tally, elapsed_seconds: float) -> tuple[str, str]:
    """Answers per second of this process and the time left at that rate, in words."""
    done = tally.items_done - tally.done_before
    if done <= 0 or elapsed_seconds <= 0:
        return "starting", "time left unknown"
    rate = done / elapsed_seconds
    left = max(tally.items_expected - tally.items_done, 0) / rate
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s", f"{duration(left)} left"


def duration(seconds: float) -> str:
    """A duration as a person says it: 42 s, 3 min 05 s, 2 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
