"""The parts of an answer, each timed on its own over what went in and out of it in real interviews.

No clock runs inside an interview: the same steps are conducted once without graph and record and kept, and every part
is then given all of them in turn. The graph is timed as two nodes that do next to nothing. What a whole answer costs
beyond the parts is "rest": the handing over between them, and that one part at a time runs from a warmer cache than all
in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from langgraph_steps import Output, loop_with_memory, milliseconds
from rows import cpu_seconds

from simulator.conducting import respondent_rows
from simulator.engines.base import Engine
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
from voxpop.planning import Design
from voxpop.running import condition_rows, item_rows, run_row

IN_FLIGHT = 32


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


async def steps_of(interviews: Iterable[Interview], engine: Engine) -> list[Step]:
    """The same interviews step by step, without a graph and a record, kept with everything in between."""
    steps = []
    for interview in interviews:
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


def write(planned: Design, engine: Engine, record: Path, steps: Sequence[Step]) -> None:
    """Rows made and recorded, respondents in turn as in fieldwork."""
    rows = run_row(planned, engine), condition_rows(planned), item_rows(planned)
    with Writer.create(record, *rows) as writer:
        interviews = {step.interview.number: step.interview for step in steps}
        writer.append_respondents(row for one in interviews.values() for row in respondent_rows(one))
        n_items = len(planned.instrument.items)
        for first in range(0, len(steps), n_items * IN_FLIGHT):
            together = steps[first : first + n_items * IN_FLIGHT]
            for item in range(n_items):
                for step in together[item::n_items]:
                    row = exchange_row(step.interview, step.progress, step.presentation, step.completion)
                    writer.append_turn(TurnRows((row,), step.answer))
    record.unlink()


def microseconds(work: Callable[[], None], n: int, rounds: int) -> float:
    """CPU microseconds per answer, the best of several rounds."""
    used = []
    for _ in range(rounds):
        started = cpu_seconds()
        work()
        used.append(cpu_seconds() - started)
    return 1e6 * min(used) / n


def graph_microseconds(rounds: int) -> float:
    """What LangGraph takes for an answer: our graph's form, with nodes that do next to nothing."""
    ours = loop_with_memory(output_schema=Output)
    return 1e3 * milliseconds(ours, 2, 57, IN_FLIGHT, rounds, version="v2")


def parts_microseconds(
    planned: Design, engine: Engine, record: Path, steps: Sequence[Step], rounds: int
) -> dict[str, float]:
    """CPU microseconds per answer of every part but the engine, by name; call with fewer_collections()."""
    parts: dict[str, Callable[[], None]] = {
        "prompt and request": partial(present, steps),
        "parsing": partial(read, steps),
        "memory": partial(remember, steps),
        "record": partial(write, planned, engine, record, steps),
    }
    return {"graph": graph_microseconds(rounds)} | {
        name: microseconds(part, len(steps), rounds) for name, part in parts.items()
    }
