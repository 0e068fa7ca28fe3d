"""The gate before a server: calls wait here while the server asked for a pause, or while it seems to be gone.

Joins the circuit breaker (`circuit.py`) to the event loop. Knows no request; the caller says what became of each try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from simulator.engines.circuit import Circuit, CircuitPolicy, CircuitState


class GivenUp(Exception):
    """The server has been asked for the last time; the caller makes an EngineError of it."""


class Gate:
    """One for all calls to a server. Every `enter` is followed by `replied`, `failed` or `abandoned`."""

    def __init__(
        self, policy: CircuitPolicy, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._circuit = Circuit(policy)
        self._clock, self._sleep = clock, sleep
        self._not_before = 0.0
        self._waiting: dict[object, int] = {}
        self._changed = asyncio.Event()
        self._n_calls = 0

    @property
    def n_failures(self) -> int:
        """Failed tries since the last reply."""
        return self._circuit.n_failures

    @property
    def n_probes(self) -> int:
        """How many of them were made to see whether the server is back."""
        return self._circuit.n_probes

    @property
    def failing_seconds(self) -> float:
        """How long ago the first of them was."""
        return self._circuit.failing_seconds(self._clock())

    @contextmanager
    def call(self) -> Iterator[None]:
        """A call under way, with all its tries and waits."""
        self._n_calls += 1
        try:
            yield
        finally:
            self._n_calls -= 1

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long: the others going on would not help a throttled server."""
        self._not_before = max(self._not_before, self._clock() + seconds)

    async def enter(self, n_tries: int) -> bool:
        """Wait until the server may be asked; True if this try is a probe. `n_tries` is how often this call has asked.

        Raises GivenUp, also while waiting.
        """
        while (pause := self._not_before - self._clock()) > 0:
            await self._sleep(pause)
        if self._circuit.state is CircuitState.CLOSED:
            return False
        ticket = object()
        self._waiting[ticket] = n_tries
        try:
            return await self._wait(n_tries)
        finally:
            del self._waiting[ticket]
            self._tell()

    async def _wait(self, n_tries: int) -> bool:
        circuit = self._circuit
        while circuit.state is not CircuitState.CLOSED:
            if circuit.state is CircuitState.GIVEN_UP:
                raise GivenUp
            # Probes are tries of some call: of one that has most of them left.
            if circuit.state is CircuitState.PROBING or n_tries > min(self._waiting.values()):
                await self._changed.wait()
            elif wait := circuit.wait_seconds(self._clock()):
                await self._sleep_unless_changed(wait)
            else:
                circuit.begin_probe()
                return True
        return False

    async def _sleep_unless_changed(self, seconds: float) -> None:
        either = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._changed.wait())]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in either:
                one.cancel()

    def replied(self) -> None:
        """The server said something, be it a refusal."""
        if self._circuit.n_failures:
            self._circuit.replied()
            self._tell()

    def failed(self, *, is_probe: bool) -> None:
        """Nobody was there."""
        before = self._circuit.state
        self._circuit.failed(self._clock(), n_calls=self._n_calls, is_probe=is_probe)
        if self._circuit.state is not before:
            self._tell()

    def abandoned(self, *, is_probe: bool) -> None:
        """The try was called off."""
        if is_probe:
            self._circuit.abandon_probe()
            self._tell()

    def _tell(self) -> None:
        """Let everyone who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()
