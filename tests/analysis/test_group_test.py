"""The test between series against the published table and scipy; published tables against their own arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.group_test import NOT_INDEPENDENT, GroupSummary, group_table, group_test, summarize_group
from analysis.published_tables import MARKS, average_faults, comparable_values, published_ids, published_table

LLAMA = {"US": GroupSummary(1.28, 0.50, 27, 0.10), "CN": GroupSummary(1.35, 0.74, 27, 0.14)}
MISTRAL = {"US": GroupSummary(0.93, 0.34, 27, 0.07), "CN": GroupSummary(0.92, 0.33, 27, 0.06)}


@pytest.mark.parametrize(
    ("culture", "t", "p", "welch_df", "welch_p"),
    [("US", 3.008, 0.00405, 45.8, 0.0043), ("CN", 2.758, 0.00801, 35.9, 0.0091)],
)
def test_table_3_from_its_rounded_inputs(culture, t, p, welch_df, welch_p) -> None:
    found = group_test(LLAMA[culture], MISTRAL[culture])
    assert (round(found.t, 3), found.df, round(found.p, 5)) == (t, 52, p)
    welch = group_test(LLAMA[culture], MISTRAL[culture], convention="welch")
    assert (round(welch.df, 1), round(welch.p, 4)) == (welch_df, welch_p)
    assert found.note == NOT_INDEPENDENT
    printed = published_table("DF-3").set_index(["row", "column"])["value"]
    assert printed[f"{culture}, test from rounded inputs", "t"] == t
    assert printed[f"{culture}, test", "t"] == pytest.approx(found.t, abs=0.015)
    assert round(found.sed, 2) == printed[f"{culture}, test", "sed"]
    assert round(found.first.sem, 2) == printed[f"{culture}, Llama-3", "sem"]


def test_raw_values_equal_scipy() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 1, 20), rng.normal(0, 2, 30)
    scipy = stats.ttest_ind(a, b, equal_var=False)
    found = group_test(np.append(a, np.nan), b, convention="welch")
    assert (found.t, found.p, found.df) == pytest.approx((scipy.statistic, scipy.pvalue, scipy.df))
    interval = scipy.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    # With equal n, the summed degrees of freedom are Student's own test.
    student = stats.ttest_ind(a, b[:20])
    assert group_test(a, b[:20]).p == pytest.approx(student.pvalue)


def test_groups_that_cannot_be_tested_have_no_p() -> None:
    assert np.isnan(group_test([1.0], [1.0, 2.0]).p)
    assert np.isnan(group_test([1.0, 1.0], [2.0, 2.0]).t)
    assert np.isnan(summarize_group([]).mean)
    table = group_table({"a": [1.0, 2.0, 3.0], "b": [2.0, 3.0, 5.0], "c": LLAMA["US"]})
    assert table[["first", "second"]].drop_duplicates().to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert table["convention"].tolist() == ["summed-df", "welch"] * 3


def test_published_tables_are_whole() -> None:
    cells = {name: len(published_table(name)) for name in published_ids()}
    # Rows x columns of METHODS chapter 6; DF-3 counts both series and both tests of two cultures.
    liu = {"DF-1": 8 * 11, "DF-2": 11 * 10, "DF-3": 32, "DF-4": 5 * 2, "DF-5": 4, "DF-6": 3}
    # Mean and rank in PV-2; mean and bounds in PV-8.
    rozen = {"PV-1": 19, "PV-2": 19 * 24 * 2, "PV-3": 12 * 5, "PV-4": 6 * 4, "PV-5": 8 * 4, "PV-6": 2, "PV-7": 6}
    shen = {"PR-1": 6 * 2, "PR-2": 13 + 1, "PR-3": 1, "PR-4": 4}
    assert cells == {**liu, **rozen, "PV-8": 4 * 4 * 3, **shen}
    for name in cells:
        table = published_table(name)
        assert set(table["mark"]) <= set(MARKS)
        assert not table.duplicated(["row", "column"]).any()
        assert (table["value"].notna() | (table["note"] != "")).all()
        # A misprint has a likely value, or the note says that none can be told.
        is_told = table["corrected"].notna() | table["note"].str.contains("no likely value")
        assert is_told[table["mark"] == "misprint"].all()
        assert set(table["mark"][table["corrected"].notna()]) <= {"misprint", "recomputed"}
    with pytest.raises(KeyError, match="no published table 'DF-9'; there are DF-1"):
        published_table("DF-9")


def test_printed_averages_are_means_except_where_marked() -> None:
    faults = average_faults(published_table("DF-1"), leave_out=("diversity_percent",)).set_index("row")
    assert set(faults.index) == {
        "Mistral-7B-Instruct, Cao-style",
        "Mistral-7B-Instruct, CCSV-single",
        "Dolphin-2.9.1-Llama-3-8B, CCSV-single",
    }
    assert faults["is_marked"].all()
    np.testing.assert_allclose(faults["mean"], faults["corrected"], atol=0.005)
    assert average_faults(published_table("DF-2")).empty  # with the EVI of Mistral as corrected
    as_printed = published_table("DF-2").assign(corrected=np.nan)
    assert average_faults(as_printed)["row"].tolist() == ["Mistral-7B-Instruct"]


def test_the_published_tables_agree_where_they_overlap() -> None:
    """The DEF rows of table 1 stand in table 2 again; the misprint of EVI shows only there."""
    one, two = (published_table(name).set_index(["row", "column"]) for name in ("DF-1", "DF-2"))
    for model in ("Mistral-7B-Instruct", "Dolphin-2.9.1-Llama-3-8B"):
        first, second = one.loc[f"{model}, DEF"].drop("diversity_percent"), two.loc[model]
        np.testing.assert_allclose(comparable_values(first), comparable_values(second))
    same = [one.loc[f"{model}, CCSV-list"] for model in ("Mistral-7B-Instruct", "Dolphin-2.9.1-Llama-3-8B")]
    assert (same[0]["value"] == same[1]["value"]).all()
    assert set(same[1]["mark"]) == {"suspicious"}
    series = two.loc[["Mistral-7B-Instruct", "Mixtral-8x7B-Instruct", "Dolphin-2.2.1-Mistral-7B"]].drop(
        "average", level="column"
    )
    assert len(series) == 27
    assert round(series["value"].mean(), 3) == 0.911
    assert round(comparable_values(series).mean(), 3) == 0.921


def test_the_numbers_of_items_add_up() -> None:
    assert published_table("DF-6")["value"].tolist() == [613, 540, 1153]
