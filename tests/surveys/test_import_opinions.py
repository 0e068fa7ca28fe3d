"""OpinionQA and GlobalOpinionQA: the real files against a second reading with json, and every way a line is wrong."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import InstrumentError
from surveys.importers.opinions import import_opinions
from surveys.importers.reference_report import ImportedReference, Wanted
from surveys.reference_check import check_reference

MISSING = re.compile("dk/|don't know|no answer|missing|other missing|inap")
"""How the fourteen options that are no answer begin, read off a list of all options of the file."""


def lines_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def opinionqa(shared_data: Path) -> Path:
    return shared_data / "derived" / "opinionqa_494q_sex_race_party.jsonl.gz"


@pytest.fixture(scope="module")
def globalqa(shared_data: Path) -> Path:
    return shared_data / "derived" / "globalopinionqa_union.jsonl.gz"


def test_opinionqa_is_read_whole(opinionqa: Path) -> None:
    found, rows = import_opinions([opinionqa], "opinionqa"), lines_of(opinionqa)
    assert found.instrument is not None
    # By an independent rule: shares that lost mass, or option texts of one question that read the same.
    torn = {row["key"] for row in rows if sum(row["p"]) < 0.95}
    alike = {row["key"] for row in rows if len({text.casefold() for text in row["options"]}) < len(row["options"])}
    refused = {fault.item for fault in found.report.faults if fault.kind == "refused_item"}
    assert refused == torn | alike and len(refused) == 76
    assert len(found.reference.cells) == sum(row["key"] not in refused for row in rows)
    assert [item.id for item in found.instrument.items] == list(
        dict.fromkeys(row["key"] for row in rows if row["key"] not in refused)
    )
    for row in rows[:500]:
        cell = found.reference.cell(row["key"], "US", _group(row))
        if row["key"] in refused:
            assert cell is None
            continue
        assert cell is not None
        kept = [
            (n, p) for n, (text, p) in enumerate(zip(row["options"], row["p"], strict=True), 1) if text != "Refused"
        ]
        total = sum(p for _, p in kept)
        assert cell.shares == pytest.approx({code: p / total for code, p in kept}, abs=1e-12)
        assert (cell.n or 0) + (cell.n_missing or 0) == row["n"]
        assert cell.n_missing == pytest.approx(row["n"] * (1 - total / sum(row["p"])), abs=0.5)
    refusals = sum(row["key"] not in refused and row["p"][row["options"].index("Refused")] > 0 for row in rows)
    assert found.report.counts["missing_category"] == refusals


def _pairs(row: dict[str, Any]) -> list[tuple[str, float]]:
    return [(text.strip(), p) for text, p in zip(row["options"], row["p"], strict=True)]


def _group(row: dict[str, Any]) -> str:
    name = {"SEX": "sex", "RACE": "race", "POLPARTY": "party"}[row["attribute"]]
    return f"{name}={row['group'].lower().replace(' ', '-')}"


def test_globalopinionqa_is_read_whole(globalqa: Path) -> None:
    found, rows = import_opinions([globalqa], "globalopinionqa"), lines_of(globalqa)
    assert found.instrument is not None
    offered = {option.text["en"] for item in found.instrument.items for option in item.options}
    texts = {text.strip() for row in rows for text in row["options"]}
    missing = {text for text in texts if MISSING.match(text.lower())}
    assert not missing & offered
    # Two questions come in two spellings from two mirrors; one is kept, and in one the words differ too.
    lost = texts - missing - offered
    assert len(lost) <= 5 and all("Hussein" in text or "different points" in text or "Islamic" in text for text in lost)
    assert len(missing) == 14
    assert len(found.instrument.items) == len({row["question"].replace("'", "").strip() for row in rows})
    nobody = [row for row in rows if sum(p for text, p in _pairs(row) if text not in missing) == 0]
    assert len(found.reference.cells) == len(rows) - len(nobody) - 1
    assert (found.report.counts["unknown_option"], found.report.counts["no_cases"]) == (1, len(nobody))
    countries = Counter(row["country"] for row in rows)
    assert sum(cell.country == "JP" for cell in found.reference.cells) == countries["Japan"]
    samples = Counter((cell.country, cell.group) for cell in found.reference.cells)
    assert samples["IN", "all"] == countries["India (Current national sample)"]
    assert samples["IN", "sample=non-national"] == countries["India (Non-national sample)"]
    assert samples["IN", "sample=old-national"] == countries["India (Old national sample)"]
    assert samples["GB", "all"] == countries["Britain"] + countries["Great Britain"]
    assert "unknown_country" not in found.report.counts


def test_what_is_taken_of_the_real_files_fits_its_own_questions(globalqa: Path) -> None:
    found = import_opinions([globalqa], "globalopinionqa", Wanted(countries=("US", "DE")))
    assert found.instrument is not None and {cell.country for cell in found.reference.cells} == {"US", "DE"}
    check = check_reference(found.reference, found.instrument)
    assert len(check.usable.cells) == len(found.reference.cells)
    assert set(check.counts) <= {"zero_option", "n_unknown", "country_without_data"}


# ---- what is wrong ---------------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {
    "key": "A",
    "question": "So?",
    "attribute": "SEX",
    "group": "Female",
    "n": 50,
    "options": ["Yes", "No", "Refused"],
    "p": [0.6, 0.2, 0.2],
}


def read(folder: Path, *rows: dict[str, Any]) -> ImportedReference:
    path = folder / "polls.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return import_opinions([path], "opinionqa")


def test_refused_is_left_out_with_its_people(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    (cell,) = found.reference.cells
    # 30, 10 and 10 of 50 people
    assert cell.shares == pytest.approx({1: 0.75, 2: 0.25})
    assert (cell.n, cell.n_missing, cell.country, cell.group) == (40, 10, "US", "sex=female")
    assert found.report.counts == {"missing_category": 1}


@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"options": ["Yes", "No"]}, "unreadable", "line 2"),
        ({"p": [0.6, 0.2, "x"]}, "unreadable", "line 2"),
        ({"p": [0.6, 0.6, -0.2]}, "unreadable", "line 2"),
        ({"question": ""}, "unreadable", "line 2"),
        ({"n": "many"}, "unreadable", "line 2"),
        ({"options": ["Yes", "yes", "No"]}, "refused_item", "2 options read 'yes'"),
        ({"options": ["Yes", "DK/Refused", "Refused"]}, "refused_item", "there is only one"),
        ({"options": ["Yes, now", "always", "No"], "p": [0.0, 0.0, 0.3]}, "refused_item", "option texts were cut"),
        ({"p": [0.0, 0.0, 1.0]}, "no_cases", "nobody gave a substantive answer"),
        ({"key": "A", "group": "Male", "options": ["Yes", "Never"], "p": [0.5, 0.5]}, "unknown_option", "Never"),
        ({"key": "A"}, "doubled", "a second time"),
    ],
)
def test_every_fault_is_named_and_the_rest_is_used(
    changes: dict[str, Any], kind: str, told: str, tmp_path: Path
) -> None:
    found = read(tmp_path, GOOD, GOOD | {"key": "B"} | changes)
    faults = [fault for fault in found.report.faults if fault.kind != "missing_category"]
    assert [fault.kind for fault in faults] == [kind] and told in faults[0].what and faults[0].remedy
    assert [cell.item for cell in found.reference.cells] == ["A"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1 is no JSON"),
        ("[]", "line 1 lacks key, question"),
        ('{"question": "So?", "country": "Japan", "options": [], "p": []}', "line 1 lacks key, attribute, group, n"),
        ("", "no human answers could be taken"),
    ],
)
def test_what_is_no_such_file(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "polls.jsonl"
    path.write_text(text)
    with pytest.raises(InstrumentError, match=told):
        import_opinions([path], "opinionqa")
    with pytest.raises(InstrumentError, match="2 files given"):
        import_opinions([path, path], "opinionqa")


def test_a_country_that_is_not_known_is_named(tmp_path: Path) -> None:
    path = tmp_path / "polls.jsonl"
    rows = [
        {"question": "So?", "country": name, "options": ["Yes", "No"], "p": [0.5, 0.5]} for name in ("Japn", "Peru")
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    found = import_opinions([path], "globalopinionqa")
    (fault,) = found.report.faults
    assert fault.kind == "unknown_country" and "did you mean 'Japan'?" in fault.remedy
    assert found.reference.countries == ("PE",)
