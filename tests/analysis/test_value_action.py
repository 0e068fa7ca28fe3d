"""Value-action agreement: poles by hand, a correlation by hand, planted agreement recovered and absence told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from analysis.value_action import (
    ActionScore,
    PoleWeights,
    ValueActionPair,
    pole_weights,
    value_action_agreement,
    value_action_pairs,
)
from simulator.seeds import rng_for


def test_poles_are_the_halves_of_the_scale():
    assert pole_weights([0.1, 0.2, 0.3, 0.4]) == pytest.approx((0.3, 0.7))
    assert pole_weights([30, 70]) == pytest.approx((0.3, 0.7))
    assert pole_weights(range(10)) == pytest.approx((10 / 45, 35 / 45))


def test_a_middle_option_is_split_or_dropped():
    five = [0.10, 0.15, 0.40, 0.05, 0.30]
    assert pole_weights(five) == pytest.approx((0.45, 0.55))
    assert pole_weights(five, middle="drop") == pytest.approx((0.25, 0.35))
    assert pole_weights([0, 7, 0]) == (0.5, 0.5)
    assert pole_weights([0, 7, 0], middle="drop") == (0.0, 0.0)


def test_no_distribution_has_no_poles():
    for nothing in ([0, 0, 0], [0.5, math.nan], [math.inf, 1]):
        assert np.isnan(pole_weights(nothing)).all()


@pytest.mark.parametrize("wrong", [[1.0], [], [[0.5, 0.5]], [0.5, -0.5]])
def test_what_is_no_distribution_is_refused(wrong):
    with pytest.raises(ValueError, match=r"option|negative"):
        pole_weights(wrong)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="use split or drop"):
        pole_weights([1, 1], middle="halve")


def pair(item: str, number: int, pole: str, weight: float, score: float) -> ValueActionPair:
    return ValueActionPair(item, f"{item}.{number}", pole, weight, score)


def test_every_scenario_gives_the_weight_and_score_of_both_poles():
    scores = [
        ActionScore("a", "a.1", "low", 3.0),
        ActionScore("a", "a.1", "high", 8.0),
        ActionScore("b", "b.1", "low", 5.0),
    ]
    pairs = value_action_pairs({"a": PoleWeights(0.2, 0.8)}, scores)
    assert pairs[:2] == (pair("a", 1, "low", 0.2, 3.0), pair("a", 1, "high", 0.8, 8.0))
    assert math.isnan(pairs[2].weight)


def test_a_correlation_by_hand():
    # Weights .2 .8 .4 .6 around .5: -.3 .3 -.1 .1; scores 2 8 6 4 around 5: -3 3 1 -1. Sum of products 1.6; sums of
    # squares .2 and 20: r = 1.6 / sqrt(4) = .8. Ranks 1 4 2 3 and 1 4 3 2: rho = 1 - 6 * 2 / (4 * 15) = .8.
    pairs = [pair("a", 1, "low", 0.2, 2), pair("a", 1, "high", 0.8, 8)]
    pairs += [pair("b", 1, "low", 0.4, 6), pair("b", 1, "high", 0.6, 4)]
    found = value_action_agreement(pairs, rng_for(1, "by hand"))
    assert found.pearson.r == pytest.approx(0.8)
    assert found.spearman.r == pytest.approx(0.8)
    # t = .8 sqrt(2 / .36), two degrees of freedom: p = .2.
    assert found.pearson.p == pytest.approx(0.2)
    assert (found.n_pairs, found.n_scenarios, found.n_items, found.reason) == (4, 2, 2, "")


def test_what_is_missing_is_left_out_and_counted():
    pairs = [pair("a", n, "low", weight, score) for n, (weight, score) in enumerate([(0.1, 1), (0.5, 4), (0.9, 9)])]
    holes = [
        pair("b", 1, "low", math.nan, 4),
        pair("b", 1, "high", 0.5, math.nan),
        pair("b", 2, "low", math.nan, math.nan),
    ]
    whole = value_action_agreement(pairs, rng_for(1, "holes"))
    found = value_action_agreement([*pairs, *holes], rng_for(1, "holes"))
    assert (found.n_without_weight, found.n_without_score) == (2, 2)
    assert found.pearson.r == whole.pearson.r == pytest.approx(stats.pearsonr([0.1, 0.5, 0.9], [1, 4, 9]).statistic)
    assert (found.n_pairs, found.n_items) == (3, 1)
    assert math.isnan(found.pearson.low), "one item alone tells nothing about items"


@pytest.mark.parametrize(
    ("weights", "scores", "reason"),
    [
        ([0.2, 0.8], [1, 9], "only 2 usable pairs"),
        ([], [], "only 0 usable pairs"),
        ([0.5, 0.5, 0.5, 0.5], [1, 5, 2, 7], "all pole weights are equal"),
        ([0.1, 0.9, 0.3, 0.7], [5, 5, 5, 5], "all approval scores are equal"),
    ],
)
def test_where_there_is_no_correlation_there_is_a_reason(weights, scores, reason):
    pairs = [pair(f"i{n}", n, "low", *both) for n, both in enumerate(zip(weights, scores, strict=True))]
    found = value_action_agreement(pairs, rng_for(1, "none"))
    assert found.reason.startswith(reason)
    assert np.isnan([*found.pearson, *found.spearman]).all()


def world(rng: np.random.Generator, slope: float, n_items: int = 24, per_item: int = 4) -> list[ValueActionPair]:
    """Items whose poles have random weights; actions are approved of by `slope` times the weight, and at random."""
    pairs = []
    for item in range(n_items):
        low = rng.uniform(0.05, 0.95)
        leaning = rng.normal(0, 0.5)  # what the scenarios of an item have in common: pairs are not independent
        for number in range(per_item):
            for pole, weight in (("low", low), ("high", 1 - low)):
                side = leaning if pole == "high" else -leaning
                score = 5.5 + slope * (weight - 0.5) + side + rng.normal(0, 1)
                pairs.append(pair(f"item{item}", number, pole, weight, score))
    return pairs


def test_planted_agreement_is_recovered_and_absence_is_told():
    # Weight uniform on (.05, .95): variance .9^2 / 12; error variance 1.25. r = slope sd / sqrt(slope^2 var + 1.25).
    variance = 0.81 / 12
    covered = {0.0: 0, 4.0: 0}
    n_worlds = 40
    for slope in covered:
        truth = slope * math.sqrt(variance / (slope**2 * variance + 1.25))
        estimates = []
        for seed in range(n_worlds):
            found = value_action_agreement(world(rng_for(seed, "world"), slope), rng_for(seed, "draw"), n_resamples=199)
            estimates.append(found.pearson.r)
            covered[slope] += found.pearson.low <= truth <= found.pearson.high
        assert np.mean(estimates) == pytest.approx(truth, abs=0.06)
    # 95 % intervals in 40 worlds: fewer than 32 hits has a probability below 1e-3 even at 92 % true coverage.
    assert min(covered.values()) >= 32, covered


def test_intervals_know_that_items_are_the_units():
    """Ten copies of every pair say nothing new; a bootstrap of pairs would believe they do."""
    pairs = world(rng_for(3, "world"), 4.0, n_items=12, per_item=1)
    copies = [one._replace(scenario=f"{one.scenario}.{copy}") for one in pairs for copy in range(10)]
    once = value_action_agreement(pairs, rng_for(3, "draw"), n_resamples=499).pearson
    often = value_action_agreement(copies, rng_for(3, "draw"), n_resamples=499).pearson
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.05)
