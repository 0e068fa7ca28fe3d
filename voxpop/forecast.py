"""What a run will ask, before anything is spent: calls, tokens, time and cost.

Calls are counted from the design. Prompts are built for a sample of respondents with the replies of known-truth
respondents in their memory, and measured; a token is taken as four characters of Latin script or one of Chinese or
Japanese, which is a rule of thumb and said to be one. Prices come from the user.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from simulator.engines.factory import make_engine
from simulator.graphs.respondent import Services, conduct
from simulator.interview import Interview, Progress
from simulator.messages import Completion, Request
from voxpop.planning import Design, make_design
from voxpop.progress import duration
from voxpop.spec import RunSpec
from voxpop.terminal import plain_text

if TYPE_CHECKING:
    from rich.console import Console

SAMPLED_RESPONDENTS = 24


class MeasuringEngine:
    """Known-truth respondents that also measure every prompt and reply they see."""

    name = "measuring"

    def __init__(self, seed: int) -> None:
        self._inner = make_engine("synthetic", {}, seed=seed)
        self.model = self._inner.model
        self.capabilities = self._inner.capabilities
        self.calls = 0
        self.prompt_tokens = 0
        self.completion_tokens = 0

    async def complete(self, request: Request) -> Completion:
        """Answer, and add up what a server would have had to read and write."""
        completion = await self._inner.complete(request)
        self.calls += 1
        self.prompt_tokens += sum(rough_tokens(message.content) + 4 for message in request.messages)
        self.completion_tokens += sum(rough_tokens(text) for text in completion.texts)
        return completion

    async def close(self) -> None:
        """Nothing to release."""


def rough_tokens(text: str) -> int:
    """Tokens by rule of thumb: four characters of Latin script each, one of the East Asian scripts."""
    if text.isascii():
        return math.ceil(len(text) / 4)
    wide = sum(ord(character) >= 0x2E80 for character in text)
    return wide + math.ceil((len(text) - wide) / 4)


def forecast(
    spec: RunSpec, *, price_in: float | None = None, price_out: float | None = None, latency_seconds: float = 1.0
) -> dict[str, Any]:
    """Calls, tokens, time and (with prices per million tokens) cost of a run, as plain data."""
    design = make_design(spec)
    engine = MeasuringEngine(spec.seed)
    sample = sampled(design)
    asyncio.run(_ask(engine, sample))
    calls = sum(len(interview.order) for interview in design.interviews())
    items_sampled = sum(len(interview.order) for interview in sample)
    written = sum(bool(persona.attributes.get("generated")) for persona, _ in design.assignment)
    scale = calls / items_sampled
    tokens_in, tokens_out = round(engine.prompt_tokens * scale), round(engine.completion_tokens * scale)
    cost = None
    if price_in is not None or price_out is not None:
        cost = (tokens_in * (price_in or 0.0) + tokens_out * (price_out or 0.0)) / 1e6
    parallel = min(spec.fieldwork.concurrency, design.n_respondents)
    return {
        "run": spec.name,
        "survey": design.instrument.id,
        "n_respondents": design.n_respondents,
        "n_items": len(design.instrument.items),
        "n_conditions": len(design.conditions),
        "calls": calls + written,
        "calls_note": "one per item and per persona to be written; asking again comes on top, skip rules take away",
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "tokens_note": f"rule of thumb from {len(sample)} simulated interviews",
        "seconds": (calls + written) * latency_seconds / parallel,
        "seconds_note": f"at {latency_seconds:g} s per call, {parallel} at a time",
        "cost": cost,
    }


def sampled(design: Design) -> list[Interview]:
    """Some interviews spread evenly over the design."""
    n = min(SAMPLED_RESPONDENTS, design.n_respondents)
    return [design.interview(index * design.n_respondents // n) for index in range(n)]


async def _ask(engine: MeasuringEngine, sample: list[Interview]) -> None:
    for interview in sample:
        await conduct(Services(interview, engine, lambda _turn: None), Progress())


def print_forecast(console: Console, found: dict[str, Any]) -> None:
    """The same for a reader."""
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("respondents", f"{found['n_respondents']:,} under {found['n_conditions']} conditions")
    table.add_row("items", plain_text(f"{found['n_items']:,} in {found['survey']}"))
    table.add_row("calls", f"{found['calls']:,} ({found['calls_note']})")
    tokens = f"about {found['prompt_tokens']:,} in, {found['completion_tokens']:,} out ({found['tokens_note']})"
    table.add_row("tokens", tokens)
    table.add_row("time", f"about {duration(found['seconds'])} ({found['seconds_note']})")
    cost = "give --price-in and --price-out per million tokens" if found["cost"] is None else f"{found['cost']:,.2f}"
    table.add_row("cost", cost)
    console.print(table)
