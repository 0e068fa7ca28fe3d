"""Whether a second process makes a run twice as fast where the client is what bounds it: wall time, start-up included.

The known-truth engine needs no server, so the client is all there is; a zero-latency server takes part of the cores for
itself. Wall time of whole runs through `launch`, by turns, the smallest of several rounds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rows import Row, Setting, at_least
from zero_server import MODEL, zero_server

from voxpop.running import launch
from voxpop.spec import make_spec

ROUNDS = 3


def seconds(engine: dict[str, Any], n: int, workers: int, record: Path) -> float:
    """Wall time of a whole run of `n` respondents on 57 items."""
    spec = make_spec(
        {
            "name": "workers",
            "seed": 17,
            "population": {"n": n, "strategies": ["city"]},
            "asking": {"answer_format": "explained"},
            "engine": engine,
            "fieldwork": {"workers": workers, "concurrency": 32},
        }
    )
    started = time.monotonic()
    carried = launch(spec, record, replace=True)
    taken = time.monotonic() - started
    assert carried.outcome.is_complete
    return taken


def rows(setting: Setting) -> Iterator[Row]:
    """Answers per second with two workers ÷ with one."""
    n, rounds = (100, 1) if setting.quick else (800, ROUNDS)
    record = setting.folder / "workers.sqlite"
    with zero_server() as base_url:
        server = {"name": "openai_compatible", "model": MODEL, "base_url": base_url}
        for what, engine, share, target in (
            ("known-truth engine", {"name": "synthetic"}, 1, at_least(1.7)),
            ("server of zero latency on the same cores", server, 2, None),
        ):
            respondents = n // share
            one, two = list[float](), list[float]()
            for _ in range(rounds):
                one.append(seconds(engine, respondents, 1, record))
                two.append(seconds(engine, respondents, 2, record))
            answers = respondents * 57
            yield Row(f"two workers, {what}", answers / min(two), "answers/s", answers / min(one), "one worker", target)
