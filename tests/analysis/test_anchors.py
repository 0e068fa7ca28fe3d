"""Anchor profiles: planted cosines come back; both ways of averaging; degenerate profiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import anchors as a


@given(st.floats(0.1, 3), st.floats(-9, 9), st.floats(-2, 2))
def test_a_planted_cosine_comes_back(amplitude, phase, level):
    offsets = np.arange(19)
    fit = a.cosine_fit(level + amplitude * np.cos(2 * np.pi * (offsets - phase) / 19))
    assert fit.elevation == pytest.approx(level, abs=1e-9)
    assert fit.amplitude == pytest.approx(amplitude, abs=1e-9)
    assert fit.phase_steps == pytest.approx(phase, abs=1e-6)
    assert fit.r_squared == pytest.approx(1)


def test_profiles_turn_every_person_to_their_anchor():
    # Person 0 is anchored at value 1 and scores it 5, person 1 at value 0.
    scores = [[1, 5, 2, 0], [4, 1, 0, 2], [6, 1, 0, 2]]
    anchors = [1, 0, 0]
    per_anchor = a.anchor_profile(scores, anchors)
    # Anchor 1: (5, 2, 0, 1); anchor 0: mean of the others = (5, 1, 0, 2).
    np.testing.assert_allclose(per_anchor, [5, 1.5, 0, 1.5])
    np.testing.assert_allclose(a.anchor_profile(scores, anchors, convention="pooled"), [5, 4 / 3, 0, 5 / 3])
    assert a.own_anchor_effect(per_anchor) == pytest.approx(4)
    assert a.distance_correlation(per_anchor) == pytest.approx(-1)


def test_gaps_and_flat_profiles():
    gapped = a.anchor_profile([[1, np.nan, 2, 3]], [0])
    np.testing.assert_array_equal(gapped, [1, np.nan, 2, 3])
    assert np.isnan(a.cosine_fit([1, 2, np.nan, 3]).amplitude)
    flat = a.cosine_fit(np.full(19, 2.0))
    assert flat.amplitude == pytest.approx(0, abs=1e-12)
    assert np.isnan(flat.r_squared)
    assert np.isnan(a.anchor_profile(np.empty((0, 4)), [])).all()
    with pytest.raises(ValueError, match=r"one position 0\.\.3 per person"):
        a.anchor_profile([[1, 2, 3, 4]], [4])
