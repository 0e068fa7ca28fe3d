"""Replies to batteries as models write them, read as a careful person would read them: see battery_cases.toml."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from simulator import battery_reply
from simulator.battery_reply import FAULTS, BatteryEntry, read_battery
from simulator.messages import ShownOption
from simulator.option_labels import LABEL_SETS, label_at
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


@pytest.mark.parametrize("n_lines", [56, 58])
def test_56_or_58_lines_for_57_items_are_counted_and_shift_nothing(n_lines: int) -> None:
    options = tuple(ShownOption(str(code), code, text) for code, text in enumerate(TEXTS[:6], 1))
    entries = [BatteryEntry(number, f"q{number}", options, "single", None) for number in range(1, 58)]
    codes = [number * number % 6 + 1 for number in range(1, 59)]
    numbers = [number for number in range(1, 59) if number != 20][:56] if n_lines == 56 else list(range(1, 59))
    numbered = read_battery("\n".join(f"{n}. {codes[n - 1]}" for n in numbers), entries, "en")
    assert [reading.codes for reading in numbered.readings] == [
        (code,) if number in numbers else () for number, code in enumerate(codes[:57], 1)
    ]
    assert numbered.faults == {"wrong_length": 1, "missing" if n_lines == 56 else "unknown_number": 1}
    for separator in ("\n", ", "):
        bare = read_battery(separator.join(str(code) for code in codes[:n_lines]), entries, "en")
        assert {reading.reason for reading in bare.readings} == {
            f"wrong_length: {n_lines} answers without numbers for 57 items"
        }
        assert bare.faults == {"wrong_length": 1}


# --- properties ------------------------------------------------------------------------------------------------------

# Batteries are large inputs, and other work on the machine makes drawing them slow.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
TEXTS = ("Very much so", "By and large", "In part", "A little bit", "Hardly", "By no means", "Never ever")
Said = tuple[int, ShownOption]
"""A line of a list: the number of an item, and the option chosen."""


def lines_of(template: str, said: list[Said]) -> str:
    return "\n".join(template.format(n=n, label=chosen.label, text=chosen.text) for n, chosen in said)


CERTAIN: dict[str, Callable[[list[Said]], str]] = {
    template: partial(lines_of, template)
    for template in (
        *("{n}. {label}", "{n}) {label}", "({n}) {label}", "{n}: {label}", "Item {n}: {label}", "**{n}.** {label}"),
        *("| {n} | {label} |", "{n}. {label} - {text}", "{n}. {text}", "Q{n} = {label}", "- {n}: **{label}**"),
        *(
            "第{n}题：{label}",
            "问题{n}：{label}",
            "Frage {n}: {label}",
            "問{n}：{label}",
            "{n}. {label} — I am like that.",
        ),
        *("{n}. {label} ({text})", "{n}.\n{label}\n", "{n} -> {label}", "{n}. What matters to her: {label}"),
    )
} | {
    "one line": lambda said: ", ".join(f"{n}: {chosen.label}" for n, chosen in said),
    "JSON object": lambda said: "{" + ", ".join(f'"{n}": "{chosen.label}"' for n, chosen in said) + "}",
    "JSON list": lambda said: json.dumps([{"item": n, "answer": chosen.label} for n, chosen in said]),
    "prose around": lambda said: f"Here are my answers:\n\n{lines_of('{n}. {label}', said)}\n\nThat is all.",
}
"""Forms in which a number can be nothing but an item's."""
DOUBTFUL: dict[str, Callable[[list[Said]], str]] = {
    template: partial(lines_of, template)
    for template in ("{n} - {label}", "{n}.{label}", "{n} {label}", "{n}, {label}")
}
"""Forms in which it might be an answer too."""
BARE: dict[str, Callable[[list[Said]], str]] = {
    "lines": lambda said: "\n".join(chosen.label for _, chosen in said),
    "bullets": lambda said: "\n".join(f"- {chosen.label}" for _, chosen in said),
    "texts": lambda said: "\n".join(chosen.text for _, chosen in said),
    "labels and texts": lambda said: "\n".join(f"{chosen.label}. {chosen.text}" for _, chosen in said),
    "commas": lambda said: ", ".join(chosen.label for _, chosen in said),
    "JSON": lambda said: json.dumps([chosen.label for _, chosen in said]),
}
"""Forms without numbers."""


@st.composite
def answered(draw: st.DrawFn, least: int = 1) -> list[tuple[BatteryEntry, ShownOption]]:
    """A battery of any items with any labels, and an answer to each."""
    label_set = draw(st.sampled_from(LABEL_SETS))
    n_options = draw(st.integers(2, len(TEXTS)))
    options = tuple(ShownOption(label_at(label_set, place), 9 - place, TEXTS[place]) for place in range(n_options))
    if draw(st.booleans()):
        numbers = list(range(1, draw(st.integers(least, 60)) + 1))
    else:
        numbers = sorted(draw(st.sets(st.integers(1, 60), min_size=least, max_size=12)))
    chosen = draw(st.lists(st.sampled_from(options), min_size=len(numbers), max_size=len(numbers)))
    return [
        (BatteryEntry(number, f"q{number}", options, "single", None), option)
        for number, option in zip(numbers, chosen, strict=True)
    ]


