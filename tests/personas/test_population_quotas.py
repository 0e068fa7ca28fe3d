"""Quotas are exact, chance follows the shares, and a longer list begins with a shorter one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.quotas import balanced, choose, quota_counts
from simulator.seeds import rng_for

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=30).filter(lambda shares: sum(shares) > 1e-6)


@given(SHARES, st.integers(0, 500), st.integers(0, 5))
def test_quotas_sum_and_are_within_one_of_their_share(shares, n, seed):
    counts = quota_counts(shares, n, rng_for(seed, "q"))
    exact = np.array(shares) / sum(shares) * n
    assert counts.sum() == n and (counts >= 0).all()
    assert (np.abs(counts - exact) < 1 + 1e-6).all()
    drawn = choose(shares, n, rng_for(seed, "d"), quotas=True)
    assert np.abs(np.bincount(drawn, minlength=len(shares)) - exact).max() < 1 + 1e-6


def test_quotas_that_are_whole_on_paper_are_whole():
    assert quota_counts([0.3, 0.3, 0.4], 10, rng_for(1, "q")).tolist() == [3, 3, 4]
    assert quota_counts([0.1] * 10, 10, rng_for(1, "q")).tolist() == [1] * 10


def test_equal_remainders_are_not_given_by_position():
    winners = {int(np.argmax(quota_counts([1, 1, 1], 1, rng_for(seed, "q")))) for seed in range(30)}
    assert winners == {0, 1, 2}


@given(SHARES, st.integers(1, 60), st.integers(0, 5))
def test_a_longer_list_begins_with_the_shorter(shares, n, seed):
    short, long = (choose(shares, size, rng_for(seed, "s")) for size in (n, n + 17))
    assert (long[:n] == short).all()
    assert all(shares[index] > 0 for index in long)


@given(st.integers(1, 30), st.integers(0, 200))
def test_balance_is_within_one(k, n):
    counts = np.bincount(balanced(k, n, rng_for(3, "b")), minlength=k)
    assert counts.max() - counts.min() <= 1


def test_uniform_drawing_ignores_shares_but_not_impossibility():
    drawn = choose([0.98, 0.02, 0.0], 3000, rng_for(5, "u"), uniform=True)
    counts = np.bincount(drawn, minlength=3)
    assert counts[2] == 0
    assert counts[0] == pytest.approx(1500, abs=140)
