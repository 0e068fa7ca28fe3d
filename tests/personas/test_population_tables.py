"""Respondent tables: every format comes back with labels, gaps and weights; a faulty one is named."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.population import Population, draw
from personas.tables import read_table
from simulator.errors import PopulationError

TEMPLATE = "You are {age} years old, {sex}, and live in {town}."
ROWS = {
    "age": [43, 19, 71, 35],
    "sex": [1.0, 2.0, 2.0, 1.0],
    "town": ["Köln", "Bad Tölz", "東京", "O'Fallon"],
    "w": [0.5, 1.25, 2.0, 0.25],
}
LABELS = {1: "male", 2: "female"}


def write(folder: Path, ending: str, rows=None) -> Path:
    frame = pd.DataFrame(ROWS if rows is None else rows)
    path = folder / f"people.{ending}"
    if ending == "sav":
        pyreadstat.write_sav(frame, str(path), variable_value_labels={"sex": LABELS})
    elif ending == "dta":
        frame["sex"] = frame["sex"].astype("int32")
        pyreadstat.write_dta(frame, str(path), variable_value_labels={"sex": LABELS})
    else:
        frame["sex"] = frame["sex"].map(LABELS)
        frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet", "sav", "dta"])
def test_every_format_gives_the_same_personas(tmp_path, ending):
    drawn = draw(Population.table(write(tmp_path, ending), template=TEMPLATE, weight="w"), seed=1)
    assert [dict(p.attributes) for p in drawn] == [
        {"age": age, "sex": LABELS[int(sex)], "town": town, "table_row": row}
        for row, (age, sex, town, _) in enumerate(zip(*ROWS.values(), strict=True))
    ]
    assert drawn.weights == pytest.approx(ROWS["w"])
    assert drawn.personas[2].texts["en"] == "You are 71 years old, female, and live in 東京."
    assert drawn.personas[0].id == "table-0001"
    assert all(json.loads(json.dumps(p.attributes)) == p.attributes for p in drawn)


def test_the_ending_is_read_in_any_case(tmp_path):
    path = write(tmp_path, "csv")
    assert len(draw(Population.table(path.rename(tmp_path / "P.CSV"), template="{age}"), 1)) == 4


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1), min_size=1, max_size=8
    )
)
@settings(max_examples=40, deadline=None)
def test_any_text_comes_through_as_it_is(tmp_path_factory, ending, texts):
    # Escape sequences, braces, formulas and quotes are data: nothing reads them.
    cells = [f"x{text}" for text in texts]
    path = tmp_path_factory.mktemp("texts") / f"t.{ending}"
    frame = pd.DataFrame({"note": cells})
    frame.to_csv(path, index=False, lineterminator="\n") if ending == "csv" else frame.to_parquet(path)
    drawn = draw(Population.table(path, template="Note: {note}"), 1)
    assert [p.attributes["note"] for p in drawn] == cells
    assert [p.texts["en"] for p in drawn] == [f"Note: {cell}" for cell in cells]


def test_control_characters_and_templates_in_cells_stay_data(tmp_path):
    nasty = ["\x1b[31mred\x07", "{age}{0.__class__}", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; DROP--"]
    path = tmp_path / "n.parquet"
    pd.DataFrame({"note": nasty}).to_parquet(path)
    drawn = draw(Population.table(path, template="{note}"), 1)
    assert [p.texts["en"] for p in drawn] == nasty


def test_csv_cells_are_numbers_only_where_a_whole_column_is(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("zip,age,mixed,score,country\n00501,34,1,1.50,NA\n10001,35,x,-2,DE\n", encoding="utf-8-sig")
    columns = read_table(path).columns
    assert columns == {
        "zip": ["00501", "10001"], "age": [34, 35], "mixed": ["1", "x"], "score": [1.5, -2], "country": ["NA", "DE"],
    }  # fmt: skip
    assert read_table(path, missing_values=["NA"]).columns["country"] == [None, "DE"]


def test_dates_and_missing_cells_of_every_kind(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame(
        {
            "day": [datetime.date(2024, 2, 29), None],
            "time": pd.to_datetime(["2024-02-29 10:00", None]),
            "whole": pd.array([3, None], dtype="Int64"),
            "part": [np.nan, 0.5],
            "yes": [True, False],
            "group": pd.Categorical(["a", None]),
        }
    ).to_parquet(path)
    assert read_table(path).columns == {
        "day": ["2024-02-29", None],
        "time": ["2024-02-29T10:00:00", None],
        "whole": [3, None],
        "part": [None, 0.5],
        "yes": [True, False],
        "group": ["a", None],
    }


def test_user_missing_values_of_spss_are_missing(tmp_path):
    path = tmp_path / "t.sav"
    frame = pd.DataFrame({"q": [1.0, 99.0]})
    pyreadstat.write_sav(frame, str(path), missing_ranges={"q": [99]}, variable_value_labels={"q": {1: "agree"}})
    assert read_table(path).columns["q"] == ["agree", None]


def gaps(tmp_path: Path) -> Path:
    path = tmp_path / "gaps.csv"
    path.write_text("age,town,note\n30,Ulm,\n,Jena,b\n50,Kiel,c\n")
    return path


def test_missing_cells_are_an_error_unless_their_treatment_is_chosen(tmp_path):
    path = gaps(tmp_path)
    with pytest.raises(PopulationError, match=r"1 of 3 rows lack a value that is used \(column 'age' in data row 2\)"):
        draw(Population.table(path, template="{age} {town}"), 1)
    assert len(draw(Population.table(path, template="{town}"), 1)) == 3
    dropped = draw(Population.table(path, template="{age} {town}", missing="drop"), 1)
    assert [p.attributes["table_row"] for p in dropped] == [0, 2]
    told = draw(Population.table(path, template="{age} {town}", missing_text="of unknown age"), 1)
    assert told.personas[1].texts["en"] == "of unknown age Jena" and told.personas[1].attributes["age"] is None


def test_further_columns_are_kept_for_joins(tmp_path):
    drawn = draw(Population.table(write(tmp_path, "csv"), template="{age}", columns=["town"]), 1)
    assert tuple(drawn.personas[0].attributes) == ("age", "town", "table_row")


def test_fewer_rows_are_a_random_sample_with_their_weights(tmp_path):
    path = tmp_path / "t.csv"
    pd.DataFrame({"id": range(50), "w": [1 + row % 7 for row in range(50)]}).to_csv(path, index=False)
    drawn = draw(Population.table(path, template="{id}", weight="w", n=20), 3)
    rows = [p.attributes["table_row"] for p in drawn]
    assert len(set(rows)) == 20 and rows == sorted(rows)
    assert list(drawn.weights) == [1 + row % 7 for row in rows]
    assert rows != [p.attributes["table_row"] for p in draw(drawn.population, 4)]


def test_sampling_in_proportion_to_weight_then_weights_are_one(tmp_path):
    path = tmp_path / "t.csv"
    weights = [1, 2, 3, 4]
    pd.DataFrame({"id": range(4), "w": weights}).to_csv(path, index=False)
    plan = Population.table(path, template="{id}", weight="w", weights="sample", n=2)
    hits: Counter[int] = Counter()
    for seed in range(1500):
        drawn = draw(plan, seed)
        assert len({p.id for p in drawn}) == 2 and set(drawn.weights) == {1.0}
        rows = [p.attributes["table_row"] for p in drawn]
        assert len(set(rows)) == 2
        hits.update(rows)
    # Each row's chance is exactly 2 w / 10; three standard errors of a share are below 0.04.
    assert [hits[row] / 1500 for row in range(4)] == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.04)


def test_more_respondents_than_rows_only_with_replacement(tmp_path):
    path = write(tmp_path, "csv")
    with pytest.raises(PopulationError, match="9 respondents were asked for, the table has 4 usable rows"):
        draw(Population.table(path, template="{age}", n=9), 1)
    many = draw(Population.table(path, template="{age}", n=4000, weight="w", weights="sample", replace=True), 1)
    shares = Counter(p.attributes["table_row"] for p in many)
    assert [shares[row] / 4000 for row in range(4)] == pytest.approx([0.125, 0.3125, 0.5, 0.0625], abs=0.03)
    assert set(many.weights) == {1.0}
    with pytest.raises(PopulationError, match=r"2 rows weigh more than 1/4 of the table.*at most 2 resp"):
        draw(Population.table(path, template="{age}", n=4, weight="w", weights="sample"), 1)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (["1", "-2", "1"], r"weight \(w\) of data row 2 is -2"),
        (["1", "2", ""], "of data row 3 is missing"),
        (["1", "heavy", "1"], "of data row 1 is '1'"),
        (["0", "0", "0"], "every weight in column 'w' is 0"),
    ],
)
def test_faulty_weights_are_named(tmp_path, weights, message):
    path = tmp_path / "t.csv"
    path.write_text("age,w\n" + "".join(f"3{i},{w}\n" for i, w in enumerate(weights)))
    with pytest.raises(PopulationError, match=message):
        draw(Population.table(path, template="{age}", weight="w"), 1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.csv", None, "there is no such file"),
        ("t.xlsx", b"PK", r"\.xlsx ending; a respondent table ends in \.csv, \.parquet, \.sav, \.dta"),
        ("t", b"a,b", "no ending"),
        ("t.csv", b"", "has no rows"),
        ("t.csv", b"age\n", "has no rows"),
        ("t.csv", b"age,age\n1,2\n", "two columns named 'age'"),
        ("t.csv", b"age,w\n1,2\n3\n", "data row 2 has 1 cells, the heading has 2"),
        ("t.csv", b"age\n\xff\xfe\n", "not UTF-8"),
        ("t.csv", b'age\n"1\n', "not a readable CSV"),
        ("t.parquet", b"no parquet here", "not a readable Parquet"),
        ("t.sav", b"no spss here either", r"not a readable \.sav"),
        ("t.dta", b"no stata here", r"not a readable \.dta"),
    ],
)
def test_faulty_files_are_named(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PopulationError, match=message):
        draw(Population.table(path, template="{age}"), 1)


def test_missing_columns_are_named_with_the_closest(tmp_path):
    path = write(tmp_path, "csv")
    with pytest.raises(PopulationError, match=r"no column 'aeg', which the template uses; did you mean 'age'\?"):
        draw(Population.table(path, template="{aeg}"), 1)
    with pytest.raises(PopulationError, match="no column 'weight', which should hold the weights"):
        draw(Population.table(path, template="{age}", weight="weight"), 1)
    with pytest.raises(PopulationError, match="no column 'x', which option columns names"):
        draw(Population.table(path, template="{age}", columns=["x"]), 1)


def test_columns_with_blanks_in_their_names_and_another_delimiter(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("age group;town\n18-29;Ulm\n")
    drawn = draw(Population.table(path, template="{age group}, {town}", delimiter=";"), 1)
    assert drawn.personas[0].texts["en"] == "18-29, Ulm"


def test_a_table_combines_with_other_strategies_and_is_raked(tmp_path):
    path = write(tmp_path, "csv")
    rake_to = {"sex": {"counts": {"male": 1, "female": 3}, "source": "made for this test", "year": 2024}}
    plan = Population.combine(
        "value-anchor", "table", n=None, path=str(path), weight="w", templates={"table": TEMPLATE}, rake_to=rake_to
    )
    drawn = draw(plan, 2)
    assert len(drawn) == 4 and drawn.personas[0].id == "value-anchor+table-0001"
    assert " You are 43 years old, male, and live in Köln." in drawn.personas[0].texts["en"]
    # Base weights .5 and .25 of the men keep their ratio and get a quarter of the sum 4.
    assert [drawn.weights[0], drawn.weights[3]] == pytest.approx([2 / 3, 1 / 3])
    whole = Population.combine("table", "city", n=3, path=str(path), template="{age}, {place}", country="US")
    assert draw(whole, 2).personas[0].texts["en"].endswith(", United States")
    with pytest.raises(PopulationError, match="both 'table' and 'demographic' give 'age'"):
        draw(Population.combine("table", "demographic", n=2, path=str(path), template="{age}"), 1)


def test_a_relative_path_is_taken_from_the_folder_of_the_specification(tmp_path):
    from personas.reading import population_from_mapping

    write(tmp_path, "csv")
    plan = population_from_mapping({"strategy": "table", "path": "people.csv", "template": "{age}"}, tmp_path)
    assert len(draw(plan, 1)) == 4
