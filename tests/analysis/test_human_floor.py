"""The noise floor from a matrix alone: against the floor of real respondents, theory, and its own limits."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from analysis.human_floor import COMPARISONS, INFLATION, FloorRow, human_floor, ranking_floor
from analysis.human_values import HumanMatrix, human_correlations
from analysis.published_tables import published_table

BOTH = ("resample-all", "permuted")
ALL_SOLUTIONS = ("smacof", "classical", "smacof-theory")
PUBLISHED_ROWS = {
    "resample-all": "resample-all, n = 300",
    "half-half": "half-half",
    "permuted": "permuted",
    "independent": "independent, n = 714",
}


def row_of(rows: tuple[FloorRow, ...], comparison: str, statistic: str, solution: str = "") -> FloorRow:
    (found,) = [
        row for row in rows if (row.comparison, row.statistic, row.solution) == (comparison, statistic, solution)
    ]
    return found


@pytest.fixture(scope="module")
def floors() -> dict[str, tuple[FloorRow, ...]]:
    """The floors of the German sample at the sizes of the published one."""
    german = human_correlations("german-19")
    three = ("resample-all", "half-half", "permuted")
    at_300 = human_floor(german, 300, seed=4, solutions=ALL_SOLUTIONS, comparisons=three)
    at_714 = human_floor(german, 714, seed=5, solutions=ALL_SOLUTIONS, comparisons=("independent",))
    return {"resample-all": at_300, "half-half": at_300, "permuted": at_300, "independent": at_714}


def published_row(comparison: str, statistic: str) -> tuple[float, float, float]:
    table = published_table("PV-8").set_index(["row", "column"])["value"]
    mean, low, high = (table[PUBLISHED_ROWS[comparison], f"{statistic}, {part}"] for part in ("mean", "low", "high"))
    return mean, low, high


@pytest.mark.parametrize("comparison", ["resample-all", "half-half"])
def test_matrix_correlations_are_those_of_resampled_respondents(floors, comparison) -> None:
    # The inflation was fitted to these two means; their bounds were not used.
    found, (mean, low, high) = row_of(floors[comparison], comparison, "matrix_r"), published_row(comparison, "matrix_r")
    assert found.mean == pytest.approx(mean, abs=0.003)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.008), pytest.approx(high, abs=0.008))


@pytest.mark.parametrize("comparison", PUBLISHED_ROWS)
@pytest.mark.parametrize("solution", ALL_SOLUTIONS)
def test_sums_of_squares_are_those_of_resampled_respondents(floors, comparison, solution) -> None:
    """Nothing was fitted to these twelve cells, each of 200 draws of real respondents."""
    found = row_of(floors[comparison], comparison, "ssd", solution)
    mean, low, high = published_row(comparison, f"ssd, {solution}")
    # Standard error of the difference of two means of 200 draws, with a quarter of the range as the deviation. Started
    # at the circle, drawn scores come out up to .05 farther than real ones: it is for figures only.
    error = (high - low) / 4 * np.sqrt(2 / 200)
    assert abs(found.mean - mean) < (0.06 if solution == "smacof-theory" else 3 * error)
    assert abs(found.low - low) < 0.09
    assert abs(found.high - high) < 0.15


def test_normal_scores_would_make_the_floor_too_good() -> None:
    """Without the inflation, 300 people agree with all by .970, beyond what .963 of 60 real draws allows."""
    german = human_correlations("german-19")
    normal = human_floor(german, round(300 * INFLATION), draws=400, solutions=(), comparisons=("resample-all",))
    mean, low, high = published_row("resample-all", "matrix_r")
    error = (high - low) / 4 * np.sqrt(1 / 60 + 1 / 400)
    assert row_of(normal, "resample-all", "matrix_r").mean > mean + 4 * error


def test_the_spread_of_a_correlation_is_that_of_theory() -> None:
    # Correlations .5, 0, 0 of three values. To first order r of a sample's matrix with the truth loses the squared part
    # of its error that is orthogonal to (.5, 0, 0) less its mean, over twice the square of that: (s - t)^2 / 2 over
    # 2 / 6, where s and t, the two that are 0, have variance 1 / n and covariance .5 / n. That is 1.5 / n.
    truth = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    for n in (500, 2000):
        rows = human_floor(matrix_of(truth, n=1000), n, draws=4000, solutions=(), comparisons=("resample-all",))
        assert 1 - rows[0].mean == pytest.approx(1.5 * INFLATION / n, rel=0.08)


def matrix_of(correlations: np.ndarray, n: int, **facts) -> HumanMatrix:
    size = len(correlations)
    unknown = np.full(size, np.nan)
    given = {
        "name": "made-up",
        "label": "made up",
        "values": tuple(f"V{place}" for place in range(size)),
        "correlations": correlations,
        "means": unknown,
        "sds": unknown,
        "alphas": unknown,
        "n": n,
        "year": 2026,
        **dict.fromkeys(("instrument", "population", "source", "terms", "note"), ""),
    }
    return HumanMatrix(**{**given, **facts})


def test_european_floor_is_near_that_of_european_respondents(shared_data: Path) -> None:
    """300 of all Europeans, weighted and over countries, against within-country structure; started at the circle."""
    filed = json.loads((shared_data / "derived" / "ess9_values_summary.json").read_text())
    rows = human_floor(human_correlations("ess-10"), 300, draws=400, solutions=("smacof-theory",), comparisons=BOTH)
    found = row_of(rows, "resample-all", "ssd", "smacof-theory")
    assert found[3:6] == pytest.approx(filed["n300_vs_pooled_within_ssd"], abs=0.02)
    assert row_of(rows, "permuted", "ssd", "smacof-theory")[3:6] == pytest.approx(
        filed["label_permutation_ssd"], abs=0.03
    )


def test_more_people_lie_nearer_and_another_sample_farther_than_the_sample_itself() -> None:
    german = human_correlations("german-19")
    two = ("resample-all", "other-sample")
    by_n = {n: human_floor(german, n, draws=60, comparisons=two) for n in (12, 23, 26, 100, 1000)}
    agreement = [row_of(rows, "resample-all", "matrix_r").mean for rows in by_n.values()]
    assert agreement == sorted(agreement)
    # The two ways of drawing meet where one takes over from the other.
    assert agreement[2] - agreement[1] < 0.06
    for rows in by_n.values():
        for statistic, solution, sign in (("matrix_r", "", -1), ("ssd", "smacof", 1), ("ssd", "classical", 1)):
            own, other = (row_of(rows, name, statistic, solution).mean for name in ("resample-all", "other-sample"))
            assert sign * other > sign * own - 0.03
    assert row_of(by_n[1000], "other-sample", "matrix_r").mean < row_of(by_n[1000], "resample-all", "matrix_r").mean


def test_a_floor_follows_its_seed_and_is_computed_once() -> None:
    german = human_correlations("german-19")
    first = human_floor(german, 50, seed=1, draws=10)
    assert human_floor(german, 50, seed=1, draws=10) is first
    again = human_floor(dataclasses.replace(german), 50, seed=1, draws=10)
    assert again == first
    assert human_floor(german, 50, seed=2, draws=10) != first
    # What is left out leaves the rest as it was.
    less = human_floor(german, 50, seed=1, draws=10, solutions=("classical",), comparisons=("half-half",))
    assert less == tuple(row for row in first if row.comparison == "half-half" and row.solution != "smacof")
    assert [row.comparison for row in first if row.statistic == "matrix_r"] == list(COMPARISONS)


def test_rankings_of_people_agree_with_the_cultural_groups_as_the_sample_does() -> None:
    german = human_correlations("german-19")
    rows = ranking_floor(german, 300)
    groups = row_of(rows, "groups", "rank_rho")
    # The whole sample: .886. Fewer people add noise, so they agree a little less on average.
    assert 0.87 < groups.mean < 0.886 < groups.high < 0.93
    assert row_of(rows, "resample-all", "rank_rho").mean > 0.98
    large = row_of(ranking_floor(german, 10**9), "groups", "rank_rho")
    assert large[3:6] == pytest.approx((0.886, 0.886, 0.886), abs=5e-4)
    # The deviation of rho of unrelated rankings is 1 / sqrt(19 - 1).
    chance = row_of(rows, "permuted", "rank_rho")
    assert chance.mean == pytest.approx(0, abs=0.03)
    assert (chance.high - chance.low) / 2 == pytest.approx(1.96 / np.sqrt(18), abs=0.03)


def test_what_cannot_be_formed_is_missing_or_refused() -> None:
    pooled = human_correlations("german-10")
    rows = ranking_floor(pooled, 300, reference=np.arange(10))
    assert all(np.isnan(row.mean) and row.n_draws == 0 for row in rows)
    with pytest.raises(ValueError, match="means of the 19 values only; give a reference"):
        ranking_floor(pooled, 300)
    with pytest.raises(ValueError, match="reference has shape \\(3,\\); give one mean for each of 10 values"):
        ranking_floor(pooled, 300, reference=[1, 2, 3])
    with pytest.raises(ValueError, match="at least 3 people and 1 draw; got n = 2"):
        human_floor(pooled, 2)
    with pytest.raises(ValueError, match="made-up: a floor needs every correlation"):
        human_floor(matrix_of(np.full((3, 3), np.nan), n=50), 30)
    with pytest.raises(ValueError, match="unknown comparison 'twins'; use resample-all, other-sample"):
        human_floor(pooled, 30, comparisons=("twins",))
    with pytest.raises(ValueError, match="unknown solution 'ordinal'; use smacof, classical or smacof-theory"):
        human_floor(pooled, 30, solutions=("ordinal",))
    # Without standard deviations, independent values spread alike.
    assert np.isfinite(row_of(human_floor(pooled, 30, draws=5), "independent", "matrix_r").mean)
