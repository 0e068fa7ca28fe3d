"""D-D divergence and its centroid: published maxima, worked lists, exact equations, batches against single lists."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from references.exact_js_centroid import certain_answers_centroid, certain_answers_dd
from scipy import optimize

from analysis.divergence import (
    answer_entropy,
    dd_distances,
    dd_divergence,
    dd_divergence_groups,
    dd_maximum,
    dd_share_of_maximum,
    js_centroid,
    js_distance,
    js_divergence,
)


def certain(k: int, m: int) -> np.ndarray:
    return np.array([[1.0, 0.0]] * k + [[0.0, 1.0]] * m)


# Moore et al. 2024, maxima for two and three labels; the same quantity under each convention.
@pytest.mark.parametrize(
    ("convention", "two", "three"),
    [
        ("sqrt-nats", 0.4645014040, 0.5641427870),
        ("sqrt-bits", 0.5579230453, 0.6776045432),
        ("nats", 0.2157615543, 0.3182570841),
        ("bits", 0.3112781245, 0.4591479170),
        ("literal", 0.3112781245, 0.4591479170),
    ],
)
def test_maxima_under_every_convention(convention, two, three):
    assert dd_divergence(np.eye(2), convention=convention) == pytest.approx(two, abs=1e-10)
    assert dd_divergence(np.eye(3), convention=convention) == pytest.approx(three, abs=1e-10)


def test_two_labels_by_hand():
    assert dd_divergence([(1, 0), (0, 1)]) == pytest.approx(math.sqrt(0.75 * math.log(4 / 3)), abs=1e-12)


@pytest.mark.parametrize(
    ("rows", "centroid", "dd", "nats"),
    [
        ([[0.8, 0.2], [0.3, 0.7]], [0.5572445, 0.4427555], 0.1852213, 0.0343070),
        (certain(1, 5), [0.0298191, 0.9701809], 0.2170065, 0.1129805),
        ([[0.95, 0.05], [0.7, 0.3], [0.4, 0.6]], [0.7087233, 0.2912767], 0.1549717, 0.0350378),
        (
            [[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.05, 0.9, 0.05]],
            [0.2788955, 0.4934372, 0.2276674],
            0.2793743,
            None,
        ),
    ],
)
def test_worked_lists(rows, centroid, dd, nats):
    np.testing.assert_allclose(js_centroid(rows), centroid, atol=5e-8)
    assert dd_divergence(rows) == pytest.approx(dd, abs=5e-8)
    if nats is not None:
        assert dd_divergence(rows, convention="nats") == pytest.approx(nats, abs=5e-8)


@pytest.mark.parametrize(("k", "m"), [(1, 1), (1, 2), (2, 3), (3, 4), (1, 5), (1, 26), (1, 99), (99, 1), (3, 300)])
def test_lopsided_lists_meet_the_exact_equation(k, m):
    exact = float(certain_answers_centroid(k, m))
    assert js_centroid(certain(k, m))[0] == pytest.approx(exact, rel=1e-9)
    assert dd_divergence(certain(k, m)) == pytest.approx(float(certain_answers_dd(k, m)), abs=1e-12)


def test_odd_lists_cannot_reach_the_maximum():
    assert dd_divergence(certain(2, 3)) == pytest.approx(0.444, abs=5e-4)
    assert dd_divergence(certain(3, 4)) == pytest.approx(0.454, abs=5e-4)


def test_centroid_survives_masses_below_the_smallest_float():
    centroid = js_centroid(certain(1, 2000))
    assert centroid[0] < 1e-300
    assert centroid[1] == 1


distribution_lists = npst.arrays(
    np.float64,
    st.tuples(st.integers(1, 7), st.integers(2, 5)),
    elements=st.sampled_from([0.0, 1e-9, 0.1, 0.5, 1, 3, 50]),
).map(lambda table: table + (table.sum(axis=1, keepdims=True) == 0))


@given(distribution_lists)
def test_centroid_is_stationary_and_no_neighbor_is_better(rows):
    p = rows / rows.sum(axis=1, keepdims=True)
    q = js_centroid(p)
    assert q.sum() == pytest.approx(1)
    support = p.sum(axis=0) > 0
    assert np.all(q[~support] == 0)
    seen = support & (q > 1e-12)
    slope = np.mean(np.log(2 * q[seen] / (q[seen] + p[:, seen])), axis=0)
    assert np.ptp(slope) < 1e-8

    def objective(at):
        return float(np.sum(js_divergence(p, np.broadcast_to(at, p.shape))))

    for other in (p.mean(axis=0), *p):
        assert objective(q) <= objective(0.9 * q + 0.1 * other) + 1e-12


def test_centroid_agrees_with_a_general_purpose_minimizer():
    rng = np.random.default_rng(4)
    p = rng.dirichlet([0.5, 1.0, 2.0], 6)

    def objective(free):
        q = np.exp(np.append(free, 0.0))
        return float(np.sum(js_divergence(p, np.broadcast_to(q / q.sum(), p.shape))))

    found = optimize.minimize(objective, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-14})
    q = np.exp(np.append(found.x, 0.0))
    np.testing.assert_allclose(js_centroid(p), q / q.sum(), atol=1e-6)


@given(distribution_lists, st.randoms(use_true_random=False))
def test_dd_is_blind_to_the_order_of_labels_and_members(rows, random):
    members, labels = list(range(rows.shape[0])), list(range(rows.shape[1]))
    random.shuffle(members)
    random.shuffle(labels)
    for kind in ("centroid", "generalized", "pairwise"):
        value = dd_divergence(rows, kind=kind)
        assert dd_divergence(rows[members][:, labels], kind=kind) == pytest.approx(value, abs=1e-9)
        assert 0 <= value <= math.sqrt(math.log(2))


@given(distribution_lists)
def test_a_label_nobody_uses_changes_nothing(rows):
    padded = np.hstack([rows, np.zeros((len(rows), 1))])
    assert dd_divergence(padded) == pytest.approx(dd_divergence(rows), abs=1e-12)


def test_degenerate_groups():
    assert dd_divergence([[0.3, 0.7]]) == 0
    assert dd_divergence([[0.3, 0.7], [0.30005, 0.69995]]) == 0
    assert dd_divergence([[0.3, 0.7], [0.30005, 0.69995]], exact_equality=True) > 0
    assert np.isnan(dd_divergence([[0, 0], [np.nan, 1]]))
    assert dd_divergence([[1, 0], [np.nan, np.nan], [0, 1]]) == pytest.approx(0.4645014, abs=1e-7)
    with pytest.raises(ValueError, match='"code" is defined for kind="generalized"'):
        dd_divergence(np.eye(2), convention="code")


def test_generalized_and_pairwise_siblings():
    rows = np.array([[0.8, 0.2], [0.3, 0.7], [0.5, 0.5]])
    mean = rows.mean(axis=0)
    assert dd_divergence(rows, kind="generalized") == pytest.approx(np.mean([js_distance(r, mean) for r in rows]))
    radius = np.mean([np.sum(r * np.log(r / mean)) for r in rows])
    assert dd_divergence(rows, kind="generalized", convention="nats") == pytest.approx(radius)
    assert dd_divergence(rows, kind="generalized", convention="code") == pytest.approx(radius / 2)
    pairs = [js_distance(rows[i], rows[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert dd_divergence(rows, kind="pairwise") == pytest.approx(np.mean(pairs))


def test_released_generalized_value_of_people_follows_from_their_published_entropy():
    # People give certain answers, so Sibson's radius is their answer entropy, .2271 bits; over two labels .0787.
    assert 0.2271 * math.log(2) / 2 == pytest.approx(0.0787, abs=5e-5)
    rows = certain(4, 2)
    expected = answer_entropy(["a"] * 4 + ["b"] * 2) * math.log(2) / 2
    assert dd_divergence(rows, kind="generalized", convention="code") == pytest.approx(expected)


def test_normalized_inconsistency_puts_label_counts_on_one_scale():
    assert dd_maximum(2) == pytest.approx(0.4645014040, abs=1e-10)
    assert dd_share_of_maximum(0.5641427870, 3) == pytest.approx(1)
    assert np.isnan(dd_share_of_maximum(0.1, 1))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_batched_groups_equal_lists_taken_one_by_one(seed):
    rng = np.random.default_rng(seed)
    n = 120
    rows = rng.dirichlet([0.2, 0.3, 0.5], n)
    rows[rng.random(n) < 0.3] = np.eye(3)[rng.integers(0, 3)]
    rows[rng.random(n) < 0.05] = np.nan
    ids = rng.choice(["a", "b", "c", "dd", "e", "f", "g"], n)
    found = dd_divergence_groups(rows, ids)
    assert list(found.groups) == sorted(set(ids))
    assert found.converged.all()
    for i, group in enumerate(found.groups):
        own = rows[ids == group]
        assert found.n[i] == (~np.isnan(own).any(axis=1)).sum()
        np.testing.assert_allclose(found.dd[i], dd_divergence(own), atol=1e-12)
        np.testing.assert_allclose(found.centroids[i], js_centroid(own), atol=1e-10)
        np.testing.assert_allclose(found.distances[ids == group], dd_distances(own), atol=1e-12)


def test_groups_in_many_blocks_and_a_group_of_missing_rows():
    rng = np.random.default_rng(2)
    rows = rng.dirichlet([1, 1], 120_000)
    ids = np.arange(120_000) // 6
    rows[ids == 7] = np.nan
    found = dd_divergence_groups(rows, ids)
    assert np.isnan(found.dd[7])
    assert found.n[7] == 0
    assert np.isnan(found.dd).sum() == 1
    for group in (0, 8_333, 19_999):
        assert found.dd[group] == pytest.approx(dd_divergence(rows[ids == group]), abs=1e-12)


def test_groups_need_one_id_per_row():
    with pytest.raises(ValueError, match="2 distributions but 3 group ids"):
        dd_divergence_groups(np.eye(2), [1, 2, 3])
    assert dd_divergence_groups(np.empty((0, 2)), []).dd.size == 0
