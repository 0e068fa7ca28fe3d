"""Who is being interviewed: a frozen description, its attributes as data, its weight.

Knows no survey and no engine. How a persona is drawn is a strategy (`personas.strategies`); how many and to what
margins is a `Population`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLACES = frozenset({"region", "city"})
"""The attributes that say where somebody lives within a country."""


def without_place(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes without those that say where in the country somebody lives."""
    return {name: value for name, value in attributes.items() if name not in PLACES}


@dataclass(frozen=True, slots=True)
class Persona:
    """One person to be interviewed.

    `texts` describes the person by language, in the second person, ready to stand in a system message (empty for the
    `basic` strategy); `attributes` are the drawn facts as JSON-able data under stable names (`country`, `region`,
    `city`, `age`, `gender`, `occupation`, `hobby`, `anchor`, `title`, `surname`, `name_group`, ...); `weight` is the
    final weight, 1.0 unless drawn otherwise. `strategy` is the strategy's name, joined with "+" for a combination.
    """

    id: str
    strategy: str
    texts: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0

    def text_in(self, language: str) -> str:
        """The description in `language`, else in any language it has, else empty."""
        return self.texts.get(language) or next(iter(self.texts.values()), "")
