"""The shipped facts: every file says where it comes from, and agrees with the public data it was taken from."""

from __future__ import annotations

import csv
import json
import re

import pytest

from personas.catalogs import catalog, catalog_names
from personas.places import countries, country_named, place_in
from personas.population import Population, draw
from personas.strategies.demographic import census_margins, shipped_margin
from personas.strategies.named import surnames_by_group, titles
from personas.strategies.value_anchor import anchor_codes

LANGUAGES = ("en", "de", "zh", "ja")
# The refined theory's circle order (Schwartz et al. 2012).
CIRCLE = ("SDT", "SDA", "ST", "HE", "AC", "POD", "POR", "FAC", "SEP", "SES")
CIRCLE += ("TR", "COR", "COI", "HUM", "BED", "BEC", "UNC", "UNN", "UNT")


@pytest.mark.parametrize("name", catalog_names())
def test_every_file_carries_source_year_and_licence(name):
    facts = catalog(name)
    assert facts.title.strip() and facts.source.strip() and facts.licence.strip()
    assert 2000 <= facts.year <= 2030
    for row in facts.rows:
        assert all(str(value).strip() for key, value in row.items() if key in ("name", "region", "city", "surname"))


def test_catalog_sizes():
    assert len(catalog("occupations.toml").rows) == 8
    assert len(catalog("hobbies.csv").rows) == 50
    assert len(catalog("genders.toml").rows) == 4
    assert titles() == ("Mr.", "Ms.", "Mx.")
    assert anchor_codes() == CIRCLE and len(anchor_codes(extra=True)) == 20
    groups = surnames_by_group()
    assert sorted(groups) == ["American Indian", "Asian Pacific", "Black", "Hispanic", "White"]
    assert all(len(names) == 100 for names in groups.values())
    assert len({name for names in groups.values() for name in names}) == 500


def test_regions_agree_with_their_source(shared_data):
    with (shared_data / "regions_population" / "regions_population.csv").open() as file:
        source = {(row["country"], row["region"]): int(row["population"]) for row in csv.DictReader(file)}
    names = {country.names["en"]: country.code for country in countries().values()}
    ours = {(row["country"], row["source_name"]): int(row["population"]) for row in catalog("regions.csv").rows}
    assert ours == {(names[country], region): number for (country, region), number in source.items()}


def test_region_counts_and_totals():
    regions = {code: country.regions for code, country in countries().items()}
    assert {code: sum(region.usual for region in all_) for code, all_ in regions.items()} == {
        "US": 51, "CN": 31, "DE": 16, "JP": 47,
    }  # fmt: skip
    # US Census Bureau, resident population of the 50 states and DC, 1 July 2019 (vintage 2019): 328,239,523.
    assert sum(region.population for region in regions["US"]) == 328_239_523


def test_surnames_and_hobbies_agree_with_their_source(shared_data):
    source = json.loads((shared_data / "names_aher" / "surnames.json").read_text())
    theirs = {name.capitalize() for names in source.values() for name in names}
    assert {name for names in surnames_by_group().values() for name in names} == theirs
    lists = json.loads((shared_data / "persona_lists" / "lists.json").read_text())
    assert [row["name"] for row in catalog("hobbies.csv").rows] == lists["hobbies"]
    assert [row["name"] for row in catalog("occupations.toml").rows] == lists["occupations"]


def test_anchor_phrases_are_our_own(shared_data):
    lists = json.loads((shared_data / "persona_lists" / "lists.json").read_text())
    printed = " ".join(anchor["text"] for anchor in lists["value_anchors"]).lower()
    for row in catalog("anchors.toml").rows:
        words = re.findall(r"[a-z']+", row["text"]["en"].lower())
        runs = {" ".join(words[start : start + 4]) for start in range(len(words) - 3)}
        assert not any(run in printed for run in runs), row["name"]


def test_every_region_has_cities_and_every_state_three():
    for country in countries().values():
        for region in country.regions:
            assert region.cities and all(city.population > 0 for city in region.cities), region.name
            assert len({city.name for city in region.cities}) == len(region.cities)
    for region in countries()["US"].regions:
        assert len(region.cities) >= 3 or region.name == "District of Columbia", region.name


def test_every_translated_row_has_every_language():
    for name in ("occupations.toml", "genders.toml", "anchors.toml"):
        for row in catalog(name).rows:
            for key in ("text", "clause"):
                assert key not in row or all(row[key][language].strip() for language in LANGUAGES), row["name"]
    for row in catalog("hobbies.csv").rows:
        assert all(row[language].strip() for language in LANGUAGES), row["name"]
    for key, texts in catalog("templates.toml").heading.items():
        if isinstance(texts, dict):
            assert tuple(texts) == LANGUAGES, key
            slots = {frozenset(re.findall(r"\{(\w+)\}", text)) for text in texts.values()}
            assert len(slots) == 1, key


def test_places_are_named_as_their_language_does():
    assert place_in("en", "US", "Arizona", "Flagstaff") == "Flagstaff, Arizona, United States"
    assert place_in("en", "US", "New York", "New York") == "New York, New York, United States"
    assert place_in("de", "DE", "Bavaria", "Munich") == "München, Bayern, Deutschland"
    assert place_in("de", "DE", "Berlin", "Berlin") == "Berlin, Deutschland"
    assert place_in("zh", "CN", "Guangdong", "Shenzhen") == "中国广东省深圳市"
    assert place_in("ja", "JP", "Kyoto", "Kyoto") == "日本京都市"
    assert place_in("en", "JP", "Osaka", None) == "Osaka, Japan"
    assert country_named("united states").code == "US"


def test_margins_cover_adults_and_name_their_source():
    for code in countries():
        age, gender = census_margins(code)
        assert [*age.shares][::7] == ["18-19", "80+"]
        assert 0.45 < gender.shares["male"] < 0.55
        assert age.source and gender.source and age.year and gender.year
    assert shipped_margin("age").shares == {"18-75": 1.0}
    assert len(shipped_margin("gender").shares) == 4


def test_all_four_languages_describe_every_shipped_persona():
    plan = Population.combine(
        "city", "demographic", "value-anchor", n=200, country=["US", "CN", "DE", "JP"], languages=list(LANGUAGES)
    )
    for persona in draw(plan, 3):
        assert tuple(persona.texts) == LANGUAGES
        assert not any("{" in text or "None" in text for text in persona.texts.values())
