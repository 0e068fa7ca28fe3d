"""What decoding settings do to a known truth, where that is planted (`decoding_effect`); nothing else does.

Every question's probabilities are taken to the power 1/t with t = 1 + effect (temperature - 1), and a share
effect (1 - 1/beams) of the answers is the likeliest one. The wording follows: a share t of the phrases is in reach, and
that share of replies takes the first. Temperature 1, or one that is left to the server, and one beam leave all as it
is. `top_p` plants nothing. Knows no question: only probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.messages import Settings


class Sharpness(NamedTuple):
    """The temperature that works, 0 upwards (1 changes nothing), and the share of answers that is the likeliest."""

    temperature: float
    mode_share: float

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing."""
        return self.temperature == 1 and self.mode_share == 0


NEUTRAL = Sharpness(1.0, 0.0)


def sharpness(effect: float, settings: Settings) -> Sharpness:
    """What these settings do under a planted effect (0 to 1)."""
    if not effect:
        return NEUTRAL
    temperature = 1.0 if settings.temperature is None else settings.temperature
    return Sharpness(1 + effect * (temperature - 1), effect * (1 - 1 / (settings.beams or 1)))


def sharpened(shares: Mapping[int, float], by: Sharpness) -> dict[int, float]:
    """The shares at another temperature, their sum unchanged. Where several are the likeliest, the first is."""
    total, top = sum(shares.values()), max(shares.values(), default=0.0)
    if by.is_neutral or top <= 0:
        return dict(shares)
    mode = next(code for code, share in shares.items() if share == top)
    if by.temperature > 0:
        weights = {code: (share / top) ** (1 / by.temperature) for code, share in shares.items()}
    else:
        weights = {code: float(code == mode) for code in shares}
    scale = (1 - by.mode_share) * total / sum(weights.values())
    return {code: scale * weight + by.mode_share * total * (code == mode) for code, weight in weights.items()}


def sharpened_picks(picks: Mapping[int, float], by: Sharpness) -> dict[int, float]:
    """The probabilities of independent picks: each is sharpened against not picking."""
    return {code: sharpened({1: p, 0: 1 - p}, by)[1] for code, p in picks.items()}


def narrowed(u: float, by: Sharpness) -> float:
    """A uniform number that picks words, drawn toward 0 as the settings leave less to chance."""
    if u < by.mode_share:
        return 0.0
    return (u - by.mode_share) / (1 - by.mode_share) * min(1.0, by.temperature)
