"""Whether a second process makes a run twice as fast where the client is what bounds it: wall time, start-up included.

The known-truth engine needs no server, so the client is all there is; a zero-latency server takes part of the cores for
itself. Whole runs through the command line, by turns, the smallest wall time of several rounds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rows import Row, Setting, at_least
from zero_server import MODEL, zero_server

ROUNDS = 2
ITEMS = 57
RUN = ("--strategies", "city", "--seed", "17", "--set", "asking.answer_format=explained", "--quiet", "--replace")


def seconds(engine: Sequence[str], n: int, workers: int, folder: Path) -> float:
    """Wall time of a whole run of `n` respondents on the items of portrait-values."""
    command = [sys.executable, "-m", "voxpop", "run", *RUN, *engine, "--n", str(n), "--workers", str(workers)]
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "VOXPOP_RUNS": str(folder)})
    return time.monotonic() - started


def rows(setting: Setting) -> Iterator[Row]:
    """Answers per second with two workers ÷ with one."""
    n, rounds = (100, 1) if setting.quick else (1_600, ROUNDS)
    with zero_server() as base_url:
        server = ("--engine", "openai_compatible", "--model", MODEL, "--base-url", base_url)
        for what, engine, share, target in (
            ("known-truth engine", (), 1, at_least(1.7)),
            ("server of zero latency on the same cores", server, 4, None),
        ):
            respondents = n // share
            one, two = list[float](), list[float]()
            for _ in range(rounds):
                one.append(seconds(engine, respondents, 1, setting.folder))
                two.append(seconds(engine, respondents, 2, setting.folder))
            answers = respondents * ITEMS
            yield Row(f"two workers, {what}", answers / min(two), "answers/s", answers / min(one), "one worker", target)
