"""Debiasing takes out what was planted: which mean removes which effect, and what the prior of the places can do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.debiasing import permutation_averages, place_prior, prior_debiased, without_prior
from analysis.place_effects import PlacedRow
from tests.planted_presentations import cyclic_orders, shown_with_effects, softmax

PLACES = np.array([0.7, 0.1, -0.3, -0.5])
LETTERS = tuple("ABCD")


def shifted_rows(n: int, effect: np.ndarray, *, multiply: bool = True) -> tuple[list[np.ndarray], list[PlacedRow]]:
    truths = [0.4 * p + 0.15 for p in np.random.default_rng(4).dirichlet(np.ones(4), n)]
    rows = [
        PlacedRow(f"q{q}", shown_with_effects(p, order, effect, np.zeros(4), multiply=multiply), order, LETTERS)
        for q, p in enumerate(truths)
        for order in cyclic_orders(4)
    ]
    return truths, rows


def worst(found: dict[str, object], truths: list[np.ndarray]) -> float:
    return max(np.abs(found[f"q{q}"].shares - p).max() for q, p in enumerate(truths))


def test_the_geometric_mean_removes_what_multiplies() -> None:
    truths, rows = shifted_rows(6, PLACES)
    assert worst(permutation_averages(rows, mean="geometric"), truths) < 1e-12
    left = worst(permutation_averages(rows), truths)
    one_order = max(np.abs(row.shares - truths[int(row.question[1:])]).max() for row in rows)
    assert 1e-3 < left < 0.2 * one_order


def test_the_arithmetic_mean_removes_what_adds() -> None:
    truths, rows = shifted_rows(6, np.array([0.08, 0.02, -0.03, -0.07]), multiply=False)
    assert worst(permutation_averages(rows), truths) < 1e-12
    assert worst(permutation_averages(rows, mean="geometric"), truths) > 1e-4


def test_averages_by_hand() -> None:
    rows = [PlacedRow("q", [0.8, 0.2], (0, 1), "AB"), PlacedRow("q", [0.5, 0.5], (1, 0), "AB")]
    assert permutation_averages(rows)["q"].shares.tolist() == pytest.approx([0.65, 0.35])
    # Odds 4 and 1: the geometric mean is 2.
    found = permutation_averages(rows, mean="geometric")["q"]
    assert found.shares.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert (found.n_orders, found.reason) == (2, "")


def test_what_does_not_cancel_is_missing_with_a_reason() -> None:
    _, rows = shifted_rows(1, PLACES)
    found = permutation_averages(rows[:3])["q0"]
    assert np.isnan(found.shares).all()
    assert found.reason == "options did not stand equally often at every place"
    gone = permutation_averages([*rows[:3], rows[3]._replace(shares=[math.nan] * 4)])["q0"]
    assert gone.reason == "missing distribution"
    opposite = [PlacedRow("q", [1, 0], (0, 1), "AB"), PlacedRow("q", [0, 1], (1, 0), "AB")]
    assert permutation_averages(opposite)["q"].shares.tolist() == [0.5, 0.5]
    assert "no option is above 0" in permutation_averages(opposite, mean="geometric")["q"].reason
    with pytest.raises(ValueError, match="name each of its 4 options once"):
        permutation_averages([rows[0]._replace(order=(0, 0, 1, 2))])
    with pytest.raises(ValueError, match="arithmetic or geometric"):
        permutation_averages(rows, mean="median")


def test_the_prior_of_the_places_is_recovered_and_divided_out() -> None:
    truths, rows = shifted_rows(8, PLACES)
    assert place_prior(rows[:8]).tolist() == pytest.approx(softmax(PLACES).tolist())
    for row in rows:
        assert without_prior(row, place_prior(rows)).tolist() == pytest.approx(truths[int(row.question[1:])].tolist())


def test_a_quarter_of_the_questions_debiases_the_others_asked_once() -> None:
    truths, rows = shifted_rows(8, PLACES)
    found = prior_debiased(rows, np.random.default_rng(0), calibration=0.25)
    assert list(found) == [f"q{n}" for n in range(8)]
    once = [name for name, one in found.items() if one.n_orders == 1]
    assert len(once) == 6
    for name in once:
        assert found[name].shares.tolist() == pytest.approx(truths[int(name[1:])].tolist())
    again = prior_debiased(rows, np.random.default_rng(0), calibration=0.25)
    assert [name for name, one in again.items() if one.n_orders == 1] == once


def test_without_a_calibrating_question_nothing_is_debiased() -> None:
    _, rows = shifted_rows(3, PLACES)
    found = prior_debiased([row for row in rows if row.order[0] == 0], np.random.default_rng(0))
    assert {one.reason for one in found.values()} == {"no question of 4 options was asked in every order"}
    assert all(np.isnan(one.shares).all() for one in found.values())
    assert np.isnan(place_prior(rows[:2])).all()
    with pytest.raises(ValueError, match="one number of options"):
        place_prior([])
    with pytest.raises(ValueError, match="has 4 options and the prior 2"):
        without_prior(rows[0], np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="calibration is 0"):
        prior_debiased(rows, np.random.default_rng(0), calibration=0)
