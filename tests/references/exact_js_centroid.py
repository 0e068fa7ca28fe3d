"""How the reference centroids were made: exact equations solved in 60-digit decimals, with no code of ours.

Two labels, k certain answers for the first against m for the second: the centroid's mass q on the first solves
(q / (1 + q))^k = ((1 - q) / (2 - q))^m, from the optimality condition of Moore et al. 2024's centroid. Run it to
print the values that tests/analysis/test_dd_divergence.py compares with.
"""

from __future__ import annotations

from decimal import Decimal, getcontext

getcontext().prec = 60


def certain_answers_centroid(k: int, m: int) -> Decimal:
    """Mass of the centroid on the first label, by bisection on ln q (the root may be as small as 1e-300)."""
    low, high = Decimal(-2000), Decimal(0)
    for _ in range(250):
        middle = (low + high) / 2
        q = middle.exp()
        gap = k * (q / (1 + q)).ln() - m * ((1 - q) / (2 - q)).ln() if q < 1 else Decimal(1)
        low, high = (middle, high) if gap < 0 else (low, middle)
    return ((low + high) / 2).exp()


def js_divergence(p: list[Decimal], q: list[Decimal]) -> Decimal:
    """Jensen-Shannon divergence in nats."""
    total = Decimal(0)
    for a, b in zip(p, q, strict=True):
        middle = (a + b) / 2
        for x in (a, b):
            if x > 0:
                total += x * (x / middle).ln() / 2
    return total


def certain_answers_dd(k: int, m: int) -> Decimal:
    """D-D (mean of roots, nats) of k certain answers for one label against m for the other."""
    q = certain_answers_centroid(k, m)
    one, other = [Decimal(1), Decimal(0)], [Decimal(0), Decimal(1)]
    center = [q, 1 - q]
    return (k * js_divergence(center, one).sqrt() + m * js_divergence(center, other).sqrt()) / (k + m)


if __name__ == "__main__":
    for k, m in [(1, 1), (1, 2), (2, 3), (3, 4), (1, 5), (1, 26), (1, 99), (3, 300)]:
        print(k, m, f"{certain_answers_centroid(k, m):.15e}", f"{certain_answers_dd(k, m):.12f}")
