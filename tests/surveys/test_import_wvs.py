"""The World Values Survey importer against the real file, read a second time here with nothing but json and csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import InstrumentError
from surveys.importers.reference_report import ImportedReference, Wanted
from surveys.importers.wvs import import_wvs
from surveys.instrument import ResponseFormat
from surveys.reference_check import check_reference

CODES = {
    "United States": "US",
    "China": "CN",
    "Egypt": "EG",
    "Japan": "JP",
    "Bangladesh": "BD",
    "Germany": "DE",
    "Greece": "GR",
    "South Korea": "KR",
    "Brazil": "BR",
    "Argentina": "AR",
    "Mexico": "MX",
    "Turkey": "TR",
    "Iraq": "IQ",
    "Jordan": "JO",
}


@pytest.fixture(scope="module")
def merged(shared_data: Path) -> Path:
    path = shared_data / "derived" / "wvs7_distributions_merged.json"
    if not path.is_file():
        pytest.skip("the WVS distributions are not here")
    return path


@pytest.fixture(scope="module")
def counts(shared_data: Path) -> Path:
    return shared_data / "derived" / "wvs7_12countries_50q_distributions.csv"


@pytest.fixture(scope="module")
def raw(merged: Path) -> dict[str, Any]:
    return dict(json.loads(merged.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def imported(merged: Path) -> ImportedReference:
    return import_wvs([merged])


def write(folder: Path, data: Mapping[str, Any]) -> Path:
    path = folder / "wvs.json"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


# ---- the real file ---------------------------------------------------------------------------------------------------


def test_every_share_of_the_file_is_there(imported: ImportedReference, raw: dict[str, Any]) -> None:
    expected = {(q, CODES[name]): cell for q, one in raw.items() for name, cell in one["dist"].items()}
    assert len(imported.reference.cells) == len(expected) == 816
    for cell in imported.reference.cells:
        source = expected[cell.item, cell.country]
        total = sum(source["p"].values())
        assert cell.shares == pytest.approx({int(code): p / total for code, p in source["p"].items()}, abs=1e-12)
        assert cell.note == source["source"] and cell.group == "all" and cell.n is None
    off = [1 for cell in expected.values() if abs(sum(cell["p"].values()) - 1) > 1e-6]
    assert imported.report.counts == {"renormalised": len(off)} and len(off) == 255


def test_earlier_renormalisation_is_counted(imported: ImportedReference, raw: dict[str, Any]) -> None:
    cells = [cell for one in raw.values() for cell in one["dist"].values() if "renormalised" in cell["source"]]
    sums = [(float(cell["source"].split("from ")[1].rstrip(")")), len(cell["p"])) for cell in cells]
    far = [1 for total, k in sums if abs(total - 1) > 0.01 * k + 1e-9]
    warnings = "\n".join(imported.report.warnings)
    assert f"{len(cells)} of 816 cells are shares of two decimals" in warnings
    assert f"{len(far)} of these summed to less than rounding explains" in warnings and len(far) > 0


def test_questions_keep_ids_codes_and_texts(imported: ImportedReference, raw: dict[str, Any]) -> None:
    instrument = imported.instrument
    assert instrument is not None and instrument.languages == ("en",)
    assert [item.id for item in instrument.items] == list(raw)
    for item in instrument.items:
        assert [option.code for option in item.options] == sorted(map(int, raw[item.id]["options"]))
        assert not item.text["en"].startswith("On a scale")
        tail = (raw[item.id]["question"] or raw[item.id]["en_lily"][0]).strip()
        assert tail.endswith(item.text["en"][1:])
    assert instrument.item("Q1").text["en"] == "How important is family in your life?"
    scales = {item.id for item in instrument.items if item.format is ResponseFormat.SCALE}
    assert scales == {"Q158", "Q159", "Q160", "Q161", "Q162"}


def test_languages_are_those_in_which_every_item_is_whole(merged: Path, raw: dict[str, Any]) -> None:
    both = import_wvs([merged], Wanted(items=("Q1", "Q27"))).instrument
    assert both is not None and both.languages == ("en", "zh", "ja")
    assert both.item("Q1").text["zh"] == raw["Q1"]["zh"][0]
    assert [f"{one.code}. {one.text['ja']}" for one in both.item("Q1").options] == raw["Q1"]["ja"][1]
    # Q36 has no Chinese text; of Q158 the Chinese options are the two ends of the scale.
    some = import_wvs([merged], Wanted(items=("Q1", "Q36", "Q158")))
    assert some.instrument is not None and some.instrument.languages == ("en",)
    assert "no zh: 2 items lack the text or an option in it: 'Q36', 'Q158'" in some.report.warnings


def test_items_can_be_chosen_by_language(merged: Path, raw: dict[str, Any]) -> None:
    found = import_wvs([merged], Wanted(countries=("US", "CN"), languages=("en", "zh")))
    whole = [q for q, one in raw.items() if one["zh"] and len(one["zh"][1]) == len(one["options"])]
    asked = [q for q in whole if {"United States", "China"} & set(raw[q]["dist"])]
    assert found.instrument is not None and found.instrument.languages == ("en", "zh")
    assert [item.id for item in found.instrument.items] == asked
    assert {cell.country for cell in found.reference.cells} == {"US", "CN"}
    assert {fault.item for fault in found.report.faults if fault.kind == "refused_item"} == set(raw) - set(whole)


def test_counts_put_n_behind_the_shares_that_agree(merged: Path, counts: Path) -> None:
    found = import_wvs([merged, counts]).reference
    with counts.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = {(row["question"], CODES[row["country"]]): (float(row["n_valid"]), float(row["n_dk_na"])) for row in rows}
    with_n = {(cell.item, cell.country): (cell.n, cell.n_missing) for cell in found.cells if cell.n is not None}
    assert with_n == {key: known[key] for key in with_n}
    assert len(with_n) == 578  # the cells that come from microdata
    assert all(("microdata" in cell.note) == (cell.n is not None) for cell in found.cells)


def test_the_real_reference_fits_its_own_questionnaire(merged: Path) -> None:
    found = import_wvs([merged], Wanted(countries=("US", "CN")))
    assert found.instrument is not None
    check = check_reference(found.reference, found.instrument)
    assert len(check.usable.cells) == len(found.reference.cells) == 182
    zero = {(cell.item, cell.country) for cell in found.reference.cells if 0 in cell.shares.values()}
    assert {(fault.item, fault.country) for fault in check.of_kind("zero_option")} == zero
    assert set(check.counts) == {"zero_option", "n_unknown", "country_without_data"}


def test_the_file_holds_nothing_recoded(imported: ImportedReference) -> None:
    """Q122 to Q129 come with the codebook's codes 0 to 2 there, ten-point scales with ten options."""
    assert "refused_item" not in imported.report.counts
    found = [cell for cell in imported.reference.cells if cell.item in ("Q122", "Q129")]
    assert found and all(set(cell.shares) == {0, 1, 2} for cell in found)


