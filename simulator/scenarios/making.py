"""Scenarios for several items: written, held to the limits that can be counted, checked by the critic, filtered.

Items are worked on side by side; what comes of each does not depend on the order. Nothing that is dropped goes
uncounted. Knows no terminal and no concrete engine.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from simulator.engines.base import Engine
from simulator.graphs.scenario_critic import check_scenario
from simulator.graphs.scenario_writer import write_scenarios
from simulator.messages import Settings
from simulator.scenarios.asking import Services
from simulator.scenarios.calls import CallLog
from simulator.scenarios.steps import N_SCENARIOS, Blocks, without_faults
from simulator.scenarios.wording import ScenarioWording, asked_item
from surveys.instrument import Instrument
from surveys.scenarios import Scenario

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be written, and how. `source` is noted in every scenario, and should name the model."""

    instrument: Instrument
    items: tuple[str, ...]
    wording: ScenarioWording
    n: int = N_SCENARIOS
    seed: int = 0
    source: str = ""
    settings: Settings = field(default_factory=Settings)
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class WrittenItem:
    """What came of one item. `n_begun` counts blocks begun; `dropped` says why how many of them are not kept;
    `failed_checks` how often each check failed. `failure` says why nothing was written, or not everything checked.
    """

    item: str
    scenarios: tuple[Scenario, ...]
    n_begun: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    failed_checks: Mapping[str, int] = field(default_factory=dict)
    failure: str | None = None


async def make_scenarios(
    writing: Writing, engine: Engine, log: CallLog, done: Callable[[WrittenItem], None] = lambda _: None
) -> tuple[WrittenItem, ...]:
    """Write and check scenarios for every item, in the order given; `done` is told of each item as it ends.

    Raises RunSpecError before the first call for an item without two poles, KeyError for one that the survey has not,
    and an EngineError that ends everything; what came back until then is in `log`.
    """
    places = asyncio.Semaphore(writing.concurrency)
    services = [
        Services(
            item=asked_item(writing.instrument, writing.instrument.item(item)),
            wording=writing.wording,
            engine=engine,
            log=log,
            places=places,
            seed=writing.seed,
            source=writing.source,
            n=writing.n,
            settings=writing.settings,
        )
        for item in writing.items
    ]

    async def make(one: Services) -> WrittenItem:
        written = await _make_item(one, writing.instrument)
        done(written)
        return written

    return tuple(await _together([make(one) for one in services]))


async def _make_item(services: Services, instrument: Instrument) -> WrittenItem:
    item = services.item.id
    written = await write_scenarios(services)
    failures = [] if written.failure is None else [f"the writer's call failed ({written.failure.kind})"]
    blocks = written.blocks or Blocks((), 0)
    candidates = without_faults(blocks.scenarios, instrument)
    checked = await _together([check_scenario(services, scenario) for scenario in candidates])
    dropped = Counter[str](one.dropped for one in checked if one.dropped is not None)
    dropped["incomplete"], dropped["faulty"] = blocks.n_incomplete, len(blocks.scenarios) - len(candidates)
    if dropped["call_failed"]:
        failures.append(f"{dropped['call_failed']} of {len(checked)} calls to the critic failed")
    return WrittenItem(
        item,
        tuple(one for one, said in zip(candidates, checked, strict=True) if said.dropped is None),
        n_begun=len(blocks.scenarios) + blocks.n_incomplete,
        dropped={reason: count for reason, count in sorted(dropped.items()) if count},
        failed_checks=dict(sorted(Counter(check for one in checked for check in one.failed).items())),
        failure="; ".join(failures) or None,
    )


async def _together(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order; the first failure stops the rest and is raised alone."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
