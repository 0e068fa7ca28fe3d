"""Personas that live somewhere: country, region and city in proportion to population, or uniformly.

Option `detail` says how much of it: "city", "region", or the country alone.

Figures are those of `catalog/regions.csv` and `catalog/cities_*.csv`. The city is drawn among the catalogued cities of
the region, so people outside them are not represented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from personas.catalogs import catalog
from personas.margins import Margin
from personas.places import Country, Region, country_named, place_in
from personas.quotas import choose
from personas.render import fill, shipped_template
from personas.strategies.base import Attributes, Draw
from personas.suggestions import did_you_mean
from simulator.errors import PopulationError
from simulator.seeds import rng_for

if TYPE_CHECKING:
    from personas.plan import Population

_STREAM = ("population", "city")
_DETAILS = ("city", "region", "country")


class City:
    """Attributes `country` (two-letter code), and as far as `detail` goes `region` and `city` (English names)."""

    name = "city"
    options = frozenset({"regions", "detail"})

    def check(self, population: Population) -> None:
        """The countries, regions and the level of detail must exist."""
        self._frame(population)
        detail = population.options.get("detail", "city")
        if detail not in _DETAILS:
            raise PopulationError(f"population: detail is {detail!r}; {did_you_mean(str(detail), _DETAILS)}")

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """`n` places. With quotas, regions get exact counts, and cities exact counts within their region."""
        size, frame, detail = n or 0, self._frame(population), population.options.get("detail", "city")
        uniform, quotas = population.drawing == "uniform", population.quotas
        country_shares = [sum(region.population for region in regions) for _, regions in frame]
        of_country = choose(country_shares, size, rng_for(seed, *_STREAM, "country"), uniform=uniform, quotas=quotas)
        attributes: list[dict[str, Any]] = [{} for _ in range(size)]
        for index, (country, regions) in enumerate(frame):
            members = [position for position in range(size) if of_country[position] == index]
            for position in members:
                attributes[position] = {"country": country.code}
            if detail == "country":
                continue
            rng = rng_for(seed, *_STREAM, country.code, "region")
            shares = [region.population for region in regions]
            chosen = choose(shares, len(members), rng, uniform=uniform, quotas=quotas)
            for position, region_index in zip(members, chosen, strict=True):
                attributes[position]["region"] = regions[region_index].name
            if detail == "city":
                here = [attributes[position] for position in members]
                _add_cities(here, country, seed, uniform=uniform, quotas=quotas)
        targets = self._targets(frame, uniform)
        return Draw(attributes, tuple(one for one in targets if detail != "country" or one.variable == "country"))

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """`country`, `place` (all that is known of it as one phrase), and where they are known `region` and `city`."""
        country, region, city = attributes["country"], attributes.get("region"), attributes.get("city")
        known = country_named(country)
        words: dict[str, object] = {
            "country": known.names.get(language, known.names["en"]),
            "place": place_in(language, country, region, city),
        }
        if region is None:
            return words
        of_region = next(entry for entry in known.regions if entry.name == region)
        words["region"] = of_region.names.get(language, region)
        if city is not None:
            local = next(entry.local for entry in of_region.cities if entry.name == city)
            words["city"] = local if language == known.language else city
        return words

    def text(self, attributes: Attributes, language: str) -> str:
        """Where the persona lives."""
        return fill(shipped_template(self.name, language), self.words(attributes, language))

    def _frame(self, population: Population) -> list[tuple[Country, tuple[Region, ...]]]:
        if not population.country:
            raise PopulationError(
                "population: strategy 'city' needs a country, for example country = \"US\"; several are drawn in"
                " proportion to their population"
            )
        countries = [country_named(name) for name in population.country]
        wanted = population.options.get("regions")
        if wanted is None or isinstance(wanted, str):
            return [(country, _named_list(country, wanted)) for country in countries]
        every = {region.name: None for country in countries for region in country.regions}
        for name in wanted:
            if name not in every:
                raise PopulationError(f"population: there is no region {name!r} here; {did_you_mean(name, every)}")
        frame = [(c, tuple(region for region in c.regions if region.name in wanted)) for c in countries]
        return [(country, regions) for country, regions in frame if regions]

    def _targets(self, frame: list[tuple[Country, tuple[Region, ...]]], uniform: bool) -> list[Margin]:
        facts = catalog("regions.csv")
        source, year = ("uniform by design", None) if uniform else (facts.source, facts.year)
        targets = []
        if len(frame) > 1:
            counts = {c.code: 1 if uniform else sum(region.population for region in regions) for c, regions in frame}
            targets.append(Margin.from_counts("country", counts, source, year))
        regions: dict[str, float] = {}
        for _, members in frame:
            for region in members:
                regions[region.name] = 1 / len(members) / len(frame) if uniform else region.population
        targets.append(Margin.from_counts("region", regions, source, year))
        return targets


def _add_cities(attributes: list[dict[str, Any]], country: Country, seed: int, *, uniform: bool, quotas: bool) -> None:
    for region in country.regions:
        here = [facts for facts in attributes if facts["region"] == region.name]
        rng = rng_for(seed, *_STREAM, country.code, region.name, "city")
        sizes = [city.population for city in region.cities]
        for facts, city in zip(here, choose(sizes, len(here), rng, uniform=uniform, quotas=quotas), strict=True):
            facts["city"] = region.cities[city].name


def _named_list(country: Country, name: str | None) -> tuple[Region, ...]:
    lists = {
        "usual": tuple(region for region in country.regions if region.usual),
        "all": country.regions,
        "def": tuple(region for region in country.regions if region.def_list),
    }
    if name is not None and name not in lists:
        raise PopulationError(
            f"population: regions is {name!r}; {did_you_mean(name, lists)}, or a list of region names"
        )
    regions = lists[name or "usual"]
    if not regions:
        raise PopulationError(
            f'population: the list of regions {name!r} has none in {country.names["en"]}; use "usual" or "all"'
        )
    return regions
