"""Two rankings against one reference: the published z and p, planted differences, pairs and their shuffling."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.correlation import compare_correlations
from analysis.ranking import compare_rankings, ranking_agreement
from surveys.values import HUMAN_MEANS

HUMAN = np.array(list(HUMAN_MEANS.values()))


def people(n: int, seed: int, *, likeness: float) -> np.ndarray:
    """Centered scores whose mean is the human one and a fixed other, in shares."""
    other = np.random.default_rng(99).permutation(HUMAN)
    mean = likeness * HUMAN + (1 - likeness) * other
    scores = mean + np.random.default_rng(seed).standard_normal((n, len(HUMAN)))
    return scores - scores.mean(axis=1, keepdims=True)


@pytest.mark.parametrize(("z", "p"), [(-1.32, 0.185), (-0.96, 0.337)])
def test_published_comparisons_of_battery_and_serial(z: float, p: float) -> None:
    # Rozen et al. 2025 print z and p, not the serial rho: one that gives both as printed exists, for 19 values.
    battery = 0.7103
    serial = np.tanh(np.arctanh(battery) - np.linspace(z - 0.00499, z + 0.00499, 201) * np.sqrt(2 / 16))
    found = [compare_correlations(battery, 19, rho, 19) for rho in serial]
    assert any((round(one.z, 2), round(one.p, 3)) == (z, p) for one in found)


def test_the_fields_test_takes_the_values_as_the_sample() -> None:
    first, second = people(80, 1, likeness=0.9), people(80, 2, likeness=0.5)
    found = compare_rankings(first, second, HUMAN, np.random.default_rng(0))
    assert found.n_values == 19
    assert found.fisher == compare_correlations(found.first.value, 19, found.second.value, 19)
    assert found.first.value == ranking_agreement(first, HUMAN, np.random.default_rng(0)).value
    assert found.difference.value == found.first.value - found.second.value
    # The respondents tell the two apart where 19 values cannot.
    assert found.p < 0.01
    assert found.difference.low > 0


@pytest.mark.parametrize("paired", [True, False])
def test_the_difference_is_covered_and_no_difference_is_rejected_as_often_as_it_should_be(paired: bool) -> None:
    rejected = held = 0
    for seed in range(60):
        first, second = people(60, 2 * seed, likeness=0.7), people(60, 2 * seed + 1, likeness=0.7)
        if paired:
            # The same persona twice: what sets it apart from others is mostly said again.
            average = people(4000, 0, likeness=0.7).mean(axis=0)
            second = average + 0.8 * (first - average) + 0.6 * (second - average)
        found = compare_rankings(first, second, HUMAN, np.random.default_rng(seed), paired=paired, resamples=149)
        rejected += found.p <= 0.05
        held += found.difference.low <= 0 <= found.difference.high
    assert rejected <= 8
    assert held >= 52


def test_pairs_are_drawn_as_one() -> None:
    first = people(100, 5, likeness=0.6)
    same = compare_rankings(first, first.copy(), HUMAN, np.random.default_rng(0), paired=True)
    assert same.difference[:3] == (0, 0, 0)
    assert same.p == 1
    apart = compare_rankings(first, first.copy(), HUMAN, np.random.default_rng(0))
    assert apart.difference.low < 0 < apart.difference.high
    with pytest.raises(ValueError, match="the same people"):
        compare_rankings(first, first[:50], HUMAN, np.random.default_rng(0), paired=True)


def test_a_perfect_ranking_has_no_fisher_test_and_nobody_none_at_all() -> None:
    exact = np.tile(HUMAN, (30, 1))
    found = compare_rankings(exact, people(30, 1, likeness=0.5), HUMAN, np.random.default_rng(0))
    assert found.first.value == pytest.approx(1)
    assert np.isnan(found.fisher.z)
    assert np.isfinite(found.difference.value)
    nobody = compare_rankings(np.full((5, 19), np.nan), exact, HUMAN, np.random.default_rng(0))
    assert np.isnan([nobody.difference.value, nobody.p, nobody.fisher.p]).all()


def test_personas_without_answers_in_one_administration_leave_the_pair() -> None:
    first, second = people(50, 1, likeness=0.8), people(50, 2, likeness=0.8)
    second[:10] = np.nan
    found = compare_rankings(first, second, HUMAN, np.random.default_rng(0), paired=True)
    assert (found.first.n, found.second.n, found.difference.n) == (40, 40, 40)
