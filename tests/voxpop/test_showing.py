"""Finding and reading respondents: filters, arms, side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voxpop.cli import call
from voxpop.running import launch
from voxpop.spec import make_spec


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shown") / "record.sqlite"
    spec = {
        "design": "within",
        "survey": {"limit": 4},
        "population": {"n": 6, "strategies": ["city", "named"]},
        "asking": {"answer_format": "explained"},
        "arms": {"memory": ["none", "full"]},
        "engine": {"name": "synthetic", "refusal": 0.2, "unreadable": 0.2},
    }
    launch(make_spec(spec), path)
    return path


def listed(record: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    assert call(["show", str(record), "--json", *options]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_respondents_are_listed_with_their_arm(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = listed(record, capsys)
    assert len(rows) == 12
    assert {row["arm"] for row in rows} == {"memory none", "memory full"}
    assert all(sum(row["answers"].values()) == 4 for row in rows)  # type: ignore[attr-defined]
    assert call(["show", str(record), "--limit", "2"]) == 0
    assert "and 10 more" in capsys.readouterr().out


def test_filters_find_respondents_worth_reading(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everyone = listed(record, capsys)
    assert {row["strategy"] for row in listed(record, capsys, "--strategy", "named")} == {"named"}
    refused = listed(record, capsys, "--status", "refused")
    assert {row["respondent"] for row in refused} == {
        row["respondent"] for row in everyone if "refused" in row["answers"]
    }  # type: ignore[operator]
    assert listed(record, capsys, "--grep", "surely nobody said this") == []
    assert call(["show", str(record), "--grep", "surely nobody said this"]) == 0
    assert "Nobody fits." in capsys.readouterr().out


def test_the_same_persona_under_two_arms_side_by_side(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["show", str(record), "--persona", "city-0001", "--limit", "2"]) == 0
    printed = capsys.readouterr().out
    assert "r0000 · city-0001" in printed
    assert "r0001 · city-0001" in printed
    assert "memory: none" in printed
    assert "memory: full" in printed
    assert "2 more items" in printed


def test_a_transcript_reads_like_a_conversation(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["show", str(record), "r0001"]) == 0
    printed = capsys.readouterr().out
    for part in ("You live in", "── pv01", "remembers nothing yet", "» ", "→ ", "prompt verified", "forgot"):
        assert part in printed
    assert call(["show", str(record), "r0001", "--prompts", "--limit", "2"]) == 0
    assert "[system]" in capsys.readouterr().out
