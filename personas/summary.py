"""A population at a glance, as plain data: look before spending. Rendering is done elsewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from personas.persona import Persona
from personas.population import DrawnPopulation, MarginRow

MAX_CATEGORIES = 25
_NOT_SHOWN = ("table_row", "generated")


class PopulationSummary(NamedTuple):
    """What was drawn: shares beside targets, what weighting costs, what was not met, and some personas.

    `rows` begin with the variables that have a target. A variable without one is counted if it has at most 25 different
    values; otherwise a single row says how many it has. `converged` is None where nothing was raked.
    """

    strategy: str
    seed: int
    n: int
    design_effect: float
    effective_sample_size: float
    rows: tuple[MarginRow, ...]
    unmatched: tuple[MarginRow, ...]
    converged: bool | None
    max_margin_error: float | None
    examples: tuple[Persona, ...]


def describe(drawn: DrawnPopulation, n_examples: int = 3) -> PopulationSummary:
    """The summary of `drawn`, with its first `n_examples` personas."""
    rows = (*drawn.margins, *_other_rows(drawn))
    return PopulationSummary(
        strategy=drawn.population.strategy,
        seed=drawn.seed,
        n=len(drawn),
        design_effect=drawn.design_effect,
        effective_sample_size=drawn.effective_sample_size,
        rows=rows,
        unmatched=tuple(row for row in rows if row.reason),
        converged=drawn.raked.converged if drawn.raked else None,
        max_margin_error=drawn.raked.max_margin_error if drawn.raked else None,
        examples=drawn.personas[:n_examples],
    )


def _other_rows(drawn: DrawnPopulation) -> list[MarginRow]:
    """Rows of the drawn variables that have no target."""
    with_target = {row.variable for row in drawn.margins}
    variables = dict.fromkeys(name for persona in drawn for name in persona.attributes)
    rows: list[MarginRow] = []
    total = sum(drawn.weights)
    for variable in variables:
        if variable in with_target or variable in _NOT_SHOWN:
            continue
        counts: Counter[str] = Counter()
        weighted: defaultdict[str, float] = defaultdict(float)
        for persona in drawn:
            value = persona.attributes.get(variable)
            category = "(missing)" if value is None else str(value)
            counts[category] += 1
            weighted[category] += persona.weight
        if len(counts) > MAX_CATEGORIES:
            rows.append(MarginRow(variable, f"({len(counts)} different values)", len(drawn), 1.0, 1.0, None, "", None))
            continue
        for category, n in counts.most_common():
            rows.append(MarginRow(variable, category, n, n / len(drawn), weighted[category] / total, None, "", None))
    return rows
