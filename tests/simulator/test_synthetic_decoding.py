"""What decoding settings do where it is planted: exact probabilities, answers that follow, words that vary less."""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from simulator.engines.base import Capability
from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_decoding import Sharpness, narrowed, sharpened, sharpness
from simulator.engines.synthetic_truth import KnownTruth
from simulator.errors import RunSpecError
from simulator.messages import Asked, Request, Settings, ShownOption

FIVE = tuple(ShownOption(str(code), code, f"Option number {code}") for code in range(1, 6))
ALIKE = KnownTruth(
    decoding_effect=1.0, person_spread=0, level_spread=0, topic_person_spread=0, discrimination=1.0, verbosity=0.5
)
"""Nobody differs from anybody: whatever varies comes from decoding."""
UNSET = Settings()


def ask(person: int = 0, **changes: Any) -> Asked:
    facts: dict[str, Any] = {
        "run_seed": 7,
        "respondent_id": f"r{person:04d}",
        "persona_id": f"p{person}",
        "strategy": "basic",
        "attributes": {},
        "item_id": "q",
        "format": "scale",
        "options": FIVE,
        "dimensions": ("SDT",),
        "answer_format": "explained",
    }
    return Asked(**(facts | changes))


def answers(truth: KnownTruth, settings: Settings, n: int = 3000, **changes: Any) -> list[str]:
    engine = SyntheticEngine(truth, seed=3)
    requests = [Request((), settings, asked=ask(person, **changes)) for person in range(n)]
    return [asyncio.run(engine.complete(request)).text for request in requests]


def true_shares(truth: KnownTruth, settings: Settings) -> tuple[float, ...]:
    return SyntheticEngine(truth, seed=3).true_distribution(ask(), settings).shares


# Derived by hand: shares .5 .3 .2 to the power 2 are .25 .09 .04, and sum to .38.
def test_the_declared_formula() -> None:
    shares = {1: 0.5, 2: 0.3, 3: 0.2}
    assert sharpened(shares, Sharpness(0.5, 0.0)) == pytest.approx({1: 25 / 38, 2: 9 / 38, 3: 4 / 38})
    assert sharpened(shares, Sharpness(1.0, 0.75)) == pytest.approx({1: 0.875, 2: 0.075, 3: 0.05})
    assert sharpened(shares, Sharpness(0.0, 0.0)) == {1: 1.0, 2: 0.0, 3: 0.0}
    assert sharpness(0.5, Settings(0.4, beams=4)) == Sharpness(0.7, 0.375)
    assert sharpness(1.0, Settings()) == Sharpness(1.0, 0.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0, 5), st.floats(0, 1))
def test_the_sum_stays_and_the_likeliest_stays_the_likeliest(
    weights: list[float], temperature: float, mode: float
) -> None:
    shares = dict(enumerate(weights))
    found = sharpened(shares, Sharpness(temperature, mode))
    assert math.fsum(found.values()) == pytest.approx(math.fsum(weights), abs=1e-9)
    assert all(found[code] <= max(found.values()) for code in found)
    assert found[max(shares, key=shares.__getitem__)] == pytest.approx(max(found.values()))


@pytest.mark.parametrize(
    "settings", [Settings(0.0), Settings(0.5), Settings(1.5), Settings(beams=4), Settings(0.7, beams=2)]
)
def test_answers_follow_the_true_distribution_under_their_settings(settings: Settings) -> None:
    truth = replace(ALIKE, decoding_effect=0.8)
    found = (re.search(r"Answer: \(?(\d)", text) for text in answers(truth, settings))
    counts = Counter(int(one[1]) for one in found if one)
    shares = true_shares(truth, settings)
    assert shares != pytest.approx(true_shares(truth, UNSET), abs=0.01)
    assert chisquare([counts[code] for code in range(1, 6)], [3000 * share for share in shares]).pvalue > 0.005


def test_temperature_zero_and_no_difference_between_persons_leave_one_reply() -> None:
    assert len(set(answers(ALIKE, Settings(0.0), 200))) == 1
    many = [len(set(answers(ALIKE, Settings(temperature), 600))) for temperature in (0.1, 0.5, 1.0)]
    assert many == sorted(many)
    assert many[2] > 3 * many[0]
    beams = [len(set(answers(ALIKE, Settings(beams=n), 600))) for n in (1, 4)]
    assert beams[1] < beams[0]


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 5), st.floats(0, 0.99))
def test_words_stay_in_reach(u: float, temperature: float, mode: float) -> None:
    assert 0 <= narrowed(u, Sharpness(temperature, mode)) < 1


def test_without_a_planted_effect_settings_change_nothing_and_there_are_no_beams() -> None:
    plain = replace(ALIKE, decoding_effect=0)
    assert answers(plain, Settings(0.0, 0.5), 100) == answers(plain, UNSET, 100)
    assert Capability.BEAM_SEARCH not in SyntheticEngine(plain).capabilities
    assert Capability.BEAM_SEARCH in SyntheticEngine(ALIKE).capabilities


def test_at_temperature_one_and_one_beam_a_planted_effect_changes_nothing() -> None:
    assert answers(ALIKE, Settings(1.0, beams=1), 100) == answers(replace(ALIKE, decoding_effect=0), UNSET, 100)


def test_token_probabilities_are_those_of_the_temperature() -> None:
    engine = SyntheticEngine(replace(ALIKE, off_mass=0.0, second_spelling=0.0), seed=3)
    settings = Settings(0.5)
    request = Request((), settings, top_logprobs=20, asked=ask(answer_format="label"))
    (position,) = asyncio.run(engine.complete(request)).positions
    found = {token.strip(): math.exp(logprob) for token, logprob in position.top}
    for code, share in enumerate(engine.true_distribution(ask(answer_format="label"), settings).shares, start=1):
        assert found[str(code)] == pytest.approx(share, abs=1e-6)


def test_picks_are_sharpened_one_by_one() -> None:
    engine, asked = SyntheticEngine(ALIKE, seed=3), ask(format="multiple", dimensions=())
    warm, cold = engine.true_distribution(asked), engine.true_distribution(asked, Settings(0.0))
    assert sum(cold.shares) == pytest.approx(sum(share > 0.5 for share in cold.shares))
    assert warm.shares != pytest.approx(cold.shares)


def test_an_effect_out_of_range_is_refused() -> None:
    with pytest.raises(RunSpecError, match="decoding_effect: is 2"):
        KnownTruth(decoding_effect=2)


def test_a_truth_without_later_parameters_keeps_its_name() -> None:
    """The model of every record made before there were any."""
    assert SyntheticEngine().model == "known-truth-533e9073"
