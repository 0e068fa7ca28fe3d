"""The 19 refined basic human values: facts about the circle, the PVQ-RR key and human means. Knows no persona.

Order, key and poles: Schwartz et al. 2012 and the PVQ-RR manual. The order is that of the circle (benevolence beside
humility, universalism beside self-direction), never that of a glossary. The item texts of the PVQ-RR belong to their
owner and are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

Pole = Literal["openness to change", "self-enhancement", "conservation", "self-transcendence"]
POLES: tuple[Pole, ...] = ("openness to change", "self-enhancement", "conservation", "self-transcendence")


@dataclass(frozen=True, slots=True)
class BasicValue:
    """One refined value. `items` are its PVQ-RR item numbers (1..57); values between two poles belong to both.

    `ten` is the code of the wider value (Schwartz 1992) it is part of; None for face, which none of the ten covers.
    """

    code: str
    name: str
    items: tuple[int, int, int]
    poles: tuple[Pole, ...]
    ten: str | None


_OPEN, _SELF, _CONSERVE, _TRANSCEND = POLES

VALUES: tuple[BasicValue, ...] = (
    BasicValue("SDT", "Self-direction: thought", (1, 23, 39), (_OPEN,), "SD"),
    BasicValue("SDA", "Self-direction: action", (16, 30, 56), (_OPEN,), "SD"),
    BasicValue("ST", "Stimulation", (10, 28, 43), (_OPEN,), "ST"),
    BasicValue("HE", "Hedonism", (3, 36, 46), (_OPEN, _SELF), "HE"),
    BasicValue("AC", "Achievement", (17, 32, 48), (_SELF,), "AC"),
    BasicValue("POD", "Power: dominance", (6, 29, 41), (_SELF,), "PO"),
    BasicValue("POR", "Power: resources", (12, 20, 44), (_SELF,), "PO"),
    BasicValue("FAC", "Face", (9, 24, 49), (_SELF, _CONSERVE), None),
    BasicValue("SEP", "Security: personal", (13, 26, 53), (_CONSERVE,), "SE"),
    BasicValue("SES", "Security: societal", (2, 35, 50), (_CONSERVE,), "SE"),
    BasicValue("TR", "Tradition", (18, 33, 40), (_CONSERVE,), "TR"),
    BasicValue("COR", "Conformity: rules", (15, 31, 42), (_CONSERVE,), "CO"),
    BasicValue("COI", "Conformity: interpersonal", (4, 22, 51), (_CONSERVE,), "CO"),
    BasicValue("HUM", "Humility", (7, 38, 54), (_CONSERVE, _TRANSCEND), "TR"),
    BasicValue("BED", "Benevolence: dependability", (19, 27, 55), (_TRANSCEND,), "BE"),
    BasicValue("BEC", "Benevolence: caring", (11, 25, 47), (_TRANSCEND,), "BE"),
    BasicValue("UNC", "Universalism: concern", (5, 37, 52), (_TRANSCEND,), "UN"),
    BasicValue("UNN", "Universalism: nature", (8, 21, 45), (_TRANSCEND,), "UN"),
    BasicValue("UNT", "Universalism: tolerance", (14, 34, 57), (_TRANSCEND,), "UN"),
)
"""The 19 values in circle order; neighbours in the tuple (the last and the first too) are neighbours on the circle."""

VALUE_CODES: tuple[str, ...] = tuple(value.code for value in VALUES)
VALUE_POSITION: Mapping[str, int] = MappingProxyType({code: place for place, code in enumerate(VALUE_CODES)})
VALUE_OF_ITEM: Mapping[int, str] = MappingProxyType(
    {number: value.code for number in range(1, 58) for value in VALUES if number in value.items}
)
"""PVQ-RR item number (1..57, in this order) → value code."""

TEN_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "SD": "Self-direction",
        "ST": "Stimulation",
        "HE": "Hedonism",
        "AC": "Achievement",
        "PO": "Power",
        "SE": "Security",
        "CO": "Conformity",
        "TR": "Tradition",
        "BE": "Benevolence",
        "UN": "Universalism",
    }
)
"""The ten values of 1992 in their usual order. Tradition and conformity share one direction there."""

TEN_OF_VALUE: Mapping[str, str | None] = MappingProxyType({value.code: value.ten for value in VALUES})
"""Refined value → one of the ten; humility counts as tradition, face as none (so does the public German matrix)."""


class HumanReference(NamedTuple):
    """Where human means come from and how many people stand behind them."""

    source: str
    year: int
    n_groups: int
    n_people: int
    mean_age: float
    sd_age: float
    women_share: float


HUMAN_REFERENCE = HumanReference(
    source="Schwartz & Cieciuch 2022, as printed in Rozen et al. 2025",
    year=2022,
    n_groups=49,
    n_people=53_472,
    mean_age=34.2,
    sd_age=15.8,
    women_share=0.59,
)

HUMAN_MEANS: Mapping[str, float] = MappingProxyType(
    {
        "SDT": 0.58,
        "SDA": 0.60,
        "ST": -0.11,
        "HE": 0.23,
        "AC": 0.08,
        "POD": -1.40,
        "POR": -1.33,
        "FAC": 0.05,
        "SEP": 0.28,
        "SES": 0.32,
        "TR": -0.72,
        "COR": -0.26,
        "COI": -0.16,
        "HUM": -0.20,
        "BED": 0.72,
        "BEC": 0.79,
        "UNC": 0.50,
        "UNN": -0.10,
        "UNT": 0.37,
    }
)
"""Mean over 49 cultural groups of the value score minus the person's mean over all items, on the 1..6 answer scale.

Circle order. The printed values sum to +.24, not to 0.
"""


def circle_distance(first: str, second: str) -> int:
    """Steps between two values on the circle, 0..9; KeyError for a code that is no refined value."""
    steps = abs(VALUE_POSITION[first] - VALUE_POSITION[second])
    return min(steps, len(VALUES) - steps)
