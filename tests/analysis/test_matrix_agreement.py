"""Agreement of correlation matrices: noise is taken out as planted, the interval covers, relabelling is whole."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from analysis.circumplex import matrix_agreement, value_correlations
from analysis.matrix_agreement import mantel_p, matrix_agreement_estimate

N = 10
ANGLES = 2 * np.pi * np.arange(N) / N
CIRCLE = np.cos(np.subtract.outer(ANGLES, ANGLES))
EYE = np.eye(N)
# Strong structure, agreement exactly 1: shrinking moves no rank and no line.
ALIKE = 0.6 * CIRCLE + 0.4 * EYE
# Half of it is another structure: the same circle with the values in another order.
OTHER = CIRCLE[np.ix_([0, 5, 2, 7, 4, 9, 6, 1, 8, 3], [0, 5, 2, 7, 4, 9, 6, 1, 8, 3])]
MIXED = 0.45 * CIRCLE + 0.3 * OTHER + 0.25 * EYE
WEAK = 0.25 * ALIKE + 0.75 * EYE


def people(truth: np.ndarray, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).multivariate_normal(np.zeros(N), truth, size=n)


@pytest.mark.parametrize(("truth", "n"), [(ALIKE, 100), (MIXED, 100), (MIXED, 300), (WEAK, 300)])
def test_the_interval_covers_the_agreement_of_the_population(truth: np.ndarray, n: int) -> None:
    # Ties in the true matrix leave Spearman's rho of a sample no single limit, so r is what is planted here.
    true = matrix_agreement(truth, CIRCLE).pearson
    found = [
        matrix_agreement_estimate(people(truth, n, seed), CIRCLE, np.random.default_rng(seed), resamples=149)
        for seed in range(60)
    ]
    assert sum(one.pearson.low - 1e-9 <= true <= one.pearson.high + 1e-9 for one in found) >= 52
    assert np.mean([one.pearson.value for one in found]) == pytest.approx(true, abs=0.025)


def test_the_plain_agreement_is_the_librarys_and_too_small() -> None:
    scores = people(WEAK, 200, 1)
    found = matrix_agreement_estimate(scores, CIRCLE, np.random.default_rng(0))
    plain = matrix_agreement(value_correlations(scores), CIRCLE)
    assert (found.sample_pearson, found.sample_spearman) == pytest.approx((plain.pearson, plain.spearman))
    assert found.n_pairs == plain.n_pairs == 45
    assert found.sample_pearson < 0.85 < found.pearson.value
    assert found.pearson.n == 200


def test_the_signal_share_is_what_a_second_sample_shows() -> None:
    # Two samples share only signal: the correlation of their matrices is the share of signal in either.
    shares, retests = [], []
    for seed in range(40):
        first, second = people(WEAK, 200, 2 * seed), people(WEAK, 200, 2 * seed + 1)
        shares.append(matrix_agreement_estimate(first, CIRCLE, np.random.default_rng(seed), resamples=99).signal_share)
        retests.append(matrix_agreement(value_correlations(first), value_correlations(second)).pearson)
    assert np.mean(shares) == pytest.approx(np.mean(retests), abs=0.04)


def test_weights_count_as_repeated_people() -> None:
    scores = people(MIXED, 80, 3)
    weights = np.random.default_rng(4).integers(0, 4, 80)
    weighted = matrix_agreement_estimate(scores, CIRCLE, np.random.default_rng(0), weights=weights)
    repeated = matrix_agreement(value_correlations(np.repeat(scores, weights, axis=0)), CIRCLE)
    assert weighted.sample_pearson == pytest.approx(repeated.pearson)
    assert weighted.pearson.n == (weights > 0).sum()


def test_a_population_without_structure_has_no_corrected_agreement() -> None:
    found = matrix_agreement_estimate(people(EYE, 150, 6), CIRCLE, np.random.default_rng(0))
    assert found.signal_share < 0.2
    assert abs(found.sample_pearson) < 0.4
    nothing = matrix_agreement_estimate(people(EYE, 150, 8), CIRCLE, np.random.default_rng(0))
    assert nothing.signal_share < 0
    assert np.isnan(nothing.pearson[:3]).all()


def test_a_constant_value_leaves_nothing_unless_it_is_dropped() -> None:
    scores = people(MIXED, 90, 5)
    scores[:5, 0] = np.nan
    scores[:, 3] = 2.0
    kept = np.delete(np.arange(N), 3)
    nothing = matrix_agreement_estimate(scores, CIRCLE, np.random.default_rng(0))
    assert np.isnan(nothing.sample_pearson)
    assert np.isnan(nothing.pearson[:3]).all()
    assert (nothing.pearson.n, nothing.n_values) == (85, 9)
    dropped = matrix_agreement_estimate(scores, CIRCLE, np.random.default_rng(0), drop_constant=True)
    alone = matrix_agreement_estimate(scores[:, kept], CIRCLE[np.ix_(kept, kept)], np.random.default_rng(0))
    assert dropped.pearson == pytest.approx(alone.pearson)
    assert (dropped.n_pairs, dropped.n_values) == (36, 9)


def test_nobody_and_a_reference_of_another_size() -> None:
    nobody = matrix_agreement_estimate(np.empty((0, N)), CIRCLE, np.random.default_rng(0))
    assert np.isnan(nobody.pearson.value)
    assert nobody.pearson.n == 0
    with pytest.raises(ValueError, match="the same 10 values"):
        matrix_agreement_estimate(people(EYE, 9, 0), CIRCLE[:4, :4], np.random.default_rng(0))


@pytest.mark.parametrize("statistic", ["pearson", "spearman"])
def test_mantel_against_all_relabellings(statistic: str) -> None:
    rng = np.random.default_rng(2)
    left, right = (np.corrcoef(rng.standard_normal((8, 5)), rowvar=False) for _ in range(2))
    left = 0.5 * left + 0.5 * right
    observed = getattr(matrix_agreement(left, right), statistic)
    orders = [np.array(order) for order in permutations(range(5))]
    exact = np.mean(
        [getattr(matrix_agreement(left[np.ix_(o, o)], right), statistic) >= observed - 1e-12 for o in orders]
    )
    drawn = mantel_p(left, right, np.random.default_rng(0), statistic=statistic, n_permutations=9999)
    assert drawn == pytest.approx(exact, abs=0.012)


def test_mantel_is_level_under_chance_and_smallest_for_the_same_matrix() -> None:
    rng = np.random.default_rng(3)
    p = []
    for _ in range(200):
        left, right = (np.corrcoef(rng.standard_normal((30, 7)), rowvar=False) for _ in range(2))
        p.append(mantel_p(left, right, rng, n_permutations=99))
    assert 3 <= sum(one <= 0.05 for one in p) <= 19  # binomial, 200 at .05: 99.8 %
    assert mantel_p(ALIKE, CIRCLE, rng, n_permutations=999) == pytest.approx(1 / 1000, abs=0.02)


def test_mantel_without_dropped_constants_and_with_a_missing_pair() -> None:
    rng = np.random.default_rng(4)
    left = np.corrcoef(rng.standard_normal((30, 6)), rowvar=False)
    right = 0.7 * left + 0.3 * np.corrcoef(rng.standard_normal((30, 6)), rowvar=False)
    without = mantel_p(left[1:, 1:], right[1:, 1:], np.random.default_rng(0))
    left[0] = left[:, 0] = np.nan
    assert mantel_p(left, right, np.random.default_rng(0)) == without
    right[2, 3] = right[3, 2] = np.nan
    with pytest.raises(ValueError, match="leave one of the two out"):
        mantel_p(left, right, rng)
    assert np.isnan(mantel_p(np.full((4, 4), np.nan), CIRCLE[:4, :4], rng))
