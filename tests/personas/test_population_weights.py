"""Weight diagnostics against Kish's formulas; trimming keeps the sum and the bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas import margins
from personas.weights import design_effect, effective_sample_size, trim_weights
from simulator.errors import PopulationError


def test_hand_derived_design_effect():
    # Weights 1, 1, 2: n Σw² / (Σw)² = 3·6/16 = 1.125; the effective size is 16/6.
    assert design_effect([1, 1, 2]) == pytest.approx(1.125)
    assert effective_sample_size([1, 1, 2]) == pytest.approx(16 / 6)
    assert design_effect([7]) == 1.0
    assert design_effect([0, 0, 0, 5]) == pytest.approx(4)


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=50))
def test_design_effect_is_one_plus_the_squared_coefficient_of_variation(weights):
    vector = np.array(weights)
    assert design_effect(weights) == pytest.approx(1 + vector.var() / vector.mean() ** 2)
    assert effective_sample_size(weights) * design_effect(weights) == pytest.approx(len(weights))
    assert design_effect(vector * 1e200) == pytest.approx(design_effect(weights))


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1, float("nan")], [1, float("inf")], [[1, 2]]])
def test_unusable_weights_are_refused(weights):
    with pytest.raises(PopulationError, match="design effect"):
        design_effect(weights)


def test_trimming_shares_the_excess_equally():
    # 10 is cut to 5; the excess of 5 goes to the three others in equal parts.
    trimmed = trim_weights([1, 1, 2, 10], upper=5)
    assert trimmed.weights == pytest.approx([1 + 5 / 3, 1 + 5 / 3, 2 + 5 / 3, 5])
    assert trimmed.n_trimmed == 1


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40), st.floats(0, 1), st.floats(1, 20))
def test_trimmed_weights_lie_in_bounds_and_keep_their_sum(weights, low, high):
    mean = sum(weights) / len(weights)
    if not mean > 1e-6:
        return
    trimmed = trim_weights(weights, lower=low * mean, upper=high * mean)
    assert trimmed.weights.sum() == pytest.approx(sum(weights))
    slack = 1e-9 * mean
    assert (trimmed.weights >= low * mean - slack).all() and (trimmed.weights <= high * mean + slack).all()


def test_bounds_that_cannot_hold_are_refused():
    with pytest.raises(PopulationError, match="must enclose the mean weight 2"):
        trim_weights([1, 3], upper=1.5)
    with pytest.raises(PopulationError, match="enclose"):
        trim_weights([1, 3], lower=2.5)


def test_the_weighting_verbs_are_offered_where_analysis_looks_for_them():
    assert margins.design_effect is design_effect and margins.trim_weights is trim_weights
