"""Is whoever answers there, and can it do what its engine declares? A few tiny calls, each tried once, in limited time.

What `voxpop doctor` prints. Knows no survey; reports, and raises nothing that the server did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from simulator.engines.base import Capability, Engine
from simulator.engines.foreign_text import excerpt
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.errors import EngineError, EngineRefused
from simulator.messages import Completion, Message, Request, Settings

T = TypeVar("T")
_QUESTION = Request(
    messages=(Message("user", "Reply with the label of one option.\n1. Yes\n2. No"),),
    settings=Settings(temperature=1.0, max_tokens=32),
)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing checked. `works` is None where it was not tried; `detail` says what was seen, or why not."""

    name: str
    works: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """What a server showed. `models` are the ids it lists; `lines` in the order checked."""

    server: str
    model: str
    models: tuple[str, ...]
    lines: tuple[CheckLine, ...]

    @property
    def is_usable(self) -> bool:
        """Whether the model answered and everything declared works."""
        return not any(line.works is False for line in self.lines)


async def check_server(engine: OpenAICompatibleEngine, *, limit_seconds: float = 15.0) -> ServerCheck:
    """List the models, ask one question, then try each declared capability; at most `limit_seconds` per call.

    Stops after the question where that already fails. Twelve calls at most; the engine stays open.
    """
    models, listing = await _listed(engine, limit_seconds)
    lines = await check_capabilities(engine, engine.complete_once, engine.server, limit_seconds)
    return ServerCheck(engine.server, engine.model, models, (listing, *lines))


async def check_capabilities(
    engine: Engine, ask: Callable[[Request], Awaitable[Completion]], where: str, limit_seconds: float
) -> list[CheckLine]:
    """Ask one question, then try each declared capability; stops after the question where that already fails."""
    lines = [await _tried("answer", ask, _QUESTION, "replied {text!r}", where, limit_seconds)]
    if lines[-1].works:
        for capability, request, detail in _trials():
            if capability in engine.capabilities:
                lines.append(await _tried(capability.value, ask, request, detail, where, limit_seconds))
            else:
                lines.append(CheckLine(capability.value, None, "not declared, so not tried"))
    return lines


def _trials() -> list[tuple[Capability, Request, str]]:
    """One request for each capability, and how to say what came back."""
    beams = replace(_QUESTION.settings, beams=2)
    return [
        (Capability.SAMPLING, replace(_QUESTION, samples=2), "{n_texts} samples in one call"),
        (Capability.SEED, replace(_QUESTION, seed=1), "a seed is accepted"),
        (Capability.TOP_LOGPROBS, replace(_QUESTION, top_logprobs=5), "{n_top} alternatives at the first position"),
        (
            Capability.STRUCTURED_CHOICE,
            replace(_QUESTION, choices=("violet", "orange")),
            "kept to the choices: {text!r}",
        ),
        (Capability.BEAM_SEARCH, replace(_QUESTION, settings=beams), "a beam search is accepted"),
        (Capability.ASSISTANT_PREFIX, replace(_QUESTION, assistant_prefix="I choose "), "a prefix is accepted"),
        (Capability.PROMPT_LOGPROBS, replace(_QUESTION, continuations=("1", "2")), "texts are scored: {scores}"),
        (Capability.RAW_COMPLETION, replace(_QUESTION, is_raw=True), "a text is completed: {text!r}"),
    ]


async def _listed(engine: OpenAICompatibleEngine, limit_seconds: float) -> tuple[tuple[str, ...], CheckLine]:
    outcome = await _bounded(engine.list_models(), engine.server, limit_seconds)
    if isinstance(outcome, EngineError):
        # Some servers answer questions without listing models; the next line tells whether this one does.
        return (), CheckLine("models", None, str(outcome))
    if engine.model in outcome:
        return outcome, CheckLine("models", True, f"{len(outcome)} listed, {engine.model} among them")
    return outcome, CheckLine("models", None, f"{len(outcome)} listed, {engine.model} not among them")


async def _tried(
    name: str,
    ask: Callable[[Request], Awaitable[Completion]],
    request: Request,
    detail: str,
    where: str,
    limit_seconds: float,
) -> CheckLine:
    outcome = await _bounded(ask(request), where, limit_seconds)
    if isinstance(outcome, EngineError):
        return CheckLine(name, False, str(outcome))
    n_top = len(outcome.positions[0].top) if outcome.positions else 0
    scores = ", ".join(f"{one.text!r} {one.logprob:.2f}" for one in outcome.scored)
    shown = excerpt(outcome.text, limit=40)
    said = detail.format(text=shown, n_texts=len(outcome.texts), n_top=n_top, scores=scores)
    return CheckLine(name, True, said)


async def _bounded(call: Awaitable[T], server: str, limit_seconds: float) -> T | EngineError:
    try:
        async with asyncio.timeout(limit_seconds):
            return await call
    except TimeoutError:
        return EngineRefused(f"{server}: no reply within {limit_seconds:g} seconds; is the server busy?", fatal=False)
    except EngineError as fault:
        return fault
