"""Our analysis of human samples gives the numbers of the public files, and where it does not, the reason is a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from analysis.circumplex import (
    angular_order,
    dissimilarities,
    matrix_agreement,
    mds_configuration,
    mds_stress,
    procrustes_ssd,
    theory_circle,
)
from analysis.correlation import pearson, spearman
from analysis.human_values import HumanItemAnswers, human_correlations, human_item_shares, human_means
from analysis.mds import classical_mds, smacof
from surveys.values import TEN_VALUES, VALUE_CODES, VALUES

ROUNDING = 6e-5
"""What a number printed with four digits may be off by."""

SOLUTIONS = {
    "classical": {"solution": "classical"},
    "smacof_torgerson": {},
    "smacof_theory": {"start": "theory"},
}

ESS_ITEMS = {
    "SD": ("ipcrtiv", "impfree"),
    "ST": ("impdiff", "ipadvnt"),
    "HE": ("ipgdtim", "impfun"),
    "AC": ("ipshabt", "ipsuces"),
    "PO": ("imprich", "iprspot"),
    "SE": ("impsafe", "ipstrgv"),
    "CO": ("ipfrule", "ipbhprp"),
    "TR": ("ipmodst", "imptrad"),
    "BE": ("iphlppl", "iplylfr"),
    "UN": ("ipeqopt", "ipudrst", "impenv"),
}


def frame(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "derived" / name, keep_default_na=False)


def summary(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / "derived" / name).read_text())


def mean_of_items(answers: HumanItemAnswers) -> np.ndarray:
    """Mean over its three items' means, for each of the 19 values."""
    return np.array([answers.means[[number - 1 for number in value.items]].mean() for value in VALUES])


def is_same_circle(first: list[str], second: list[str]) -> bool:
    """Whether two orders around a circle are one, wherever they begin and whichever way they run."""
    turns = [way[start:] + way[:start] for way in (second, second[::-1]) for start in range(len(second))]
    return first in turns


def test_item_answers_give_the_raw_value_means_of_the_german_sample(shared_data: Path) -> None:
    answers = human_item_shares()
    table = frame(shared_data, "pvqrr_de2022_value_means.csv").set_index("value").loc[list(VALUE_CODES)]
    found, complete = mean_of_items(answers), []
    for value, mean, filed in zip(VALUES, found, table["mean_raw"], strict=True):
        left_out = [number for number in value.items if answers.n[number - 1] < 714]
        if not left_out:
            assert mean == pytest.approx(filed, abs=ROUNDING)
            complete.append(value.code)
            continue
        # One woman skipped items 11 to 20; her score is the mean of what she did answer. It follows from the two means,
        # and has to be a mean of one or two answers from 1 to 6, as far as four digits can say.
        total = sum(answers.counts[number - 1] @ np.arange(1, 7) for number in value.items)
        hers, n_given = (3 * 714 * filed - total) / len(left_out), 3 - len(left_out)
        assert 1 <= hers <= 6
        assert abs(hers - round(hers * n_given) / n_given) <= 3 * 714 * ROUNDING / len(left_out)
    assert len(complete) == 10
    assert [number for number, n in zip(answers.items, answers.n, strict=True) if n == 713] == list(range(11, 21))


@pytest.mark.parametrize(("group", "column"), [("sex=male", "mean_centred_male"), ("all", "mean_centred")])
def test_item_answers_give_the_centered_value_means(shared_data: Path, group: str, column: str) -> None:
    answers = human_item_shares(group)
    table = frame(shared_data, "pvqrr_de2022_value_means.csv").set_index("value").loc[list(VALUE_CODES)]
    centered = mean_of_items(answers) - answers.means.mean()
    # All men answered all items, so that the mean of persons' means is the mean of the items. In the whole sample the
    # woman's gaps move a mean by at most the range of the scale, over three items and 714 people.
    assert np.abs(centered - table[column]).max() < (2 * ROUNDING if group == "sex=male" else 5 / (3 * 714))


@pytest.mark.parametrize("name", SOLUTIONS)
@pytest.mark.filterwarnings("ignore:SMACOF started at the theoretical circle")
def test_german_configurations_are_those_of_the_summary(shared_data: Path, name: str) -> None:
    german, filed = human_correlations("german-19"), summary(shared_data, "pvqrr_de2022_summary.json")["mds"][name]
    points = frame(shared_data, "pvqrr_de2022_mds2d.csv").set_index("value").loc[list(VALUE_CODES)]
    found = mds_configuration(german.correlations, **SOLUTIONS[name])
    assert procrustes_ssd(points[[f"{name}_x", f"{name}_y"]].astype(float), found) < 1e-6
    assert procrustes_ssd(theory_circle(19), found) == pytest.approx(filed["ssd_vs_theory_circle"], abs=ROUNDING)
    assert is_same_circle([VALUE_CODES[place] for place in angular_order(found)], filed["angular_order"])
    delta = dissimilarities(german.correlations)
    if name == "classical":
        # Printed as the stress of the classical solution; it is that of one step of SMACOF from it.
        assert mds_stress(delta, found) == pytest.approx(0.3539, abs=ROUNDING)
        found = smacof(delta, classical_mds(delta), max_iterations=1).configuration
    assert mds_stress(delta, found) == pytest.approx(filed["stress_norm"], abs=ROUNDING)


def test_the_start_at_the_circle_is_said_to_leak() -> None:
    with pytest.warns(UserWarning, match="plots only"):
        human_correlations("german-19").configuration(start="theory")


