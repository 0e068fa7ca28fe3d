"""Personas of an age, gender, occupation and hobby, each drawn from its declared margin.

Without margins of one's own: age 18 to 75, four genders, eight occupations and fifty hobbies, all uniform (Rozen et al.
2025); option base = "census" takes age and gender from the country's statistics instead. Margins are drawn
independently of each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from personas.catalogs import catalog
from personas.margins import Margin, band
from personas.places import country_named
from personas.quotas import choose
from personas.render import fill, join, shipped_template, shipped_word
from personas.strategies.base import Attributes, Draw
from personas.suggestions import did_you_mean
from simulator.errors import PopulationError
from simulator.seeds import rng_for

if TYPE_CHECKING:
    from personas.plan import Population

VARIABLES = ("age", "gender", "occupation", "hobby")
_BASES = ("paper", "census")
_OPEN_BAND_YEARS = 11
_WORDING = {"gender": "genders.toml", "occupation": "occupations.toml", "hobby": "hobbies.csv"}


def shipped_margin(variable: str, of: str = "paper") -> Margin:
    """The shipped margin of `variable` for a country's code, or for "paper" (uniform)."""
    files = {"occupation": "occupations.toml", "hobby": "hobbies.csv"}
    if variable in files:
        facts = catalog(files[variable])
        return Margin.from_counts(variable, {row["name"]: 1 for row in facts.rows}, facts.source, facts.year)
    for row in catalog("margins.toml").rows:
        if row["country"] == of and row["variable"] == variable:
            counts = row.get("counts") or row["shares"]
            return Margin.from_counts(variable, counts, row["source"], row["year"])
    raise PopulationError(
        f"population: no margin of {variable!r} is known for {of!r}; {did_you_mean(variable, VARIABLES)},"
        " or declare it with its source and year"
    )


def census_margins(country: str) -> tuple[Margin, Margin]:
    """The shipped margins of age and gender of a country."""
    code = country_named(country).code
    return shipped_margin("age", code), shipped_margin("gender", code)


class Demographic:
    """Attributes `age` (whole years), `gender`, `occupation`, `hobby`, and every further variable with a margin."""

    name = "demographic"
    options = frozenset({"base", "variables"})

    def check(self, population: Population) -> None:
        """Base, variables and country must fit together; age categories must be bands or whole years."""
        for margin in self._margins(population):
            for category in margin.shares if margin.variable == "age" else ():
                bounds = band(category)
                if not (category.isdecimal() or (bounds and bounds[0] <= (bounds[1] or bounds[0]))):
                    raise PopulationError(
                        f"margin 'age' ({margin.source}): category {category!r} is no age;"
                        ' write bands such as "18-29" and "80+", or whole years'
                    )

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """Every variable independently, with exact quotas where the population asks for them."""
        size, margins = n or 0, self._margins(population)
        attributes: list[dict[str, Any]] = [{} for _ in range(size)]
        for margin in margins:
            categories = list(margin.shares)
            rng = rng_for(seed, "population", self.name, margin.variable)
            uniform = population.drawing == "uniform"
            chosen = choose(list(margin.shares.values()), size, rng, uniform=uniform, quotas=population.quotas)
            values: list[Any] = [categories[index] for index in chosen]
            if margin.variable == "age":
                values = self._ages(values, population, seed)
            for facts, value in zip(attributes, values, strict=True):
                facts[margin.variable] = value
        if population.drawing == "uniform":
            margins = [
                Margin.from_counts(m.variable, dict.fromkeys(m.shares, 1), "uniform by design", None) for m in margins
            ]
        return Draw(attributes, tuple(margins))

    def _ages(self, categories: list[str], population: Population, seed: int) -> list[int]:
        """An age inside each band: all years equally likely, an open band reaching eleven years up ("80+": 80-90)."""
        ages = np.zeros(len(categories), dtype=np.int64)
        for category in dict.fromkeys(categories):
            members = np.array([position for position, found in enumerate(categories) if found == category])
            low, high = band(category) or (int(category), int(category))
            years = _OPEN_BAND_YEARS if high is None else high - low + 1
            rng = rng_for(seed, "population", self.name, "age", category)
            ages[members] = low + choose([1.0] * years, members.size, rng, quotas=population.quotas)
        return [int(age) for age in ages]

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """The attributes in `language`, and `occupation_clause` ("you do clerical work")."""
        words = dict(attributes)
        for variable, file in _WORDING.items():
            if variable in attributes:
                words[variable] = shipped_word(file, attributes[variable], language)
        if "occupation" in attributes:
            occupation = attributes["occupation"]
            clause = shipped_word("occupations.toml", occupation, language, "clause")
            if clause == occupation:
                clause = fill(shipped_template("occupation-clause", language), {"occupation": occupation})
            words["occupation_clause"] = clause
        return words

    def text(self, attributes: Attributes, language: str) -> str:
        """One sentence with all four facts; a sentence each where some are not drawn or others are declared."""
        words = self.words(attributes, language)
        facts = [variable for variable in attributes if variable in VARIABLES]
        if set(facts) == set(VARIABLES):
            texts = [fill(shipped_template(self.name, language), words)]
        else:
            texts = [fill(shipped_template(f"{self.name}-{variable}", language), words) for variable in facts]
        other = shipped_template(f"{self.name}-other", language)
        for variable, category in attributes.items():
            if variable not in VARIABLES:
                texts.append(fill(other, {"variable": variable, "category": category}))
        return join(texts, language)

    def _margins(self, population: Population) -> list[Margin]:
        """The margins to draw from: shipped ones for `variables`, replaced and followed by declared ones."""
        base = population.options.get("base", "paper")
        variables = population.options.get("variables", VARIABLES)
        if base not in _BASES:
            raise PopulationError(f"population: base is {base!r}; {did_you_mean(str(base), _BASES)}")
        if isinstance(variables, str) or not variables:
            raise PopulationError(f'population: variables is {variables!r}; give a list such as ["age", "gender"]')
        country = "paper"
        if base == "census":
            if len(population.country) != 1:
                raise PopulationError(
                    'population: base = "census" needs exactly one country, for example country = "US"'
                )
            country = country_named(population.country[0]).code
        declared = {margin.variable: margin for margin in population.margins}
        margins = {name: declared.get(name) or shipped_margin(name, country) for name in variables}
        return list({**margins, **declared}.values())
