"""An engine that asks a budget before every call and tells it afterwards what the call needed.

Wraps any engine; what it adds is counting. Knows no record and no interview.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from simulator.budget import Budget, Demand, Reservation
from simulator.engines.base import Engine
from simulator.messages import Completion, Message, Request

LOOK_AGAIN_SECONDS = 0.02
"""How often a call that does not fit beside those in flight, perhaps in other processes, looks again."""
BYTES_PER_MESSAGE = 16
"""What a chat template adds to a message, as bytes: about four tokens."""


class MeteredEngine:
    """`engine` as far as `budget` allows; `complete` raises BudgetSpent where a call does not fit."""

    def __init__(self, engine: Engine, budget: Budget) -> None:
        self.name = engine.name
        self.model = engine.model
        self.capabilities = engine.capabilities
        self._engine = engine
        self._budget = budget

    async def complete(self, request: Request) -> Completion:
        """Answer one request if it fits. Whatever happens to the call, it counts as one."""
        reservation = await self._reserved(request)
        try:
            completion = await self._engine.complete(request)
        except BaseException:
            self._budget.settle_failed(reservation)
            raise
        self._budget.settle(reservation, completion.prompt_tokens, completion.completion_tokens)
        return completion

    async def close(self) -> None:
        """Close the engine behind it."""
        await self._engine.close()

    async def _reserved(self, request: Request) -> Reservation:
        counts_tokens = self._budget.limits.counts_tokens
        size = prompt_bytes(request.messages) if counts_tokens else 0
        demand = Demand(size, request.samples, request.settings.max_tokens)
        while (reservation := self._budget.reserve(demand)) is None:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return reservation


def prompt_bytes(messages: Sequence[Message]) -> int:
    """The size of a prompt in bytes, which vary less per token between scripts than characters do."""
    contents = (message.content.encode("utf-8", "surrogatepass") for message in messages)
    return sum(map(len, contents)) + BYTES_PER_MESSAGE * len(messages)
