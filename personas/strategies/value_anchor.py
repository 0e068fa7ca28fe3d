"""Personas who hold one of the 19 refined values above all others, in balance (Rozen et al. 2025).

The phrases are ours; option anchors = "printed" exchanges the two power phrases as the paper prints them,
anchors = 20 adds animal welfare, which is no refined value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from personas.catalogs import catalog
from personas.margins import Margin
from personas.quotas import balanced
from personas.render import fill, shipped_template, shipped_word
from personas.strategies.base import Attributes, Draw
from personas.suggestions import did_you_mean
from simulator.errors import PopulationError
from simulator.seeds import rng_for

if TYPE_CHECKING:
    from personas.plan import Population

_CHOICES = ("19", "20", "printed")
_SWAPPED = {"POD": "POR", "POR": "POD"}


def anchor_codes(extra: bool = False) -> tuple[str, ...]:
    """The 19 value codes in circle order; with `extra` the twentieth anchor too."""
    rows = catalog("anchors.toml").rows
    return tuple(row["name"] for row in rows if extra or not row.get("extra"))


class ValueAnchor:
    """Attribute `anchor` (value code), and `anchor_phrase` naming the phrase's code where it is another one."""

    name = "value-anchor"
    options = frozenset({"anchors"})

    def check(self, population: Population) -> None:
        """Option `anchors` is 19, 20 or "printed"."""
        choice = str(population.options.get("anchors", 19))
        if choice not in _CHOICES:
            raise PopulationError(f"population: anchors is {choice!r}; {did_you_mean(choice, _CHOICES)}")

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """Every anchor in turn, in a random order: counts differ by at most one."""
        choice = str(population.options.get("anchors", 19))
        codes = anchor_codes(extra=choice == "20")
        order = balanced(len(codes), n or 0, rng_for(seed, "population", self.name))
        attributes = [{"anchor": codes[index]} for index in order]
        if choice == "printed":
            for facts in attributes:
                if facts["anchor"] in _SWAPPED:
                    facts["anchor_phrase"] = _SWAPPED[facts["anchor"]]
        target = Margin("anchor", dict.fromkeys(codes, 1 / len(codes)), "balanced by design", None)
        return Draw(attributes, (target,))

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """`anchor` (the code) and `anchor_phrase`."""
        code = attributes["anchor"]
        phrase = shipped_word("anchors.toml", attributes.get("anchor_phrase", code), language)
        return {"anchor": code, "anchor_phrase": phrase}

    def text(self, attributes: Attributes, language: str) -> str:
        """What matters most to the persona."""
        return fill(shipped_template(self.name, language), self.words(attributes, language))
