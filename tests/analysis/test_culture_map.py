"""The cultural map: principal components against sklearn, the literal formula by hand, signs and vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analysis import culture_map as m


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(6).normal(3, 1, (12, 9))


def test_map_equals_sklearn(scores):
    decomposition = pytest.importorskip("sklearn.decomposition")
    model = decomposition.PCA(2, svd_solver="full").fit(scores)
    found = m.culture_map_fit(scores)
    np.testing.assert_allclose(found.coordinates, model.transform(scores), atol=1e-10)
    np.testing.assert_allclose(found.explained_share, model.explained_variance_ratio_, atol=1e-10)
    np.testing.assert_allclose(found.loadings, model.components_, atol=1e-10)


def test_literal_map_follows_the_printed_formula(scores):
    s = scores.T
    centered = s - s.mean()
    c = centered @ s.T / 9
    values, vectors = np.linalg.eigh((c + c.T) / 2)
    expected = (vectors[:, np.argsort(values)[::-1][:2]].T @ s).T
    found = m.culture_map(scores, convention="literal")
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-9)
    assert found.shape == (12, 2)


def test_subjects_on_a_plane_keep_their_distances(scores):
    plane = scores[:, :2] @ np.linalg.qr(np.random.default_rng(1).standard_normal((9, 9)))[0][:2]
    found = m.culture_map(plane)
    gaps = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    np.testing.assert_allclose(np.linalg.norm(found[:, None] - found[None], axis=2), gaps, atol=1e-9)


@given(npst.arrays(np.float64, (6, 4), elements=st.floats(1, 10)), st.sampled_from(["pca", "literal"]))
def test_reference_orients_both_axes(table, convention):
    found = m.culture_map(table, convention=convention, reference=(2, 5))
    assert np.all(found[2] >= found[5])


def test_loadings_and_coordinates_turn_together(scores):
    found = m.culture_map_fit(scores, reference=(0, 1))
    np.testing.assert_allclose(found.coordinates, (scores - scores.mean(axis=0)) @ found.loadings.T, atol=1e-10)


def test_incomplete_subjects_leave_the_fit(scores):
    holed = np.vstack([scores, np.full((1, 9), np.nan)])
    found = m.culture_map(holed)
    np.testing.assert_allclose(found[:-1], m.culture_map(scores), atol=1e-12)
    assert np.isnan(found[-1]).all()
    assert np.isnan(m.culture_map(scores[:1])).all()
    with pytest.raises(ValueError, match="unknown convention 'tsne'"):
        m.culture_map(scores, convention="tsne")


def test_culture_vectors():
    found = m.culture_vector([[1, 1], [0, 0]], [[2, 0], [0, 0]])
    assert found.cosine == pytest.approx(np.sqrt(0.5))
    assert found.length_ratio == pytest.approx(np.sqrt(0.5))
    assert np.isnan(m.culture_vector([[1, 1], [1, 1]], [[2, 0], [0, 0]]).cosine)


def test_mean_code_uses_raw_codes():
    assert m.mean_code([1, 1, 2], [1, 2, 10]) == pytest.approx(5.75)
    assert np.isnan(m.mean_code([0, 0], [1, 2]))
