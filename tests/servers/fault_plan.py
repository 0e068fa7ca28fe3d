"""Which fault a request meets: a pure function of the seed, the request's body and how often that body was seen.

The order in which requests arrive decides nothing, so two runs of the same interviews meet the same faults. Also says
what a client has to record for each kind. Knows no server.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from loopback_replies import unit

RECORDED = {
    "429": "throttled/429",
    "429-after": "throttled/429",
    "429-date": "throttled/429",
    "500": "unreachable/500",
    "502": "unreachable/502",
    "503": "unreachable/503",
    "reset": "unreachable/reset",
    "reset-mid-body": "unreachable/cut",
    "hang": "unreachable/timeout",
    "drip": "unreachable/timeout",
    "truncated": "malformed/json",
    "foreign": "malformed/foreign",
    "html": "malformed/html",
    "utf-8": "malformed/utf-8",
    "empty-choices": "malformed/choices",
    "no-logprobs": "malformed/logprobs",
    "short-logprobs": "malformed/logprobs",
    "few-logprobs": "malformed/logprobs",
    "wrong-model": "malformed/model",
    "huge": "malformed/too-large",
    "bomb": "malformed/too-large",
    "stale": "malformed/repeated",
}
"""Kind → what the client records for each one injected."""

BOUNDED = ("refuse", "twice", "twice-late")
"""Kinds whose effect the server cannot count: how many connections a closed door turns away, and whether the second
copy of a reply meets a client that still listens.
"""

LOGPROBS = ("no-logprobs", "short-logprobs", "few-logprobs")

EVERY_KIND = {
    "429": 4, "429-after": 4, "429-date": 1, "500": 8, "502": 8, "503": 8, "refuse": 0.15, "reset": 8,
    "reset-mid-body": 8, "hang": 0.4, "drip": 0.4, "truncated": 8, "foreign": 6, "html": 6, "utf-8": 6,
    "empty-choices": 6, "wrong-model": 6, "huge": 1, "bomb": 1, "stale": 6, "twice": 4, "twice-late": 6,
}  # fmt: skip
"""Kind → weight, for requests without log probabilities. What costs seconds is rare."""


class Plan:
    """Deals out faults; `injected` counts them by kind."""

    def __init__(self, seed: int, rate: float, weights: dict[str, float]) -> None:
        self._seed, self._rate, self._weights = seed, rate, weights
        self._seen: dict[bytes, int] = {}
        self.injected: Counter[str] = Counter()

    def fate(self, body: bytes) -> str | None:
        """The kind of fault that this request meets, or None."""
        key = blake2b(body, digest_size=12).digest()
        times = self._seen[key] = self._seen.get(key, 0) + 1
        draw = unit(self._seed, key.hex(), times)
        if draw >= self._rate:
            return None
        left = draw / self._rate * sum(self._weights.values())
        for kind, weight in self._weights.items():
            left -= weight
            if left < 0:
                return kind
        return kind
