"""Picking several options: independent picks, at least one, at most a maximum; exact probabilities and one draw.

Every option is picked with its own probability. If nothing is picked, one option is taken in proportion to these
probabilities; if too much is picked, an even random part of the picks is kept. Knows no question and no person.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence


def picked_shares(probabilities: Mapping[int, float], max_picks: int | None) -> dict[int, float]:
    """Probability that each option ends up picked; they sum to the mean number of picks."""
    total = sum(probabilities.values())
    empty = math.prod(1 - p for p in probabilities.values())
    most = len(probabilities) if max_picks is None else max_picks
    shares = {}
    for code, p in probabilities.items():
        others = count_probabilities([q for other, q in probabilities.items() if other != code])
        kept = sum(chance * min(1.0, most / (1 + n)) for n, chance in enumerate(others))
        shares[code] = p * kept + empty * p / total
    return shares


def count_probabilities(probabilities: Sequence[float]) -> list[float]:
    """Probability of 0, 1, 2, ... picks among independent picks (Poisson binomial)."""
    counts = [1.0]
    for p in probabilities:
        counts = [
            (counts[n] if n < len(counts) else 0.0) * (1 - p) + (counts[n - 1] * p if n else 0.0)
            for n in range(len(counts) + 1)
        ]
    return counts


def draw_picks(
    probabilities: Mapping[int, float], max_picks: int | None, draw: Callable[[str, int], float]
) -> tuple[int, ...]:
    """The codes picked, ascending; `draw(purpose, code)` gives a uniform number for each purpose and option."""
    picked = [code for code, p in probabilities.items() if draw("pick", code) < p]
    if not picked:
        picked = [at_fraction(probabilities, draw("only", 0) * sum(probabilities.values()))]
    if max_picks is not None and len(picked) > max_picks:
        picked = sorted(picked, key=lambda code: draw("keep", code))[:max_picks]
    return tuple(sorted(picked))


def at_fraction(probabilities: Mapping[int, float], reach: float) -> int:
    """The code at which the running sum of `probabilities` passes `reach`; the likeliest one if it never does."""
    for code, p in probabilities.items():
        reach -= p
        if reach < 0:
            return code
    return max(probabilities, key=probabilities.__getitem__)
