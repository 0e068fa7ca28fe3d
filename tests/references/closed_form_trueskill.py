"""How the TrueSkill references were made: the closed-form two-team update, written from Herbrich et al. 2006.

Uses no code of ours and not the trueskill package, whose factor graph it must agree with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import NormalDist

Teams = tuple[list[str], list[str]]


def rate(games: Iterable[Teams], p_draw: float = 0.10, tau: float = 25 / 300) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of every value after the games, in order."""
    normal, beta = NormalDist(), 25 / 6
    state: dict[str, tuple[float, float]] = {}
    for winners, losers in games:
        players = [*winners, *losers]
        for name in players:
            state.setdefault(name, (25.0, 25 / 3))
        variance = {name: state[name][1] ** 2 + tau**2 for name in players}
        c = math.sqrt(sum(variance.values()) + len(players) * beta**2)
        margin = math.sqrt(len(players)) * beta * normal.inv_cdf((p_draw + 1) / 2) / c
        t = (sum(state[w][0] for w in winners) - sum(state[x][0] for x in losers)) / c
        v = normal.pdf(t - margin) / normal.cdf(t - margin)
        w = v * (v + t - margin)
        for name in players:
            sign, s2 = (1 if name in winners else -1), variance[name]
            state[name] = (state[name][0] + sign * s2 / c * v, math.sqrt(s2 * (1 - s2 / c**2 * w)))
    return state


if __name__ == "__main__":
    table = [
        (["Hon", "Vul", "Cou", "Emp", "Com"], ["Pri", "Ind"]),
        (["Hon", "Cou", "Int"], ["Com", "Emp", "Sac", "Con"]),
    ]
    for name, (mu, sigma) in rate(table).items():
        print(f"{name} {mu:.4f} {sigma:.4f}")
