"""The published tables of value structure held against themselves: sums, ranks, correlations, tests, each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata
from scipy.stats import t as student_t

from analysis.circumplex import procrustes_correlation
from analysis.correlation import compare_correlations, spearman
from analysis.published_tables import comparable_values, published_table
from surveys.values import HUMAN_MEANS

ROUNDING_OF_A_SUM = 19 * 0.005
"""How far the sum of 19 means, each rounded to two digits, may lie from 0."""


def means_and_ranks(column: str = "value") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Printed means and ranks of PV-2, values by cells ("GPT-4-0314, value-anchor, 0.0")."""
    table = published_table("PV-2")
    table["likely"] = comparable_values(table)
    wide = table.pivot(index="row", columns="column", values="likely" if column == "likely" else column)
    wide = wide.loc[table["row"].drop_duplicates()]
    parts = []
    for kind in ("mean", "rank"):
        names = [name for name in wide.columns if name.endswith(f", {kind}")]
        parts.append(wide[names].rename(columns=lambda name: name.rpartition(", ")[0]))
    return parts[0], parts[1]


def ssd(table: pd.DataFrame) -> pd.DataFrame:
    return table.pivot(index="row", columns="column", values="value")


def test_the_published_human_means_are_those_of_the_catalog_in_their_own_order() -> None:
    table = published_table("PV-1")
    assert dict(zip(table["row"], table["value"], strict=True)) == HUMAN_MEANS
    assert table["value"].is_monotonic_decreasing
    assert list(table["row"]) == list(means_and_ranks()[0].index)


def test_columns_of_centered_means_sum_to_nothing_except_where_marked() -> None:
    sums, marks = means_and_ranks("likely")[0].sum(), means_and_ranks("mark")[0]
    # Where the sum is off by more than a unit in the last digit of every mean, the whole column is doubtful.
    doubtful = set(sums.index[sums.abs() > 0.19])
    assert doubtful == {
        "GPT-4-0314, value-anchor, 0.0",
        "GPT-4-0314, value-anchor, 0.7",
        "GPT-4-0314, named, 0.0",
        "Llama 3.1 70B, named, 0.0",
    }
    assert {name for name in marks.columns if (marks[name] == "suspicious").all()} == doubtful
    assert sums["GPT-4-0314, value-anchor, 0.0"] == pytest.approx(0.92)
    assert sums["GPT-4-0314, value-anchor, 0.7"] == pytest.approx(1.14)
    # Beyond rounding, but too little to change a printed digit: the other Llama 70B columns, and the column of AC.
    rest = sums[(sums.abs() > ROUNDING_OF_A_SUM) & ~sums.index.isin(list(doubtful))]
    assert set(rest.index) == {
        "Llama 3.1 70B, value-anchor, 0.0",
        "Llama 3.1 70B, value-anchor, 0.7",
        "Llama 3.1 70B, named, 0.7",
        "Llama 3.1 8B, named, 0.7",
    }


def test_the_misprinted_sign_is_shown_by_the_sum_of_its_column() -> None:
    name = "Llama 3.1 8B, named, 0.0"
    printed, likely = means_and_ranks()[0][name], means_and_ranks("likely")[0][name]
    assert printed.sum() == pytest.approx(1.49)
    assert likely.sum() == pytest.approx(-0.01)
    assert rankdata(-likely)[list(likely.index).index("FAC")] == means_and_ranks()[1][name]["FAC"] == 15


def test_printed_ranks_follow_the_means_except_where_marked() -> None:
    means, ranks = means_and_ranks("likely")
    marks, wrong = means_and_ranks("mark")[1], set()
    for name in means.columns:
        mean, rank = means[name].to_numpy(), ranks[name].to_numpy()
        # A value with a larger mean has a smaller rank; equal printed means may have different ranks.
        is_larger = mean[:, None] > mean[None, :]
        for better, worse in zip(*np.nonzero(is_larger & (rank[:, None] >= rank[None, :])), strict=True):
            wrong |= {(name, means.index[better]), (name, means.index[worse])}
    marked = {(name, code) for name in marks for code in marks.index[marks[name] == "suspicious"]}
    gpt, llama = "GPT-4-0314, value-anchor, ", "Llama 3.1 8B, named, 0.7"
    assert marked == {
        (f"{gpt}0.0", "BEC"),
        (f"{gpt}0.0", "UNC"),
        (f"{gpt}0.7", "BED"),
        (f"{gpt}0.7", "UNN"),
        (llama, "AC"),
        (llama, "COI"),
    }
    assert marked <= wrong
    # The rest contradict only a rank that is marked.
    assert {name for name, _ in wrong} == {name for name, _ in marked}
    # 19 ranks with averages for ties sum to 190 in all columns but these.
    sums = ranks.sum()
    assert dict(sums[sums != 190]) == {f"{gpt}0.0": 191, f"{gpt}0.7": 189, llama: 185}


