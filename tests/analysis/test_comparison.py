"""Arms side by side, against scipy, hand derivations and planted differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from analysis.comparison import (
    ArmAnswers,
    compare_pair,
    effective_n,
    entropy_share,
    item_distributions,
    shares_of,
    summarize_arm,
    total_variance,
    variance_ratio,
)
from analysis.ranking import ranking_agreement

SIX = np.arange(1.0, 7.0)


def arm(name: str, choices: np.ndarray, n_options: int = 6, weights: np.ndarray | None = None) -> ArmAnswers:
    n_items = choices.shape[1]
    weights = np.ones(len(choices)) if weights is None else weights
    scores = tuple(np.arange(1.0, n_options + 1) for _ in range(n_items))
    return ArmAnswers(name, choices, np.full(n_items, n_options), weights, scores)


def drawn(seed: int, n: int, shares: np.ndarray, n_items: int = 10) -> np.ndarray:
    return np.random.default_rng(seed).choice(len(shares), size=(n, n_items), p=shares)


def test_entropy_share_equals_scipy() -> None:
    shares = np.random.default_rng(1).dirichlet(np.ones(6), size=(1, 4))
    expected = np.mean([stats.entropy(p) for p in shares[0]]) / np.log(6)
    assert entropy_share(shares, np.full(4, 6))[0] == pytest.approx(expected)


def test_the_distance_is_the_mean_over_items_of_scipys() -> None:
    left, right = drawn(1, 40, np.full(6, 1 / 6)), drawn(2, 30, np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.1]))
    counts = [[np.bincount(choices[:, item], minlength=6) for item in range(10)] for choices in (left, right)]
    expected = np.mean([jensenshannon(p, q) for p, q in zip(*counts, strict=True)])
    pair = compare_pair(arm("a", left), arm("b", right), np.random.default_rng(0), 19)
    assert pair.js_distance == pytest.approx(expected)


def test_variance_is_that_of_the_scores() -> None:
    choices = drawn(3, 50, np.full(6, 1 / 6))
    columns = arm("a", choices).one_hot.sum(axis=0)[None]
    found = total_variance(shares_of(columns, 10), [SIX] * 10)
    assert found[0] == pytest.approx(sum(np.var(choices[:, item] + 1) for item in range(10)))


def test_items_with_fewer_options_than_others_keep_their_own_range() -> None:
    choices = np.array([[0, 5], [1, 3], [0, 2], [1, -1]])
    answers = ArmAnswers("a", choices, np.array([2, 6]), np.ones(4), (np.array([0.0, 1.0]), SIX))
    distributions = item_distributions(answers)
    assert distributions[0].shares.tolist() == [0.5, 0.5]
    assert (distributions[1].n, distributions[1].n_missing) == (3, 1)
    # Wilson at n = 4, share one half (hand: (0.5 + z²/8) / (1 + z²/4) ± ...)
    assert distributions[0].low[0] == pytest.approx(stats.binomtest(2, 4).proportion_ci(method="wilson").low)
    shares = shares_of(answers.one_hot.sum(axis=0)[None], 2)
    assert total_variance(shares, answers.scores)[0] == pytest.approx(0.25 + np.var([6, 4, 3]))


def test_weights_count_as_people() -> None:
    choices = np.array([[0], [0], [1]])
    weighted = arm("w", choices, 2, np.array([1.0, 1.0, 2.0]))
    assert item_distributions(weighted)[0].shares.tolist() == [0.5, 0.5]
    assert effective_n(weighted.weights) == pytest.approx(16 / 6)


def test_equal_arms_are_reported_as_equal() -> None:
    even = np.full(6, 1 / 6)
    p_values, zeros = [], 0
    for seed in range(40):
        pair = compare_pair(
            arm("a", drawn(2 * seed, 60, even)),
            arm("b", drawn(2 * seed + 1, 60, even)),
            np.random.default_rng(seed),
            199,
        )
        p_values.append(pair.p_value)
        zeros += pair.corrected.low == 0.0
        assert pair.js_distance == pytest.approx(pair.by_chance, rel=0.5)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.15  # binomial(40, .05): 6 or fewer with probability .99
    assert zeros >= 36


def test_a_planted_difference_is_recovered() -> None:
    p, q = np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.1]), np.array([0.1, 0.1, 0.1, 0.2, 0.2, 0.3])
    truth = float(jensenshannon(p, q))
    covered = 0
    for seed in range(40):
        left, right = arm("a", drawn(3 * seed, 80, p)), arm("b", drawn(3 * seed + 1, 80, q))
        pair = compare_pair(left, right, np.random.default_rng(seed), 199)
        covered += pair.corrected.low <= truth <= pair.corrected.high
        assert pair.p_value == pytest.approx(1 / 200)
    assert covered >= 34


def test_variance_ratio_recovers_a_planted_one() -> None:
    wide, narrow = np.array([0.5, 0, 0, 0, 0, 0.5]), np.array([0, 0, 0.5, 0.5, 0, 0])
    found = variance_ratio(
        arm("w", drawn(1, 100, wide)), arm("n", drawn(2, 100, narrow)), np.random.default_rng(0), 199
    )
    assert found.low < 25.0 < found.high  # variances 6.25 and 0.25
    constant = arm("c", np.zeros((10, 3), dtype=int))
    assert np.isnan(variance_ratio(arm("w", drawn(1, 10, wide, 3)), constant, np.random.default_rng(0)).value)
    itself = arm("w", drawn(1, 10, wide, 3))
    assert variance_ratio(itself, itself, np.random.default_rng(0))[:3] == (1.0, 1.0, 1.0)


def test_an_arm_that_never_varies_has_no_diversity_and_nothing_is_relative_to_it() -> None:
    constant = arm("c", np.zeros((10, 3), dtype=int))
    found = summarize_arm(constant, constant, np.random.default_rng(0), 99)
    assert found.diversity.value == 0.0
    assert np.isnan(found.variance_ratio.value)


def test_nobody_answered() -> None:
    nobody = arm("n", np.full((5, 2), -1))
    assert np.isnan(item_distributions(nobody)[0].shares).all()
    assert np.isnan(summarize_arm(nobody, nobody, np.random.default_rng(0), 99).diversity.value)


def test_ranking_agreement_equals_scipy() -> None:
    truth = np.linspace(1, -1, 19)
    rng = np.random.default_rng(4)
    scores = truth + rng.normal(0, 1.5, size=(200, 19))
    found = ranking_agreement(scores, truth, rng)
    assert found.value == pytest.approx(stats.spearmanr(scores.mean(axis=0), truth).statistic)
    # Noise in the means pulls rho down; BCa corrects for that, so the value may lie below its own interval.
    assert found.low <= found.high <= 1.0 + 1e-9
    assert found.value <= found.high + 1e-9
    with_holes = scores.copy()
    with_holes[rng.random(scores.shape) < 0.1] = np.nan
    expected = stats.spearmanr(np.nanmean(with_holes, axis=0), truth).statistic
    assert ranking_agreement(with_holes, truth, rng).value == pytest.approx(expected)


def test_ranking_of_equal_means_is_not_computable() -> None:
    assert np.isnan(ranking_agreement(np.zeros((5, 19)), np.arange(19.0), np.random.default_rng(0)).value)
