"""From a plan (`Population`) and a seed to personas: facts drawn, texts written, weights fitted.

Pure: the same plan and seed give the same personas, whatever else is drawn. Knows no survey and no engine. The plan
itself is `personas.plan`, offered here too; looking at what was drawn is `personas.summary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from personas.margins import Margin, Raked, rake
from personas.persona import Persona, without_place
from personas.plan import Population
from personas.render import fill, join
from personas.strategies.base import Draw, Strategy
from personas.weights import design_effect, effective_sample_size
from simulator.errors import PopulationError

__all__ = ["DrawnPopulation", "MarginRow", "Population", "draw"]


class MarginRow(NamedTuple):
    """One category of one variable as drawn: number of personas, their share, their share of weight, the target.

    `target_share` is None where nothing is known to compare with; `reason` says why weights did not meet the target.
    """

    variable: str
    category: str
    n: int
    drawn_share: float
    weighted_share: float
    target_share: float | None
    source: str
    year: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DrawnPopulation:
    """Personas drawn from `population` with `seed`, and how they compare with what they were drawn from.

    `raked` is the result of fitting weights to `population.rake_to`, None where nothing was asked.
    """

    population: Population
    seed: int
    personas: tuple[Persona, ...]
    margins: tuple[MarginRow, ...]
    raked: Raked | None = None

    def __len__(self) -> int:
        return len(self.personas)

    def __iter__(self) -> Iterator[Persona]:
        return iter(self.personas)

    @property
    def weights(self) -> tuple[float, ...]:
        """The personas' final weights."""
        return tuple(persona.weight for persona in self.personas)

    @property
    def design_effect(self) -> float:
        """Kish's design effect of the final weights."""
        return design_effect(self.weights)

    @property
    def effective_sample_size(self) -> float:
        """Kish's effective sample size of the final weights."""
        return effective_sample_size(self.weights)


def draw(population: Population, seed: int, *, tells_place: bool = True) -> DrawnPopulation:
    """Draw the personas of `population`; PopulationError if a table or template does not fit.

    Without `tells_place` the same personas, with all their attributes, are described without region and city.
    """
    draws = _draw_parts(population, seed)
    facts = _merged(draws)
    weights = [1.0] * len(facts)
    for _, drawn in draws:
        if drawn.weights is not None:
            weights = drawn.weights
    raked = None
    if population.rake_to:
        raked = rake(weights, _memberships(facts), population.rake_to)
        weights = [float(weight) for weight in raked.weights]
    width = max(4, len(str(len(facts))))
    personas = tuple(
        Persona(
            id=f"{population.strategy}-{number:0{width}d}",
            strategy=population.strategy,
            texts=texts,
            attributes=attributes,
            weight=weight,
        )
        for number, (attributes, texts, weight) in enumerate(
            zip(facts, _texts(population, draws, tells_place), weights, strict=True), start=1
        )
    )
    targets = tuple(target for _, drawn in draws for target in drawn.targets)
    return DrawnPopulation(population, seed, personas, _rows(facts, weights, targets, population.rake_to, raked), raked)


def _draw_parts(population: Population, seed: int) -> list[tuple[Strategy, Draw]]:
    """Every strategy's draw, in the order named; a table goes first, because it may decide how many there are."""
    n = population.n
    by_name: dict[str, Draw] = {}
    for strategy in sorted(population.parts, key=lambda part: part.name != "table"):
        by_name[strategy.name] = strategy.draw(population, n, seed)
        n = len(by_name[strategy.name].attributes)
    return [(strategy, by_name[strategy.name]) for strategy in population.parts]


def _merged(draws: Sequence[tuple[Strategy, Draw]]) -> list[dict[str, Any]]:
    """One attribute dict per persona; two strategies that draw the same attribute are an error."""
    owner: dict[str, str] = {}
    merged: list[dict[str, Any]] = [{} for _ in draws[0][1].attributes]
    for strategy, drawn in draws:
        names = dict.fromkeys(name for attributes in drawn.attributes for name in attributes)
        for name in names:
            if name in owner:
                raise PopulationError(
                    f"population: both {owner[name]!r} and {strategy.name!r} give {name!r};"
                    " leave out one of the two, or rename the table's column"
                )
            owner[name] = strategy.name
        for attributes, more in zip(merged, drawn.attributes, strict=True):
            attributes.update(more)
    return merged


def _texts(
    population: Population, draws: Sequence[tuple[Strategy, Draw]], tells_place: bool
) -> Iterator[dict[str, str]]:
    for facts in zip(*(drawn.attributes for _, drawn in draws), strict=True):
        told = facts if tells_place else map(without_place, facts)
        parts = [(strategy, own) for (strategy, _), own in zip(draws, told, strict=True)]
        texts = {language: _text(population, parts, language) for language in population.languages}
        yield {language: text for language, text in texts.items() if text}


def _text(population: Population, parts: Sequence[tuple[Strategy, Mapping[str, Any]]], language: str) -> str:
    whole = population.template_for(None, language)
    if whole is not None:
        words: dict[str, object] = {}
        for strategy, own in parts:
            words |= strategy.words(own, language)
        return fill(whole, _without_gaps(words, population))
    texts = []
    for strategy, own in parts:
        template = population.template_for(strategy.name, language)
        if template is None:
            texts.append(strategy.text(own, language))
        else:
            texts.append(fill(template, _without_gaps(strategy.words(own, language), population)))
    return join(texts, language)


def _without_gaps(words: Mapping[str, object], population: Population) -> dict[str, object]:
    gap = population.options.get("missing_text", "")
    return {name: gap if word is None else word for name, word in words.items()}


def _memberships(facts: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for attributes in facts for name in attributes)
    return {name: [attributes.get(name) for attributes in facts] for name in names}


def _rows(
    facts: Sequence[Mapping[str, Any]],
    weights: Sequence[float],
    targets: Sequence[Margin],
    rake_to: Sequence[Margin],
    raked: Raked | None,
) -> tuple[MarginRow, ...]:
    """Drawn and weighted shares beside their target; a margin raked to replaces the one drawn from."""
    reasons = {(cell.variable, cell.category): cell.reason for cell in raked.cells} if raked else {}
    margins = {margin.variable: margin for margin in (*targets, *rake_to)}
    rows = []
    weight = np.asarray(weights)
    for variable, margin in margins.items():
        found = [margin.category_of(attributes.get(variable)) for attributes in facts]
        for category in [*margin.shares, *([None] if None in found else [])]:
            here = np.array([other == category for other in found])
            label = category or "(no target)"
            rows.append(
                MarginRow(
                    variable,
                    label,
                    int(here.sum()),
                    float(here.mean()),
                    float(weight[here].sum() / weight.sum()),
                    margin.shares.get(label),
                    margin.source,
                    margin.year,
                    reasons.get((variable, label), ""),
                )
            )
    return tuple(rows)
