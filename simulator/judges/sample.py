"""Which replies are judged: so many of each stratum, drawn without replacement, the same ones for the same seed.

Every reply has a number of its own from a named stream, and the smallest of a stratum are drawn: a larger sample of a
stratum holds the smaller one. Knows no record: replies come in as plain data. METHODS 5.10: 1 % of the replies, at
least 30, stratified by dimension.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from simulator.errors import RunSpecError
from simulator.seeds import draw_uniform

AT_LEAST = 30
"""What a percentage is rounded up to, as far as there are replies."""


class Reply(NamedTuple):
    """One reply that may be judged: whose, which exchange, to which item (position), and its stratum."""

    respondent: int
    exchange: int
    item: int
    stratum: str


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many replies: a `share` of all (at least `AT_LEAST`), or a `count`; both None for all."""

    share: float | None = None
    count: int | None = None

    def of(self, n: int) -> int:
        """How many of `n` replies."""
        if self.share is not None:
            # A share such as 0.07 of 100 is 7.000000000000001 in floating point.
            return min(n, max(AT_LEAST, ceil(round(self.share * n, 9))))
        return n if self.count is None else min(n, self.count)


def read_sample_size(text: str) -> SampleSize:
    """`1%`, `200` or `all`; RunSpecError for anything else."""
    given = text.strip().lower()
    if given == "all":
        return SampleSize()
    try:
        if given.endswith("%"):
            share = float(given[:-1]) / 100
            if 0 < share <= 1:
                return SampleSize(share=share)
        elif int(given) > 0:
            return SampleSize(count=int(given))
    except ValueError:
        pass
    raise RunSpecError(
        f"--sample {text!r}: give a percentage above 0 such as 1%, a number of replies such as 200, or all"
    )


def draw_sample(replies: Iterable[Reply], size: SampleSize, seed: int) -> list[Reply]:
    """The replies drawn, by respondent and exchange: each stratum in proportion to what it holds, at least one of each
    as far as the number goes.
    """
    strata: dict[str, list[Reply]] = defaultdict(list)
    for reply in replies:
        strata[reply.stratum].append(reply)
    wanted = allocation({name: len(held) for name, held in strata.items()}, size)
    drawn = []
    for name, held in strata.items():
        held.sort(key=lambda reply: (_number(reply, seed), reply))
        drawn += held[: wanted[name]]
    return sorted(drawn)


def allocation(sizes: Mapping[str, int], size: SampleSize) -> dict[str, int]:
    """How many of each stratum, by the largest remainder; a stratum left without any gets one from the largest."""
    total = sum(sizes.values())
    n = size.of(total)
    exact = {name: n * held / total for name, held in sizes.items()} if total else {}
    found = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (found[name] - exact[name], name))
    for name in by_remainder[: n - sum(found.values())]:
        found[name] += 1
    for name in sorted(name for name in found if not found[name]):
        richest = max(found, key=lambda one: (found[one], one))
        if found[richest] > 1:
            found[richest] -= 1
            found[name] = 1
    return found


def _number(reply: Reply, seed: int) -> float:
    return draw_uniform(seed, reply.respondent, reply.exchange, "judge_sample")
