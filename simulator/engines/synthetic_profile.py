"""Who a known-truth respondent is: 19 values on the circle, and stances on topics.

A profile is the human hierarchy, plus what the description says (anchor, age, gender, places, names, occupation,
hobby), plus what is personal; all in points of a six-point scale above its middle. Knows no question and no answer.
Source of the circular structure: Schwartz's refined theory; anchors follow the cosine of the distance on the circle.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from statistics import NormalDist
from typing import Any, NamedTuple

from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked
from simulator.seeds import draw_uniform
from surveys.values import HUMAN_MEANS, TEN_OF_VALUE, TEN_VALUES, VALUE_CODES, VALUE_POSITION

N_VALUES = len(VALUE_CODES)
MEMBERS = {ten: tuple(VALUE_POSITION[code] for code in VALUE_CODES if TEN_OF_VALUE[code] == ten) for ten in TEN_VALUES}
MEMBERS |= {code: (position,) for code, position in VALUE_POSITION.items()}
"""Value code → its places on the circle: one for a refined value, its members for one of the wider ten.

TR names a value of either kind. Here it is the refined one, which the 19 need for their circle; tradition as one of the
ten then lacks humility.
"""

COSINES = tuple(math.cos(2 * math.pi * step / N_VALUES) for step in range(N_VALUES))
SINES = tuple(math.sin(2 * math.pi * step / N_VALUES) for step in range(N_VALUES))

CONSERVATION = 10
BENEVOLENCE = 14
CACHED_PROFILES = 4096

_inverse_normal = NormalDist().inv_cdf
_PLACES = ("country", "region", "city")
_NAMES = ("title", "surname", "name_group")
_GROUPS = ("occupation", "hobby")
_GENDER_SIGN = {"female": 1, "woman": 1, "f": 1, "male": -1, "man": -1, "m": -1}


class Profile(NamedTuple):
    """One person: `values` (19, circle order), the part that differs from everybody's as a point (x, y) on the circle.

    `ranking` lists the places of the values, the most important first.
    """

    values: tuple[float, ...]
    x: float
    y: float
    ranking: tuple[int, ...]


class PersonDraws(NamedTuple):
    """Standard normal draws behind the personal part: one per value, two for the circle, one for the level."""

    own: tuple[float, ...]
    x: float
    y: float
    level: float


class PersonalSpread(NamedTuple):
    """Standard deviations of the personal part: of each value, and of the level that all values share, in points."""

    value: float
    level: float


NOBODY = PersonDraws((0.0,) * N_VALUES, 0.0, 0.0, 0.0)


def draw_normal(seed: int, *names: str | int) -> float:
    """One standard normal number from the stream `names`."""
    return _inverse_normal(max(draw_uniform(seed, *names), 2.0**-54))


def draw_person(seed: int, *names: str | int) -> PersonDraws:
    """The 22 draws of one person (or one group of persons) from the stream `names`."""
    own = tuple(draw_normal(seed, *names, position) for position in range(N_VALUES))
    x, y, level = (draw_normal(seed, *names, part) for part in ("x", "y", "level"))
    return PersonDraws(own, x, y, level)


def on_the_circle(draws: PersonDraws, spread: float, strength: float) -> list[float]:
    """Shifts (19) with standard deviation `spread` and correlations `strength` times the cosine of the distance."""
    shared, own = spread * math.sqrt(strength), spread * math.sqrt(1 - strength)
    return [
        own * z + shared * (draws.x * cosine + draws.y * sine)
        for z, cosine, sine in zip(draws.own, COSINES, SINES, strict=True)
    ]


def toward(position: float, amplitude: float) -> list[float]:
    """Shifts (19) that follow the cosine of the distance from `position` (in steps), `amplitude` at its top."""
    steps = ((value - position) % N_VALUES for value in range(N_VALUES))
    return [amplitude * math.cos(2 * math.pi * step / N_VALUES) for step in steps]


class People:
    """Profiles and stances under one truth. Profiles are cached, bounded, and depend on nothing but their names."""

    def __init__(self, truth: KnownTruth, seed: int) -> None:
        self.truth = truth
        self.seed = seed
        self.shared = self._shared_profile()
        self._group_shift = lru_cache(CACHED_PROFILES)(self._draw_group_shift)
        self._subject = lru_cache(CACHED_PROFILES)(self._draw_subject)
        self._profiles: dict[tuple[int, str, str, int], tuple[Mapping[str, Any], Profile]] = {}

    def _shared_profile(self) -> tuple[float, ...]:
        truth = self.truth
        noise = [draw_normal(truth.world, "hierarchy", code) for code in VALUE_CODES]
        return tuple(
            truth.mean_rating + truth.hierarchy * HUMAN_MEANS[code] + truth.hierarchy_noise * z
            for code, z in zip(VALUE_CODES, noise, strict=True)
        )

    def _draw_group_shift(self, kind: str, name: str, spread: float) -> list[float]:
        draws = draw_person(self.truth.world, "group", kind, name)
        return on_the_circle(draws, spread, self.truth.circumplex_strength)

    def described_shift(self, attributes: Mapping[str, Any]) -> list[float]:
        """What the description alone adds to the shared profile (19), free of anything personal."""
        truth = self.truth
        total = [0.0] * N_VALUES
        parts = []
        anchor = VALUE_POSITION.get(str(attributes.get("anchor", "")))
        if anchor is not None:
            parts.append(toward(anchor + truth.anchor_phase, truth.persona_effect))
        age = _age(attributes.get("age"))
        if age is not None:
            parts.append(toward(CONSERVATION, truth.age_effect * (age - 45) / 10))
        sign = _GENDER_SIGN.get(str(attributes.get("gender", "")).casefold(), 0)
        if sign:
            parts.append(toward(BENEVOLENCE, sign * truth.gender_effect))
        for keys, spread in (
            (_PLACES, truth.place_effect / math.sqrt(len(_PLACES))),
            (_NAMES, truth.name_effect / math.sqrt(len(_NAMES))),
            (_GROUPS, truth.group_effect),
        ):
            parts += [
                self._group_shift(key, str(attributes[key]), spread) for key in keys if attributes.get(key) and spread
            ]
        for part in parts:
            total = [sum_ + shift for sum_, shift in zip(total, part, strict=True)]
        return total

    def profile(self, asked: Asked) -> Profile:
        """The profile of the persona asked: the same in every item, try and condition that tells as much of it."""
        # Where arms tell one persona more or less, each telling has a profile of its own.
        key = (asked.run_seed, asked.persona_id, asked.strategy, len(asked.attributes))
        cached = self._profiles.get(key)
        if cached is not None and (cached[0] is asked.attributes or cached[0] == asked.attributes):
            return cached[1]
        draws = draw_person(asked.run_seed, self.seed, "person", asked.persona_id)
        profile = self.build(asked.attributes, draws, asked.strategy)
        if len(self._profiles) >= CACHED_PROFILES:
            del self._profiles[next(iter(self._profiles))]
        self._profiles[key] = (asked.attributes, profile)
        return profile

    def build(self, attributes: Mapping[str, Any], draws: PersonDraws, strategy: str = "") -> Profile:
        """The profile of a person with this description and these personal draws."""
        truth = self.truth
        described = self.described_shift(attributes)
        spread = self.personal_spread(attributes, strategy)
        personal = on_the_circle(draws, spread.value, truth.circumplex_strength)
        own = [a + b for a, b in zip(described, personal, strict=True)]
        level = spread.level * draws.level
        x = 2 / N_VALUES * sum(shift * cosine for shift, cosine in zip(own, COSINES, strict=True))
        y = 2 / N_VALUES * sum(shift * sine for shift, sine in zip(own, SINES, strict=True))
        values = tuple(shared + shift + level for shared, shift in zip(self.shared, own, strict=True))
        ranking = tuple(sorted(range(N_VALUES), key=values.__getitem__, reverse=True))
        return Profile(values, x, y, ranking)

    def personal_spread(self, attributes: Mapping[str, Any], strategy: str) -> PersonalSpread:
        """How much persons differ whose attributes are equal."""
        story = self.truth.story_effect if "generated" in strategy else 0.0
        factor = self._personal_factor(attributes)
        return PersonalSpread(factor * math.hypot(self.truth.person_spread, story), factor * self.truth.level_spread)

    def _personal_factor(self, attributes: Mapping[str, Any]) -> float:
        return 1.0 if attributes else self.truth.blank_spread

    def stance(self, asked: Asked, profile: Profile, subject: str, *, own_part: bool = True) -> float:
        """Where the person stands on `subject` (a topic, or a dimension that is no basic value), in points.

        Without `own_part` the stance follows from topic and values alone.
        """
        truth = self.truth
        mean, cosine, sine = self._subject(subject, asked.topic_attributes.get("controversial") is False)
        own = draw_normal(asked.run_seed, self.seed, "stance", asked.persona_id, subject) if own_part else 0.0
        linked = truth.topic_value_link * (profile.x * cosine + profile.y * sine)
        return mean + linked + self._personal_factor(asked.attributes) * truth.topic_person_spread * own

    def tilt(
        self, asked: Asked, profile: Profile, code: int, cosine: float, sine: float, *, own_part: bool = True
    ) -> float:
        """How far the person is drawn to one unordered option beyond its general pull, in logits."""
        truth = self.truth
        linked = truth.topic_value_link * (profile.x * cosine + profile.y * sine)
        if not own_part:
            return linked
        question = asked.question_id or asked.item_id
        own = draw_normal(asked.run_seed, self.seed, "taste", asked.persona_id, question, code)
        return linked + self._personal_factor(asked.attributes) * truth.topic_person_spread * own

    def _draw_subject(self, subject: str, agreed: bool) -> tuple[float, float, float]:
        """Mean support and direction on the circle of one subject; `agreed` subjects find general support."""
        world = self.truth.world
        mean = self.truth.consensus if agreed else self.truth.topic_spread * draw_normal(world, "subject", subject)
        angle = 2 * math.pi * draw_uniform(world, "direction", subject)
        return mean, math.cos(angle), math.sin(angle)


def _age(value: Any) -> float | None:
    """Age in years; the middle of a range such as "35-44"; None where there is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    years = [int(number) for number in re.findall(r"\d+", str(value))]
    return sum(years) / len(years) if years else None
