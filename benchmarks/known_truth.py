"""How many answers of known-truth respondents one core conducts, reads and records, and where the time goes.

The whole is CPU time of this process for real interviews (graph, memory of up to 15 turns, parsing, record), the
smallest of several rounds. The parts are timed one by one over what went in and out of them in the same interviews, so
that no clock runs inside an interview; the graph is timed as two nodes that do next to nothing. What is left over is
"rest": the handing over between the parts, and that one part at a time runs from a warmer cache than all in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from interview import IN_FLIGHT, TURNS, conduct, tasks
from langgraph_steps import Output, loop_with_memory, milliseconds
from rows import Row, Setting, at_least, cpu_seconds

from simulator.collector import fewer_collections
from simulator.engines.base import Engine
from simulator.fieldwork import respondent_row
from simulator.interview import (
    Interview,
    Progress,
    exchange_row,
    present_current,
    read_reply,
    remembered_turn,
    request_for,
    settle,
)
from simulator.memory import Remembered
from simulator.messages import Completion, Request
from simulator.presentation import Presentation
from simulator.store.records import AnswerRow, ExchangeRow, TurnRows
from simulator.store.writer import Writer
from voxpop.planning import Design, make_design
from voxpop.running import build_engine, condition_rows, item_rows, run_row
from voxpop.spec import make_spec

AT_LEAST = 1_200.0
"""Answers per second and core, as promised."""


class Step(NamedTuple):
    """One answer: what went into every part of it, and what came out."""

    interview: Interview
    progress: Progress
    presentation: Presentation
    request: Request
    completion: Completion
    exchange: ExchangeRow
    answer: AnswerRow
    turn: Remembered | None


def design(n: int, answer_format: str) -> Design:
    """Respondents on the 57 items of portrait-values; every reply is readable at the first try."""
    asking, memory = {"answer_format": answer_format}, {"kind": "random-prune", "max_length": TURNS}
    spec = {"name": "known-truth", "seed": 7, "population": {"n": n}, "asking": asking, "memory": memory}
    return make_design(make_spec({**spec, "engine": "synthetic"}))


async def steps_of(planned: Design, engine: Engine) -> list[Step]:
    """The same interviews step by step, without a graph and a record, kept with everything in between."""
    steps = []
    for interview in planned.interviews():
        progress = Progress()
        while progress.place < len(interview.order):
            presentation = present_current(interview, progress)
            request = request_for(interview, progress, presentation)
            completion = await engine.complete(request)
            exchange = exchange_row(interview, progress, presentation, completion)
            answer = read_reply(interview, presentation, exchange.number, completion)
            turn = remembered_turn(interview, presentation, exchange.number, completion.text, answer)
            steps.append(Step(interview, progress, presentation, request, completion, exchange, answer, turn))
            progress = settle(interview, progress, answer, turn)
    return steps


def present(steps: Sequence[Step]) -> None:
    for step in steps:
        request_for(step.interview, step.progress, present_current(step.interview, step.progress))


def read(steps: Sequence[Step]) -> None:
    for step in steps:
        read_reply(step.interview, step.presentation, step.exchange.number, step.completion)


def remember(steps: Sequence[Step]) -> None:
    for step in steps:
        number, text = step.exchange.number, step.completion.text
        turn = remembered_turn(step.interview, step.presentation, number, text, step.answer)
        settle(step.interview, step.progress, step.answer, turn)


def answer_by(engine: Engine, steps: Sequence[Step]) -> None:
    async def answer_all() -> None:
        for step in steps:
            await engine.complete(step.request)

    asyncio.run(answer_all())


def write(planned: Design, engine: Engine, record: Path, steps: Sequence[Step]) -> None:
    """Rows made and recorded, respondents in turn as in fieldwork."""
    rows = run_row(planned, engine), condition_rows(planned), item_rows(planned)
    with Writer.create(record, *rows) as writer:
        writer.append_respondents(respondent_row(interview) for interview in planned.interviews())
        n_items = len(planned.instrument.items)
        for first in range(0, len(steps), n_items * IN_FLIGHT):
            together = steps[first : first + n_items * IN_FLIGHT]
            for item in range(n_items):
                for step in together[item::n_items]:
                    row = exchange_row(step.interview, step.progress, step.presentation, step.completion)
                    writer.append_turn(TurnRows((row,), step.answer))
    record.unlink()


def whole(planned: Design, engine: Engine, record: Path) -> None:
    """Every interview of the design through graph and record."""
    rows = run_row(planned, engine), condition_rows(planned), item_rows(planned)
    writer = Writer.create(record, *rows)
    asyncio.run(conduct(engine, writer, tasks(planned, None)))
    writer.close("complete")
    record.unlink()


def microseconds(work: Callable[[], None], n: int, rounds: int) -> float:
    """CPU microseconds per answer, the best of several rounds."""
    used = []
    for _ in range(rounds):
        started = cpu_seconds()
        work()
        used.append(cpu_seconds() - started)
    return 1e6 * min(used) / n


def rows(setting: Setting) -> Iterator[Row]:
    """Answers per second by answer format against the bare graph loop, and the share of every part."""
    n, rounds = (32, 2) if setting.quick else (160, 5)
    record = setting.folder / "known-truth.sqlite"
    for answer_format in ("label", "explained"):
        planned = design(n, answer_format)
        engine = build_engine(planned.spec)
        steps = asyncio.run(steps_of(planned, engine))
        parts: dict[str, Callable[[], None]] = {
            "prompt and request": partial(present, steps),
            "known-truth engine": partial(answer_by, engine, steps),
            "parsing": partial(read, steps),
            "memory": partial(remember, steps),
            "record": partial(write, planned, engine, record, steps),
        }
        with fewer_collections():
            bare = 1e3 * milliseconds(loop_with_memory(), 2, 57, IN_FLIGHT, rounds)
            ours = loop_with_memory(output_schema=Output)
            costs = {"graph": 1e3 * milliseconds(ours, 2, 57, IN_FLIGHT, rounds, version="v2")}
            costs |= {name: microseconds(part, len(steps), rounds) for name, part in parts.items()}
            total = microseconds(partial(whole, planned, engine, record), len(steps), rounds)
        against = f"a bare two-node LangGraph loop, memory of {TURNS}, no engine"
        met = at_least(AT_LEAST, "value")
        yield Row(f"answers, format {answer_format}", 1e6 / total, "per CPU s", 1e6 / bare, against, met)
        for name, cost in [*costs.items(), ("rest", total - sum(costs.values()))]:
            yield Row(f"of an answer, format {answer_format}: {name}", cost, "µs CPU", total, "that answer")