def test_rank_correlations_with_people_are_recomputed_to_four_digits() -> None:
    table = published_table("PV-4")
    human = [HUMAN_MEANS[code] for code in means_and_ranks()[0].index]
    for kind, column in (("value", table["value"]), ("likely", comparable_values(table))):
        means = means_and_ranks(kind)[0]
        for model, cell, rho in zip(table["row"], table["column"], column, strict=True):
            assert spearman(means[f"{model}, {cell}"], human).r == pytest.approx(rho, abs=5.1e-5)
    anchored = table["value"][table["column"].str.startswith("value-anchor")]
    # The paper gives a range for them: 0.75 to 0.85.
    assert (round(anchored.min(), 2), round(anchored.max(), 2)) == (0.75, 0.85)
    assert set(table["mark"]) == {"recomputed"}


def test_cells_without_a_number_say_why() -> None:
    table = published_table("PV-3")
    lost = table[table["value"].isna()].set_index(["row", "column"])["note"]
    assert dict(lost) == {
        ("Gemma 2 27B, 0.0", "basic"): "printed NA: a value had no variance",
        ("Gemma 2 27B, 0.0", "demographic"): "printed NA: replies could not be read",
    }
    assert table["value"].max() <= 0.92


def test_structure_correlations_are_those_of_the_sums_of_squares() -> None:
    anchored = ssd(published_table("PV-3"))["value-anchor"]
    printed = published_table("PV-6").set_index("column")["value"]
    low, high = (procrustes_correlation(end) for end in (anchored.max(), anchored.min()))
    # The paper prints .87 for .877: cut, not rounded.
    assert low == pytest.approx(printed["structure correlation, lowest"], abs=0.01)
    assert high == pytest.approx(printed["structure correlation, highest"], abs=0.005)


def test_batch_rows_are_those_of_the_first_table_and_serial_rows_repeat() -> None:
    single, both = ssd(published_table("PV-3")), published_table("PV-5")
    wide = ssd(both)
    for model in ("Llama 3.1 8B", "Llama 3.1 70B"):
        for temperature in ("0.0", "0.7"):
            batch = wide.loc[f"{model}, batch, {temperature}"]
            assert batch.equals(single.loc[f"{model}, {temperature}", batch.index].rename(batch.name))
        cold, warm = (wide.loc[f"{model}, serial, {temperature}"] for temperature in ("0.0", "0.7"))
        assert set(cold.index[cold.to_numpy() == warm.to_numpy()]) == {"value-anchor", "demographic", "generated"}
    is_serial = both["row"].str.contains("serial")
    assert (both["mark"].eq("suspicious") == is_serial).all()


def test_printed_p_values_follow_from_what_is_printed() -> None:
    printed = published_table("PV-7").set_index(["row", "column"])["value"]
    first, second = (
        row for row in printed.index.get_level_values(0).unique() if row.startswith("batch against serial")
    )
    for row, tolerance in ((first, 0.003), (second, 0.0005)):
        # z of two rhos with 19 values each is their difference on Fisher's scale over sqrt(2 / 16).
        test = compare_correlations(np.tanh(printed[row, "z"] * np.sqrt(2 / 16)), 19, 0.0, 19)
        assert test.z == pytest.approx(printed[row, "z"])
        assert test.p == pytest.approx(printed[row, "p"], abs=tolerance)
    # Ten values; the range of rhos that print as .79 covers the printed p.
    human = "human means against the European Social Survey"
    largest, smallest = (2 * student_t.sf(rho * np.sqrt(8 / (1 - rho**2)), 8) for rho in (0.785, 0.795))
    assert smallest < printed[human, "p"] + 0.0005
    assert largest > printed[human, "p"] - 0.0005


def test_the_published_floor_is_ordered_as_noise_is() -> None:
    floor = published_table("PV-8").pivot(index="row", columns="column", values="value")
    for name in ("matrix_r", "ssd, smacof", "ssd, classical", "ssd, smacof-theory"):
        known = floor[f"{name}, mean"].notna()
        assert (floor[f"{name}, low"] < floor[f"{name}, mean"])[known].all()
        assert (floor[f"{name}, mean"] < floor[f"{name}, high"])[known].all()
    # Started at the theoretical circle, even independent values look half alike: the answer leaks in.
    assert floor.loc["independent, n = 714", "ssd, smacof-theory, mean"] < 0.5
