"""No persona: the model answers as itself."""

# ruff: noqa: ARG002 (the protocol fixes the parameters, used or not)
from __future__ import annotations

from typing import TYPE_CHECKING

from personas.strategies.base import Attributes, Draw

if TYPE_CHECKING:
    from personas.plan import Population


class Basic:
    """Personas without a text and without attributes."""

    name = "basic"
    options: frozenset[str] = frozenset()

    def check(self, population: Population) -> None:
        """Nothing can be wrong."""

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """`n` empty attribute dicts."""
        return Draw([{} for _ in range(n or 0)])

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """No values."""
        return {}

    def text(self, attributes: Attributes, language: str) -> str:
        """No text."""
        return ""
