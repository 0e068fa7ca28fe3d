"""How many answers of known-truth respondents one core conducts, reads and records, and where the time goes.

The whole is CPU time of this process for real interviews (graph, memory of up to 15 turns, parsing, record), the
smallest of several rounds; the parts are those of `parts.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from interview import TURNS, conduct, tasks
from langgraph_steps import loop_with_memory, milliseconds
from parts import IN_FLIGHT, Step, microseconds, parts_microseconds, steps_of
from rows import Row, Setting, at_least

from simulator.collector import fewer_collections
from simulator.engines.base import Engine
from simulator.store.writer import Writer
from voxpop.planning import Design, make_design
from voxpop.running import build_engine, condition_rows, item_rows, run_row
from voxpop.spec import make_spec

AT_LEAST = 1_200.0
"""Answers per second and core, as promised."""


def design(n: int, answer_format: str) -> Design:
    """Respondents on the 57 items of portrait-values; every reply is readable at the first try."""
    asking, memory = {"answer_format": answer_format}, {"kind": "random-prune", "max_length": TURNS}
    spec = {"name": "known-truth", "seed": 7, "population": {"n": n}, "asking": asking, "memory": memory}
    return make_design(make_spec({**spec, "engine": "synthetic"}))


def answer_by(engine: Engine, steps: Sequence[Step]) -> None:
    async def answer_all() -> None:
        for step in steps:
            await engine.complete(step.request)

    asyncio.run(answer_all())


def whole(planned: Design, engine: Engine, record: Path) -> None:
    """Every interview of the design through graph and record."""
    rows = run_row(planned, engine), condition_rows(planned), item_rows(planned)
    writer = Writer.create(record, *rows)
    asyncio.run(conduct(engine, writer, tasks(planned, None)))
    writer.close("complete")
    record.unlink()


def rows(setting: Setting) -> Iterator[Row]:
    """Answers per second by answer format against the bare graph loop, and the share of every part."""
    n, rounds = (32, 2) if setting.quick else (160, 5)
    record = setting.folder / "known-truth.sqlite"
    for answer_format in ("label", "explained"):
        planned = design(n, answer_format)
        engine = build_engine(planned.spec)
        steps = asyncio.run(steps_of(planned.interviews(), engine))
        with fewer_collections():
            bare = 1e3 * milliseconds(loop_with_memory(), 2, 57, IN_FLIGHT, rounds)
            costs = parts_microseconds(planned, engine, record, steps, rounds)
            costs["known-truth engine"] = microseconds(partial(answer_by, engine, steps), len(steps), rounds)
            total = microseconds(partial(whole, planned, engine, record), len(steps), rounds)
        against = f"a bare two-node LangGraph loop, memory of {TURNS}, no engine"
        met = at_least(AT_LEAST, "value")
        yield Row(f"answers, format {answer_format}", 1e6 / total, "per CPU s", 1e6 / bare, against, met)
        for name, cost in [*costs.items(), ("rest", total - sum(costs.values()))]:
            yield Row(f"- {name}", cost, "µs CPU", total, "that answer")
