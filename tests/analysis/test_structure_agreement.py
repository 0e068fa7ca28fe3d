"""The interval of a value structure's likeness: the sums give the library's own correlations, the truth is covered."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.circumplex import mds_configuration, procrustes_ssd, theory_circle, value_correlations
from analysis.structure_agreement import correlations_of_sums, moment_columns, structure_agreement

N_VALUES = 8
ANGLES = 2 * np.pi * np.arange(N_VALUES) / N_VALUES
# Not quite a circle: two neighbors belong closer together than the others.
TRUE = 0.6 * np.cos(np.subtract.outer(ANGLES, ANGLES)) + 0.4 * np.eye(N_VALUES)
TRUE[0, 1] = TRUE[1, 0] = 0.75


def people(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).multivariate_normal(np.arange(N_VALUES) - 3.0, TRUE, size=n)


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_give_the_correlations(weighted: bool) -> None:
    scores = people(1, 60)
    weights = np.random.default_rng(2).uniform(0.2, 3.0, 60) if weighted else np.ones(60)
    sums = moment_columns(scores, weights).sum(axis=0)[None]
    assert correlations_of_sums(sums, N_VALUES)[0] == pytest.approx(value_correlations(scores, weights=weights))


def test_many_people_leave_the_value_of_the_sample() -> None:
    scores, circle = people(3, 20_000), theory_circle(N_VALUES)
    plain = procrustes_ssd(circle, mds_configuration(value_correlations(scores)))
    found = structure_agreement(scores, circle, np.random.default_rng(0), resamples=99)
    assert found.n == 20_000
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(plain, abs=0.002)


def test_the_interval_covers_the_likeness_of_the_population() -> None:
    circle = theory_circle(N_VALUES)
    truth = procrustes_ssd(circle, mds_configuration(TRUE))
    found = [
        structure_agreement(people(seed, 300), circle, np.random.default_rng(seed), resamples=99) for seed in range(30)
    ]
    assert sum(one.low <= truth <= one.high for one in found) >= 25
    assert np.mean([one.value for one in found]) == pytest.approx(truth, abs=0.01)


def test_people_with_a_gap_are_left_out_and_a_constant_value_leaves_no_structure() -> None:
    scores, circle = people(4, 50), theory_circle(N_VALUES)
    scores[:10, 2] = np.nan
    assert structure_agreement(scores, circle, np.random.default_rng(0), resamples=19).n == 40
    scores[:, 5] = 1.0
    assert np.isnan(structure_agreement(scores, circle, np.random.default_rng(0), resamples=19).value)
    nobody = structure_agreement(scores[:0], circle, np.random.default_rng(0), resamples=19)
    assert np.isnan(nobody.value)
    assert nobody.n == 0


def test_a_reference_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="one point"):
        structure_agreement(people(5, 10), theory_circle(5), np.random.default_rng(0))
