"""Lists as models write them, read as a careful person would read them: see list_cases.toml."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.markers import Markers
from simulator.messages import ShownOption
from simulator.parsing import parse
from simulator.presentation import Presentation
from simulator.protocols.lists import LONGEST_REPLY, list_entries

SETS = tomllib.loads(Path(__file__).with_name("list_cases.toml").read_text(encoding="utf-8"))["sets"]
CASES = [(name, case) for name, found in SETS.items() for case in found["cases"]]


def presented(facts: dict[str, Any]) -> Presentation:
    options = tuple(
        ShownOption(label, code, text)
        for code, (label, text) in enumerate(zip(facts["labels"], facts["texts"], strict=True), 1)
    )
    question = "\n".join(["What do you think?", *(f"{option.label}. {option.text}" for option in options)])
    kind, language = facts["format"], facts["language"]
    return Presentation("q", 0, question, (), options, kind, language, "label", None, None, 0, Markers())


def codes_in(reply: str, presentation: Presentation) -> list[list[int]]:
    entries = list_entries(reply, lambda text: bool(parse(text, presentation).codes))
    return [list(parse(entry, presentation).codes) for entry in entries]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['why']}" for name, case in CASES])
def test_a_written_list_is_read(name: str, case: dict[str, Any]) -> None:
    assert codes_in(case["reply"], presented(SETS[name])) == case["codes"]


@pytest.mark.parametrize("write", ["{n}: {label}", "{n}. {label}. {text}", "Person {n}: {text}", "- **{n})** {label}"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_what_is_read(write: str, data: st.DataObject) -> None:
    facts = SETS["agree"]
    codes = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=40))
    lines = [
        write.format(n=n, label=facts["labels"][code - 1], text=facts["texts"][code - 1])
        for n, code in enumerate(codes, 1)
    ]
    assert codes_in("\n".join(lines), presented(facts)) == [[code] for code in codes]


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_at_all_can_be_looked_at(text: str) -> None:
    assert all(isinstance(entry, str) for entry in list_entries(text, lambda entry: entry == "1"))


@pytest.mark.parametrize("part", ["1: ", "1: 2\n", "1 ", ", ", "(1", "[", '{"1": ', "第1位", "| 1 ", "1.1", "\n"])
def test_the_time_grows_with_the_length_of_the_reply_alone(part: str) -> None:
    def seconds(length: int) -> float:
        text = part * (length // len(part))
        started = time.perf_counter()
        list_entries(text, lambda entry: entry == "2")
        return time.perf_counter() - started

    # Four times the length takes four times as long; a quadratic reader would take sixteen times.
    assert seconds(LONGEST_REPLY) < 10 * max(seconds(LONGEST_REPLY // 4), 0.05)
