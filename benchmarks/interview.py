"""What an interview over HTTP costs beyond the bare client: graph, memory of 15 turns, parsing and record included.

Both sides run in this process against one zero-latency server process, by turns; CPU time of this process per answer
and per call, the smallest of several rounds (whatever else the machine does only adds).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openai
from parts import IN_FLIGHT, Step, parts_microseconds, steps_of
from rows import Row, Setting, at_most, cpu_seconds
from zero_server import MODEL, zero_server

from simulator.collector import fewer_collections
from simulator.engines.base import Engine
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.fieldwork import Fieldwork, Task
from simulator.messages import Request
from simulator.store.writer import Writer
from voxpop.planning import Design, make_design
from voxpop.running import condition_rows, item_rows, run_row
from voxpop.spec import make_spec

TURNS = 15
ROUNDS = 5


def design(n: int) -> Design:
    """Respondents on the 57 items of portrait-values who explain their answers and remember."""
    return make_design(
        make_spec(
            {
                "name": "interview",
                "seed": 11,
                "population": {"n": n, "strategies": ["city"]},
                "asking": {"answer_format": "explained", "option_order": "random"},
                "memory": {"kind": "random-prune", "max_length": TURNS},
                "fieldwork": {"concurrency": IN_FLIGHT},
            }
        )
    )


def tasks(planned: Design, length: int | None) -> list[Task]:
    """Every interview of the design; with `length` all memories are that long, instead of 0 to 15 as drawn."""
    interviews = planned.interviews()
    return [Task(one if length is None else replace(one, memory_length=length)) for one in interviews]


def interviewed(engine: Engine, planned: Design, length: int | None, record: Path) -> float:
    """CPU seconds per answer of conducting the whole design into a new record, closing included."""
    work = tasks(planned, length)
    started = cpu_seconds()
    writer = Writer.create(record, run_row(planned, engine), condition_rows(planned), item_rows(planned))
    asyncio.run(conduct(engine, writer, work))
    writer.close("complete")
    used = cpu_seconds() - started
    record.unlink()
    return used / sum(len(task.interview.order) for task in work)


async def conduct(engine: Engine, writer: Writer, work: list[Task]) -> None:
    with fewer_collections():  # as every run does
        outcome = await Fieldwork({"default": engine}, writer, concurrency=IN_FLIGHT).run(work)
    await engine.close()
    assert outcome.is_complete, outcome.last_failure


async def bare_calls(base_url: str, n: int) -> None:
    """The client as its documentation shows it: default transport, typed replies, a system and a user message."""
    client = openai.AsyncOpenAI(base_url=base_url, api_key="none")
    left = iter(range(n))

    async def loop() -> None:
        for _ in left:
            messages = [{"role": "system", "content": "You are a person."}, {"role": "user", "content": "1 or 2?"}]
            reply = await client.chat.completions.create(model=MODEL, messages=messages)  # type: ignore[arg-type]
            assert reply.choices[0].message.content

    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(loop())
    await client.close()


async def kept_steps(engine: OpenAICompatibleEngine, work: list[Task]) -> list[Step]:
    """What these interviews are made of, once."""
    try:
        return await steps_of([task.interview for task in work], engine)
    finally:
        await engine.close()


async def our_calls(base_url: str, requests: list[Request]) -> None:
    """The same requests as in the interviews, put to our engine and nothing else."""
    engine, left = OpenAICompatibleEngine(MODEL, base_url), iter(requests)

    async def loop() -> None:
        for request in left:
            await engine.complete(request)

    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(loop())
    await engine.close()


def rows(setting: Setting) -> Iterator[Row]:
    """Interview against bare client loop, with memories of the largest and of the usual length; where the time goes."""
    n, rounds = (10, 2) if setting.quick else (60, ROUNDS)
    planned, record = design(n), setting.folder / "interview.sqlite"
    calls = n * len(planned.instrument.items)
    full, drawn, bare, client = [], [], [], []
    with zero_server() as base_url:
        engine = OpenAICompatibleEngine(MODEL, base_url)
        steps = asyncio.run(kept_steps(engine, tasks(planned, TURNS)))
        requests = [step.request for step in steps]
        for _ in range(rounds):
            started = cpu_seconds()
            asyncio.run(bare_calls(base_url, calls))
            bare.append((cpu_seconds() - started) / calls)
            full.append(interviewed(OpenAICompatibleEngine(MODEL, base_url), planned, TURNS, record))
            drawn.append(interviewed(OpenAICompatibleEngine(MODEL, base_url), planned, None, record))
            started = cpu_seconds()
            with fewer_collections():
                asyncio.run(our_calls(base_url, requests))
            client.append((cpu_seconds() - started) / calls)
        sdk = OpenAICompatibleEngine(MODEL, base_url, client="openai")
        through_sdk = interviewed(sdk, planned, TURNS, record)
    with fewer_collections():
        costs = {"client": 1e6 * min(client), **parts_microseconds(planned, engine, record, steps, rounds)}
    against, best, whole = "a call of the openai client's default loop, 2 messages", 1e3 * min(bare), 1e6 * min(full)
    yield Row(f"answer, memory of {TURNS} turns", whole / 1e3, "ms CPU", best, against, at_most(1.0))
    for name, cost in [*costs.items(), ("rest", whole - sum(costs.values()))]:
        yield Row(f"- {name}", cost, "µs CPU", whole, "that answer")
    yield Row(f"answer, memory of 0 to {TURNS} turns", 1e3 * min(drawn), "ms CPU", best, against, at_most(1.0))
    yield Row(f"answer, memory of {TURNS} turns, client = openai", 1e3 * through_sdk, "ms CPU", best, against)
