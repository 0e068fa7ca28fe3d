"""When to stop asking a server that has gone: a circuit breaker as a pure state machine, the clock passed in.

    closed ── failures in a row ──► open ── pause over ──► probing ── reply ──► closed
                                     ▲                        │
                                     └──────── failure ───────┴─── too many probes ──► given up

Knows no request and waits for nothing. Counts only failures that look like an absent server; any reply, even a refusal,
says that somebody is there. Source: M. Nygard, Release It! (2nd ed. 2018), chapter 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto


class CircuitState(Enum):
    """What may be sent: everything, nothing, nothing but the probe that is out, nothing ever again."""

    CLOSED = auto()
    OPEN = auto()
    PROBING = auto()
    GIVEN_UP = auto()


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """How soon to stop and how long to hope; times in seconds.

    Opens after `failures` in a row over all calls; with few calls under way already after twice their number plus one,
    so that none has used up its tries on a server that only restarts. Probe k comes min(`longest_seconds`,
    `first_seconds` * 2**(k - 1)) after the failure before it; after `probes` failed ones the server is given up.
    """

    failures: int = 10
    probes: int = 10
    first_seconds: float = 1.0
    longest_seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.failures < 1 or self.probes < 1:
            raise ValueError("a circuit needs at least one failure to open and one probe to give up")
        if not all(math.isfinite(wait) and wait >= 0 for wait in (self.first_seconds, self.longest_seconds)):
            raise ValueError("pauses must be finite and not negative")


class Circuit:
    """Whether a server may be asked now. `n_failures` counts the failures since the last reply."""

    def __init__(self, policy: CircuitPolicy) -> None:
        self._policy = policy
        self.state = CircuitState.CLOSED
        self.n_failures = 0
        self.n_probes = 0
        self._failing_since = 0.0
        self._next_probe = 0.0

    def wait_seconds(self, now: float) -> float:
        """How long until the next probe may go; 0 where it may go now. Only for the state OPEN."""
        return max(0.0, self._next_probe - now)

    def failing_seconds(self, now: float) -> float:
        """How long ago the first of the failures since the last reply was."""
        return now - self._failing_since

    def begin_probe(self) -> None:
        """One request goes out to see whether the server is back."""
        self.state = CircuitState.PROBING

    def abandon_probe(self) -> None:
        """The probe was called off before it told anything; the next may go at once."""
        if self.state is CircuitState.PROBING:
            self.state = CircuitState.OPEN

    def replied(self) -> None:
        """Somebody is there."""
        self.state = CircuitState.CLOSED
        self.n_failures = self.n_probes = 0

    def failed(self, now: float, *, n_calls: int, is_probe: bool) -> None:
        """Nobody was there; `n_calls` calls are under way."""
        if self.n_failures == 0:
            self._failing_since = now
        self.n_failures += 1
        if self.state is CircuitState.CLOSED:
            if self.n_failures >= min(self._policy.failures, 2 * n_calls + 1):
                self._open(now)
        elif self.state is CircuitState.PROBING and is_probe:
            self.n_probes += 1
            if self.n_probes >= self._policy.probes:
                self.state = CircuitState.GIVEN_UP
            else:
                self._open(now)

    def _open(self, now: float) -> None:
        self.state = CircuitState.OPEN
        pause = self._policy.first_seconds * 2.0 ** min(self.n_probes, 64)
        self._next_probe = now + min(self._policy.longest_seconds, pause)
