"""Reliability against published data, exact factor structures and another package."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import reliability as r

# Shrout and Fleiss 1979: six subjects, four judges; ICC(3,4) = .91 is Cronbach's alpha of the judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def sample_with(correlations: np.ndarray, n: int = 400) -> np.ndarray:
    """People whose sample correlations are exactly these, with unit variances."""
    raw = np.random.default_rng(0).standard_normal((n, len(correlations)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return white @ np.linalg.cholesky(correlations).T


def one_factor(loadings: np.ndarray) -> np.ndarray:
    correlations = np.outer(loadings, loadings)
    np.fill_diagonal(correlations, 1)
    return correlations


def test_alpha_of_shrout_and_fleiss():
    assert r.cronbach_alpha(SHROUT_FLEISS) == pytest.approx(0.909, abs=5e-4)
    holed = np.vstack([SHROUT_FLEISS, [1, np.nan, 2, 3]])
    assert r.cronbach_alpha(holed) == r.cronbach_alpha(SHROUT_FLEISS)


@pytest.mark.parametrize("rho", [-0.2, 0.0, 0.3, 0.8])
def test_alpha_of_two_parallel_items_is_spearman_brown(rho):
    scores = sample_with(np.array([[1, rho], [rho, 1]]))
    assert r.cronbach_alpha(scores) == pytest.approx(2 * rho / (1 + rho), abs=1e-9)


def test_alpha_degenerate():
    assert np.isnan(r.cronbach_alpha([[1, 2]]))
    assert np.isnan(r.cronbach_alpha([[1, 2], [1, 2]]))
    with pytest.raises(ValueError, match="at least 2 items"):
        r.cronbach_alpha([[1], [2]])


def test_planted_loadings_and_omega_come_back():
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    correlations = one_factor(loadings)
    np.testing.assert_allclose(r.one_factor_loadings(correlations), loadings, atol=1e-5)
    expected = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    assert r.mcdonald_omega(sample_with(correlations)) == pytest.approx(expected, abs=1e-5)
    # On raw scores: spreading an item out changes omega as its weight in the sum changes.
    spread = np.array([3.0, 1, 1, 1])
    true, unique = (loadings * spread).sum() ** 2, ((1 - loadings**2) * spread**2).sum()
    assert r.mcdonald_omega(sample_with(correlations) * spread) == pytest.approx(true / (true + unique), abs=1e-5)


def test_omega_equals_alpha_for_parallel_items_and_exceeds_it_otherwise():
    parallel = sample_with(one_factor(np.full(5, 0.6)))
    assert r.mcdonald_omega(parallel) == pytest.approx(r.cronbach_alpha(parallel), abs=1e-5)
    uneven = sample_with(one_factor(np.array([0.9, 0.8, 0.3, 0.2])))
    assert r.mcdonald_omega(uneven) > r.cronbach_alpha(uneven) + 0.005


def test_loadings_agree_with_statsmodels_maximum_likelihood():
    factor = pytest.importorskip("statsmodels.multivariate.factor")
    rng = np.random.default_rng(2)
    scores = rng.standard_normal((200, 1)) @ [[0.9, 0.7, 0.5, 0.6, 0.4]] + rng.standard_normal((200, 5))
    correlations = np.corrcoef(scores, rowvar=False)
    fitted = factor.Factor(corr=correlations, n_factor=1, method="ml", nobs=200).fit().loadings[:, 0]
    np.testing.assert_allclose(r.one_factor_loadings(correlations), np.abs(fitted), atol=1e-4)


def test_omega_degenerate():
    rng = np.random.default_rng(1)
    assert np.isnan(r.mcdonald_omega(rng.standard_normal((50, 2))))
    assert np.isnan(r.mcdonald_omega(rng.standard_normal((4, 4))))
    copies = rng.standard_normal((50, 3))
    assert np.isnan(r.mcdonald_omega(np.column_stack([copies, copies[:, 0]])))
    assert np.isnan(r.mcdonald_omega(np.column_stack([copies, np.ones(50)])))


def test_item_rest_correlations_leave_the_item_out():
    found = r.item_rest_correlations(SHROUT_FLEISS)
    rest = SHROUT_FLEISS[:, 1:].sum(axis=1)
    assert found[0] == pytest.approx(np.corrcoef(SHROUT_FLEISS[:, 0], rest)[0, 1])
    assert found.shape == (4,)
