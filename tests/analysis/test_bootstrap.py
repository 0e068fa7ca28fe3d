"""Bootstrap intervals: agreement with scipy, coverage of a known truth, clusters, degenerate data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis import uncertainty as u
from analysis.agreement import fleiss_kappa


def slow_mean(values):
    return values.mean()


@pytest.mark.parametrize("method", ["BCa", "percentile", "basic"])
@pytest.mark.parametrize("statistic", [np.mean, np.median, slow_mean], ids=["mean", "median", "without axis"])
def test_intervals_agree_with_scipy_up_to_the_draws(method, statistic):
    values = np.random.default_rng(1).exponential(size=80)
    ours = u.bootstrap_ci(values, statistic, np.random.default_rng(2), method=method)
    theirs = stats.bootstrap((values,), statistic, method=method, rng=np.random.default_rng(3)).confidence_interval
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.05 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.05 * width)


def test_the_multinomial_way_of_drawing_means_equals_the_plain_one():
    values = np.random.default_rng(4).integers(1, 6, 300).astype(float)
    quick = u.bootstrap_interval(values, np.mean, np.random.default_rng(5))
    plain = u.bootstrap_interval(values, slow_mean, np.random.default_rng(6))
    width = plain.high - plain.low
    assert quick.low == pytest.approx(plain.low, abs=0.04 * width)
    assert quick.high == pytest.approx(plain.high, abs=0.04 * width)
    assert quick.method == plain.method == "BCa"


def test_bca_by_default_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(400):
        low, high = u.bootstrap_ci(rng.normal(5, 2, size=60), np.mean, rng, n_resamples=999)
        hits += low <= 5 <= high
    # Nominal .95; samples of this size give about .94. Binomial noise is .012.
    assert 0.90 <= hits / 400 <= 0.98


def test_same_stream_same_interval_and_no_global_generator():
    values = np.arange(20.0)
    state = np.random.get_state()[1].copy()
    first = u.bootstrap_ci(values, np.mean, np.random.default_rng(1))
    assert first == u.bootstrap_ci(values, np.mean, np.random.default_rng(1))
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_degenerate_data():
    rng = np.random.default_rng(0)
    assert u.bootstrap_ci([0.0, 0.0, 0.0], np.mean, rng) == (0, 0)
    assert u.bootstrap_interval([0.3, 0.3], np.mean, rng).method == "constant"
    assert np.isnan(u.bootstrap_ci([1.0], np.mean, rng)).all()
    assert np.isnan(u.bootstrap_ci([], np.mean, rng)).all()
    assert np.isnan(u.bootstrap_ci([np.nan, 2.0], np.mean, rng)).all()
    with pytest.raises(ValueError, match="unknown method 'bca'"):
        u.bootstrap_ci([1.0, 2.0], np.mean, rng, method="bca")


def test_missing_values_leave_with_their_cluster_labels():
    rng = np.random.default_rng(0)
    values, clusters = [1.0, np.nan, 3.0, 4.0], ["a", "b", "c", "c"]
    found = u.bootstrap_interval(values, np.mean, rng, clusters=clusters)
    assert found.n_units == 2
    assert found.estimate == pytest.approx(8 / 3)


def test_percentile_steps_in_where_bca_cannot_be_formed():
    # No resample of thirty different values holds them all, so the bias of their number is infinite.
    found = u.bootstrap_interval(np.arange(30.0), lambda rows: len(np.unique(rows)), np.random.default_rng(0))
    assert found.method == "percentile"
    assert found.low < found.high < found.estimate == 30


def test_resamples_without_a_statistic_are_left_out():
    def mean_if_varied(rows):
        return float("nan") if rows[0] == rows[1] else float(rows.mean())

    found = u.bootstrap_interval(np.arange(9.0), mean_if_varied, np.random.default_rng(0), n_resamples=900)
    assert found.n_resamples == pytest.approx(800, abs=40)
    assert found.low < 4 < found.high


def test_rows_travel_together():
    counts = np.array([[3, 0], [0, 3], [2, 1], [3, 0], [1, 2], [0, 3], [3, 0], [0, 3]])
    low, high = u.bootstrap_ci(counts, fleiss_kappa, np.random.default_rng(3), n_resamples=500)
    assert low < fleiss_kappa(counts) < high


def test_clusters_widen_intervals_when_members_are_alike():
    rng = np.random.default_rng(9)
    people = np.repeat(np.arange(40), 10)
    values = rng.normal(size=40)[people] + 0.1 * rng.normal(size=400)
    alone = u.bootstrap_ci(values, np.mean, rng)
    together = u.cluster_bootstrap_ci(values, people, np.mean, rng)
    slow = u.cluster_bootstrap_ci(values, people, slow_mean, rng, n_resamples=2000)
    robust = u.mean_interval(values, clusters=people)
    assert (together.high - together.low) > 2.5 * (alone.high - alone.low)
    width = together.high - together.low
    for other in (slow, robust):
        assert together.low == pytest.approx(other.low, abs=0.12 * width)
        assert together.high == pytest.approx(other.high, abs=0.12 * width)
    assert np.isnan(u.cluster_bootstrap_ci(values, np.zeros(400), np.mean, rng)).all()
