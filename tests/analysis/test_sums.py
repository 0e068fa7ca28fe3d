"""Bootstrap intervals of sums against scipy's bootstrap, a derivation, and their coverage of known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.sums import permuted_sums, resampled_sums, sum_interval


def mean(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[:, 0] / sums[:, 1])


def columns(values: np.ndarray) -> np.ndarray:
    return np.stack([values, np.ones_like(values)], axis=1)


def test_bca_interval_agrees_with_scipy() -> None:
    values = np.random.default_rng(3).exponential(size=80)
    ours = sum_interval(columns(values), mean, np.random.default_rng(1), resamples=9_999)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=9_999, rng=np.random.default_rng(2)).confidence_interval
    assert ours.value == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)
    assert ours.n == 80


def test_interval_of_the_mean_covers_it() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = sum_interval(columns(rng.normal(1.0, 1.0, 60)), mean, rng, resamples=499)
        covered += found.low <= 1.0 <= found.high
    # 200 draws at .95: four standard errors below are .888.
    assert covered / 200 > 0.888


def test_basic_method_takes_the_bias_of_a_divergence_off() -> None:
    """Squared distance of two shares that are equal: the plug-in is positive by p(1-p)·2/n, the corrected one is
    not.
    """

    def squared(sums: np.ndarray) -> np.ndarray:
        return np.asarray((sums[:, 0] / sums[:, 1] - 0.5) ** 2)

    plain, corrected = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        data = columns(rng.integers(0, 2, 50).astype(float))
        plain.append(sum_interval(data, squared, rng, resamples=199).value)
        corrected.append(sum_interval(data, squared, rng, resamples=199, method="basic").value)
    assert np.mean(plain) == pytest.approx(0.25 / 50, rel=0.25)
    assert abs(np.mean(corrected)) < 0.25 * np.mean(plain)


def test_degenerate_inputs() -> None:
    rng = np.random.default_rng(0)
    one = sum_interval(columns(np.array([2.0])), mean, rng)
    assert one.value == 2.0
    assert np.isnan(one.low)
    same = sum_interval(columns(np.full(10, 2.0)), mean, rng)
    assert (same.low, same.high) == (2.0, 2.0)
    nothing = sum_interval(np.empty((0, 2)), mean, rng)
    assert np.isnan(nothing.value)
    assert nothing.n == 0


def test_resampled_sums_have_the_mean_and_variance_of_the_bootstrap() -> None:
    values = np.random.default_rng(5).normal(size=(40, 1))
    sums = resampled_sums(values, 20_000, np.random.default_rng(6))[:, 0]
    assert sums.mean() == pytest.approx(values.sum(), abs=4 * np.sqrt(40 * values.var() / 20_000))
    assert sums.var() == pytest.approx(40 * values.var(), rel=0.05)


def test_permuted_sums_keep_group_sizes_and_totals() -> None:
    data = np.random.default_rng(7).normal(size=(30, 3))
    counted = np.hstack([data, np.ones((30, 1))])
    first, second = permuted_sums(counted, np.arange(30) < 12, 50, np.random.default_rng(8))
    assert np.allclose(first + second, counted.sum(axis=0))
    assert np.allclose(first[:, -1], 12)
