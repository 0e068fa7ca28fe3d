"""Proportions, means, permutations and summary tests against published values and other packages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import uncertainty as u


@given(st.integers(0, 50), st.integers(1, 50), st.sampled_from([0.9, 0.95, 0.99]))
def test_wilson_interval_agrees_with_scipy(k, extra, confidence):
    n = k + extra - 1 if k + extra > 1 else 1
    k = min(k, n)
    expected = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    found = u.proportion_interval(k, n, confidence=confidence)
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= found.low <= k / n <= found.high <= 1


def test_wilson_interval_of_published_counts():
    # Newcombe 1998, table I, method 3: 81 of 263 gives .2553 to .3662, 0 of 20 gives 0 to .1611.
    assert u.proportion_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert u.proportion_interval(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert np.isnan(u.proportion_interval(0, 0)).all()
    with pytest.raises(ValueError, match="3 successes out of 2"):
        u.proportion_interval(3, 2)


def test_weighted_proportion_rests_on_the_effective_sample():
    equal = u.weighted_proportion_interval([1, 0, 0, 1, np.nan], [2, 2, 2, 2, 9])
    assert equal[:3] == pytest.approx((0.5, *u.proportion_interval(2, 4)))
    assert (equal.n, equal.n_effective) == (4, pytest.approx(4))
    # Weights 3, 1: Kish's n is 16 / 10.
    unequal = u.weighted_proportion_interval([True, False], [3, 1])
    assert unequal.proportion == pytest.approx(0.75)
    assert unequal.n_effective == pytest.approx(1.6)
    assert unequal[1:3] == pytest.approx(u.proportion_interval(1.2, 1.6))
    assert u.weighted_proportion_interval([1] * 7, [0.1] * 7).high == 1
    assert np.isnan(u.weighted_proportion_interval([np.nan]).low)
    with pytest.raises(ValueError, match="0, 1 or NaN"):
        u.weighted_proportion_interval([2, 0])


def test_mean_interval_is_the_t_interval_without_weights_and_clusters():
    values = np.random.default_rng(0).normal(size=30)
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    found = u.mean_interval(np.append(values, np.nan))
    assert found[1:3] == pytest.approx((expected.low, expected.high))
    assert (found.n, found.n_clusters) == (30, 30)


def test_cluster_robust_mean_agrees_with_statsmodels():
    api = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(3)
    clusters, weights = rng.integers(0, 12, 90), rng.uniform(0.5, 2, 90)
    values = rng.normal(size=12)[clusters] + rng.normal(size=90)
    model = api.WLS(values, np.ones(90), weights=weights)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    found = u.mean_interval(values, weights=weights, clusters=[f"c{k}" for k in clusters])
    assert found.mean == pytest.approx(fit.params[0])
    assert found.standard_error == pytest.approx(fit.bse[0])
    assert found[1:3] == pytest.approx(tuple(fit.conf_int()[0]))


def test_an_unknown_error_is_not_zero():
    single = u.mean_interval([1.0, 2.0], clusters=["a", "a"])
    assert single.mean == 1.5
    assert np.isnan([single.low, single.high, single.standard_error]).all()
    assert np.isnan(u.mean_interval([np.nan]).mean)


def test_permutation_p_counts_the_observed_value_itself():
    null = np.arange(1, 100)
    assert u.permutation_p_value(1000.0, null) == pytest.approx(1 / 100)
    assert u.permutation_p_value(-1.0, null) == 1
    assert u.permutation_p_value(99.0, null) == pytest.approx(2 / 100)
    assert u.permutation_p_value(0.0, null, alternative="less") == pytest.approx(1 / 100)
    assert u.permutation_p_value(1000.0, null, alternative="two-sided") == pytest.approx(2 / 100)
    assert np.isnan(u.permutation_p_value(float("nan"), null))
    assert u.permutation_p_value(1.0, []) == 1


def test_permutation_test_agrees_with_scipy():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=12), rng.normal(0.8, 1, size=15)

    def gap(x, y):
        return float(x.mean() - y.mean())

    found = u.permutation_test(a, b, gap, rng)
    expected = stats.permutation_test((a, b), gap, n_resamples=9999, rng=np.random.default_rng(1), vectorized=False)
    assert found.observed == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue, abs=0.012)
    assert np.isnan(u.permutation_test([], b, gap, rng).p)


# Liu et al. 2025, table 3, recomputed from its rounded means and standard deviations (27 cells a side).
@pytest.mark.parametrize(
    ("first", "second", "t", "p", "welch_df", "welch_p"),
    [
        ((1.28, 0.50, 27), (0.93, 0.34, 27), 3.008, 0.00405, 45.8, 0.0043),
        ((1.35, 0.74, 27), (0.92, 0.33, 27), 2.758, 0.00801, 35.9, 0.0091),
    ],
)
def test_series_comparison(first, second, t, p, welch_df, welch_p):
    found = u.t_test_from_summaries(first, second)
    assert found.t == pytest.approx(t, abs=5e-4)
    assert found.df == 52
    assert found.p == pytest.approx(p, abs=6e-6)
    welch = u.t_test_from_summaries(first, second, convention="welch")
    assert welch.df == pytest.approx(welch_df, abs=0.06)
    assert welch.p == pytest.approx(welch_p, abs=5e-5)
    expected = stats.ttest_ind_from_stats(*first, *second, equal_var=False)
    assert welch.p == pytest.approx(expected.pvalue)
    assert np.isnan(u.t_test_from_summaries((1, 0, 5), (2, 0, 5)).t)
