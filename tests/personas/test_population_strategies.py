"""Every strategy recovers the shares it draws from, keeps its balance, and depends on nothing but plan and seed."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from personas.margins import Margin
from personas.places import countries
from personas.population import Population, draw
from personas.strategies import STRATEGIES
from simulator.errors import PopulationError


def counts_of(drawn, variable):
    return Counter(persona.attributes[variable] for persona in drawn)


def chi_square_p(counts, shares):
    n = sum(counts.values())
    expected = [share * n for share in shares.values()]
    return chisquare([counts.get(name, 0) for name in shares], expected).pvalue


def region_shares(code):
    regions = [region for region in countries()[code].regions if region.usual]
    total = sum(region.population for region in regions)
    return {region.name: region.population / total for region in regions}


@pytest.mark.parametrize("code", ["US", "CN", "DE", "JP"])
def test_regions_are_drawn_in_proportion_to_population(code):
    drawn = draw(Population.city(code, n=20_000), seed=11)
    assert chi_square_p(counts_of(drawn, "region"), region_shares(code)) > 0.001


def test_cities_are_drawn_in_proportion_within_their_region():
    drawn = draw(Population.city("DE", n=6_000, regions=["Bavaria"]), seed=4)
    cities = next(region for region in countries()["DE"].regions if region.name == "Bavaria").cities
    total = sum(city.population for city in cities)
    assert chi_square_p(counts_of(drawn, "city"), {city.name: city.population / total for city in cities}) > 0.001
    assert set(counts_of(drawn, "region")) == {"Bavaria"}


def test_countries_are_drawn_in_proportion_too():
    drawn = draw(Population.city(["US", "Japan"], n=20_000), seed=2)
    totals = {code: sum(r.population for r in countries()[code].regions if r.usual) for code in ("US", "JP")}
    shares = {code: total / sum(totals.values()) for code, total in totals.items()}
    assert chi_square_p(counts_of(drawn, "country"), shares) > 0.001


def test_uniform_drawing_gives_every_region_the_same_chance():
    drawn = draw(Population.city("US", n=10_200, drawing="uniform"), seed=8)
    shares = dict.fromkeys(region_shares("US"), 1 / 51)
    assert chi_square_p(counts_of(drawn, "region"), shares) > 0.001
    assert chi_square_p(counts_of(drawn, "region"), region_shares("US")) < 1e-6


def test_named_lists_of_regions():
    everywhere = draw(Population.city("CN", n=33, regions="all", drawing="uniform", quotas=True, detail="region"), 1)
    assert len(counts_of(everywhere, "region")) == 33
    assert "city" not in everywhere.personas[0].attributes
    published = draw(Population.city("US", n=50, regions="def", drawing="uniform", quotas=True), 1)
    assert "District of Columbia" not in counts_of(published, "region")
    assert set(counts_of(published, "region").values()) == {1}


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("US", {"en": "You live in the United States.", "de": "Sie wohnen in den USA.", "zh": "你住在美国。"}),
        (
            "DE",
            {"en": "You live in Germany.", "de": "Sie wohnen in Deutschland.", "ja": "あなたはドイツに住んでいます。"},
        ),
    ],
)
def test_a_country_alone_is_told_as_it_stands_after_in(code, texts):
    plan = Population.city(code, n=3, detail="country", languages=tuple(texts))
    assert [dict(one.texts) for one in draw(plan, seed=1)] == [texts] * 3
    assert [one.attributes for one in draw(plan, seed=1)] == [{"country": code}] * 3


def test_countries_alone_are_drawn_in_proportion_and_uniformly():
    drawn = draw(Population.city(["US", "Japan"], n=20_000, detail="country"), seed=2)
    totals = {code: sum(r.population for r in countries()[code].regions if r.usual) for code in ("US", "JP")}
    shares = {code: total / sum(totals.values()) for code, total in totals.items()}
    assert chi_square_p(counts_of(drawn, "country"), shares) > 0.001
    even = draw(Population.city(["US", "Japan"], n=20, detail="country", drawing="uniform", quotas=True), seed=2)
    assert counts_of(even, "country") == {"US": 10, "JP": 10}
    assert {row.variable for row in even.margins} == {"country"}


def test_without_place_the_same_personas_are_told_their_country_alone():
    plan = Population.combine("city", "demographic", n=50, country="US", detail="city")
    told, untold = draw(plan, seed=3), draw(plan, seed=3, tells_place=False)
    assert [one.attributes for one in told] == [one.attributes for one in untold]
    for one, other in zip(told, untold, strict=True):
        assert other.texts["en"].startswith("You live in the United States. You are ")
        assert one.attributes["city"] in one.texts["en"]
        assert one.attributes["city"] not in other.texts["en"].partition("You are")[0]
        assert one.texts["en"].partition(" You are")[2] == other.texts["en"].partition(" You are")[2]


def test_region_quotas_are_exact():
    drawn = draw(Population.city("US", n=1_000, drawing="quota"), seed=3)
    shares, counts = region_shares("US"), counts_of(drawn, "region")
    assert all(abs(counts.get(name, 0) - share * 1_000) < 1 for name, share in shares.items())


def test_paper_demographics_are_uniform():
    drawn = draw(Population.demographic(11_600), seed=5)
    for variable, categories in (("gender", 4), ("occupation", 8), ("hobby", 50), ("age", 58)):
        counts = counts_of(drawn, variable)
        assert len(counts) == categories
        assert chi_square_p(counts, dict.fromkeys(counts, 1 / categories)) > 0.001, variable
    assert (min(counts_of(drawn, "age")), max(counts_of(drawn, "age"))) == (18, 75)


def test_declared_margins_are_drawn_and_named():
    faith = Margin("religion", {"none": 0.7, "some": 0.3}, "made for this test", 2024)
    ages = Margin.from_counts("age", {"20": 1, "30-31": 2, "80+": 1}, "made for this test", 2024)
    drawn = draw(Population.demographic(4_000, margins=[faith, ages]), seed=9)
    assert chi_square_p(counts_of(drawn, "religion"), faith.shares) > 0.001
    assert set(counts_of(drawn, "age")) == {20, 30, 31, *range(80, 91)}
    assert drawn.personas[0].texts["en"].endswith(f"Your religion: {drawn.personas[0].attributes['religion']}.")


def test_census_base_follows_the_shipped_margins_exactly_with_quotas():
    drawn = draw(Population.demographic(2_000, country="JP", base="census", quotas=True), seed=6)
    for row in drawn.margins:
        assert abs(row.n - row.target_share * 2_000) < 1, row
    assert {row.variable for row in drawn.margins} == {"age", "gender", "occupation", "hobby"}


def test_only_some_variables():
    drawn = draw(Population.demographic(2, variables=["age", "gender"]), seed=1)
    first = drawn.personas[0]
    assert tuple(first.attributes) == ("age", "gender")
    assert first.texts["en"].startswith(f"You are {first.attributes['age']} years old. You are ")


@pytest.mark.parametrize(("anchors", "k", "n"), [(19, 19, 300), (20, 20, 300), ("printed", 19, 61), (19, 19, 7)])
def test_anchors_are_balanced(anchors, k, n):
    counts = counts_of(draw(Population.value_anchor(n, anchors=anchors), seed=2), "anchor")
    assert max(counts.values()) - (min(counts.values()) if len(counts) == k else 0) <= 1
    assert len(counts) == min(k, n)


def test_anchor_order_depends_on_the_seed():
    first, second = (draw(Population.value_anchor(19), seed=seed) for seed in (1, 2))
    assert [p.attributes["anchor"] for p in first] != [p.attributes["anchor"] for p in second]


def test_printed_anchors_exchange_the_power_phrases():
    ours, printed = (draw(Population.value_anchor(19, anchors=anchors), seed=2) for anchors in (19, "printed"))
    texts = [{p.attributes["anchor"]: p.texts["en"] for p in drawn} for drawn in (ours, printed)]
    assert texts[0]["POD"] == texts[1]["POR"] and texts[0]["POR"] == texts[1]["POD"]
    assert all(texts[0][code] == texts[1][code] for code in texts[0] if code not in ("POD", "POR"))


def test_three_hundred_names_as_published():
    drawn = draw(Population.named(300), seed=1)
    assert set(counts_of(drawn, "name_group").values()) == {60}
    assert set(counts_of(drawn, "title").values()) == {100}
    assert len({persona.texts["en"] for persona in drawn}) == 300


@given(st.integers(1, 1500), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_names_are_distinct_and_balanced_at_any_size(n, seed):
    drawn = draw(Population.named(n), seed)
    assert len({(p.attributes["title"], p.attributes["surname"]) for p in drawn}) == n
    groups = counts_of(drawn, "name_group").values()
    assert max(groups) - (min(groups) if len(groups) == 5 else 0) <= 1
    titles = Counter((p.attributes["name_group"], p.attributes["title"]) for p in drawn)
    assert max(titles.values()) <= -(-max(groups) // 3)


def test_basic_and_generated_say_nothing_yet():
    basic, generated = draw(Population.basic(2), 1), draw(Population.generated(2), 1)
    assert [dict(p.texts) for p in (*basic, *generated)] == [{}] * 4
    assert basic.personas[0].attributes == {} and generated.personas[0].attributes == {"generated": True}
    assert basic.personas[0].text_in("en") == ""


EVERY = ("city", "demographic", "value-anchor", "named")


def test_a_strategy_draws_the_same_alone_and_in_company():
    together = draw(Population.combine(*EVERY, n=40, country="US"), seed=7)
    backwards = draw(Population.combine(*EVERY[::-1], n=40, country="US"), seed=7)
    for name in EVERY:
        alone = draw(Population.combine(name, n=40, country="US"), seed=7)
        for one, other, third in zip(alone, together, backwards, strict=True):
            assert one.attributes.items() <= other.attributes.items()
            assert one.texts["en"] in other.texts["en"]
            assert dict(other.attributes) == dict(third.attributes)


def test_a_larger_population_begins_with_a_smaller_one():
    small, large = (draw(Population.combine(*EVERY, n=n, country="DE"), seed=7) for n in (30, 300))
    assert large.personas[:30] == small.personas


def test_the_same_seed_gives_the_same_personas_and_another_seed_others():
    plan = Population.combine("city", "demographic", n=50, country="CN", languages=["en", "zh"], rake_to="census")
    assert draw(plan, 5).personas == draw(plan, 5).personas
    assert draw(plan, 5).personas != draw(plan, 6).personas


def test_ids_strategy_and_attributes_are_plain_data():
    drawn = draw(Population.combine("city", "value-anchor", n=12, country="JP"), seed=1)
    assert [p.id for p in drawn][:2] == ["city+value-anchor-0001", "city+value-anchor-0002"]
    assert {p.strategy for p in drawn} == {"city+value-anchor"}
    for persona in drawn:
        assert json.loads(json.dumps(persona.attributes)) == persona.attributes
    assert len({p.id for p in draw(Population.basic(10_001), 1)}) == 10_001


def test_texts_join_with_spaces_only_where_the_language_has_them():
    first = draw(Population.combine("city", "named", n=1, country="US", languages=["en", "zh"]), 1).personas[0]
    assert ". You are " in first.texts["en"] and "。你是" in first.texts["zh"]
    assert first.text_in("zh") != first.text_in("en") and first.text_in("fr") == first.text_in("en")


def test_own_templates_for_the_whole_and_for_a_part():
    whole = Population.combine(
        "city", "demographic", n=1, country="US", template="{age} in {city} ({place}), {occupation_clause} {{!}}"
    )
    persona = draw(whole, 1).personas[0]
    assert persona.texts["en"].startswith(f"{persona.attributes['age']} in {persona.attributes['city']} (")
    assert persona.texts["en"].endswith("{!}")
    part = Population.combine("city", "named", n=1, country="US", templates={"city": "Home: {region}."})
    persona = draw(part, 1).personas[0]
    assert persona.texts["en"].startswith(f"Home: {persona.attributes['region']}. You are M")


def test_a_template_by_language():
    plan = Population.city("DE", n=1, languages=["fr"], template={"fr": "Vous habitez à {city}."})
    assert draw(plan, 1).personas[0].texts["fr"].startswith("Vous habitez à ")
    with pytest.raises(PopulationError, match=r"no text in language 'it'; it has: fr"):
        draw(plan.with_languages(["it"]), 1)


@pytest.mark.parametrize("template", ["{city.__class__}", "{city!r}", "{city:>10}", "{}", "{city", "{0}"])
def test_a_template_cannot_reach_into_values(template):
    with pytest.raises(PopulationError, match="template"):
        draw(Population.city("US", n=1, template=template), 1)


def test_weights_are_raked_where_asked_and_the_report_shows_it():
    margin = Margin("gender", {"male": 0.2, "female": 0.8}, "made for this test", 2024)
    drawn = draw(Population.demographic(400, base="census", country="US", rake_to=[margin]), seed=3)
    assert drawn.raked.converged
    rows = {row.category: row for row in drawn.margins if row.variable == "gender"}
    assert rows["male"].weighted_share == pytest.approx(0.2, abs=1e-6)
    assert rows["male"].drawn_share > 0.4 and rows["male"].source == "made for this test"
    assert sum(drawn.weights) == pytest.approx(400)
    assert drawn.effective_sample_size == pytest.approx(400 / drawn.design_effect)


def test_raking_that_cannot_work_is_reported():
    drawn = draw(Population.demographic(200, country="US", rake_to="census"), seed=3)
    assert not drawn.raked.converged
    reasons = {(row.variable, row.category): row.reason for row in drawn.margins if row.reason}
    assert "nobody" in reasons["age", "80+"]
    assert "no target" in reasons["gender", "(no target)"]


def test_every_strategy_is_in_one_table():
    assert set(STRATEGIES) == {"basic", "city", "demographic", "value-anchor", "named", "generated", "table"}
