"""Personas that are the rows of a file, described through a template, with the file's weights.

Knows how rows are chosen; reading files is `personas.tables`. Drawing in proportion to weight without replacement is
systematic sampling from a random order (Madow 1949): a row's chance is exactly proportional to its weight.
"""

# ruff: noqa: ARG002 (the protocol fixes the parameters, used or not)
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from personas.quotas import Indices, choose
from personas.render import placeholders
from personas.strategies.base import Attributes, Draw
from personas.suggestions import did_you_mean
from personas.tables import RespondentTable, read_table, weight_column
from personas.weights import Weights
from simulator.errors import PopulationError
from simulator.seeds import rng_for

if TYPE_CHECKING:
    from personas.plan import Population

_WEIGHTS = ("keep", "sample")
_MISSING = ("error", "drop")


class Table:
    """Attributes: the columns that the template or option `columns` names, and `table_row` (0 = first data row)."""

    name = "table"
    options = frozenset(
        {"path", "weight", "weights", "replace", "columns", "missing", "missing_text", "missing_values", "delimiter"}
    )

    def check(self, population: Population) -> None:
        """A path and a template must be given and the choices be known ones; the file is read when drawing."""
        options = population.options
        if not options.get("path"):
            raise PopulationError("population: strategy 'table' needs a path, for example path = \"respondents.csv\"")
        if not population.templates_of(self.name):
            raise PopulationError(
                "population: strategy 'table' needs a template, for example"
                ' template = "You are {age} years old and live in {city}."'
            )
        for key, allowed in (("weights", _WEIGHTS), ("missing", _MISSING)):
            if options.get(key, allowed[0]) not in allowed:
                found = str(options[key])
                raise PopulationError(f"population: {key} is {found!r}; {did_you_mean(found, allowed)}")
        if options.get("weights") == "sample" and not options.get("weight"):
            raise PopulationError('population: weights = "sample" needs the name of the weight column in weight')

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """The chosen rows; every row in file order where `n` is None or the number of rows."""
        options = population.options
        table = read_table(Path(options["path"]), options.get("missing_values", ()), str(options.get("delimiter", ",")))
        names = self._columns(population, table)
        weights = weight_column(table, options["weight"]) if options.get("weight") else [1.0] * table.n_rows
        usable = self._usable(population, table, names)
        base = np.array([weights[row] for row in usable])
        by_weight = options.get("weights", "keep") == "sample"
        chosen = _choose_rows(base, n, population, seed, by_weight)
        rows = [usable[index] for index in chosen]
        attributes: list[dict[str, Any]] = [
            {name: table.columns[name][row] for name in names} | {"table_row": row} for row in rows
        ]
        return Draw(attributes, (), [1.0 if by_weight else weights[row] for row in rows])

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """The columns, the same in every language."""
        return dict(attributes)

    def text(self, attributes: Attributes, language: str) -> str:
        """Nothing: a table has only the text of its template."""
        return ""

    def _columns(self, population: Population, table: RespondentTable) -> list[str]:
        own = population.templates_of(self.name)
        wanted = [name for template in own for name in placeholders(template)]
        alone = population.strategy == self.name or self.name in population.options.get("templates", {})
        if not alone:
            # A template for the whole combination may also name what other strategies draw.
            wanted = [name for name in wanted if name in table.columns]
        for name in wanted:
            table.column(name, "the template uses")
        extra = population.options.get("columns", ())
        for name in extra:
            table.column(name, "option columns names")
        return list(dict.fromkeys([*wanted, *extra]))

    def _usable(self, population: Population, table: RespondentTable, names: list[str]) -> list[int]:
        """The rows that can be described: all, or those without a missing cell in a column that is used."""
        fill = population.options.get("missing_text")
        if fill is not None:
            return list(range(table.n_rows))
        incomplete = {row for name in names for row, cell in enumerate(table.columns[name]) if cell is None}
        if incomplete and population.options.get("missing", "error") == "error":
            name = next(name for name in names if None in table.columns[name])
            raise PopulationError(
                f"{table.path.name}: {len(incomplete)} of {table.n_rows} rows lack a value that is used (column"
                f' {name!r} in data row {table.columns[name].index(None) + 1}); set missing = "drop" to leave'
                " such rows out, or missing_text to the words that stand for a missing value"
            )
        usable = [row for row in range(table.n_rows) if row not in incomplete]
        if not usable:
            raise PopulationError(f"{table.path.name}: every row lacks a value that is used; name other columns")
        return usable


def _choose_rows(weights: Weights, n: int | None, population: Population, seed: int, by_weight: bool) -> Indices:
    size = weights.size
    wanted = size if n is None else n
    replace = bool(population.options.get("replace", False))
    rng = rng_for(seed, "population", "table", "rows")
    if wanted > size and not replace:
        raise PopulationError(
            f"population: {wanted} respondents were asked for, the table has {size} usable rows;"
            " ask for fewer, or set replace = true to draw rows more than once"
        )
    if replace:
        return choose(weights if by_weight else np.ones(size), wanted, rng)
    if by_weight:
        return _systematic(weights, wanted, rng)
    return np.arange(size) if wanted == size else np.sort(rng.permutation(size)[:wanted])


def _systematic(weights: Weights, n: int, rng: np.random.Generator) -> Indices:
    """`n` different rows, each with chance n·w/Σw, by equal steps through the rows in random order."""
    chances = n * weights / weights.sum()
    if chances.max() > 1 + 1e-9:
        raise PopulationError(
            f"population: {int((chances > 1 + 1e-9).sum())} rows weigh more than 1/{n} of the table, so they cannot be"
            f" drawn in proportion to weight only once; ask for at most {int(weights.sum() / weights.max())}"
            ' respondents, set replace = true, or keep the weights (weights = "keep")'
        )
    order = rng.permutation(weights.size)
    edges = np.cumsum(chances[order])
    hits = np.searchsorted(edges, rng.random() + np.arange(n), side="right")
    chosen: Indices = np.sort(order[np.minimum(hits, weights.size - 1)])
    return chosen
