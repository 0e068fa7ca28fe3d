"""Response styles: by hand on small tables, and against planted shares."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t

from analysis.clusters import cluster_ratio
from analysis.memory_assimilation import memory_assimilation
from analysis.persona_effect import persona_effect
from analysis.response_styles import (
    acquiescence,
    extreme_share,
    first_option_preference,
    last_option_preference,
    midpoint_share,
    primacy_over_recency,
)

# By hand --------------------------------------------------------------------------------------------------------------


def test_a_clustered_ratio_by_hand() -> None:
    # Tops 2 and 2, bottoms 2 and 4 over clusters a and b.
    found = cluster_ratio(np.array([1.0, 1.0, 2.0]), np.array([1.0, 1.0, 4.0]), np.array(["a", "a", "b"]))
    assert found.estimate == pytest.approx(4 / 6)
    # Without a the ratio is 2/4, without b 2/2: moved by -1/6 and 1/3; effective clusters 36/20, t(0.8) = 33.5.
    half = t.ppf(0.975, 36 / 20 - 1) * math.sqrt((1 / 36 + 1 / 9) / 2)
    assert found.high - found.estimate == pytest.approx(half)
    assert (found.n_answers, found.n_respondents) == (3, 2)


def test_acquiescence_by_hand() -> None:
    # Topic a: 3 of 4 yes where yes supports, 2 of 4 where it opposes: .25. Topic b: 1 + .5 - 1. Topic c: one kind only.
    yes = [1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, np.nan]
    supports = [True] * 4 + [False] * 4 + [True] * 2 + [False] * 2 + [True] * 2
    topics = ["a"] * 8 + ["b"] * 4 + ["c"] * 2
    found = acquiescence(yes, supports, topics, [0, 1] * 7)
    assert found.estimate == pytest.approx((0.25 + 0.5) / 2)
    assert found.n_answers == 12
    assert found.low < found.estimate < found.high


def test_stance_alone_is_no_acquiescence() -> None:
    # Support .8: yes in 8 of 10 where yes supports, in 2 of 10 where it opposes.
    found = acquiescence(
        [1] * 8 + [0] * 2 + [1] * 2 + [0] * 8, [True] * 10 + [False] * 10, ["t"] * 20, list(range(10)) * 2
    )
    assert found.estimate == pytest.approx(0)


def test_position_preferences_by_hand() -> None:
    # Four options; 5 of 10 first, 1 of 10 last.
    places = [0] * 5 + [1] * 2 + [2] * 2 + [3]
    people = list(range(10))
    assert first_option_preference(places, 4, people).estimate == pytest.approx((0.5 - 0.25) / 0.75)
    assert last_option_preference(places, 4, people).estimate == pytest.approx((0.1 - 0.25) / 0.75)
    assert primacy_over_recency(places, [4] * 10, people).estimate == pytest.approx(0.4)
    # Lists of different length: (1 - 1/2) + (0 - 1/4) over 1/2 + 3/4.
    assert first_option_preference([0, 2], [2, 4], [0, 1]).estimate == pytest.approx(0.25 / 1.25)


def test_extreme_and_midpoint_shares_by_hand() -> None:
    category, count, people = [0, 4, 2, 1, 5, 0], [5, 5, 5, 5, 6, 2], [0, 0, 1, 1, 2, 2]
    assert extreme_share(category, count, people).estimate == pytest.approx(3 / 5)
    assert midpoint_share(category, count, people).estimate == pytest.approx(1 / 4)


def test_nothing_to_estimate_is_nan() -> None:
    assert math.isnan(acquiescence([1.0], [True], ["t"], [0]).estimate)
    assert math.isnan(first_option_preference([], [], []).estimate)
    assert math.isnan(first_option_preference([np.nan], [3], [0]).estimate)
    assert math.isnan(midpoint_share([1, 2], [4, 4], [0, 1]).estimate)
    assert math.isnan(memory_assimilation(np.zeros((2, 3)), np.zeros((2, 3), int), np.zeros((2, 3, 3), bool)).estimate)
    assert math.isnan(persona_effect(np.eye(19), range(19)).own_anchor.low)
    assert math.isnan(persona_effect(np.zeros((2, 19)), [3, 3]).own_anchor.estimate)
    assert math.isnan(first_option_preference([0, 1], [2, 2], [5, 5]).low)


def test_persona_effect_by_hand() -> None:
    # Two anchors, two respondents each, three values. Value 0: 3 among its own, 1 among others; value 1: 2.5 against 0.
    scores = np.array([[4.0, 0, 0], [2, 0, 0], [1, 2, 0], [1, 3, 0]])
    found = persona_effect(scores, [0, 0, 1, 1])
    assert found.own_anchor.estimate == pytest.approx((2 + 2.5) / 2)
    # Each respondent's part: (own value / 2 - other's value / 2) / 2; deviations within anchors are 1/2 and 1/4 of one.
    parts = np.array([(4 - 0) / 4, (2 - 0) / 4, (2 - 1) / 4, (3 - 1) / 4])
    variance = sum(2 * np.sum((pair - pair.mean()) ** 2) for pair in (parts[:2], parts[2:]))
    assert found.own_anchor.high - found.own_anchor.estimate == pytest.approx(4.3027 * math.sqrt(variance), rel=1e-4)


def test_missing_scores_are_left_out_value_by_value() -> None:
    scores = np.array([[4.0, 0, 0], [2, 0, 0], [1, 2, 0], [1, 3, 0], [9, np.nan, 0], [np.nan, 3, 0]])
    found = persona_effect(scores, [0, 0, 1, 1, -1, 1])
    # Value 0: 3 against 1 (one other is missing); value 1: 8/3 against 0.
    assert found.own_anchor.estimate == pytest.approx((2 + 8 / 3) / 2)
    assert found.own_anchor.n_respondents == 5


def test_the_rise_is_a_cosine_where_one_was_planted() -> None:
    steps = np.arange(19)
    base = np.linspace(-1, 1, 19)
    rows = np.array([base + 0.7 * np.cos(2 * np.pi * (steps - anchor) / 19) for anchor in steps])
    found = persona_effect(rows, steps)
    assert found.curve.amplitude == pytest.approx(0.7)
    assert found.curve.phase_steps == pytest.approx(0, abs=1e-9)
    assert found.curve.r_squared == pytest.approx(1)
    assert found.own_anchor.estimate == pytest.approx(0.7 * 19 / 18)


def test_copying_everything_is_a_share_of_one() -> None:
    # Two respondents, three answers; the third repeats the one that is remembered, which chance has chosen differently.
    codes = np.array([[1.0, 2, 1], [1, 2, 2]])
    remembered = np.zeros((2, 3, 3), bool)
    remembered[0, 2, 0] = remembered[1, 2, 1] = True
    found = memory_assimilation(codes, np.zeros((2, 3), int), remembered)
    assert found.estimate == pytest.approx(1)
    assert (found.n_answers, found.n_respondents) == (2, 2)


# Against planted shares -----------------------------------------------------------------------------------------------


def opinions(rng: np.random.Generator, share: float, n: int = 40, n_topics: int = 20) -> tuple[np.ndarray, ...]:
    """Yes/no answers: four questions a topic, two in each direction, of uneven difficulty."""
    topics = np.repeat(np.arange(n_topics), 4)
    supports = np.tile([True, True, False, False], n_topics)
    leaning = np.repeat(rng.normal(0, 1.5, n_topics), 4) + rng.normal(0, 0.4, 4 * n_topics)
    latent = leaning + rng.normal(0, 1, (n, n_topics)).repeat(4, axis=1)
    stance = rng.random(latent.shape) < 1 / (1 + np.exp(-latent))
    yes = np.where(rng.random(latent.shape) < share, True, stance == supports)
    people = np.repeat(np.arange(n), 4 * n_topics)
    return yes.ravel().astype(float), np.tile(supports, n), np.tile(topics, n), people


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_acquiescence_is_recovered_over_other_questions_too(share: float) -> None:
    found = [acquiescence(*opinions(np.random.default_rng(seed), share)) for seed in range(60)]
    covered = np.mean([one.low <= share <= one.high for one in found])
    assert covered >= 0.9
    assert np.mean([one.estimate for one in found]) == pytest.approx(share, abs=0.015)
    fixed = [acquiescence(*opinions(np.random.default_rng(seed), share), topics_fixed=True) for seed in range(60)]
    # Uneven questions are a source of chance that clusters of respondents alone do not see.
    assert np.mean([one.low <= share <= one.high for one in fixed]) < covered


@pytest.mark.parametrize("share", [0.0, 0.15])
def test_first_option_preference_is_recovered(share: float) -> None:
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        favorite, own = rng.integers(0, 5, (40, 1)), rng.random((40, 30)) < 0.6
        chosen = np.where(own, favorite, rng.integers(0, 5, (40, 30)))
        # The order is random at every item: the chosen option stands at an even random place.
        place = np.where(rng.random((40, 30)) < share, 0, (chosen + rng.integers(0, 5, (40, 30))) % 5)
        found.append(first_option_preference(place.ravel(), 5, np.repeat(np.arange(40), 30)))
    assert np.mean([one.low <= share <= one.high for one in found]) >= 0.9
    assert np.mean([one.estimate for one in found]) == pytest.approx(share, abs=0.01)


def interviews(rng: np.random.Generator, share: float, n: int = 60, p: int = 30) -> tuple[np.ndarray, ...]:
    """Answers to `p` four-category items in fixed order, neighbors alike; memory pruned at random to 0..10."""
    codes = np.empty((n, p))
    remembered = np.zeros((n, p, p), bool)
    for k in range(n):
        length, memory, drift = rng.integers(0, 11), [], np.cumsum(rng.normal(0, 0.7, p))
        for j in range(p):
            remembered[k, j, memory] = True
            codes[k, j] = np.digitize(drift[j] + rng.normal(), [-1, 0, 1])
            if memory and rng.random() < share:
                codes[k, j] = codes[k, rng.choice(memory)]
            memory.append(j)
            while len(memory) > length:
                memory.pop(rng.integers(len(memory)))
    return codes, np.zeros((n, p), int), remembered


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.25])
def test_assimilation_is_recovered_although_neighbors_are_alike(share: float) -> None:
    found = [memory_assimilation(*interviews(np.random.default_rng(seed), share)) for seed in range(40)]
    assert np.mean([one.low <= share <= one.high for one in found]) >= 0.9
    spread = np.std([one.estimate for one in found], ddof=1)
    assert np.mean([one.estimate for one in found]) == pytest.approx(share, abs=3 * spread / math.sqrt(40))


@pytest.mark.parametrize("amplitude", [0.0, 0.5])
def test_persona_effect_is_recovered(amplitude: float) -> None:
    steps = np.arange(19)
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        anchors = np.tile(steps, 3)
        scores = rng.normal(0, 0.6, (57, 19)) + amplitude * np.cos(2 * np.pi * (steps - anchors[:, None]) / 19)
        found.append(persona_effect(scores, anchors).own_anchor)
    target = amplitude * 19 / 18
    assert np.mean([one.low <= target <= one.high for one in found]) >= 0.9
    assert np.mean([one.estimate for one in found]) == pytest.approx(target, abs=0.03)
