"""Replies to batteries as models write them, read as a careful person would read them: see battery_cases.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from simulator import battery_reply
from simulator.battery_reply import FAULTS, BatteryEntry, read_battery
from simulator.messages import ShownOption
from simulator.parsing import Reading

SETS = tomllib.loads(Path(__file__).with_name("battery_cases.toml").read_text(encoding="utf-8"))["sets"]
CASES = [(name, case) for name, found in SETS.items() for case in found["cases"]]


def entries_of(facts: dict[str, Any]) -> list[BatteryEntry]:
    missing = facts.get("missing", {})
    options = tuple(
        ShownOption(label, code, text, missing=missing.get(str(code)))
        for code, (label, text) in enumerate(zip(facts["labels"], facts["texts"], strict=True), 1)
    )
    return [
        BatteryEntry(number, f"q{number}", options, facts.get("format", "single"), None) for number in facts["numbers"]
    ]


def in_short(reading: Reading) -> Any:
    """The code or codes, else the status of who declined, else the first word of the reason."""
    if reading.status == "answered":
        return reading.codes[0] if len(reading.codes) == 1 else list(reading.codes)
    return reading.detail if reading.status == "unparsed" else reading.status


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['why']}" for name, case in CASES])
def test_a_written_reply_is_read(name: str, case: dict[str, Any]) -> None:
    read = read_battery(case["reply"], entries_of(SETS[name]), SETS[name]["language"])
    assert [in_short(reading) for reading in read.readings] == case["answers"]
    assert dict(read.faults) == case.get("faults", {})


def test_every_kind_of_fault_is_told_and_met_in_the_table() -> None:
    assert {kind for _, case in CASES for kind in case.get("faults", {})} == set(FAULTS)
    assert all(f"| `{kind}` |" in (battery_reply.__doc__ or "") for kind in FAULTS)
