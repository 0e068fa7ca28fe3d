"""Replies of judges as they come, in English and Chinese, and what is understood of each."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.judges.catalog import find_rubric
from simulator.judges.exhibit import Exhibit
from simulator.judges.labels import labels_as_shown
from simulator.judges.verdict import VERDICT_STATUSES, read_verdict
from simulator.messages import ShownOption

CASES = tomllib.loads(Path(__file__).with_name("verdict_cases.toml").read_text(encoding="utf-8"))["cases"]
OPTIONS = (ShownOption("1", 1, "Support the plan"), ShownOption("2", 2, "Oppose the plan"))
PIECES = ("Verdict:", "判断：", "Reasons:", "Yes", "No", "否", "A", "B", " or ", " ", "\n", "{", '"', "}", "*")
EXHIBIT = Exhibit(0, "r0000", 1, "plan", "single", "en", "The plan?", OPTIONS, (1, 2), False, "1")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.get('rubric', 'insensitivity')}: {case['why']}")
def test_reply_is_read_as_written_down(case: dict[str, Any]) -> None:
    rubric = find_rubric(case.get("rubric", "insensitivity"))
    criterion = rubric.criteria[0]
    labels = labels_as_shown(rubric, criterion, EXHIBIT, "en", case.get("labels", ["fault", "pass"]))
    found = read_verdict(case["text"], rubric, criterion, labels)
    assert (found.status, found.label) == (case.get("status", "ok"), case.get("label"))
    if "rationale" in case:
        assert found.rationale == case["rationale"]


def test_there_are_cases_enough_in_both_languages() -> None:
    chinese = [case for case in CASES if any(character > "\u2e80" for character in case["text"])]
    assert len(CASES) >= 40
    assert len(chinese) >= 12


@pytest.mark.parametrize("name", ["insensitivity", "insensitivity-label-first", "stance"])
@settings(max_examples=150, deadline=None)
@given(text=st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_text_is_too_strange_and_a_label_is_one_that_was_shown(name: str, text: str) -> None:
    rubric = find_rubric(name)
    labels = labels_as_shown(rubric, rubric.criteria[0], EXHIBIT, "zh", ["2", "1", "abstain", "pass", "fault"])
    found = read_verdict(text, rubric, rubric.criteria[0], labels)
    assert found.status in VERDICT_STATUSES
    assert (found.label is not None) == (found.status == "ok")
    assert found.label is None or found.label in {label.id for label in labels}
