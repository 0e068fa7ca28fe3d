"""The correspondence index: numbers of predictions as published, exact chance, ties, planted circles and noise."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.correspondence import correspondence_index


def circle(n: int) -> np.ndarray:
    return np.cos(2 * np.pi * np.subtract.outer(np.arange(n), np.arange(n)) / n)


def test_six_types_make_72_predictions_and_12_of_720_orders_fit_a_circle() -> None:
    # Six vocational types: 72 predictions, smallest possible p 12/720 = .017 (Hubert and Arabie 1987; Tracey 1997).
    found = correspondence_index(circle(6), np.random.default_rng(0))
    assert (found.correspondence, found.n_predictions, found.n_met) == (1, 72, 72)
    assert found.p == pytest.approx(12 / 720)


def test_a_circle_of_19_meets_every_prediction_and_its_opposite_none() -> None:
    found = correspondence_index(circle(19), np.random.default_rng(0))
    # Nine distances of 19 pairs each.
    assert (found.correspondence, found.n_predictions, found.p) == (1, 36 * 19 * 19, 1 / 1000)
    against = correspondence_index(-circle(19), np.random.default_rng(0))
    assert (against.correspondence, against.p) == (-1, 1)


def test_predictions_counted_one_by_one() -> None:
    rng = np.random.default_rng(2)
    matrix = np.round(np.corrcoef(rng.standard_normal((25, 5)), rowvar=False), 1)
    met = violated = tied = 0
    pairs = [(i, j) for i in range(5) for j in range(i + 1, 5)]
    for near in pairs:
        for far in pairs:
            if min(near[1] - near[0], 5 - near[1] + near[0]) < min(far[1] - far[0], 5 - far[1] + far[0]):
                met += matrix[near] > matrix[far]
                violated += matrix[near] < matrix[far]
                tied += matrix[near] == matrix[far]
    found = correspondence_index(matrix, rng)
    assert (found.n_met, found.n_violated, found.n_tied) == (met, violated, tied)
    assert found.correspondence == (met - violated) / (met + violated + tied)
    assert tied > 0


def test_chance_is_rejected_as_often_as_it_should_be() -> None:
    rng = np.random.default_rng(5)
    found = [
        correspondence_index(np.corrcoef(rng.standard_normal((40, 8)), rowvar=False), rng, n_permutations=99)
        for _ in range(200)
    ]
    assert 3 <= sum(one.p <= 0.05 for one in found) <= 19  # binomial, 200 at .05: 99.8 %
    assert np.mean([one.correspondence for one in found]) == pytest.approx(0, abs=0.05)


def test_no_correlation_at_all_ties_everything() -> None:
    found = correspondence_index(np.eye(6), np.random.default_rng(0))
    assert (found.correspondence, found.n_tied, found.p) == (0, 72, 1)


def test_dropped_values_close_up_and_too_few_predict_nothing() -> None:
    matrix = circle(8)
    expected = correspondence_index(np.delete(np.delete(matrix, 3, 0), 3, 1), np.random.default_rng(0))
    matrix[3] = matrix[:, 3] = np.nan
    found = correspondence_index(matrix, np.random.default_rng(0))
    assert found == expected
    assert found.n_values == 7
    assert np.isnan(correspondence_index(circle(3), np.random.default_rng(0)).correspondence)
    assert np.isnan(correspondence_index(np.full((19, 19), np.nan), np.random.default_rng(0)).p)
    matrix[0, 1] = matrix[1, 0] = np.nan
    with pytest.raises(ValueError, match="leave one of the two out"):
        correspondence_index(matrix, np.random.default_rng(0))
    with pytest.raises(ValueError, match="square"):
        correspondence_index(np.ones((3, 2)), np.random.default_rng(0))
