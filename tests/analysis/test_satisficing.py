"""Signs of low effort, person by person, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import satisficing as s

NAN = np.nan


def test_longstring_counts_runs_and_a_gap_ends_one():
    codes = [[1, 1, 2, 2, 2, 1], [3, 3, 3, 3, 3, 3], [2, 2, NAN, 2, 2, 2], [NAN] * 6, [1, 2, 3, 4, 5, 6]]
    np.testing.assert_array_equal(s.longstring(codes), [3, 6, 3, 0, 1])


def test_irv_is_the_standard_deviation_within_a_person():
    codes = [[1, 2, 3, 4], [5, 5, 5, 5], [1, NAN, 5, NAN], [1, NAN, NAN, NAN]]
    np.testing.assert_allclose(s.irv(codes), [np.std([1, 2, 3, 4], ddof=1), 0, np.std([1, 5], ddof=1), NAN])


def test_straightlining_is_the_share_of_blocks_answered_alike():
    blocks = ["a", "a", "a", "b", "b", "b", "c"]
    codes = [
        [1, 1, 1, 2, 2, 3, 5],
        [1, 1, 1, 4, 4, 4, 5],
        [1, 1, NAN, 4, 4, 4, 5],
        [1, 2, NAN, NAN, 4, 4, 5],
    ]
    np.testing.assert_array_equal(s.straightlining(codes, blocks), [0.5, 1, 1, NAN])
    np.testing.assert_array_equal(s.straightlining(codes, blocks, min_items=2), [0.5, 1, 1, 0.5])
    with pytest.raises(ValueError, match="7 items but 2 blocks"):
        s.straightlining(codes, ["a", "b"])
