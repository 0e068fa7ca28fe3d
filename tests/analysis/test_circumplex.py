"""Value structure: known circles, the German and European human solutions, scipy's Procrustes."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.spatial import procrustes

from analysis import circumplex as c
from analysis.mds import classical_mds, distances, mds_stress, ordinal_smacof, smacof

# The circle of the refined theory: benevolence beside humility, universalism beside self-direction.
CIRCLE = ["SDT", "SDA", "ST", "HE", "AC", "POD", "POR", "FAC", "SEP", "SES"]
CIRCLE += ["TR", "COR", "COI", "HUM", "BED", "BEC", "UNC", "UNN", "UNT"]


def matrix(folder: Path, name: str, order: list[str] | None = None) -> np.ndarray:
    frame = pd.read_csv(folder / "derived" / f"{name}.csv", index_col=0)
    return (frame if order is None else frame.loc[order, order]).to_numpy()


def circle_correlations(n: int) -> np.ndarray:
    return np.cos(2 * np.pi * np.subtract.outer(np.arange(n), np.arange(n)) / n)


@pytest.mark.parametrize("solution", ["smacof", "classical"])
def test_cosines_of_nineteen_angles_give_a_circle_of_radius_one(solution):
    found = c.mds_configuration(circle_correlations(19), np.random.default_rng(0), solution=solution)
    np.testing.assert_allclose(np.hypot(*(found - found.mean(axis=0)).T), 1, atol=1e-9)
    assert c.procrustes_ssd(c.theory_circle(19), found) == pytest.approx(0, abs=1e-12)
    np.testing.assert_array_equal(c.angular_order(found), np.arange(19))


def test_the_circle_has_two_eigenvalues_of_half_its_size():
    delta = c.dissimilarities(circle_correlations(19))
    points = classical_mds(delta, n_dimensions=4)
    np.testing.assert_allclose((points**2).sum(axis=0), [9.5, 9.5, 0, 0], atol=1e-9)
    # The chord between two points of a unit circle.
    assert delta[0, 1] == pytest.approx(2 * np.sin(np.pi / 19))


@pytest.mark.parametrize(
    ("options", "column", "stress", "ssd"),
    [
        ({}, "smacof_torgerson", 0.3073, 0.2417),
        ({"start": "theory"}, "smacof_theory", 0.3080, 0.1609),
        ({"solution": "classical"}, "classical", None, 0.2788),
    ],
)
@pytest.mark.filterwarnings("ignore:SMACOF started at the theoretical circle")
def test_german_solutions_of_nineteen_values(shared_data, options, column, stress, ssd):
    correlations = matrix(shared_data, "pvqrr_de2022_corr_centred_19x19", CIRCLE)
    points = pd.read_csv(shared_data / "derived" / "pvqrr_de2022_mds2d.csv", index_col=0).loc[CIRCLE]
    found = c.mds_configuration(correlations, **options)
    # The file's correlations are rounded to four digits, so its points are met closely, not exactly.
    assert c.procrustes_ssd(points[[f"{column}_x", f"{column}_y"]], found) < 1e-6
    assert c.procrustes_ssd(c.theory_circle(19), found) == pytest.approx(ssd, abs=1e-4)
    if stress is not None:
        assert mds_stress(c.dissimilarities(correlations), found) == pytest.approx(stress, abs=6e-5)


def test_classical_stress_of_the_german_summary_is_that_of_one_guttman_step(shared_data):
    summary = json.loads((shared_data / "derived" / "pvqrr_de2022_summary.json").read_text())
    delta = c.dissimilarities(matrix(shared_data, "pvqrr_de2022_corr_centred_19x19", CIRCLE))
    once = smacof(delta, classical_mds(delta), max_iterations=1)
    assert once.stress == pytest.approx(summary["mds"]["classical"]["stress_norm"], abs=6e-5)


@pytest.mark.parametrize("name", ["within_country", "pooled", "germany"])
@pytest.mark.filterwarnings("ignore:SMACOF started at the theoretical circle")
def test_european_solutions_of_ten_values(shared_data, name):
    correlations = matrix(shared_data, f"ess9_values_corr_{name}_10x10")
    points = pd.read_csv(shared_data / "derived" / "ess9_values_mds2d.csv", index_col=0)
    column = name.split("_")[0]
    filed = points[[f"{column}_x", f"{column}_y"]].to_numpy()
    # The file's points were started at the theoretical circle; a Torgerson start finds a better solution.
    leaked = c.mds_configuration(correlations, start="theory")
    assert c.procrustes_ssd(filed, leaked) < 1e-6
    delta = c.dissimilarities(correlations)
    assert mds_stress(delta, c.mds_configuration(correlations)) < mds_stress(delta, filed)


def test_american_solution_of_ten_values(shared_data):
    correlations = matrix(shared_data, "pvq40_us_n151_corr_centred_10x10")
    points = pd.read_csv(shared_data / "derived" / "pvq40_us_n151_means_mds.csv", index_col=0)
    assert c.procrustes_ssd(points[["mds_x", "mds_y"]], c.mds_configuration(correlations)) < 1e-6


def test_human_matrices_agree_as_reported(shared_data):
    europe, germany, america, german_refined = (
        matrix(shared_data, name)
        for name in (
            "ess9_values_corr_within_country_10x10",
            "ess9_values_corr_germany_10x10",
            "pvq40_us_n151_corr_centred_10x10",
            "pvqrr_de2022_corr_centred_10x10",
        )
    )
    for one, other, r in ((america, europe, 0.881), (german_refined, germany, 0.753), (german_refined, america, 0.796)):
        found = c.matrix_agreement(one, other)
        assert found.pearson == pytest.approx(r, abs=5e-4)
        assert found.n_pairs == 45


def test_smacof_never_raises_stress_and_solves_stacks_as_single_problems():
    rng = np.random.default_rng(3)
    delta = c.dissimilarities(np.stack([np.corrcoef(rng.standard_normal((8, 30))) for _ in range(5)]))
    start = classical_mds(delta)
    stack = smacof(delta, start)
    for i in range(5):
        single = smacof(delta[i], start[i])
        np.testing.assert_allclose(stack.configuration[i], single.configuration, atol=1e-9)
        assert stack.stress[i] == pytest.approx(float(single.stress))
        steps = [float(smacof(delta[i], start[i], max_iterations=k).stress) for k in range(1, 20)]
        assert all(later <= earlier + 1e-12 for earlier, later in pairwise(steps))


def test_metric_smacof_reaches_the_stress_of_sklearn():
    manifold = pytest.importorskip("sklearn.manifold")
    rng = np.random.default_rng(5)
    delta = c.dissimilarities(np.corrcoef(rng.standard_normal((7, 40))))
    start = classical_mds(delta)
    points, stress = manifold.smacof(delta, init=start, n_init=1, max_iter=3000, eps=1e-12, normalized_stress=False)
    ours = smacof(delta, start)
    assert float(ours.stress) == pytest.approx(np.sqrt(stress / ((delta**2).sum() / 2)), abs=1e-6)
    assert c.procrustes_ssd(points, ours.configuration) < 1e-5


def test_ordinal_smacof_recovers_points_from_the_order_of_distances():
    points = np.random.default_rng(8).standard_normal((15, 2))
    bent = distances(points) ** 3
    found = ordinal_smacof(bent, classical_mds(bent))
    assert float(found.stress) < 0.01
    assert c.procrustes_ssd(points, found.configuration) < 0.01
    ordinal = c.mds_configuration(circle_correlations(9), solution="ordinal")
    assert c.procrustes_ssd(c.theory_circle(9), ordinal) < 1e-6


def test_starts():
    correlations = circle_correlations(9)
    assert c.procrustes_ssd(
        c.theory_circle(9), c.mds_configuration(correlations, np.random.default_rng(1), start="random")
    ) == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="random start needs rng"):
        c.mds_configuration(correlations, start="random")
    with pytest.warns(UserWarning, match="plots only"):
        c.mds_configuration(correlations, start="theory")
    given_points = c.mds_configuration(correlations, start=c.theory_circle(9))
    np.testing.assert_allclose(given_points, c.theory_circle(9), atol=1e-9)


configurations = npst.arrays(np.float64, (2, 7, 2), elements=st.floats(-5, 5)).filter(
    lambda pair: min(np.ptp(pair[0], axis=0).max(), np.ptp(pair[1], axis=0).max()) > 0.1
)


@given(configurations, st.floats(0, 6.3), st.booleans(), st.floats(0.1, 10))
def test_procrustes_agrees_with_scipy_and_ignores_movement(pair, angle, mirrored, scale):
    a, b = pair
    expected = procrustes(a, b)[2]
    found = c.procrustes_ssd(a, b)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found == pytest.approx(c.procrustes_ssd(b, a), abs=1e-9)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = scale * b @ turn * ([-1, 1] if mirrored else [1, 1]) + 3
    assert c.procrustes_ssd(a, moved) == pytest.approx(found, abs=1e-8)


def test_literal_procrustes_keeps_size():
    square = np.array([[1.0, 1], [-1, 1], [-1, -1], [1, -1]])
    assert c.procrustes_ssd(square, 2 * square[[1, 2, 3, 0]], convention="literal") == pytest.approx(8)
    assert c.procrustes_ssd(square, square @ [[0, 1], [-1, 0]] + 5, convention="literal") == pytest.approx(0)
    np.testing.assert_allclose(c.procrustes_align(square + 2, 3 * square @ [[0, 1], [1, 0]]), square + 2, atol=1e-12)


@pytest.mark.parametrize(("ssd", "r"), [(0.23, 0.877), (0.10, 0.949), (0.0, 1.0)])
def test_procrustes_correlation_matches_the_published_pairs(ssd, r):
    assert c.procrustes_correlation(ssd) == pytest.approx(r, abs=5e-4)


def test_permutation_p_counts_the_observed_order():
    circle = c.theory_circle(10)
    p = c.procrustes_permutation_p(circle, 2 * circle, np.random.default_rng(1), n_permutations=199)
    assert p == pytest.approx(1 / 200)


def test_missing_values_stay_missing():
    broken = circle_correlations(6)
    broken[0, 1] = np.nan
    assert np.isnan(c.mds_configuration(broken)).all()
    circle = c.theory_circle(6)
    assert np.isnan(c.procrustes_ssd(circle, np.full((6, 2), np.nan)))
    assert np.isnan(c.procrustes_ssd(circle, np.zeros((6, 2))))
    assert np.isnan(c.procrustes_align(circle, np.zeros((6, 2)))).all()
    assert np.isnan(c.procrustes_permutation_p(circle, np.zeros((6, 2)), np.random.default_rng(0)))


def test_value_correlations_against_numpy_and_their_degenerate_cases():
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((60, 4))
    np.testing.assert_allclose(c.value_correlations(scores), np.corrcoef(scores, rowvar=False), atol=1e-12)
    weights = rng.integers(0, 3, 60)
    repeated = np.repeat(scores, weights, axis=0)
    np.testing.assert_allclose(
        c.value_correlations(scores, weights=weights), np.corrcoef(repeated, rowvar=False), atol=1e-12
    )
    scores[:, 2] = 1.5
    assert np.isnan(c.value_correlations(scores)).all()
    dropped = c.value_correlations(scores, drop_constant=True)
    assert np.isnan(dropped[2]).all()
    assert np.isnan(dropped[:, 2]).all()
    assert np.isfinite(np.delete(np.delete(dropped, 2, 0), 2, 1)).all()
    assert np.isnan(c.value_correlations(rng.standard_normal((19, 4)))).all()
    assert np.isfinite(c.value_correlations(rng.standard_normal((19, 4)), min_valid=10)).all()


@pytest.mark.parametrize("turn", [1, -1])
def test_angular_order_has_no_orientation(turn):
    circle = c.theory_circle(8) * [1, turn]
    shuffled = [0, 5, 2, 7, 1, 3, 4, 6]
    order = c.angular_order(circle[shuffled])
    names = [shuffled[i] for i in order]
    assert names in ([0, 1, 2, 3, 4, 5, 6, 7], [0, 7, 6, 5, 4, 3, 2, 1])