# ---- what is wrong ---------------------------------------------------------------------------------------------------


def question(options: int = 2, **facts: Any) -> dict[str, Any]:
    shares = {str(code): 1 / options for code in range(1, options + 1)}
    texts = {str(code): f"answer {code}" for code in range(1, options + 1)}
    return {"question": "So?", "options": texts, "dist": {"Japan": {"p": shares, "source": "x"}}} | facts


def faults_of(folder: Path, **questions: dict[str, Any]) -> list[str]:
    found = import_wvs([write(folder, {"Q1": question(), **questions})])
    assert "Q1" in found.reference.items
    return [f"{fault.kind} {fault.item} {fault.country}: {fault.what}" for fault in found.report.faults]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("Q177", question(2), "refused_item Q177 : a ten-point scale of which the file has 2 options"),
        ("Q122", question(3), "refused_item Q122 : has the codes 1, 2, 3; the codebook has 0 disagree"),
        ("Q9", question(2, question=None), "refused_item Q9 : has no English text"),
        ("Q9", question(1), "refused_item Q9 : options: there is only one"),
        (
            "Q9",
            question(options=2) | {"options": {"1": "Yes", "2": "yes"}},
            "refused_item Q9 : options: 2 options read",
        ),
        ("Q9", question() | {"options": ["Yes", "No"]}, "refused_item Q9 : the options are no texts by code"),
        ("Q9", question(dist={"Atlantis": {"p": {"1": 1, "2": 0}}}), "unknown_country Q9 Atlantis: 'Atlantis' is not"),
        ("Q9", question(dist={"Japan": {"p": {"0": 1, "1": 0}}}), "unknown_option Q9 JP: the shares are of 0, 1"),
        ("Q9", question(dist={"Japan": {"p": {"1": 0.5, "2": 0.3}}}), "unsound_shares Q9 JP: the shares sum to 0.8000"),
        ("Q9", question(dist={"Japan": {"p": {"1": "x"}}}), "unreadable Q9 JP: p holds no numbers"),
        ("Q9", question(dist={"Japan": 7}), "unreadable Q9 JP: p holds no numbers"),
        ("Q9", question(dist=7), "unreadable Q9 : dist is no object"),
        (
            "Q9",
            question(dist={"Japan": {"p": {"1": 1, "2": 0}}, "jp": {"p": {"1": 0, "2": 1}}}),
            "doubled Q9 JP: is there a second time",
        ),
    ],
)
def test_every_fault_is_named_and_the_rest_is_used(name: str, data: dict[str, Any], told: str, tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, **{name: data})
    assert fault.startswith(told)


def test_what_was_asked_for_and_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path, {"Q1": question()})
    found = import_wvs([path], Wanted(items=("Q1", "Q5"), countries=("JP", "US")))
    assert {(fault.kind, fault.item, fault.country) for fault in found.report.faults} == {
        ("unknown_item", "Q5", ""),
        ("country_without_data", "", "US"),
    }
    with pytest.raises(InstrumentError, match="no human answers could be taken") as caught:
        import_wvs([path], Wanted(items=("Q5",)))
    assert "unknown_item" in str(caught.value)


def test_a_table_of_counts_with_other_shares_gives_no_n(tmp_path: Path) -> None:
    path = write(tmp_path, {"Q1": question()})
    table = tmp_path / "n.csv"
    table.write_text("country,question,option,p,n_valid,n_dk_na\nJapan,Q1,1,0.6,900,1\nJapan,Q1,2,0.4,900,1\n")
    found = import_wvs([path, table])
    assert found.reference.cells[0].n is None and found.report.counts == {"n_unknown": 1}
    table.write_text("country,question,option,p\nJapan,Q1,1,0.6\n")
    with pytest.raises(InstrumentError, match="column n_valid is missing"):
        import_wvs([path, table])


@pytest.mark.parametrize(
    ("text", "told"), [("{", "is no JSON"), ("[]", "is no WVS file"), ('{"Q1": 3}', "is no WVS file")]
)
def test_what_is_no_such_file(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "wvs.json"
    path.write_text(text)
    with pytest.raises(InstrumentError, match=told):
        import_wvs([path])
    with pytest.raises(InstrumentError, match="2 JSON files given"):
        import_wvs([path, path])
