"""What a way of drawing personas has to do: one small protocol. Knows no particular strategy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from personas.margins import Margin

if TYPE_CHECKING:
    from personas.plan import Population

Attributes = Mapping[str, Any]


class Draw(NamedTuple):
    """What a strategy drew: one attribute dict per persona, the distributions it drew from, weights if it has any."""

    attributes: list[dict[str, Any]]
    targets: tuple[Margin, ...] = ()
    weights: list[float] | None = None


class Strategy(Protocol):
    """One way of drawing personas. Random draws come from `rng_for(seed, "population", name, ...)` and nowhere else."""

    @property
    def name(self) -> str:
        """The name in a specification."""
        ...

    @property
    def options(self) -> frozenset[str]:
        """The options it understands, besides `template`."""
        ...

    def check(self, population: Population) -> None:
        """Raise PopulationError if `population` cannot be drawn by this strategy."""
        ...

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """Draw `n` personas; only a strategy that reads a table may be asked for None, which means every row."""
        ...

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """The values that a template may use, in `language`."""
        ...

    def text(self, attributes: Attributes, language: str) -> str:
        """The shipped description of a persona in `language`; empty if it says nothing."""
        ...
