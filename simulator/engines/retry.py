"""When to ask a server again, and after how long: a pure decision from what went wrong and how often.

Knows no server and no clock: the caller hands in the try's number, the server's own wish and a uniform draw. The wait
is exponential backoff with full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog 2015); a
server that names a time is given at least that time, up to a limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum


class Trouble(StrEnum):
    """What kind of failure one try met. Only `FINAL` is never asked again."""

    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    MALFORMED = "malformed"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be. `max_attempts` counts the first try; times in seconds.

    The wait before try k + 1 is uniform on 0 .. min(`longest_seconds`, `base_seconds` * 2**(k - 1)). `Retry-After` is
    honored up to `longest_retry_after_seconds`. A malformed reply is asked for at most `max_malformed` times in all: a
    server that cannot speak the protocol does not learn it by being asked.
    """

    max_attempts: int = 5
    base_seconds: float = 0.5
    longest_seconds: float = 30.0
    longest_retry_after_seconds: float = 120.0
    max_malformed: int = 3

    def __post_init__(self) -> None:
        if self.max_attempts < 1 or self.max_malformed < 1:
            raise ValueError("a request needs at least one attempt")
        waits = (self.base_seconds, self.longest_seconds, self.longest_retry_after_seconds)
        if not all(math.isfinite(wait) and wait >= 0 for wait in waits):
            raise ValueError(f"waiting times must be finite and not negative, found {waits}")

    def wait_seconds(
        self, trouble: Trouble, attempt: int, draw: float, retry_after_seconds: float | None = None
    ) -> float | None:
        """How long to wait after try number `attempt` (from 1) failed with `trouble`; None means give up.

        `draw` is uniform on [0, 1). With `retry_after_seconds` the wait is that time (capped) plus the jitter, so that
        many waiting requests do not all come back in the same instant.
        """
        limit = {Trouble.FINAL: 1, Trouble.MALFORMED: min(self.max_malformed, self.max_attempts)}
        if attempt >= limit.get(trouble, self.max_attempts):
            return None
        # 2.0**1000 is finite and 2.0**1024 is not; beyond 64 doublings the cap has long decided.
        backoff = min(self.longest_seconds, self.base_seconds * 2.0 ** min(attempt - 1, 64))
        if retry_after_seconds is None:
            return draw * backoff
        return min(retry_after_seconds, self.longest_retry_after_seconds) + draw * min(backoff, self.base_seconds)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds asked for by a `Retry-After` header: a number or an HTTP date; None where absent or unreadable.

    A time in the past is 0. `now` must know its time zone. Servers send fractions although RFC 9110 has whole seconds.
    """
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        return _until_date(text, now)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _until_date(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