def test_human_means_agree_as_reported(shared_data: Path) -> None:
    filed = summary(shared_data, "pvqrr_de2022_summary.json")
    german, groups = human_correlations("german-19").means, list(human_means().values())
    assert spearman(german, groups).r == pytest.approx(filed["spearman_vs_SC2022_means"], abs=5e-4)
    assert pearson(german, groups).r == pytest.approx(filed["pearson_vs_SC2022_means"], abs=ROUNDING)


@pytest.mark.parametrize(
    ("one", "other", "r"),
    [
        ("american-10", "ess-10", 0.881),
        ("german-10", "ess-10-germany", 0.753),
        ("german-10", "american-10", 0.796),
    ],
)
def test_human_matrices_agree_as_reported(one: str, other: str, r: float) -> None:
    found = matrix_agreement(human_correlations(one).correlations, human_correlations(other).correlations)
    assert found.pearson == pytest.approx(r, abs=5e-4)
    assert found.n_pairs == 45


@pytest.fixture(scope="module")
def european(shared_data: Path) -> dict[str, np.ndarray]:
    """Correlations of the ten values in each country."""
    codes, matrices = list(TEN_VALUES), {}
    for country, rows in frame(shared_data, "ess9_values_corr_by_country.csv").groupby("country"):
        matrix = np.eye(10)
        for a, b, r in zip(rows["value_a"], rows["value_b"], rows["r"], strict=True):
            matrix[codes.index(a), codes.index(b)] = matrix[codes.index(b), codes.index(a)] = r
        matrices[str(country)] = matrix
    return matrices


def test_countries_give_the_matrix_within_countries_and_the_german_one(european: dict[str, np.ndarray]) -> None:
    fisher = np.mean([np.arctanh(matrix - np.eye(10)) for matrix in european.values()], axis=0)
    np.testing.assert_allclose(np.tanh(fisher) + np.eye(10), human_correlations("ess-10").correlations, atol=ROUNDING)
    np.testing.assert_array_equal(european["DE"], human_correlations("ess-10-germany").correlations)


@pytest.mark.filterwarnings("ignore:SMACOF started at the theoretical circle")
def test_countries_lie_as_far_from_europe_as_the_summary_says(
    shared_data: Path, european: dict[str, np.ndarray]
) -> None:
    filed = summary(shared_data, "ess9_values_summary.json")["country_vs_pooled_within_ssd"]
    # Both sides of the summary were started at the theoretical circle.
    europe = human_correlations("ess-10").configuration(start="theory")
    found = {
        name: procrustes_ssd(europe, mds_configuration(matrix, start="theory")) for name, matrix in european.items()
    }
    assert found == pytest.approx(filed, abs=1e-4)
    # From Torgerson's start, without the leak, countries lie up to half the range of the measure from there.
    fair = human_correlations("ess-10").configuration()
    gaps = [abs(procrustes_ssd(fair, mds_configuration(european[name])) - filed[name]) for name in filed]
    assert 0.3 < max(gaps) < 0.5


@pytest.mark.parametrize("name", ["ess-10", "ess-10-pooled", "ess-10-germany"])
@pytest.mark.filterwarnings("ignore:SMACOF started at the theoretical circle")
def test_european_configurations_are_those_of_the_file(shared_data: Path, name: str) -> None:
    column = {"ess-10": "within", "ess-10-pooled": "pooled", "ess-10-germany": "germany"}[name]
    points = frame(shared_data, "ess9_values_mds2d.csv").set_index("value").loc[list(TEN_VALUES)]
    found = human_correlations(name).configuration(start="theory")
    assert procrustes_ssd(points[[f"{column}_x", f"{column}_y"]].astype(float), found) < 1e-6


def test_pooled_european_means_weigh_countries_by_something_else_than_n(shared_data: Path) -> None:
    filed = summary(shared_data, "ess9_values_summary.json")
    pooled = human_correlations("ess-10-pooled").means
    np.testing.assert_array_equal(pooled, [filed["pooled_means"][code] for code in TEN_VALUES])
    rows = frame(shared_data, "ess9_values_means_by_country_group.csv")
    everybody = rows[rows["group"] == "all"]
    means = everybody.pivot(index="country", columns="value", values="mean_centred")[list(TEN_VALUES)].to_numpy(float)
    n = everybody.drop_duplicates("country")["n"].to_numpy(float)
    # Weights that give them exist, but neither equal ones nor n, which miss by .07 and .08.
    assert nnls(np.vstack([means.T, np.ones(29)]), np.append(pooled, 1.0))[1] < 1e-4
    assert np.abs(means.mean(axis=0) - pooled).max() == pytest.approx(0.066, abs=0.002)
    assert np.abs(n / n.sum() @ means - pooled).max() == pytest.approx(0.078, abs=0.002)


def test_item_answers_of_all_germans_nearly_give_the_means_of_those_kept(shared_data: Path) -> None:
    """The European items hold every respondent, the means those whom the exclusion rule keeps: two digits agree."""
    table = frame(shared_data, "ess9_item_distributions_by_country_group.csv.gz")
    rows = table[(table["country"] == "DE") & (table["group"] == "all")].set_index("item")
    shares = rows[[f"p{code}" for code in range(1, 7)]].to_numpy(float)
    # Coded 1 = very much like me there.
    answers = pd.Series(7 - shares @ np.arange(1, 7) / shares.sum(axis=1), index=rows.index)
    found = [answers[list(ESS_ITEMS[code])].mean() - answers.mean() for code in TEN_VALUES]
    germany = human_correlations("ess-10-germany")
    assert rows["n"].astype(int).max() > germany.n
    np.testing.assert_allclose(found, germany.means, atol=0.006)