def in_lines(battery: list[tuple[BatteryEntry, ShownOption]]) -> list[Said]:
    return [(entry.number, option) for entry, option in battery]


def check_nobody_else_s(text: str, battery: list[tuple[BatteryEntry, ShownOption]]) -> int:
    """No item has another answer than its own; how many have it."""
    readings = read_battery(text, [entry for entry, _ in battery], "en").readings
    assert len(readings) == len(battery)
    for reading, (entry, option) in zip(readings, battery, strict=True):
        if reading.status != "unparsed":
            assert (entry.number, reading.codes) == (entry.number, (option.code,)), (text, reading)
    return sum(reading.status == "answered" for reading in readings)


@pytest.mark.parametrize("form", CERTAIN)
@given(data=st.data())
@settings(unhurried, max_examples=30)
def test_what_is_written_under_a_number_is_read_for_it(form: str, data: st.DataObject) -> None:
    battery = data.draw(answered())
    lines = in_lines(battery)
    found = check_nobody_else_s(CERTAIN[form](lines), battery)
    # "1. Yes / 2. No" may be labels and texts as well, in the wrong order or place.
    if form != "{n}. {text}" or any(str(n) != chosen.label for n, chosen in lines):
        assert found == len(battery)


@pytest.mark.parametrize("form", BARE)
@given(data=st.data())
@settings(unhurried, max_examples=30)
def test_a_list_without_numbers_is_read_if_it_is_complete(form: str, data: st.DataObject) -> None:
    battery = data.draw(answered(least=2))
    lines = in_lines(battery)
    found = check_nobody_else_s(BARE[form](lines), battery)
    # Two numbers may be an item and its answer.
    assert found == len(battery) or form == "labels and texts" or (form == "commas" and len(battery) == 2)
    lost = data.draw(st.integers(0, len(lines) - 1))
    for other in (lines[:lost] + lines[lost + 1 :], [*lines[: lost + 1], *lines[lost:]]):
        check_nobody_else_s(BARE[form](other), battery)


@pytest.mark.parametrize("form", [*CERTAIN, *DOUBTFUL])
@given(data=st.data())
@settings(unhurried, max_examples=40)
def test_lines_lost_doubled_and_shuffled_never_give_an_item_another_s_answer(form: str, data: st.DataObject) -> None:
    battery = data.draw(answered())
    write = (CERTAIN | DOUBTFUL)[form]
    copies = data.draw(st.lists(st.sampled_from([0, 1, 1, 1, 2]), min_size=len(battery), max_size=len(battery)))
    lines = [line for line, times in zip(in_lines(battery), copies, strict=True) for _ in range(times)]
    if data.draw(st.booleans()):
        lines = data.draw(st.permutations(lines))
    check_nobody_else_s(write(lines), battery)


@pytest.mark.parametrize("form", [*CERTAIN, *DOUBTFUL])
@pytest.mark.parametrize("first", [0, 1])
@given(data=st.data())
@settings(unhurried, max_examples=40)
def test_a_list_that_counts_anew_never_gives_an_item_another_s_answer(
    form: str, first: int, data: st.DataObject
) -> None:
    battery = data.draw(answered())
    lost = data.draw(st.sets(st.integers(0, len(battery) - 1), max_size=2))
    anew = [(place + first, option) for place, (_, option) in enumerate(battery) if place not in lost]
    # Where every number left is one that was asked for, nothing tells it from a list under the right numbers.
    assume(not {n for n, _ in anew} <= {entry.number for entry, _ in battery})
    check_nobody_else_s((CERTAIN | DOUBTFUL)[form](anew), battery)


@given(battery=answered(), text=st.text(max_size=300), language=st.sampled_from(["en", "de", "zh", "ja"]))
@settings(unhurried, max_examples=200)
def test_any_text_at_all_can_be_read(battery: list[tuple[BatteryEntry, ShownOption]], text: str, language: str) -> None:
    read = read_battery(text, [entry for entry, _ in battery], language)
    offered = {option.code for entry, _ in battery for option in entry.options}
    assert {code for reading in read.readings for code in reading.codes} <= offered
    assert set(read.faults) <= set(FAULTS)
    assert all(count > 0 for count in read.faults.values())


PARTS = (
    *("1: ", "1: 2\n", "1 ", ", ", "(1", "[", '{"1": ', "第1题", "| 1 ", "1.1", "1.1\n", "\n", "٣", "1 - 2\n", "a"),
    *("1. Yes\n", "1. What: ", '{"1": 2}\n', "<think>", "```", "1. I cannot\n", "1.\n", "1: 2, ", "2 ", "- "),
)


@pytest.mark.parametrize("part", PARTS)
def test_the_time_grows_with_the_length_of_the_reply_alone(part: str) -> None:
    options = (ShownOption("1", 1, "Yes"), ShownOption("2", 2, "No"))
    entries = [BatteryEntry(number, f"q{number}", options, "single", None) for number in range(1, 58)]

    def seconds(length: int) -> float:
        text = part * (length // len(part))
        least = float("inf")
        for _ in range(2):
            started = time.process_time()
            read_battery(text, entries, "en")
            least = min(least, time.process_time() - started)
        return least

    # Eight times the length takes eight times as long; a quadratic reader would take 64 times.
    assert seconds(16_000) < 24 * max(seconds(2_000), 0.004)
