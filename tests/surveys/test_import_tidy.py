"""Tidy tables of human answers: the real ones against a second reading with csv, and every way one can be wrong."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import pytest

from simulator.errors import InstrumentError
from surveys.importers.reference_report import EVERYTHING, ImportedReference, Wanted
from surveys.importers.tidy import import_tidy
from surveys.importers.wvs import import_wvs
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.reference import ReferenceCell

YES_NO = (ResponseOption(1, {"en": "Yes", "zh": "是"}), ResponseOption(2, {"en": "No", "zh": "否"}))
ASKED = Instrument(
    "asked",
    {"en": "Asked", "zh": "问"},
    (
        Item("q1", {"en": "So?", "zh": "吗"}, ResponseFormat.SINGLE, YES_NO),
        Item("q2", {"en": "Which?", "zh": "哪"}, ResponseFormat.MULTIPLE, YES_NO),
    ),
    languages=("en", "zh"),
)


def read(
    folder: Path, text: str, instrument: Instrument | None = None, wanted: Wanted = EVERYTHING
) -> ImportedReference:
    path = folder / "human.csv"
    path.write_text(text, encoding="utf-8")
    return import_tidy([path], wanted, instrument)


def test_shares_counts_names_and_short_names(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "item;country;group;option;count;n_missing\n"
        "q1;United States;;Yes;30;4\nq1;United States;;否;10;4\n"
        "q1;us;female;1;6;\nq1;us;female;2;18;\n"
        "q1;Germany;age_le29;1;0;\nq1;Germany;age_le29;2;5;\n",
        ASKED,
    )
    assert found.reference.cells == (
        ReferenceCell("q1", {1: 0.75, 2: 0.25}, 40, "US", n_missing=4),
        ReferenceCell("q1", {1: 0.25, 2: 0.75}, 24, "US", "sex=female"),
        ReferenceCell("q1", {1: 0.0, 2: 1.0}, 5, "DE", "age=18-29"),
    )
    assert found.report.counts == {} and found.instrument is None and found.reference.id == "human"


def test_multiple_choice_by_the_questionnaire_or_by_a_column(tmp_path: Path) -> None:
    by_item = read(tmp_path, "item,option,count,n\nq2,1,30,40\nq2,2,20,40\n", ASKED).reference.cells
    by_column = read(tmp_path, "item,option,share,n,multiple\nq2,1,.75,40,yes\nq2,2,.5,40,yes\n").reference.cells
    assert by_item == by_column == (ReferenceCell("q2", {1: 0.75, 2: 0.5}, 40, is_multiple=True),)


BAD = {
    "sum": ("q1,US,all,1,0.5,\nq1,US,all,2,0.3,\n", "unsound_shares", "sum to 0.8000"),
    "negative": ("q1,US,all,1,1.2,\nq1,US,all,2,-0.2,\n", "unsound_shares", "option 1 is 1.2"),
    "no number": ("q1,US,all,1,half,\n", "unreadable", "row 4, share: found 'half'"),
    "decimal comma": ('q1,US,all,1,"0,5",\n', "unreadable", "found '0,5'"),
    "nan": ("q1,US,all,1,nan,\n", "unsound_shares", "option 1 is nan"),
    "empty": ("q1,US,all,1,,\n", "unreadable", "row 4 has no share"),
    "country": ("q1,Atlantis,all,1,1,\n", "unknown_country", "'Atlantis' is not known"),
    "group": ("q1,US,women,1,1,\n", "unreadable", "'women' is no group"),
    "option": ("q1,US,all,Perhaps,1,\n", "unknown_option", "no option is called 'Perhaps'"),
    "twice": ("q1,US,all,1,0.5,\nq1,US,all,Yes,0.5,\n", "doubled", "row 5: option 1 stands there twice"),
    "item": ("q9,US,all,1,1,\n", "unknown_item", "does not ask it"),
    "no item": (",US,all,1,1,\n", "unreadable", "row 4 has no item"),
    "n": ("q1,US,all,1,0.5,10\nq1,US,all,2,0.5,11\n", "unreadable", "row 5: n, n_missing or multiple differs"),
}


@pytest.mark.parametrize("name", BAD)
def test_every_fault_is_named_and_the_rest_is_used(name: str, tmp_path: Path) -> None:
    rows, kind, told = BAD[name]
    good = "item,country,group,option,share,n\nq1,JP,all,1,0.5,8\nq1,JP,all,2,0.5,8\n"
    found = read(tmp_path, good + rows, ASKED)
    (fault,) = found.report.faults
    assert fault.kind == kind and told in fault.what and fault.remedy
    assert found.reference.cells == (ReferenceCell("q1", {1: 0.5, 2: 0.5}, 8, "JP"),)


def test_a_text_needs_a_questionnaire_and_counts_have_to_fit_n(tmp_path: Path) -> None:
    found = read(tmp_path, "item,option,count,n\na,1,5,9\na,2,5,9\nb,1,0,\nb,2,0,\nc,yes,1,\nd,1,3,3\n")
    told = {fault.item: (fault.kind, fault.what) for fault in found.report.faults}
    assert told["a"] == ("unsound_shares", "the counts sum to 10 and n is 9")
    assert told["b"] == ("no_cases", "nobody answered")
    assert told["c"] == ("unknown_option", "row 6: option 'yes' is no code")
    assert found.reference.items == ("d",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no rows"),
        ("item,option,share\n", "holds no rows"),
        ("item,share\nq1,1\n", "column option is missing"),
        ("item,option\nq1,1\n", "give share or count"),
        ("item,option,share,count\nq1,1,1,1\n", "give share or count"),
        ("item,question,option,share\nq1,q1,1,1\n", "item is told by two columns"),
        ("item,option,option,share\nq1,1,1,1\n", "option stands there twice"),
        ('item,option,share\n"q1,1,1\n', "is no CSV"),
        ("item,option,share\nq1,1,1,1\n", "4 cells where the header has 3"),
        ("item,option,share\nq1,1,7\n", "no human answers could be taken"),
    ],
)
def test_what_is_no_such_table(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=told):
        read(tmp_path, text)


def test_a_gzipped_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "human.csv.gz"
    path.write_text("item,option,share\nq1,1,1\n")
    with pytest.raises(InstrumentError, match="cannot be read"):
        import_tidy([path])
    path.write_bytes(gzip.compress(b"item,option,share\nq1,1,1\n"))
    assert import_tidy([path]).reference.items == ("q1",)


# ---- the real files --------------------------------------------------------------------------------------------------


def test_wvs_shares_by_country(shared_data: Path) -> None:
    path = shared_data / "derived" / "wvs7_12countries_50q_distributions.csv"
    found = import_tidy([path])
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["country"] == "South Korea" and row["question"] == "Q158"]
    cell = found.reference.cell("Q158", "KR")
    assert cell is not None and cell.n == float(rows[0]["n_valid"]) and cell.n_missing == float(rows[0]["n_dk_na"])
    total = sum(float(row["p"]) for row in rows)
    assert cell.shares == pytest.approx({int(row["option"]): float(row["p"]) / total for row in rows}, abs=1e-12)
    assert len(found.reference.cells) == 578 and len(found.reference.countries) == 12
    assert set(found.report.counts) == {"renormalised"}


def test_wvs_counts_by_sex_and_age(shared_data: Path) -> None:
    folder = shared_data / "derived"
    path = folder / "wvs7_us_egypt_n303_by_sex_age.csv.gz"
    instrument = import_wvs([folder / "wvs7_distributions_merged.json"]).instrument
    assert instrument is not None
    found = import_tidy([path], instrument=instrument)
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["country"] == "Egypt" and row["question"] == "Q1":
                counts[row["question"], row["group"]][row["answer"]] = int(row["count"])
    texts = {option.text["en"]: option.code for option in instrument.item("Q1").options}
    names = {"all": "all", "male": "sex=male", "female": "sex=female", "age_le29": "age=18-29"}
    for group, name in (names | {"age_30_49": "age=30-49", "age_ge50": "age=50+"}).items():
        cell, raw = found.reference.cell("Q1", "EG", name), counts["Q1", group]
        assert cell is not None and cell.n == sum(raw.values())
        assert cell.shares == pytest.approx({texts[text]: n / sum(raw.values()) for text, n in raw.items()})
    whole, men, women = (found.reference.cell("Q1", "EG", name) for name in ("all", "sex=male", "sex=female"))
    assert whole and men and women and whole.n == 303 == (men.n or 0) + (women.n or 0)
    assert set(found.report.counts) == {"unknown_item", "unknown_option"}
    assert {fault.item for fault in found.report.faults if fault.kind == "unknown_option"} == {"Q36", "Q41", "Q152"}
