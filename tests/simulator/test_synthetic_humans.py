"""Known-truth respondents at a planted distance from people: exact distributions, and answers that have them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_humans import contrast, draw_exactly
from simulator.engines.synthetic_truth import KnownTruth
from simulator.errors import EngineRefused, RunSpecError
from simulator.messages import Asked, Request, ShownOption
from simulator.seeds import draw_uniform

WOMEN = "sex=female"
HUMANS: dict[str, Any] = {
    "q1": {
        "US": {"all": {1: 0.5, 2: 0.3, 3: 0.2}, WOMEN: {1: 0.1, 2: 0.1, 3: 0.8}},
        "CN": {"all": {1: 0.0, 2: 0.25, 3: 0.75}},
    },
    "several": {"US": {"all": {1: 0.9, 2: 0.6, 3: 0.5, 4: 0.2}}, "CN": {"all": {1: 0.3, 2: 0.1, 3: 0.0, 4: 0.0}}},
    "anywhere": {"": {"all": {1: 0.4, 2: 0.6}}},
}


def engine(**planted: Any) -> SyntheticEngine:
    return SyntheticEngine(KnownTruth(humans=HUMANS, **planted), seed=3)


def ask(
    person: int = 0, item: str = "q1", country: str | None = "US", codes: tuple[int, ...] = (1, 2, 3), **changes: Any
) -> Asked:
    facts: dict[str, Any] = {
        "run_seed": 7,
        "respondent_id": f"r{person:04d}",
        "persona_id": f"p{person}",
        "strategy": "city",
        "attributes": {} if country is None else {"country": country},
        "item_id": item,
        "format": "single",
        "options": tuple(ShownOption(str(code), code, f"Option number {code}") for code in codes),
    }
    return Asked(**(facts | changes))


def replies(who: SyntheticEngine, asked: list[Asked]) -> list[str]:
    return [asyncio.run(who.complete(Request((), asked=one))).text for one in asked]


# Each derived by hand from the shares above.
@pytest.mark.parametrize(
    ("planted", "expected"),
    [
        ({}, {1: 0.5, 2: 0.3, 3: 0.2}),
        ({"human_distance": 0.5}, {1: 0.35, 2: 0.3, 3: 0.35}),
        ({"human_distance": 1.0, "human_contrast": "reversed"}, {1: 0.2, 2: 0.3, 3: 0.5}),
        ({"human_distance": 0.3, "human_contrast": "uniform"}, {1: 0.45, 2: 0.31, 3: 0.24}),
        ({"human_distance": 0.2, "human_contrast": "mode"}, {1: 0.6, 2: 0.24, 3: 0.16}),
        ({"group_bias": 0.5, "human_group": WOMEN}, {1: 0.3, 2: 0.2, 3: 0.5}),
        ({"group_bias": 0.5, "human_group": WOMEN, "human_distance": 0.5}, {1: 0.25, 2: 0.25, 3: 0.5}),
    ],
)
def test_the_declared_mixture(planted: dict[str, Any], expected: dict[int, float]) -> None:
    who = engine(**planted)
    assert who.planted_distribution("q1", "US") == pytest.approx(expected)
    assert who.true_distribution(ask()).shares == pytest.approx(tuple(expected.values()))
    counts = Counter(reply.lstrip("(")[0] for reply in replies(who, [ask(n) for n in range(2000)]))
    drawn = [counts[str(code)] for code in (1, 2, 3)]
    assert chisquare(drawn, [2000 * share for share in expected.values()]).pvalue > 0.005


def test_answers_follow_the_country_and_nothing_else_of_the_person() -> None:
    who = engine()
    assert who.true_distribution(ask(country="CN")).shares == (0.0, 0.25, 0.75)
    truths = {who.true_distribution(ask(n, attributes={"country": "US", "age": n, "anchor": "SDT"})) for n in range(30)}
    assert truths == {who.true_distribution(ask())}
    assert who.true_distribution(ask(codes=(3, 9, 1, 2))).shares == (0.2, 0.0, 0.5, 0.3)


def test_a_bias_acts_on_top_of_people() -> None:
    assert engine(last_option=0.2).true_distribution(ask()).shares == pytest.approx((0.4, 0.24, 0.36))


def test_where_a_reference_knows_no_countries_nobody_needs_one() -> None:
    assert engine().true_distribution(ask(item="anywhere", country=None, codes=(1, 2))).shares == (0.4, 0.6)
    assert engine().true_distribution(ask(item="anywhere", codes=(1, 2))).shares == (0.4, 0.6)


def test_a_paraphrase_is_answered_like_its_question() -> None:
    assert engine().true_distribution(ask(item="q1~2", question_id="q1")).shares == (0.5, 0.3, 0.2)


@pytest.mark.parametrize(
    ("country", "planted", "expected"),
    [
        ("US", {}, (0.9, 0.6, 0.5, 0.2)),
        ("US", {"human_distance": 0.5, "human_contrast": "uniform"}, (0.725, 0.575, 0.525, 0.375)),
        ("CN", {}, (0.75, 0.25, 0.0, 0.0)),  # fewer than one pick a head: scaled to one
    ],
)
def test_picks_have_exactly_the_planted_shares(
    country: str, planted: dict[str, Any], expected: tuple[float, ...]
) -> None:
    who = engine(verbosity=0, **planted)
    asked = [ask(n, "several", country, (1, 2, 3, 4), format="multiple", max_picks=3) for n in range(3000)]
    assert who.true_distribution(asked[0]).shares == pytest.approx(expected)
    picked = [reply.split(", ") for reply in replies(who, asked)]
    total = sum(expected)
    assert {len(one) for one in picked} <= {int(total + 1e-9), -int(-total // 1)}
    for code, share in enumerate(expected, start=1):
        n = sum(str(code) in one for one in picked)
        assert abs(n - 3000 * share) <= 3.3 * (3000 * share * (1 - share)) ** 0.5 + 1e-9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).filter(lambda shares: sum(shares) >= 1), st.integers(0, 999))
def test_exact_picks_are_as_many_as_their_sum(shares: list[float], seed: int) -> None:
    picks = dict(enumerate(shares))
    picked = draw_exactly(picks, draw_uniform(seed, "u"))
    assert len(set(picked)) == len(picked)
    assert abs(len(picked) - sum(shares)) < 1 + 1e-9


def test_exact_picks_over_an_even_grid_of_draws() -> None:
    picks = {1: 0.9, 2: 0.6, 3: 0.5, 4: 0.2}
    draws = [draw_exactly(picks, (step + 0.5) / 1000) for step in range(1000)]
    for code, share in picks.items():
        assert sum(code in one for one in draws) / 1000 == pytest.approx(share, abs=0.0011)


def test_contrasts_keep_the_sum_of_shares_except_where_everybody_agrees() -> None:
    people = {4: 0.1, 2: 0.4, 1: 0.4, 9: 0.1}
    assert contrast(people, "reversed") == {1: 0.1, 2: 0.1, 4: 0.4, 9: 0.4}
    assert contrast(people, "uniform") == {1: 0.25, 2: 0.25, 4: 0.25, 9: 0.25}
    assert contrast(people, "mode") == {1: 1.0, 2: 0.0, 4: 0.0, 9: 0.0}


@pytest.mark.parametrize(
    ("asked", "planted", "expected"),
    [
        ({"item": "other"}, {}, ["no human answers are planted for item 'other'"]),
        ({"country": "DE"}, {}, ["'q1'", "country 'DE'", "it has US, CN"]),
        ({"country": None}, {}, ["r0000 has no country", 'strategy "city"']),
        ({"codes": (1, 2)}, {}, ["codes of item 'q1' (3)", "does not offer (1, 2)"]),
        ({"country": "CN"}, {"group_bias": 0.2, "human_group": WOMEN}, ["group 'sex=female' in country 'CN'", "all"]),
        (
            {"item": "several", "codes": (1, 2, 3, 4), "format": "multiple", "max_picks": 2},
            {},
            ["picked 2.20 options", "allows 2"],
        ),
    ],
)
def test_what_people_were_not_asked_is_named(
    asked: dict[str, Any], planted: dict[str, Any], expected: list[str]
) -> None:
    with pytest.raises(EngineRefused) as caught:
        replies(engine(**planted), [ask(**asked)])
    assert caught.value.ends_run
    for part in expected:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("planted", "expected"),
    [
        ({"human_distance": 0.1}, "humans: is missing"),
        ({"humans": HUMANS, "group_bias": 0.1}, "human_group: is missing"),
        ({"humans": HUMANS, "human_contrast": "far"}, "allowed: reversed, uniform, mode"),
        ({"humans": "people.json"}, "run it from a spec"),
        ({"humans": HUMANS, "human_distance": 1.1}, "from 0 to 1"),
    ],
)
def test_what_cannot_be_planted_is_refused(planted: dict[str, Any], expected: str) -> None:
    with pytest.raises(RunSpecError, match=expected):
        KnownTruth(**planted)
