"""Value scores, rankings and correlations: published tables, hand-made people, exact p-values."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from analysis import values as v
from analysis.correlation import compare_correlations, pearson, spearman

MEANS = Path(__file__).resolve().parents[1] / "references" / "rozen2025_value_means.csv"


def published_means() -> dict[str, np.ndarray]:
    """Centered means as printed by Rozen et al. 2025, tables 2 to 4; human: Schwartz and Cieciuch 2022."""
    with MEANS.open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name != "value"}


# Spearman with the human means, recomputed from the printed columns: VA 0.0, VA 0.7, Nam 0.0, Nam 0.7.
RHO = {
    "GPT-4-0314": (0.8193, 0.8456, 0.9034, 0.9021),
    "Gemini 1.0 Pro": (0.7860, 0.7860, 0.8393, 0.4877),
    "Llama 3.1 8B": (0.7456, 0.8056, 0.7103, 0.8175),
    "Llama 3.1 70B": (0.8281, 0.8368, 0.8105, 0.8109),
    "Gemma 2 9B": (0.8053, 0.8088, 0.8451, 0.8456),
    "Gemma 2 27B": (0.7951, 0.7842, 0.8170, 0.8263),
}


@pytest.mark.parametrize("model", RHO)
def test_published_rankings_give_the_published_correlations(model):
    table = published_means()
    for condition, expected in zip(("VA 0.0", "VA 0.7", "Nam 0.0", "Nam 0.7"), RHO[model], strict=True):
        found = v.ranking_correlation(table[f"{model} {condition}"], table["human"])
        assert found.rho == pytest.approx(expected, abs=5e-5)


def test_value_anchor_range_is_the_printed_one():
    table = published_means()
    rhos = [v.ranking_correlation(table[f"{m} VA {t}"], table["human"]).rho for m in RHO for t in ("0.0", "0.7")]
    assert (round(min(rhos), 2), round(max(rhos), 2)) == (0.75, 0.85)


def test_the_misprinted_cell_changes_its_column_as_reported():
    table = published_means()
    column = table["Llama 3.1 8B Nam 0.0"].copy()
    face = list(column).index(0.75)
    column[face] = -0.75
    assert v.ranking_correlation(column, table["human"]).rho == pytest.approx(0.7191, abs=5e-5)


def test_german_means_against_the_pancultural_ones(shared_data):
    with (shared_data / "derived" / "pvqrr_de2022_value_means.csv").open() as file:
        rows = list(csv.DictReader(file))
    german, pancultural = (
        np.array([float(row[name]) for row in rows]) for name in ("mean_centred", "sc2022_mean_centred")
    )
    assert v.ranking_correlation(german, pancultural).rho == pytest.approx(0.886, abs=5e-4)
    assert pearson(german, pancultural).r == pytest.approx(0.9493, abs=5e-5)


def test_centering_by_hand():
    # First person: mean 3, values 3 and 3. Second person: mean 3.5, values 5 and 2.
    scores = [[2, 1, 4, 5], [6, 1, 4, 3]]
    centered = v.center_within_person(scores, ["a", "b", "a", "b"])
    np.testing.assert_allclose(centered, [[0, 0], [1.5, -1.5]])
    np.testing.assert_allclose(v.center_within_person(scores, ["a", "b", "a", "b"], values=["b", "a"])[1], [-1.5, 1.5])


def test_centering_uses_the_mean_of_items_not_of_values():
    # Three items for value 0, one for value 1: the mean of the items is 2, the mean of the values 3.
    centered = v.center_within_person([[1, 1, 1, 5]], [0, 0, 0, 1])
    np.testing.assert_allclose(centered, [[-1, 3]])


@given(npst.arrays(np.float64, (5, 12), elements=st.integers(1, 6).map(float)), st.floats(-3, 3))
def test_centered_scores_sum_to_zero_and_ignore_a_shift(scores, shift):
    keys = np.repeat(np.arange(4), 3)
    centered = v.center_within_person(scores, keys)
    np.testing.assert_allclose(centered.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(v.center_within_person(scores + shift, keys), centered, atol=1e-12)


def test_a_missing_item_makes_the_person_invalid_unless_asked_otherwise():
    scores = [[1, 2, np.nan, 4, 5, 6], [1, 1, 1, 2, 2, 2]]
    keys = [0, 0, 0, 1, 1, 1]
    strict = v.center_within_person(scores, keys)
    assert np.isnan(strict[0]).all()
    np.testing.assert_allclose(strict[1], [-0.5, 0.5])
    lenient = v.center_within_person(scores, keys, min_items=2)
    np.testing.assert_allclose(lenient[0], [1.5 - 3.6, 5 - 3.6])
    assert np.isnan(v.center_within_person(scores, keys, min_items=3)[0, 0])
    np.testing.assert_allclose(v.value_scores(scores, keys)[0], [np.nan, 5])


def test_scoring_names_what_does_not_fit():
    with pytest.raises(ValueError, match="names 2 items"):
        v.center_within_person([[1, 2, 3]], [0, 1])
    with pytest.raises(ValueError, match="no item measures 'BEC'"):
        v.center_within_person([[1, 2]], ["SDT", "SDA"], values=["SDT", "BEC"])


def test_ipsatizing_centers_items_and_keeps_gaps():
    found = v.ipsatize([[1, 3, np.nan]])
    np.testing.assert_array_equal(found, [[-1, 1, np.nan]])


def test_mean_ranking_averages_ties_and_leaves_people_out_value_by_value():
    found = v.mean_ranking([[1, 0, -1], [np.nan, 0, 1], [1, 2, 1]], weights=[1, 1, 2])
    np.testing.assert_allclose(found.means, [1, 1, 0.5])
    np.testing.assert_allclose(found.ranks, [1.5, 1.5, 3])
    np.testing.assert_array_equal(found.n, [2, 3, 3])
    assert np.isnan(v.mean_ranking([[np.nan, 1]]).ranks[0])


def test_low_effort_rule_of_the_european_social_survey():
    varied = np.tile([1, 2, 3, 4, 5, 6, 1], 3).astype(float)
    monotone = np.full(21, 2.0)
    monotone[:5] = 1.0
    empty = varied.copy()
    empty[:6] = np.nan
    np.testing.assert_array_equal(v.identical_answers([varied, monotone]), [6, 16])
    np.testing.assert_array_equal(v.low_effort([varied, monotone, empty]), [False, False, True])
    monotone[0] = 2.0
    assert v.low_effort([monotone]).all()


def exactly_correlated(r: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x, z = np.linalg.qr(np.column_stack([np.ones(n), rng.standard_normal((n, 2))]))[0][:, 1:].T
    return x, r * x + np.sqrt(1 - r * r) * z


# Shen et al. 2025: correlations over 13 models with p as recomputed from them.
@pytest.mark.parametrize(
    ("r", "p"),
    [(0.899, 2.92e-5), (0.645, 0.0173), (0.933, 3.27e-6), (0.526, 0.0648), (0.893, 3.97e-5), (0.885, 5.80e-5)],
)
def test_p_values_of_thirteen_models(r, p):
    found = pearson(*exactly_correlated(r, 13))
    assert found.r == pytest.approx(r, abs=1e-12)
    assert found.p == pytest.approx(p, rel=2e-3)
    assert found.n == 13


def test_european_check_value_for_ten_ranks():
    # Ten values, sum of squared rank differences 34: rho .794, p .006 (printed .79, .006).
    ranks = np.array([1, 2, 3, 4, 7, 6, 10, 9, 5, 8])
    assert ((ranks - np.arange(1, 11)) ** 2).sum() == 34
    found = v.ranking_correlation(ranks, np.arange(10))
    assert found.rho == pytest.approx(0.79, abs=5e-3)
    assert found.p == pytest.approx(0.006, abs=5e-4)


@given(npst.arrays(np.float64, (2, 9), elements=st.integers(-3, 3).map(float)))
def test_correlations_agree_with_scipy(pair):
    x, y = pair
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(spearman(x, y).r)
        return
    for ours, theirs in ((pearson, stats.pearsonr), (spearman, stats.spearmanr)):
        found, expected = ours(x, y), theirs(x, y)
        assert found.r == pytest.approx(expected.statistic, abs=1e-12)
        if abs(found.r) < 1 - 1e-9:
            assert found.p == pytest.approx(expected.pvalue, abs=1e-9)


def test_correlations_leave_out_gaps_and_need_three_pairs():
    found = pearson([1, 2, np.nan, 4], [2, 4, 1, 8])
    assert (found.r, found.p, found.n) == (1.0, 0.0, 3)
    assert np.isnan(spearman([1, 2], [2, 1]).r)


@pytest.mark.parametrize(("z", "p"), [(-1.32, 0.187), (-0.96, 0.337)])
def test_fisher_z_of_two_rankings(z, p):
    # Batch against serial over 19 values: z printed to two decimals with these exact p-values.
    second = 0.8
    first = float(np.tanh(np.arctanh(second) + z * np.sqrt(2 / 16)))
    found = compare_correlations(first, 19, second, 19)
    assert found.z == pytest.approx(z, abs=1e-9)
    assert found.p == pytest.approx(p, abs=5e-4)
    assert np.isnan(compare_correlations(1.0, 19, 0.5, 19).z)
    assert np.isnan(compare_correlations(0.9, 3, 0.5, 19).z)
