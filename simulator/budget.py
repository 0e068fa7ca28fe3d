"""What a run may spend, and the decision whether one more call fits: pure counters.

A call is reserved before it starts and settled when it has come back. Calls are exact: never one more than the limit.
For tokens and cost, what was spent, what calls in flight may need and what this one may need must fit together; what a
call may need is learnt from the replies so far (docs/decisions/0009). Knows no engine, no store and no interview; its
numbers may lie in memory that several processes share.
"""

from __future__ import annotations

import time
from collections.abc import Callable, MutableSequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

MARGIN = 1.25
"""A call is taken to need at most so many times what the hungriest call so far needed for its size."""
TOKENS_PER_BYTE_BEFORE_THE_FIRST_REPLY = 1.0
"""A token of a byte-level tokenizer stands for at least one byte."""
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent in all; None is no limit. Prices are per million tokens; `wall_seconds` is of each session."""

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0
    wall_seconds: float | None = None

    @property
    def counts_tokens(self) -> bool:
        """Whether tokens decide anything."""
        return self.tokens is not None or self.cost is not None

    @property
    def is_set(self) -> bool:
        """Whether anything is limited."""
        return self.counts_tokens or self.calls is not None or self.wall_seconds is not None

    def cost_of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """What so many tokens cost at these prices."""
        return (prompt_tokens * self.price_in + completion_tokens * self.price_out) / MILLION


class Count(IntEnum):
    """Which counter stands where. CALLS were begun, tokens SPENT came back, RESERVED are those of calls in flight."""

    CALLS = 0
    PROMPT_SPENT = 1
    COMPLETION_SPENT = 2
    PROMPT_RESERVED = 3
    COMPLETION_RESERVED = 4
    IN_FLIGHT = 5
    TOKENS_PER_BYTE = 6
    LONGEST_COMPLETION = 7
    UNREPORTED = 8


@dataclass(slots=True)
class Counters:
    """The numbers of a budget and the lock under which they change.

    Processes share them where `values` lies in memory that each of them maps and `lock` excludes the others. Whole
    numbers are exact up to 2**53.
    """

    values: MutableSequence[float] = field(default_factory=lambda: [0.0] * len(Count))
    lock: AbstractContextManager[Any] = field(default_factory=nullcontext)

    def start_from(self, calls: int, prompt_tokens: int, completion_tokens: int) -> Counters:
        """These counters with what was spent before; returns them."""
        with self.lock:
            self.values[Count.CALLS] = calls
            self.values[Count.PROMPT_SPENT] = prompt_tokens
            self.values[Count.COMPLETION_SPENT] = completion_tokens
        return self


class Demand(NamedTuple):
    """What is known of a call before it starts: bytes of its prompt, completions asked for, longest one allowed."""

    prompt_bytes: int
    samples: int = 1
    max_tokens: int | None = None


class Reservation(NamedTuple):
    """What is held for one call in flight."""

    demand: Demand
    prompt_tokens: float
    completion_tokens: float


class Use(NamedTuple):
    """How far one limit is used up. `kind` is calls, tokens, cost or wall_seconds."""

    kind: str
    used: float
    limit: float

    def __str__(self) -> str:
        if self.kind == "wall_seconds":
            return f"wall time: {self.used:,.0f} of {self.limit:,g} s used"
        return f"{self.kind}: {amount(self.used)} of {amount(self.limit)} used"


class BudgetSpent(Exception):
    """The next call does not fit: fieldwork stops here, by plan. Never leaves fieldwork."""


class Budget:
    """Decides, call by call, what still fits into `limits`; `counters` hold what was spent before."""

    def __init__(
        self,
        limits: Limits,
        counters: Counters | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        started: float | None = None,
    ) -> None:
        """`started` is when the session began, where another process began it; else it begins now."""
        self.limits = limits
        self.counters = counters or Counters()
        self.stopped_by: str | None = None
        self._clock = clock
        self._started = clock() if started is None else started

    @property
    def is_unreported(self) -> bool:
        """Whether a reply came without the token counts that a limit is about."""
        return self.limits.counts_tokens and self.counters.values[Count.UNREPORTED] > 0

    def reserve(self, demand: Demand) -> Reservation | None:
        """Hold what this call may need; None while it may fit once a call in flight has come back.

        Raises BudgetSpent where it does not fit: the call must not start.
        """
        with self.counters.lock:
            reservation = self._bound(demand)
            reason = self._reason_against(reservation)
            if reason is not None:
                self.stopped_by = self.stopped_by or reason
                raise BudgetSpent(reason)
            if self._must_wait(reservation):
                return None
            values = self.counters.values
            values[Count.CALLS] += 1
            values[Count.IN_FLIGHT] += 1
            values[Count.PROMPT_RESERVED] += reservation.prompt_tokens
            values[Count.COMPLETION_RESERVED] += reservation.completion_tokens
            return reservation

    def settle(self, reservation: Reservation, prompt_tokens: int | None, completion_tokens: int | None) -> None:
        """A call came back with a completion of so many tokens; one without counts is taken to have needed its
        bound.
        """
        with self.counters.lock:
            values, (demand, prompt_bound, completion_bound) = self.counters.values, reservation
            self._release(reservation)
            if prompt_tokens is None or completion_tokens is None:
                values[Count.UNREPORTED] += 1
            values[Count.PROMPT_SPENT] += prompt_bound if prompt_tokens is None else prompt_tokens
            values[Count.COMPLETION_SPENT] += completion_bound if completion_tokens is None else completion_tokens
            seen = (prompt_tokens or 0) / max(demand.prompt_bytes, 1)
            values[Count.TOKENS_PER_BYTE] = max(values[Count.TOKENS_PER_BYTE], seen)
            longest = (completion_tokens or 0) / demand.samples
            values[Count.LONGEST_COMPLETION] = max(values[Count.LONGEST_COMPLETION], longest)

    def settle_failed(self, reservation: Reservation) -> None:
        """A call failed: it stays counted as a call, and what it cost nobody told."""
        with self.counters.lock:
            self._release(reservation)

    def uses(self) -> list[Use]:
        """How far each limit is used up, calls in flight included as calls."""
        values, limits = self.counters.values, self.limits
        prompt, completion = values[Count.PROMPT_SPENT], values[Count.COMPLETION_SPENT]
        return uses(limits, int(values[Count.CALLS]), int(prompt), int(completion), self._clock() - self._started)

    def _bound(self, demand: Demand) -> Reservation:
        """What this call may need at most, as far as can be told."""
        if not self.limits.counts_tokens:
            return Reservation(demand, 0.0, 0.0)
        values = self.counters.values
        ratio = values[Count.TOKENS_PER_BYTE] * MARGIN or TOKENS_PER_BYTE_BEFORE_THE_FIRST_REPLY
        seen = values[Count.LONGEST_COMPLETION]
        # A server that once went beyond max_tokens may do so again.
        longest = seen * MARGIN if demand.max_tokens is None or seen > demand.max_tokens else demand.max_tokens
        return Reservation(demand, ratio * demand.prompt_bytes, longest * demand.samples)

    def _reason_against(self, wanted: Reservation) -> str | None:
        """Why this call can never start, also if nothing were in flight."""
        values, limits = self.counters.values, self.limits
        elapsed = self._clock() - self._started
        if limits.wall_seconds is not None and elapsed >= limits.wall_seconds:
            return str(Use("wall_seconds", elapsed, limits.wall_seconds))
        if self.is_unreported:
            return "tokens: not reported by the engine"
        if limits.calls is not None and values[Count.CALLS] + 1 > limits.calls:
            return str(Use("calls", values[Count.CALLS], limits.calls))
        if limits.counts_tokens and self._is_first_in_flight():
            return None
        prompt, completion = values[Count.PROMPT_SPENT], values[Count.COMPLETION_SPENT]
        return self._exceeded(prompt, completion, wanted)

    def _must_wait(self, wanted: Reservation) -> bool:
        """Whether this call fits only without those in flight; before the first reply, one call at a time."""
        if not self.limits.counts_tokens:
            return False
        values = self.counters.values
        prompt = values[Count.PROMPT_SPENT] + values[Count.PROMPT_RESERVED]
        completion = values[Count.COMPLETION_SPENT] + values[Count.COMPLETION_RESERVED]
        return self._is_first_in_flight() or self._exceeded(prompt, completion, wanted) is not None

    def _is_first_in_flight(self) -> bool:
        """Whether nothing is learnt yet and a call is under way that will tell."""
        return self.counters.values[Count.TOKENS_PER_BYTE] == 0 and self.counters.values[Count.IN_FLIGHT] > 0

    def _exceeded(self, prompt: float, completion: float, wanted: Reservation) -> str | None:
        """Which limit the call would break on top of these tokens."""
        limits = self.limits
        need_in, need_out = wanted.prompt_tokens, wanted.completion_tokens
        if limits.tokens is not None and prompt + completion + need_in + need_out > limits.tokens:
            needed = amount(need_in + need_out)
            return f"{Use('tokens', prompt + completion, limits.tokens)}, and the next call may need {needed}"
        if limits.cost is not None and limits.cost_of(prompt + need_in, completion + need_out) > limits.cost:
            needed = amount(limits.cost_of(need_in, need_out))
            return (
                f"{Use('cost', limits.cost_of(prompt, completion), limits.cost)}, and the next call may need {needed}"
            )
        return None

    def _release(self, reservation: Reservation) -> None:
        values = self.counters.values
        values[Count.IN_FLIGHT] -= 1
        values[Count.PROMPT_RESERVED] -= reservation.prompt_tokens
        values[Count.COMPLETION_RESERVED] -= reservation.completion_tokens
        if not values[Count.IN_FLIGHT]:  # what rounding left of sums and differences
            values[Count.PROMPT_RESERVED] = values[Count.COMPLETION_RESERVED] = 0.0


def uses(limits: Limits, calls: int, prompt_tokens: int, completion_tokens: int, seconds: float | None) -> list[Use]:
    """How far each limit that is set is used up by this; without `seconds`, wall time is left out."""
    cost = limits.cost_of(prompt_tokens, completion_tokens)
    used = {"calls": calls, "tokens": prompt_tokens + completion_tokens, "cost": cost, "wall_seconds": seconds}
    found = [(kind, number, getattr(limits, kind)) for kind, number in used.items()]
    return [Use(kind, number, limit) for kind, number, limit in found if limit is not None and number is not None]


def amount(number: float) -> str:
    """A count or a sum of money as a person writes it: 48,200 or 1.25 or 0.0034."""
    if number == int(number):
        return f"{int(number):,}"
    return f"{number:,.0f}" if number >= 1000 else f"{number:,.2f}" if number >= 1 else f"{number:.3g}"
