"""Countries, their first-level regions and cities, with population and names by language. Draws nothing."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from personas.catalogs import catalog
from personas.suggestions import did_you_mean
from simulator.errors import PopulationError

LANGUAGES = ("en", "de", "zh", "ja")
_UNSPACED = ("zh", "ja")


class City(NamedTuple):
    """A city of a region; `local` is its name in the country's own language."""

    name: str
    population: int
    local: str


class Region(NamedTuple):
    """A state, province, Land or prefecture. `usual` regions are drawn by default; `names` by language."""

    name: str
    population: int
    usual: bool
    def_list: bool
    names: dict[str, str]
    cities: tuple[City, ...]


class Country(NamedTuple):
    """A country by its two-letter code, with its own language and all regions of the catalog.

    `alone` are its names as they stand after "in", where that is another form ("the United States").
    """

    code: str
    names: dict[str, str]
    alone: dict[str, str]
    language: str
    regions: tuple[Region, ...]


@cache
def countries() -> dict[str, Country]:
    """Every country of the catalog by code."""
    return {
        row["code"]: Country(
            row["code"], row["name"], {**row["name"], **row.get("alone", {})}, row["language"], _regions(row["code"])
        )
        for row in catalog("countries.toml").rows
    }


def _regions(code: str) -> tuple[Region, ...]:
    cities: dict[str, list[City]] = {}
    for row in catalog(f"cities_{code.lower()}.csv").rows:
        city = City(row["city"], int(row["population"]), row.get("local") or row["city"])
        cities.setdefault(row["region"], []).append(city)
    return tuple(
        Region(
            name=row["region"],
            population=int(row["population"]),
            usual=row["usual"] == "1",
            def_list=row["def_list"] == "1",
            names={"en": row["region"], **{key: row[key] for key in LANGUAGES if row.get(key)}},
            cities=tuple(cities[row["region"]]),
        )
        for row in catalog("regions.csv").rows
        if row["country"] == code
    )


def country_named(name: str) -> Country:
    """The country with this code or English name, in any case; PopulationError with the closest name otherwise."""
    known = countries()
    for country in known.values():
        if name.strip().lower() in (country.code.lower(), country.names["en"].lower()):
            return country
    names = [text for country in known.values() for text in (country.code, country.names["en"])]
    raise PopulationError(f"population: no regions are known for country {name!r}; {did_you_mean(name, names)}")


@cache
def place_in(language: str, country_code: str, region_name: str | None, city_name: str | None) -> str:
    """A place as a text names it: city, region, country (widest first in Chinese and Japanese).

    A region that bears its city's name is left out, except in the United States, where both are usual; without region
    the country stands alone.
    """
    country = countries()[country_code]
    if region_name is None:
        return country.alone.get(language, country.alone["en"])
    region = next(region for region in country.regions if region.name == region_name)
    parts = [country.names.get(language, country.names["en"])]
    if city_name != region_name or country_code == "US":
        parts.append(region.names.get(language, region_name))
    if city_name is not None:
        city = next(city for city in region.cities if city.name == city_name)
        parts.append(city.local if language == country.language else city.name)
    return "".join(parts) if language in _UNSPACED else ", ".join(reversed(parts))
