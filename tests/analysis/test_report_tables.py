"""Tables of a report: what is shown, what stands in the CSV, and that no number is missing without a reason."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from durability.nasty_texts import NASTY
from hypothesis import given
from hypothesis import strategies as st

from analysis.report_cells import Column, Missing, Published, Unformed, shown
from analysis.report_published import Beside, published_table
from analysis.report_tables import Table, csv_text, table_from_frame
from analysis.spreadsheet import DANGEROUS, unguard
from analysis.sums import Estimate
from simulator.errors import ReportError

NAN = float("nan")


def read_csv(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(table), newline="")))


@pytest.mark.parametrize(
    ("cell", "column", "text"),
    [
        (Estimate(0.866, 0.8449, 0.905, 60), Column("rho"), "0.87 [0.84, 0.91]"),
        (Estimate(-0.001, -0.25, 0.004, 9), Column("d"), "0.00 [−0.25, 0.00]"),
        (12_345, Column("n"), "12,345"),
        (0.1234, Column("share", percent=True, digits=0), "12"),
        (0.0004, Column("p", digits=3, at_least=0.001), "≤ 0.001"),
        (0.0012, Column("p", digits=3, at_least=0.001), "0.001"),
        (True, Column("is"), "yes"),
        (Published(0.58, "misprint", 0.85), Column("kl"), "0.58 → 0.85"),
        (Published(1.1, is_comparable=False), Column("kl"), "(1.10)"),
        (Missing("nobody answered"), Column("kl"), "–"),
        (Unformed(Estimate(0.5, NAN, NAN, 1), "one respondent"), Column("kl"), "0.50 [–]"),
    ],
)
def test_a_cell_reads(cell, column, text):
    assert shown(cell, column).text == text


@pytest.mark.parametrize(
    "gap",
    [
        NAN,
        math.inf,
        -math.inf,
        None,
        pd.NA,
        pd.NaT,
        np.float64("nan"),
        Estimate(NAN, NAN, NAN, 0),
        Estimate(1, 0, NAN, 2),
    ],
)
def test_a_missing_number_without_a_reason_is_an_error_that_names_table_row_and_column(gap):
    with pytest.raises(ReportError) as caught:
        Table("kl", "KL", (Column("dimension"), Column("kl")), [("EVI", 0.5), ("IDV", gap)])
    for part in ("table 'kl'", "row 2 (IDV)", "column 'kl'", "reason"):
        assert part in str(caught.value)


@pytest.mark.parametrize("gap", [Missing("  "), Unformed(NAN, "")])
def test_an_empty_reason_is_none(gap):
    with pytest.raises(ReportError, match="empty reason"):
        Table("kl", "KL", (Column("kl"),), [(gap,)])


def test_with_a_reason_it_is_an_empty_cell_and_the_reason_stands_in_the_row():
    columns = (Column("dimension"), Column("kl"), Column("emd", why="nobody answered"))
    table = Table("kl", "KL", columns, [("EVI", 0.1 + 0.2, 1.0), ("IDV", Missing("no items"), NAN), ("MAS", 1.0, 2.0)])
    first, second, third = read_csv(table)
    assert first == {"dimension": "EVI", "kl": "0.30000000000000004", "emd": "1.0", "reason": ""}
    assert second == {"dimension": "IDV", "kl": "", "emd": "", "reason": "kl: no items; emd: nobody answered"}
    assert third["reason"] == ""


def test_an_interval_stands_in_columns_of_its_own():
    rows = [("EVI", Estimate(0.5, 0.4, 0.625, 20)), ("IDV", Unformed(Estimate(0.25, NAN, NAN, 1), "one respondent"))]
    first, second = read_csv(Table("kl", "KL", (Column("dimension"), Column("kl")), rows))
    assert (first["kl"], first["kl_low"], first["kl_high"], first["kl_n"]) == ("0.5", "0.4", "0.625", "20")
    assert (second["kl"], second["kl_low"], second["kl_high"], second["kl_n"]) == ("0.25", "", "", "1")
    assert second["reason"] == "kl: one respondent"


def test_a_published_number_keeps_what_was_printed():
    rows = [(Published(0.58, "misprint", 0.85),), (Published(0.65),)]
    first, second = read_csv(Table("df-2", "Table 2", (Column("evi"),), rows))
    assert (first["evi"], first["evi_mark"], first["evi_corrected"]) == ("0.58", "misprint", "0.85")
    assert (second["evi"], second["evi_mark"], second["evi_corrected"]) == ("0.65", "ok", "")


@pytest.mark.parametrize("cell", [Published(0.5, "typo"), Published(NAN), Published(0.5, "misprint", math.inf)])
def test_a_published_cell_has_a_known_mark_and_was_printed(cell):
    with pytest.raises(ReportError, match="row 1"):
        Table("df", "DF", (Column("evi"),), [(cell,)])


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(NASTY),
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(),
        ),
        max_size=8,
    )
)
def test_the_csv_gives_the_frame_back(rows):
    frame = pd.DataFrame(rows, columns=["text", "number", "n"]).astype({"text": "str", "number": "float64"})
    read = read_csv(table_from_frame("round-trip", "Round trip", frame))
    assert [unguard(row["text"]) for row in read] == frame["text"].tolist()
    assert [float(row["number"]) for row in read] == frame["number"].tolist()
    assert [int(row["n"]) for row in read] == frame["n"].tolist()


def test_no_text_of_the_csv_is_a_formula_and_no_number_is_guarded():
    table = Table("nasty", "=title", (Column("=name"), Column("x")), [(text, -1.5) for text in NASTY])
    lines = list(csv.reader(io.StringIO(csv_text(table), newline="")))
    for row in lines:
        assert not DANGEROUS.match(row[0]) or row[0].startswith("'")
    assert {row[1] for row in lines[1:]} == {"-1.5"}


def test_a_frame_gives_intervals_and_chooses_columns():
    frame = pd.DataFrame({"arm": ["a"], "x": [0.5], "lo": [0.25], "hi": [0.75], "n": [8], "unused": [1]})
    table = table_from_frame("x", "X", frame, [Column("arm"), Column("x")], intervals={"x": ("lo", "hi", "n")})
    assert table.cells == (("a", Estimate(0.5, 0.25, 0.75, 8)),)
    with pytest.raises(ReportError, match="no column 'y'"):
        table_from_frame("x", "X", frame, [Column("y")])


@pytest.mark.parametrize(
    ("columns", "rows", "fault"),
    [
        ((Column("a"), Column("a")), [(1, 2)], "called a"),
        ((Column("a"), Column("a_low")), [(Estimate(1, 0, 2, 3), 1.0)], "called a_low"),
        ((Column("reason"),), [("x",)], "called reason"),
        ((), [], "no columns"),
        ((Column("a"),), [(1, 2)], "2 cells for 1 columns"),
        ((Column("a"),), [(object(),)], "cannot stand in a table"),
    ],
)
def test_a_table_that_cannot_be_written_says_why(columns, rows, fault):
    with pytest.raises(ReportError, match=fault):
        Table("t", "T", columns, rows)


def test_published_numbers_stand_beside_ours_by_the_printing_rules():
    own = Estimate(0.8, 0.7, 0.9, 20)
    cells = [
        Beside("Mistral-7B", "EVI", own, 0.58, "mass", "mass", 3, "misprint", 0.85),
        Beside("Mistral-7B", "IDV", own, 0.65, "mass", "literal", 0),
        Beside("Mistral-7B", "IVR", Estimate(NAN, NAN, NAN, 0), 0.73, "mass", "mass", 9, reason="nobody answered"),
    ]
    first, second, third = read_csv(published_table("df-2", "Table 2", cells, note="Other models."))
    assert float(first["difference"]) == pytest.approx(0.8 - 0.85)
    assert (first["published"], first["published_corrected"], first["mark"]) == ("0.58", "0.85", "misprint")
    assert (first["n"], first["failures"], first["convention"]) == ("20", "3", "mass")
    assert second["difference"] == ""
    assert second["reason"] == "difference: published with another convention: literal"
    assert third["own"] == third["difference"] == ""
    assert "own: nobody answered" in third["reason"]
