"""The shipped human samples: equal to the public files, whole, and consistent with each other."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.human_values import (
    HUMAN_MATRICES,
    HumanMatrix,
    human_correlations,
    human_item_groups,
    human_item_shares,
    human_matrices,
    human_means,
)
from surveys.values import TEN_VALUES, VALUE_CODES, VALUE_OF_ITEM, VALUES

PUBLIC = {
    "german-19": "pvqrr_de2022_corr_centred_19x19",
    "german-19-female": "pvqrr_de2022_corr_centred_19x19_female",
    "german-19-male": "pvqrr_de2022_corr_centred_19x19_male",
    "german-10": "pvqrr_de2022_corr_centred_10x10",
    "ess-10": "ess9_values_corr_within_country_10x10",
    "ess-10-pooled": "ess9_values_corr_pooled_10x10",
    "ess-10-germany": "ess9_values_corr_germany_10x10",
    "american-10": "pvq40_us_n151_corr_centred_10x10",
}
GROUPS = {"all": "all", "male": "sex=male", "female": "sex=female"}
GROUPS |= {"age_le29": "age=18-29", "age_30_49": "age=30-49", "age_ge50": "age=50-65"}


def public(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "derived" / f"{name}.csv", keep_default_na=False)


def test_every_file_says_where_its_numbers_come_from() -> None:
    for path in (files("analysis") / "human").iterdir():
        head = [line[2:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
        facts = tomllib.loads("\n".join(head))
        assert all(facts[key].strip() for key in ("title", "label", "population", "instrument", "source", "terms"))
        assert 2000 <= facts["year"] <= 2030
        assert path.name == "german-items.csv" or facts["n"] > 100
        assert path.name == "german-items.csv" or path.name.removesuffix(".csv") in HUMAN_MATRICES


@pytest.mark.parametrize("matrix", human_matrices(), ids=lambda matrix: matrix.name)
def test_each_is_a_correlation_matrix_in_circle_order(matrix: HumanMatrix) -> None:
    assert matrix.values == (VALUE_CODES if "-19" in matrix.name else tuple(TEN_VALUES))
    np.testing.assert_array_equal(matrix.correlations, matrix.correlations.T)
    np.testing.assert_array_equal(np.diag(matrix.correlations), 1)
    # Scores centered within person nearly sum to 0: one eigenvalue is small, by rounding to four digits even below 0.
    smallest, second = np.linalg.eigvalsh(matrix.correlations)[:2]
    assert -1e-4 < smallest < (0.001 if "-19" in matrix.name else 0.03)
    assert second > 0.2
    known = matrix.sds[~np.isnan(matrix.sds)]
    assert (known > 0.5).all() and (known < 1.3).all()


@pytest.mark.parametrize("name", HUMAN_MATRICES)
def test_correlations_are_those_of_the_public_files(shared_data: Path, name: str) -> None:
    found = human_correlations(name)
    frame = pd.read_csv(shared_data / "derived" / f"{PUBLIC[name]}.csv", index_col=0)
    np.testing.assert_array_equal(found.correlations, frame.loc[list(found.values), list(found.values)])


def test_means_spreads_and_reliabilities_are_those_of_the_public_files(shared_data: Path) -> None:
    german = human_correlations("german-19")
    table = public(shared_data, "pvqrr_de2022_value_means").set_index("value").loc[list(VALUE_CODES)]
    np.testing.assert_array_equal(german.means, table["mean_centred"])
    np.testing.assert_array_equal(german.sds, table["sd_centred"])
    np.testing.assert_array_equal(german.alphas, table["cronbach_alpha"])
    groups = public(shared_data, "pvqrr_de2022_group_means").set_index(["group", "value"])
    for sex in ("female", "male"):
        part, rows = human_correlations(f"german-19-{sex}"), groups.loc[sex].loc[list(VALUE_CODES)]
        np.testing.assert_array_equal(part.means, rows["mean_centred"])
        np.testing.assert_array_equal(part.sds, rows["sd_centred"])
        assert set(rows["n"]) == {part.n}
    american = public(shared_data, "pvq40_us_n151_means_mds").set_index("value").loc[list(TEN_VALUES)]
    np.testing.assert_array_equal(human_correlations("american-10").means, american["mean_centred"])
    np.testing.assert_array_equal(human_correlations("american-10").sds, american["sd_centred"])


def test_european_means_are_those_of_the_public_countries(shared_data: Path) -> None:
    rows = public(shared_data, "ess9_values_means_by_country_group")
    everybody = rows[rows["group"] == "all"]
    means, sds = (
        everybody.pivot(index="country", columns="value", values=name)[list(TEN_VALUES)]
        for name in ("mean_centred", "sd_centred")
    )
    europe, germany = human_correlations("ess-10"), human_correlations("ess-10-germany")
    np.testing.assert_allclose(europe.means, means.mean(), atol=5e-5)
    np.testing.assert_allclose(europe.sds, np.sqrt((sds**2).mean()), atol=5e-5)
    np.testing.assert_array_equal(germany.means, means.loc["DE"])
    np.testing.assert_array_equal(germany.sds, sds.loc["DE"])
    n = everybody.drop_duplicates("country").set_index("country")["n"]
    assert (len(n), n.sum(), n["DE"]) == (29, europe.n, germany.n)


def test_item_answers_are_those_of_the_public_file(shared_data: Path) -> None:
    table = public(shared_data, "pvqrr_de2022_item_distributions").set_index(["group", "item"])
    assert set(GROUPS.values()) == set(human_item_groups())
    for theirs, ours in GROUPS.items():
        found, rows = human_item_shares(ours), table.loc[theirs].loc[list(VALUE_OF_ITEM)]
        np.testing.assert_array_equal(found.n, rows["n"])
        np.testing.assert_array_equal(np.round(found.shares, 4), rows[[f"p{code}" for code in range(1, 7)]])
        assert list(found.values) == rows["value"].tolist()


def test_groups_make_up_the_sample() -> None:
    everybody = human_item_shares().counts
    for groups in (("sex=male", "sex=female"), ("age=18-29", "age=30-49", "age=50-65")):
        np.testing.assert_array_equal(sum(human_item_shares(group).counts for group in groups), everybody)


def test_means_are_kept_once() -> None:
    assert tuple(human_means()) == VALUE_CODES
    assert human_means()["BEC"] == 0.79
    for path in (files("analysis") / "human").iterdir():
        rows = csv.reader(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
        assert ["BEC", "0.79"] not in [row[:2] for row in rows]


def test_unknown_names_are_refused_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no human matrix 'german'; there are german-19"):
        human_correlations("german")
    with pytest.raises(KeyError, match="no group 'men' of the German sample; there are all"):
        human_item_shares("men")
    with pytest.raises(ValueError, match="read-only"):
        human_correlations().correlations[0, 1] = 1


def test_the_nineteen_values_taken_together_give_the_ten() -> None:
    fine, coarse = human_correlations("german-19"), human_correlations("german-10")
    member = np.array([[value.ten == code for value in VALUES] for code in coarse.values], dtype=float)
    scales = member / member.sum(axis=1, keepdims=True) * fine.sds
    covariance = scales @ fine.correlations @ scales.T
    spread = np.sqrt(np.diag(covariance))
    # Not to the last digit: one woman's ten missing answers weigh differently in values of three and of six items.
    np.testing.assert_allclose(covariance / np.outer(spread, spread), coarse.correlations, atol=0.0013)
