"""Weighted descriptives: a weight of k is k repetitions; gaps leave with their weight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import weighting as w

weighted_lists = st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 4)), min_size=2, max_size=20).filter(
    lambda pairs: sum(weight for _value, weight in pairs) > 0
)


@given(weighted_lists, st.floats(0.01, 1))
def test_a_weight_is_a_repetition(pairs, probability):
    values, weights = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    repeated = np.repeat(values, weights.astype(int))
    assert w.weighted_mean(values, weights) == pytest.approx(repeated.mean(), abs=1e-12)
    shares = w.weighted_proportions(values.tolist(), weights, categories=sorted(set(values.tolist())))
    for value, share in shares.items():
        assert share == pytest.approx(np.mean(repeated == value))
    assert w.weighted_quantile(values, 0.5, weights) == np.quantile(repeated, 0.5, method="inverted_cdf")
    assert w.weighted_quantile(values, probability, weights) in repeated


def test_weighted_sd_of_equal_weights_is_the_sample_sd():
    values = [1.0, 2.0, 4.0, 9.0]
    assert w.weighted_sd(values, [3, 3, 3, 3]) == pytest.approx(np.std(values, ddof=1))
    assert np.isnan(w.weighted_sd([1.0]))


def test_gaps_leave_with_their_weight():
    assert w.weighted_mean([1, np.nan, 3], [1, 100, 1]) == 2
    assert w.weighted_proportions(["a", None, "b"], [1, 100, 3]) == {"a": 0.25, "b": 0.75}
    assert w.weighted_quantile([1, np.nan], 0.5, [1, 5]) == 1
    assert np.isnan(w.weighted_mean([np.nan]))
    assert np.isnan(w.weighted_quantile([], 0.5))
    assert np.isnan(w.weighted_proportions([None], categories=["a"])["a"])


def test_categories_keep_their_order_and_refuse_strangers():
    assert list(w.weighted_proportions([2, 1], categories=[3, 2, 1]).items()) == [(3, 0.0), (2, 0.5), (1, 0.5)]
    with pytest.raises(ValueError, match="code 9 is none of the categories"):
        w.weighted_proportions([9], categories=[1, 2])
    with pytest.raises(ValueError, match="must not be negative"):
        w.weighted_mean([1, 2], [1, -1])
    with pytest.raises(ValueError, match="2 codes but 1 weights"):
        w.weighted_proportions([1, 2], [1])


def test_what_weights_cost():
    # Kish: n sum(w^2) / sum(w)^2 = 4 * 12 / 36.
    assert w.design_effect([1, 1, 1, 3]) == pytest.approx(4 / 3)
    assert w.effective_sample_size([1, 1, 1, 3]) == pytest.approx(3)
