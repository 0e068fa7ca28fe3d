"""Value preferences: from choices between value sets (TrueSkill), and from where values stand in long answers.

Knows no dilemma and no text: only names of values. Source: the study of value preferences across response lengths
(anonymous ACL submission 2025); Herbrich et al. 2006 (TrueSkill), through the `trueskill` package.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import trueskill
from scipy import special

__all__ = [
    "ShuffledRating",
    "ValueRating",
    "playable_games",
    "position_preferences",
    "shuffled_preferences",
    "trueskill_preferences",
]

V = TypeVar("V", bound=Hashable)
Game = tuple[Collection[V], Collection[V]]
Participation = Literal["full", "mean-team"]

MU = 25.0
SIGMA = 25.0 / 3.0
BETA = 25.0 / 6.0
TAU = 25.0 / 300.0
DRAW_PROBABILITY = 0.10


class ValueRating(NamedTuple):
    """What is known of a value's strength: mean and standard deviation, on the scale that starts at 25 and 25/3."""

    mu: float
    sigma: float


class ShuffledRating(NamedTuple):
    """A value's mean `mu` over random orders of the games, and the standard deviation that the order alone causes."""

    mu: float
    mu_sd: float
    sigma: float


class _SteadyTrueSkill(trueskill.TrueSkill):  # type: ignore[misc]  # the package carries no types
    """The package's model with v and w taken through log densities, so that very surprising games do not break it."""

    def __init__(self, **settings: float) -> None:
        super().__init__(backend=(special.ndtr, _density, special.ndtri), **settings)

    def v_win(self, diff: float, draw_margin: float) -> float:
        x = diff - draw_margin
        log_density = -0.5 * x * x - 0.5 * math.log(2.0 * math.pi)
        return math.exp(log_density - float(special.log_ndtr(x)))

    def w_win(self, diff: float, draw_margin: float) -> float:
        x = diff - draw_margin
        v = self.v_win(diff, draw_margin)
        # In (0, 1) by theory; rounding may touch the ends, where the package would give up.
        return min(max(v * (v + x), 0.0), 1.0 - 1e-12)


def _density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def playable_games(games: Iterable[Game[V]]) -> list[tuple[list[V], list[V]]]:
    """Games with repeated names and values on both sides taken out; games with an emptied side are left out.

    games: (winner value names, loser value names). The number skipped is the difference in length.
    """
    cleaned = []
    for winners, losers in games:
        both = set(winners) & set(losers)
        sides = [[value for value in dict.fromkeys(side) if value not in both] for side in (winners, losers)]
        if all(sides):
            cleaned.append((sides[0], sides[1]))
    return cleaned


def trueskill_preferences(
    games: Iterable[Game[V]],
    *,
    draw_probability: float = DRAW_PROBABILITY,
    tau: float = TAU,
    participation: Participation = "full",
) -> dict[V, ValueRating]:
    """Strength of every value from choices between two sets of values, updated in the order given.

    games: (winner value names, loser value names) → {value: (mu, sigma)} for every value that played; values never seen
    are absent, not 25. A value on both sides is removed from both, a game with an emptied side is skipped.
    `draw_probability=0` is the paper's appendix, `tau=0` leaves out the dynamics; participation "mean-team" weighs
    every value 1 / team size. Source: Herbrich et al. 2006; trueskill 0.4.5 with its defaults.
    """
    return _rate(playable_games(games), _environment(draw_probability, tau), participation)


def shuffled_preferences(
    games: Iterable[Game[V]],
    rng: np.random.Generator,
    *,
    n_orders: int = 20,
    draw_probability: float = DRAW_PROBABILITY,
    tau: float = TAU,
    participation: Participation = "full",
) -> dict[V, ShuffledRating]:
    """Strength of every value, averaged over random orders of the games, with the spread that order alone causes.

    games: as for `trueskill_preferences`. `mu_sd` is NaN for one order. TrueSkill depends on order.
    Source: as `trueskill_preferences`.
    """
    cleaned, environment = playable_games(games), _environment(draw_probability, tau)
    runs = [
        _rate([cleaned[i] for i in rng.permutation(len(cleaned))], environment, participation) for _ in range(n_orders)
    ]
    result: dict[V, ShuffledRating] = {}
    for value in runs[0] if runs else ():
        mus = np.array([run[value].mu for run in runs])
        spread = float(mus.std(ddof=1)) if n_orders > 1 else float("nan")
        result[value] = ShuffledRating(float(mus.mean()), spread, float(np.mean([run[value].sigma for run in runs])))
    return result


def _environment(draw_probability: float, tau: float) -> _SteadyTrueSkill:
    return _SteadyTrueSkill(mu=MU, sigma=SIGMA, beta=BETA, tau=tau, draw_probability=draw_probability)


def _rate(
    games: Sequence[tuple[list[V], list[V]]], environment: _SteadyTrueSkill, participation: Participation
) -> dict[V, ValueRating]:
    if participation not in ("full", "mean-team"):
        raise ValueError(f"unknown participation {participation!r}; use full or mean-team")
    ratings: dict[V, Any] = {}
    for teams in games:
        for value in (*teams[0], *teams[1]):
            ratings.setdefault(value, environment.create_rating())
        weights = None
        if participation == "mean-team":
            weights = [[1.0 / len(team)] * len(team) for team in teams]
        rated = environment.rate([[ratings[value] for value in team] for team in teams], weights=weights)
        for team, new in zip(teams, rated, strict=True):
            ratings.update(zip(team, new, strict=True))
    return {value: ValueRating(float(rating.mu), float(rating.sigma)) for value, rating in ratings.items()}


def position_preferences(
    responses: Iterable[Sequence[Collection[V]]], *, convention: Literal["one-based", "zero-based"] = "one-based"
) -> dict[V, float]:
    """Preference of every value from where it first appears in long answers: earlier is preferred.

    responses: one list per long answer, of the value set of each argument in order → {value: minus the mean, over the
    answers holding it, of (first index) / (number of arguments)}, in [-1, 0). Indices count from 1, or from 0 under
    "zero-based". Arguments without values count in the total. Values in no answer are absent. Source: the study of
    value preferences across response lengths, which does not say which index it uses.
    """
    if convention not in ("one-based", "zero-based"):
        raise ValueError(f"unknown convention {convention!r}; use one-based or zero-based")
    base = 1 if convention == "one-based" else 0
    positions: dict[V, list[float]] = {}
    for arguments in responses:
        first: dict[V, int] = {}
        for index, values in enumerate(arguments, start=base):
            for value in values:
                first.setdefault(value, index)
        for value, index in first.items():
            positions.setdefault(value, []).append(index / len(arguments))
    return {value: -float(np.mean(found)) for value, found in positions.items()}
