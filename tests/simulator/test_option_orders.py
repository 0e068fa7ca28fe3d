"""Cyclic shifts: named ones as arms, drawn ones in balance over the respondents of an arm."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from asking_examples import INSTRUMENT, NOMINAL, SCALE, SEVERAL, UNSURE, condition

from simulator.option_orders import Draw, all_shifts, in_order, is_drawn, shift_of
from simulator.presentation import shown_options


def codes(item, order, place=None, respondent="r0001", seed=7):
    return [option.code for option in in_order(item, order, Draw(seed, respondent, place))]


def test_a_shift_brings_later_options_to_the_front_and_labels_count_the_list_as_shown():
    assert codes(NOMINAL, "shift-1") == [2, 3, 4, 5, 1]
    assert codes(NOMINAL, "shift-4") == [5, 1, 2, 3, 4]
    shown = shown_options(NOMINAL, condition(option_order="shift-2"), 7, "r0001", INSTRUMENT)
    assert [(one.label, one.code) for one in shown] == [("1", 3), ("2", 4), ("3", 5), ("4", 1), ("5", 2)]


def test_a_shorter_list_is_shifted_round_and_round_and_a_scale_like_any_list():
    assert codes(SEVERAL, "shift-4") == codes(SEVERAL, "shift-1") == [2, 3, 1]
    assert codes(SCALE, "shift-4") == codes(SCALE, "fixed") == [1, 2, 3, 4]
    assert codes(SCALE, "shift-3") == [4, 1, 2, 3]


@pytest.mark.parametrize("item", [SCALE, NOMINAL, SEVERAL, UNSURE])
def test_all_shifts_are_a_latin_square(item):
    """Every option stands once at every place."""
    size = len(item.substantive_options)
    square = [codes(item, order) for order in all_shifts(size)]
    for lines in (square, list(zip(*square, strict=True))):
        assert all(sorted(line) == sorted(square[0]) for line in lines)
    assert len(square) == size


@pytest.mark.parametrize("item", [SCALE, NOMINAL, SEVERAL, UNSURE])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_drawn_shifts_are_in_balance_after_every_round(item, seed):
    size = len(item.substantive_options)
    seen = Counter()
    for place in range(4 * size):
        seen.update(enumerate(codes(item, "cyclic", place, f"r{place}", seed)))
        if (place + 1) % size == 0:
            assert set(seen.values()) == {(place + 1) // size}
            assert len(seen) == size**2


def test_shifts_of_two_items_are_drawn_apart():
    """A shift of one item says nothing about that of another: chi-square, 16 degrees of freedom, 99.99 % point 47.6."""
    other = replace(NOMINAL, id="another")
    both = Counter((codes(NOMINAL, "cyclic", place)[0], codes(other, "cyclic", place)[0]) for place in range(5000))
    assert sum((both[a, b] - 200) ** 2 / 200 for a in range(1, 6) for b in range(1, 6)) < 47.6


def test_without_a_place_a_shift_is_drawn_by_itself():
    first = Counter(codes(NOMINAL, "cyclic", None, f"r{number}")[0] for number in range(2000))
    assert sum((count - 400) ** 2 / 400 for count in first.values()) < 23.5  # 4 degrees of freedom, 99.99 % point
    assert codes(NOMINAL, "cyclic", None) == codes(NOMINAL, "cyclic", None)


def test_what_counts_as_a_shift():
    assert [shift_of(name) for name in ("shift-1", "shift-12", "shift-0", "shift-", "cyclic")] == [
        1,
        12,
        None,
        None,
        None,
    ]
    assert [is_drawn(name) for name in ("fixed", "reversed", "shift-3", "cyclic", "random", "random-per-item")] == [
        *(False, False, False),
        *(True, True, True),
    ]
