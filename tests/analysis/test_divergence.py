"""Row-wise divergences against hand derivations, scipy, and the properties they must have."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats
from scipy.spatial import distance

from analysis import divergence as d


def counts(n_rows: int, n_options: int):
    entries = st.integers(0, 9).map(float)
    rows = npst.arrays(np.float64, (n_rows, n_options), elements=entries)
    return rows.map(lambda table: table + (table.sum(axis=1, keepdims=True) == 0))


def test_kl_is_relative_entropy_and_infinite_where_q_is_empty():
    assert d.kl_divergence([0.5, 0.5], [0.25, 0.75]) == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3))
    assert d.kl_divergence([1, 1], [1, 0]) == math.inf
    assert d.kl_divergence([1, 0], [1, 1]) == pytest.approx(math.log(2))
    assert np.isnan(d.kl_divergence([0, 0], [1, 1]))
    assert np.isnan(d.kl_divergence([0.5, np.nan], [1, 1]))


def test_kl_literal_takes_cumulative_shares_inside_the_logarithm():
    # P = (.2, .5, 1), Q = (.5, .75, 1): .2 ln .4 + .3 ln(2/3) + .5 ln 1, which is negative.
    expected = 0.2 * math.log(0.4) + 0.3 * math.log(2 / 3)
    assert d.kl_divergence([0.2, 0.3, 0.5], [0.5, 0.25, 0.25], convention="literal") == pytest.approx(expected)


@given(counts(5, 4), counts(5, 4))
def test_kl_and_js_agree_with_scipy_row_by_row(p, q):
    kl, js = d.kl_divergence(p, q), d.js_distance(p, q)
    np.testing.assert_allclose(kl, [stats.entropy(a, b) for a, b in zip(p, q, strict=True)], atol=1e-12)
    np.testing.assert_allclose(js, [distance.jensenshannon(a, b) for a, b in zip(p, q, strict=True)], atol=1e-7)


@given(counts(1, 5), counts(1, 5), st.permutations(range(5)))
def test_js_is_symmetric_bounded_and_blind_to_labels(p, q, order):
    value = d.js_divergence(p[0], q[0])
    assert 0 <= value <= math.log(2) + 1e-15
    assert value == pytest.approx(d.js_divergence(q[0], p[0]), abs=1e-15)
    assert value == pytest.approx(d.js_divergence(p[0][order], q[0][order]), abs=1e-15)
    assert d.js_divergence(p[0], q[0], unit="bits") == pytest.approx(value / math.log(2))
    assert d.js_divergence(p[0], p[0]) == 0


@given(counts(3, 4))
def test_js_distance_obeys_the_triangle_inequality(p):
    a, b, c = (d.js_distance(p[i], p[j]) for i, j in ((0, 1), (1, 2), (0, 2)))
    assert c <= a + b + 1e-9


def test_js_distance_has_the_stated_maxima():
    assert d.js_distance([1, 0], [0, 1]) == pytest.approx(0.8325546, abs=1e-7)
    assert d.js_distance([1, 0], [0, 1], unit="bits") == pytest.approx(1)


def test_js_keeps_tiny_differences():
    # Second order: JSD(p, p + e) = sum e^2 / (8 p) for small e.
    e = 1e-6
    value = d.js_divergence([0.5, 0.5], [0.5 + e, 0.5 - e])
    assert value == pytest.approx(2 * e**2 / (8 * 0.5), rel=1e-4)
    # And masses too small to change a sum: one certain answer against 1e-30 of it is as far as can be.
    assert d.js_divergence([1e-30, 1], [1, 0]) == pytest.approx(math.log(2))


def test_infinite_and_missing_divergences_become_the_largest_finite_plus_one():
    values = d.penalize_infinite([0.2, np.inf, 0.7, np.nan])
    np.testing.assert_allclose(values, [0.2, 1.7, 0.7, 1.7])
    assert values.mean() == pytest.approx(1.075)
    np.testing.assert_array_equal(d.penalize_infinite([np.inf, np.nan, -np.inf]), [1, 1, 1])
    assert d.penalize_infinite([]).size == 0


def test_survey_kl_takes_questions_of_different_length_and_leaves_its_input_alone():
    model = [[9, 1], [0, 0, 0], [1, 1, 2], [3, 0]]
    human = [[0.5, 0.5], [0.2, 0.3, 0.5], [0.25, 0.25, 0.5], [0, 1]]
    first = 0.9 * math.log(1.8) + 0.1 * math.log(0.2)
    np.testing.assert_allclose(d.survey_kl(model, human), [first, first + 1, 0, first + 1])
    assert model[1] == [0, 0, 0]


def test_one_failed_reply_makes_a_question_infinite_unless_failures_are_left_out():
    model, human = [[9, 1], [5, 5]], [[0.5, 0.5], [0.5, 0.5]]
    first = 0.9 * math.log(1.8) + 0.1 * math.log(0.2)
    np.testing.assert_allclose(d.survey_kl(model, human, n_failed=[0, 1]), [first, first + 1])
    np.testing.assert_allclose(d.survey_kl(model, human, n_failed=[0, 1], failures="exclude"), [first, 0])


def test_survey_kl_names_what_does_not_fit():
    with pytest.raises(ValueError, match="2 questions and human has 1"):
        d.survey_kl([[1, 0], [1, 0]], [[1, 0]])
    with pytest.raises(ValueError, match="2 options and q has 3"):
        d.survey_kl([[1, 0]], [[1, 0, 0]])


def test_answer_entropy_of_four_against_two():
    assert d.answer_entropy(["yes"] * 4 + ["no"] * 2) == pytest.approx(0.9183, abs=5e-5)
    assert d.answer_entropy(["yes"] * 3) == 0
    assert d.answer_entropy(["a", "b", "c"]) == pytest.approx(math.log2(3))
    assert d.answer_entropy(["a", None, float("nan"), "b"]) == 1
    assert np.isnan(d.answer_entropy([]))
    # One dissenter in nine gives about one half.
    assert d.answer_entropy([1] * 8 + [2]) == pytest.approx(0.5033, abs=5e-5)


def test_pooled_entropy_takes_argmax_answers_or_literally_the_mean():
    rows = [[0.6, 0.4], [0.6, 0.4], [0.5, 0.5], [0.1, 0.9]]
    # Arg-max: first, first, first (a tie), second.
    assert d.pooled_entropy(rows) == pytest.approx(stats.entropy([3, 1], base=2))
    assert d.pooled_entropy(rows, convention="literal") == pytest.approx(stats.entropy([0.45, 0.55], base=2))


def test_emd_example_and_alignment():
    p, q = [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]
    assert d.emd(p, q) == pytest.approx(1.0)
    assert d.emd_alignment(p, q) == pytest.approx(0.6667, abs=5e-5)
    assert d.emd_alignment([1, 0, 0], [0, 0, 1]) == 0
    assert np.isnan(d.emd_alignment([1], [1]))
    assert np.isnan(d.emd([np.nan], [1]))


@given(counts(4, 6), counts(4, 6))
def test_emd_agrees_with_scipy_on_option_numbers(p, q):
    options = np.arange(6)
    expected = [stats.wasserstein_distance(options, options, a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(d.emd(p, q), expected, atol=1e-12)
    np.testing.assert_allclose(d.emd(p[:, ::-1], q[:, ::-1]), expected, atol=1e-12)
    assert np.all(d.total_variation(p, q) <= d.emd(p, q) + 1e-12)


def test_mismatch_rate_pairs_by_question_and_leaves_out_missing_ones():
    a = [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [np.nan, np.nan]]
    b = [[0.6, 0.4], [0.7, 0.3], [0.9, 0.1], [1, 0]]
    assert d.mismatch_rate(a, b) == pytest.approx(1 / 3)
    assert np.isnan(d.mismatch_rate([[0, 0]], [[1, 0]]))


def test_argmax_ties_go_to_the_first_option_and_missing_rows_stay_missing():
    found = d.argmax_options([[0.4, 0.4, 0.2], [0, 0, 1], [np.nan, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(found, [0, 2, np.nan, np.nan])


@pytest.mark.parametrize("bad", [[0.5, -0.5], [1.0, math.inf]])
def test_impossible_distributions_are_refused(bad):
    with pytest.raises(ValueError, match="finite and not negative"):
        d.kl_divergence(bad, [0.5, 0.5])
