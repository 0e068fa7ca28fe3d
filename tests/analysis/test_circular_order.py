"""Circular order: counts by hand, chance by derivation, a human map whose order is written down."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from analysis.circular_order import order_violations, pole_order
from analysis.circumplex import mds_configuration, theory_circle
from analysis.human_values import human_correlations
from surveys.values import VALUE_CODES, VALUES

POLES = [value.poles for value in VALUES]
# Angular order of the classical solution of the German sample, as its summary file states it.
GERMAN = ("HE", "ST", "AC", "POR", "POD", "FAC", "TR", "COR", "SES", "SEP")
GERMAN += ("HUM", "COI", "BEC", "BED", "UNT", "UNC", "SDA", "SDT", "UNN")


def lying(order: list[int]) -> np.ndarray:
    """A map on which the values (places in theory) follow each other in this order."""
    points = np.empty((len(order), 2))
    points[order] = theory_circle(len(order))
    return points


@pytest.mark.parametrize("turn", [0, 1, 11])
@pytest.mark.parametrize("mirror", [1, -1])
def test_the_theoretical_circle_is_in_order_however_it_is_drawn(turn: int, mirror: int) -> None:
    angle = 2 * np.pi * turn / 19 + 0.1
    turned = theory_circle(19) @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    found = order_violations(turned * [1, mirror] + [3, -2], np.random.default_rng(0))
    assert (found.out_of_order, found.broken_pairs) == (0, 0)
    assert found.p_out_of_order == found.p_broken_pairs == 1 / 1000
    poles = pole_order(turned * [1, mirror], POLES, np.random.default_rng(0))
    assert set(poles.arcs.values()) == {1}
    assert (poles.contiguous_poles, poles.right_neighbors) == (4, 1)


def test_moves_are_counted() -> None:
    rng = np.random.default_rng(0)
    # Two neighbors change places: one of them is out, and the pairs on either side of them are broken.
    swapped = order_violations(lying([0, 2, 1, 3, 4, 5, 6, 7]), rng)
    assert (swapped.out_of_order, swapped.broken_pairs) == (1, 2)
    # One value moves across: two pairs break where it was, one where it goes.
    moved = order_violations(lying([0, 2, 3, 4, 5, 1, 6, 7]), rng)
    assert (moved.out_of_order, moved.broken_pairs) == (1, 3)
    # Half the circle turned over: the rest must go, or the half but one.
    half = order_violations(lying([0, 1, 2, 3, 7, 6, 5, 4]), rng)
    assert (half.out_of_order, half.broken_pairs) == (3, 2)


def test_violations_against_all_subsets() -> None:
    # Longest part that is in cyclic order, straight from its definition, over every order of six values.
    rng = np.random.default_rng(1)
    for _ in range(40):
        order = rng.permutation(6).tolist()
        best = max(
            len(kept)
            for way in (order, order[::-1])
            for bits in range(1, 64)
            for kept in [[value for value in way if bits >> value & 1]]
            if sum(one > two for one, two in zip(kept, kept[1:] + kept[:1], strict=True)) <= 1
        )
        assert order_violations(lying(order), rng, n_permutations=1).out_of_order == 6 - best


def test_chance_is_what_it_must_be() -> None:
    # Any two values are neighbors in 2 of n - 1 random orders.
    found = order_violations(lying([0, 3, 6, 1, 4, 7, 2, 5]), np.random.default_rng(0), n_permutations=20_000)
    assert found.expected_broken_pairs == pytest.approx(8 - 8 * 2 / 7, abs=0.03)
    orders = [lying([0, *rest]) for rest in permutations((1, 2, 3, 4))]
    every = [order_violations(one, np.random.default_rng(0), n_permutations=1) for one in orders]
    few = order_violations(lying([0, 1, 2, 3, 4]), np.random.default_rng(0), n_permutations=20_000)
    assert few.expected_out_of_order == pytest.approx(np.mean([one.out_of_order for one in every]), abs=0.02)
    assert few.p_out_of_order == pytest.approx(np.mean([one.out_of_order == 0 for one in every]), abs=0.01)


def test_the_german_map_is_as_its_written_order_says() -> None:
    found = order_violations(
        mds_configuration(human_correlations("german-19").correlations, solution="classical"), np.random.default_rng(0)
    )
    written = order_violations(lying([VALUE_CODES.index(code) for code in GERMAN]), np.random.default_rng(0))
    assert found == written
    # Neighbors kept: HE-ST, POR-POD, TR-COR, SES-SEP, HUM-COI, BEC-BED, SDA-SDT.
    # In order, and no more can be: HE AC POR FAC TR COR HUM BED UNC UNN.
    assert (found.broken_pairs, found.out_of_order) == (12, 9)


def test_poles_fall_apart_as_planted() -> None:
    poles = [("a",), ("a",), ("a", "b"), ("b",), ("b",), ("b",)]
    rng = np.random.default_rng(0)
    # A value of both may lie anywhere: it neither belongs to one alone nor interrupts it.
    assert pole_order(lying([0, 2, 1, 3, 4, 5]), poles, rng).arcs == {"a": 1, "b": 1}
    apart = pole_order(lying([0, 3, 1, 2, 4, 5]), poles, rng)
    assert apart.arcs == {"a": 2, "b": 2}
    assert apart.contiguous_poles == 0
    # Kin next to each other: 1-2, 2-4, 4-5 by pole, 5-0 by theory; so 2, 4 and 5 have two right neighbors.
    assert apart.right_neighbors == pytest.approx(3 / 6)
    assert 0 < apart.expected_contiguous_poles < 2


def test_values_without_a_point_are_left_out() -> None:
    points = lying([0, 2, 1, 3, 4, 5, 6, 7])
    points[1] = np.nan
    found = order_violations(points, np.random.default_rng(0))
    assert (found.out_of_order, found.n_values) == (0, 7)
    nothing = order_violations(np.full((8, 2), np.nan), np.random.default_rng(0))
    assert np.isnan(nothing.out_of_order)
    assert np.isnan(order_violations(np.zeros((8, 2)), np.random.default_rng(0)).p_out_of_order)
    assert pole_order(np.full((19, 2), np.nan), POLES, np.random.default_rng(0)).arcs == {}
    with pytest.raises(ValueError, match="poles of every value"):
        pole_order(points, POLES, np.random.default_rng(0))
