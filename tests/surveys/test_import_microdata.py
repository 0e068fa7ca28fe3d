"""Microdata in SPSS, Stata and CSV: shares derived by hand here, and every fault of a file or codebook named."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from simulator.errors import InstrumentError
from surveys.importers.codebook import read_codebook
from surveys.importers.microdata import import_microdata
from surveys.importers.reference_report import ImportedReference, Wanted
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption

# Twelve people, written out so that every share below can be added up by hand.
#         country sex age weight trust a  b  heard
PEOPLE = [
    (840, 1, 20, 1.0, 1, 1, 0, "tv"),
    (840, 1, 25, 2.0, 2, 0, 0, "tv,radio"),
    (840, 2, 29, 3.0, 1, 1, 1, "web"),
    (840, 2, 30, 0.5, -1, 9, 9, ""),
    (840, 2, 49, 1.5, 2, 9, 1, "tv, web"),
    (840, 1, 50, 4.0, 1, 0, 1, "none"),
    (840, 2, 90, 2.0, 3, 1, 0, "radio"),
    (156, 1, 40, 1.0, 2, 0, 0, "tv"),
    (156, 2, 999, 1.0, 1, 1, 1, "tv"),
    (156, 2, 17, 0.0, 1, 1, 1, "tv"),
    (156, 1, 60, None, 2, 1, 1, "tv"),
    (276, 1, 60, 1.0, 2, 1, 1, "tv"),
]
COLUMNS = ["CNTRY", "SEX", "AGE", "WEIGHT", "TRUST", "HELP_A", "HELP_B", "HEARD"]
FRAME = pd.DataFrame(PEOPLE, columns=COLUMNS)

CODEBOOK = """
id = "made-up"
title = "Made up"
source = "twelve people"
year = 2024
licence = "CC0"
weight = "WEIGHT"
[country]
variable = "CNTRY"
values = {"840" = "US", "156" = "China"}
[sex]
variable = "SEX"
values = {"1" = "male", "2" = "female"}
[age]
variable = "AGE"
missing = [999]
[items.trust]
variable = "TRUST"
codes = {"1" = 1, "2" = 2}
missing = ["-1"]
[items.helped]
variables = {HELP_A = 1, HELP_B = 2}
missing = [9]
[items.heard]
variable = "HEARD"
separator = ","
codes = {"tv" = 1, "radio" = 2, "web" = 3}
missing = ["none"]
"""


def _sav(frame: pd.DataFrame, path: Path) -> None:
    pyreadstat.write_sav(frame, str(path))


def _dta(frame: pd.DataFrame, path: Path) -> None:
    pyreadstat.write_dta(frame, str(path))


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {"sav": _sav, "dta": _dta, "csv": _csv}


def read(
    folder: Path, frame: pd.DataFrame = FRAME, codebook: str = CODEBOOK, ending: str = "sav", **more: Any
) -> ImportedReference:
    path, book = folder / f"people.{ending}", folder / "codebook.toml"
    WRITERS[ending](frame, path)
    book.write_text(codebook, encoding="utf-8")
    return import_microdata(path, book, **more)


@pytest.mark.parametrize("ending", WRITERS)
def test_shares_are_those_added_up_by_hand(ending: str, tmp_path: Path) -> None:
    found = read(tmp_path, ending=ending).reference

    def told(item: str, country: str, group: str) -> tuple[dict[int, float], float | None, float | None]:
        cell = found.cell(item, country, group)
        assert cell is not None
        return dict(cell.shares), cell.n, cell.n_missing

    # Trust, US: answered by weights 1, 2, 3, 1.5, 4 (the 3 of the last is no code): 8 of 11.5 chose 1.
    assert told("trust", "US", "all") == (pytest.approx({1: 8 / 11.5, 2: 3.5 / 11.5}), 5, 2)
    assert told("trust", "US", "sex=male") == (pytest.approx({1: 5 / 7, 2: 2 / 7}), 3, 0)
    assert told("trust", "US", "age=18-29") == (pytest.approx({1: 4 / 6, 2: 2 / 6}), 3, 0)
    assert told("trust", "US", "age=30-49") == ({1: 0.0, 2: 1.0}, 1, 1)
    assert told("trust", "US", "age=50+") == ({1: 1.0, 2: 0.0}, 1, 1)
    assert told("trust", "US", "age=18-29 & sex=male") == (pytest.approx({1: 1 / 3, 2: 2 / 3}), 2, 0)
    # China: weights 1 and 1; the two without a weight above 0 do not count at all.
    assert told("trust", "CN", "all") == ({1: 0.5, 2: 0.5}, 2, 0)
    # Helped, US: everybody but the fourth; the fifth did not say a. a: 1 + 3 + 2; b: 3 + 1.5 + 4; of 13.5.
    assert told("helped", "US", "all") == (pytest.approx({1: 6 / 13.5, 2: 8.5 / 13.5}), 6, 1)
    # Heard, US: the fourth and the sixth gave no answer. tv: 1 + 2 + 1.5; radio: 2 + 2; web: 3 + 1.5; of 9.5.
    assert told("heard", "US", "all") == (pytest.approx({1: 4.5 / 9.5, 2: 4 / 9.5, 3: 4.5 / 9.5}), 5, 2)
    assert found.cell("heard", "US").is_multiple and not found.cell("trust", "US").is_multiple  # type: ignore[union-attr]
    assert (found.id, found.title, found.year, found.licence, found.weighted) == (
        "made-up",
        "Made up",
        2024,
        "CC0",
        True,
    )


@pytest.mark.parametrize("ending", WRITERS)
def test_everything_odd_is_named_and_counted(ending: str, tmp_path: Path) -> None:
    report = read(tmp_path, ending=ending).report
    told = {(fault.kind, fault.item, fault.country, fault.group, fault.what) for fault in report.faults}
    odd = "values that the codebook does not know"
    assert {one for one in told if one[0] != "no_cases"} == {
        ("odd_weight", "", "", "", "2 respondents of 12 without a weight above 0 in WEIGHT, left out"),
        ("unknown_country", "", "276", "", "CNTRY is '276' for 1 respondent, left out"),
        ("odd_value", "", "", "", f"AGE holds {odd}: '17' (1); taken as no answer"),
        ("odd_value", "trust", "", "", f"TRUST holds {odd}: '3' (1); taken as no answer"),
    }
    empty = {(item, group) for kind, item, country, group, _ in told if kind == "no_cases" and country == "CN"}
    assert ("trust", "age=50+") in empty and ("trust", "age=30-49") not in empty
    assert all(fault.remedy for fault in report.faults)


def test_without_weights_everybody_counts_one(tmp_path: Path) -> None:
    book = CODEBOOK.replace('weight = "WEIGHT"\n', "")
    found = read(tmp_path, codebook=book).reference
    cell = found.cell("trust", "US")
    assert cell is not None and cell.shares == pytest.approx({1: 3 / 5, 2: 2 / 5}) and not found.weighted
    assert found.cell("trust", "CN").n == 4  # type: ignore[union-attr]


def test_a_questionnaire_gives_codes_and_missing(tmp_path: Path) -> None:
    options = [ResponseOption(1, {"en": "Yes"}), ResponseOption(2, {"en": "No"})]
    options.append(ResponseOption(3, {"en": "Cannot say"}, missing="dont_know"))
    asked = Instrument("a", {"en": "A"}, (Item("trust", {"en": "So?"}, ResponseFormat.SINGLE, tuple(options)),))
    book = CODEBOOK.partition("[items.trust]")[0] + '[items.trust]\nvariable = "TRUST"\nmissing = [-1]\n'
    found = read(tmp_path, codebook=book, instrument=asked)
    cell = found.reference.cell("trust", "US")
    assert cell is not None and cell.shares == pytest.approx({1: 8 / 11.5, 2: 3.5 / 11.5}) and cell.n_missing == 2
    assert not any(fault.item == "trust" and fault.kind == "odd_value" for fault in found.report.faults)


def test_one_country_for_everybody_and_a_choice_of_items(tmp_path: Path) -> None:
    before, _, after = CODEBOOK.partition("[country]")
    book = 'country = "JP"\n' + before + "[sex]" + after.partition("[sex]")[2]
    found = read(tmp_path, codebook=book, wanted=Wanted(items=("heard", "new"), countries=("JP",)))
    assert found.reference.countries == ("JP",) and found.reference.items == ("heard",)
    assert ("unknown_item", "new") in {(fault.kind, fault.item) for fault in found.report.faults}


def test_a_declared_missing_value_of_spss_is_read_as_the_value_it_is(tmp_path: Path) -> None:
    path, book = tmp_path / "people.sav", tmp_path / "codebook.toml"
    pyreadstat.write_sav(FRAME, str(path), missing_ranges={"TRUST": [-1, 3]})
    book.write_text(CODEBOOK, encoding="utf-8")
    found = import_microdata(path, book)
    assert found.reference.cell("trust", "US").n_missing == 2  # type: ignore[union-attr]
    assert any("TRUST holds values" in fault.what for fault in found.report.faults)


# ---- files and codebooks that are no good ----------------------------------------------------------------------------


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    book = tmp_path / "codebook.toml"
    book.write_text(CODEBOOK, encoding="utf-8")
    for name, content, told in (
        ("a.sav", b"nothing", "cannot be read"),
        ("a.dta", b"nothing", "cannot be read"),
        ("a.xlsx", b"nothing", r"\.sav, \.dta or \.csv files"),
        ("a.csv", b"CNTRY,SEX\n1,2\n", "has no variable WEIGHT, AGE, TRUST"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InstrumentError, match=told):
            import_microdata(tmp_path / name, book)
    with pytest.raises(InstrumentError, match="there is no such file"):
        import_microdata(tmp_path / "none.sav", book)
    with pytest.raises(InstrumentError, match="no human answers could be taken"):
        read(tmp_path, FRAME.assign(WEIGHT=0.0))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "made-up"', "", "id: is missing"),
        ('"156" = "China"', '"156" = "Atlantis"', "country, values, '156': 'Atlantis' is no country"),
        ('[country]\nvariable = "CNTRY"', "[country]", "country, variable: is missing"),
        ('"2" = "female"', '"2" = 3', "sex, values: found"),
        ("missing = [999]", 'bands = ["18-29", "29-40"]', "age, bands: '29-40' begins before"),
        ("missing = [999]", 'bands = ["young"]', "age, bands: 'young' is no band"),
        ("missing = [999]", "missing = 999", "age, missing: found 999"),
        ('variable = "TRUST"', "", "items.trust, variable: one of variable and variables is needed"),
        ('variable = "TRUST"\ncodes = {"1" = 1, "2" = 2}', 'variable = "TRUST"', "items.trust, codes: are missing"),
        ('missing = ["-1"]', 'missing = ["2"]', "items.trust, missing: 2 is an answer and missing at once"),
        ('codes = {"1" = 1, "2" = 2}', 'codes = {"1" = "one"}', "items.trust, codes: found"),
        ('missing = ["-1"]', 'mising = ["-1"]', "key 'mising': is not known; did you mean 'missing'?"),
        ("year = 2024", 'wieght = "W"', "key 'wieght'"),
        (CODEBOOK.partition("[items.trust]")[2], "\n", "items.trust"),
    ],
)
def test_every_fault_of_a_codebook_is_named(old: str, new: str, told: str, tmp_path: Path) -> None:
    assert old in CODEBOOK
    path = tmp_path / "codebook.toml"
    path.write_text(CODEBOOK.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"codebook\.toml: \d+ fault") as caught:
        read_codebook(path)
    assert told in str(caught.value)


def test_a_codebook_has_to_fit_the_questionnaire(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(CODEBOOK, encoding="utf-8")
    options = (ResponseOption(1, {"en": "a"}), ResponseOption(2, {"en": "b"}))
    items = (Item("helped", {"en": "?"}, ResponseFormat.SINGLE, options),)
    with pytest.raises(InstrumentError) as caught:
        read_codebook(path, Instrument("a", {"en": "A"}, items))
    assert "items.helped: the item is single, the codebook says multiple" in str(caught.value)
    assert "items.trust: the questionnaire has no such item" in str(caught.value)


# ---- the page --------------------------------------------------------------------------------------------------------


def test_the_codebook_of_the_page_reads_the_file_it_describes(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "references.md").read_text(encoding="utf-8")
    (text,) = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]
    assert set(tomllib.loads(text)["items"]) == {"trust", "helped", "heard"}
    names = {"TRUST": "V1", "HELP_A": "HELP_SHOP", "HELP_B": "HELP_CARE", "HEARD": "SOURCES"}
    frame = FRAME.rename(columns=names).replace({"HEARD": {"none": ""}})
    found = read(tmp_path, frame, text)
    cell = found.reference.cell("trust", "US")
    assert cell is not None and cell.shares == pytest.approx({1: 8 / 11.5, 2: 3.5 / 11.5})
    assert found.reference.items == ("trust", "helped", "heard")
