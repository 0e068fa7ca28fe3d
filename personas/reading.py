"""A population from what a user wrote: the keys of a specification, or the keyword arguments of a constructor.

Turns single names into tuples, margin tables into `Margin`, and everything else into strategy options. Knows no TOML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from personas.margins import Margin
from personas.plan import Drawing, Population
from personas.strategies import STRATEGIES
from personas.strategies.demographic import census_margins
from personas.suggestions import did_you_mean
from simulator.errors import PopulationError

_FIELDS = ("strategy", "n", "country", "language", "languages", "drawing", "quotas", "margins", "rake_to", "options")
_MARGIN_KEYS = ("shares", "counts", "source", "year")


def population_from_mapping(data: Mapping[str, Any], folder: Path | None = None) -> Population:
    """The population that `data` describes; a relative table path is taken from `folder`.

    Keys: strategy (name, "a+b" or a list), n, country, languages (or language), drawing ("proportional", "uniform" or
    "quota"), quotas, margins, rake_to (see `margins_from`; rake_to may be "census"), options, and any option by itself.
    """
    strategy = data.get("strategy")
    names = [strategy] if isinstance(strategy, str) else strategy
    if not isinstance(names, Sequence) or not names or not all(isinstance(name, str) for name in names):
        raise PopulationError(
            f"population: strategy is {strategy!r}; name one of {', '.join(STRATEGIES)}, or several joined with +"
        )
    country = _texts(data.get("country", ()), "country")
    drawing, quotas = data.get("drawing", "proportional"), data.get("quotas", False)
    if not isinstance(drawing, str) or not isinstance(quotas, bool):
        raise PopulationError(
            f"population: drawing is {drawing!r} and quotas {quotas!r}; give a word and true or false"
        )
    return Population(
        strategy="+".join(part.strip() for name in names for part in name.split("+")),
        n=data.get("n"),
        options=_options(data, folder),
        margins=margins_from(data.get("margins", ()), country, "margins"),
        rake_to=margins_from(data.get("rake_to", ()), country, "rake_to"),
        country=country,
        languages=_texts(data.get("languages", data.get("language", "en")), "languages"),
        drawing=cast(Drawing, "proportional" if drawing == "quota" else drawing),
        quotas=quotas or drawing == "quota",
    )


def population_to_mapping(population: Population) -> dict[str, Any]:
    """The plan as JSON-able data, for a record or a file; `population_from_mapping` is its inverse."""
    return {
        "strategy": population.strategy,
        "n": population.n,
        "country": list(population.country),
        "languages": list(population.languages),
        "drawing": population.drawing,
        "quotas": population.quotas,
        "margins": _margins_to_mapping(population.margins),
        "rake_to": _margins_to_mapping(population.rake_to),
        "options": dict(population.options),
    }


def _margins_to_mapping(margins: Sequence[Margin]) -> dict[str, Any]:
    return {
        margin.variable: {"shares": dict(margin.shares), "source": margin.source, "year": margin.year}
        for margin in margins
    }


def margins_from(data: Any, country: Sequence[str], key: str) -> tuple[Margin, ...]:
    """Margins as given: `Margin` objects, "census" (age and gender of the one country), or variable → table.

    A table has `source`, `year`, and `shares` (sum 1) or `counts` (counts or percentages).
    """
    if isinstance(data, str):
        if data != "census":
            raise PopulationError(f"population: {key} is {data!r}; {did_you_mean(data, ['census'])}, or margin tables")
        if len(country) != 1:
            raise PopulationError(f'population: {key} = "census" needs exactly one country, for example country = "US"')
        return census_margins(country[0])
    if isinstance(data, Mapping):
        return tuple(_margin(variable, table, key) for variable, table in data.items())
    if isinstance(data, Sequence) and all(isinstance(margin, Margin) for margin in data):
        return tuple(data)
    raise PopulationError(f"population: {key} is {data!r}; give a table of margins, each with source and year")


def _margin(variable: str, table: Any, key: str) -> Margin:
    if isinstance(table, Margin):
        return table
    place = f"population: {key}.{variable}"
    if not isinstance(table, Mapping):
        raise PopulationError(f"{place} is {table!r}; give a table with shares (or counts), source and year")
    for name in table:
        if name not in _MARGIN_KEYS:
            raise PopulationError(f"{place} has a key {name!r}; {did_you_mean(name, _MARGIN_KEYS)}")
    source, year = table.get("source"), table.get("year")
    if not isinstance(source, str) or isinstance(year, bool) or not isinstance(year, int):
        raise PopulationError(f"{place} has source {source!r} and year {year!r}; give the source in words and the year")
    figures = table.get("shares", table.get("counts"))
    if ("shares" in table) == ("counts" in table) or not isinstance(figures, Mapping):
        raise PopulationError(f"{place} needs either shares or counts: a table of category = number")
    categories = {str(category): figure for category, figure in figures.items()}
    if "shares" in table:
        return Margin(variable, categories, source, year)
    return Margin.from_counts(variable, categories, source, year)


def _options(data: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    nested = data.get("options", {})
    if not isinstance(nested, Mapping):
        raise PopulationError(f"population: options is {nested!r}; give a table of option = value")
    options = {**nested, **{key: value for key, value in data.items() if key not in _FIELDS}}
    known = {name for strategy in STRATEGIES.values() for name in strategy.options} | {"template", "templates"}
    for key in options:
        if key not in known:
            raise PopulationError(
                f"population: there is no setting {key!r}; {did_you_mean(key, [*_FIELDS, *sorted(known)])}"
            )
    if folder is not None and "path" in options:
        options["path"] = str(folder / str(options["path"]))
    return options


def _texts(value: Any, key: str) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Sequence) else (None,)
    if not all(isinstance(text, str) and text for text in texts):
        raise PopulationError(f"population: {key} is {value!r}; give a name or a list of names")
    return texts
