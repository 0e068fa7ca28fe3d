"""The seam between the interview and whoever answers: one method, a set of capabilities, a clear refusal.

Knows no concrete engine. A probe asks for a capability with `require`; nobody sniffs at names or versions.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable

from simulator.errors import MissingCapability
from simulator.messages import Completion, Request


class Capability(StrEnum):
    """What an engine may be able to do beyond returning text."""

    SAMPLING = "sampling"
    SEED = "seed"
    TOP_LOGPROBS = "top_logprobs"
    PROMPT_LOGPROBS = "prompt_logprobs"
    STRUCTURED_CHOICE = "structured_choice"
    BEAM_SEARCH = "beam_search"
    ASSISTANT_PREFIX = "assistant_prefix"
    RAW_COMPLETION = "raw_completion"


@runtime_checkable
class Engine(Protocol):
    """Whoever answers. `name` is our name for the engine, `model` the id of what answers behind it."""

    name: str
    model: str
    capabilities: frozenset[Capability]

    async def complete(self, request: Request) -> Completion:
        """Answer one request, or raise an EngineError; never return an error as a text."""
        ...

    async def close(self) -> None:
        """Release connections; the engine is not used afterwards."""
        ...


def require(engine: Engine, capability: Capability, purpose: str) -> None:
    """Raise MissingCapability, naming engine, capability and purpose, unless `engine` declares it."""
    if capability not in engine.capabilities:
        has = ", ".join(sorted(engine.capabilities)) or "none"
        raise MissingCapability(
            f"{purpose} needs the capability {capability.value!r}, which engine {engine.name!r}"
            f" (model {engine.model!r}) does not have (it has: {has}); choose another engine or another way of asking"
        )
