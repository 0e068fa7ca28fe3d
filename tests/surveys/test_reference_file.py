"""A reference file: what is written is read again as it was; what is wrong in one is named, and the rest is used."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from strategies_reference import human_references, plain_reference

from simulator.errors import InstrumentError
from surveys.reference import HumanReference, ReferenceCell
from surveys.reference_file import FORMAT, read_reference, read_what_is_usable, reference_text, write_reference


@settings(max_examples=150, deadline=None)
@given(human_references)
def test_every_reference_survives_its_file(reference: HumanReference) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "r.json"
        write_reference(reference, path)
        found = read_reference(path)
    assert found == reference
    assert [list(cell.shares) for cell in found.cells] == [list(cell.shares) for cell in reference.cells]


def test_a_cell_is_a_line_and_defaults_are_left_out() -> None:
    lines = reference_text(plain_reference()).splitlines()
    assert '  {"item": "item-0", "shares": {"1": 0.5, "2": 0.5}, "country": "CN"},' in lines
    assert len(lines) == 1 + 8 + 1 + 4 + 2


def test_a_file_is_not_written_over_unless_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    write_reference(plain_reference(), path)
    with pytest.raises(InstrumentError, match="there is a file of that name"):
        write_reference(plain_reference("other"), path)
    write_reference(plain_reference("other"), path, force=True)
    assert read_reference(path).id == "other"
    with pytest.raises(InstrumentError, match="cannot be written"):
        write_reference(plain_reference(), tmp_path / "none" / "r.json")


def write_cells(folder: Path, *cells: Any, **head: Any) -> Path:
    path = folder / "r.json"
    data = {"format": FORMAT, "id": "x", "title": "X", "source": "made up", "cells": list(cells)} | head
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


BAD_CELLS = {
    "sum": ({"item": "q", "shares": {"1": 0.5, "2": 0.3}}, "unsound_shares", "the shares sum to 0.8000"),
    "negative": ({"item": "q", "shares": {"1": 1.2, "2": -0.2}}, "unsound_shares", "share of option 1 is 1.2"),
    "none": ({"item": "q", "shares": {}}, "no_cases", "has no options"),
    "no shares": ({"item": "q"}, "unreadable", "shares is missing"),
    "text": ({"item": "q", "shares": {"1": "half", "2": 0.5}}, "unreadable", "shares found"),
    "no code": ({"item": "q", "shares": {"one": 1.0}}, "unreadable", "shares found"),
    "same code": ({"item": "q", "shares": {"1": 0.5, "01": 0.5}}, "unreadable", "shares found"),
    "no item": ({"shares": {"1": 1.0}}, "unreadable", "item is missing"),
    "n": ({"item": "q", "shares": {"1": 1.0}, "n": -3}, "unreadable", "n is -3"),
    "key": ({"item": "q", "shares": {"1": 1.0}, "N": 3}, "unreadable", "key 'N' is not known"),
    "doubled": ({"item": "good", "shares": {"1": 1.0}}, "doubled", "is there a second time"),
}


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_faulty_cell_is_named_and_the_others_are_used(name: str, tmp_path: Path) -> None:
    bad, kind, told = BAD_CELLS[name]
    path = write_cells(tmp_path, {"item": "good", "shares": {"1": 0.5, "2": 0.5}}, bad)
    reference, (fault,) = read_what_is_usable(path)
    assert reference.cells == (ReferenceCell("good", {1: 0.5, 2: 0.5}),)
    assert fault.kind == kind and told in fault.what and fault.remedy
    with pytest.raises(InstrumentError, match="1 fault") as caught:
        read_reference(path)
    assert told in str(caught.value)


def test_cut_decimals_are_made_to_sum_to_one_and_counted(tmp_path: Path) -> None:
    path = write_cells(tmp_path, {"item": "q", "shares": {"1": 0.33, "2": 0.33, "3": 0.33}})
    reference, (fault,) = read_what_is_usable(path)
    assert fault.kind == "renormalised" and "0.9900" in fault.what
    assert reference.cells[0].shares == pytest.approx({1: 1 / 3, 2: 1 / 3, 3: 1 / 3}, abs=1e-15)
    assert read_reference(path) == reference


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no JSON"),
        ("[1]", "is no reference file: format is None"),
        ('{"format": "other"}', "format is 'other'"),
        (f'{{"format": "{FORMAT}", "cells": []}}', "id: is missing"),
        (f'{{"format": "{FORMAT}", "id": 3, "cells": [], "size": 2}}', "key 'size'"),
        (f'{{"format": "{FORMAT}", "id": "x", "cells": [7]}}', "give a list of objects"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ("[" * 100 + "]" * 100, "nested too deeply"),
    ],
)
def test_what_is_no_reference_file_is_refused(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"r\.json") as caught:
        read_what_is_usable(path)
    assert told in str(caught.value)


@pytest.mark.parametrize("facts", [{"n": -1.0}, {"n": float("nan")}, {"n_missing": float("inf")}, {"shares": {}}])
def test_a_cell_is_checked_when_it_is_made(facts: dict[str, Any]) -> None:
    with pytest.raises(InstrumentError, match="item 'q'"):
        ReferenceCell(**({"item": "q", "shares": {1: 1.0}} | facts))
