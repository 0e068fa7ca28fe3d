"""The benchmarks' rows, table and history: what is met is called met, and a file tells nothing about its maker."""

from __future__ import annotations

import getpass
import json
import socket
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))  # benchmarks are scripts, no package

import history  # noqa: E402
from rows import Row, at_least, at_most  # noqa: E402
from run import SECTIONS  # noqa: E402
from table import cells, number, table_markdown, table_text  # noqa: E402


@pytest.mark.parametrize(
    ("row", "ratio", "is_met"),
    [
        (Row("a", 2.0, "ms", 4.0, "bare", at_most(0.5)), 0.5, True),
        (Row("a", 2.1, "ms", 4.0, "bare", at_most(0.5)), 0.525, False),
        (Row("a", 300.0, "/s", 2.0, "scipy", at_least(100)), 150.0, True),
        (Row("a", 700.0, "B", target=at_most(600, "value")), None, False),
        (Row("a", 700.0, "B", 1.0, "bare", at_most(800, "value")), 700.0, True),
        (Row("a", 700.0, "B"), None, None),
        (Row("a", float("nan"), "B", target=at_most(600, "value")), None, False),
        (Row("a", 700.0, "B", target=at_most(1.0)), None, False),
    ],
)
def test_a_row_says_whether_its_target_was_met(row: Row, ratio: float | None, is_met: bool | None) -> None:
    assert row.ratio == ratio
    assert row.is_met is is_met
    assert Row.from_json(json.loads(json.dumps(row._asdict()))) == row or row.value != row.value


def test_numbers_are_short() -> None:
    assert [number(value) for value in (0.01234, 1.0, 12.34, 123.4, 76543.2)] == [
        "0.0123",
        "1",
        "12.3",
        "123",
        "76,543",
    ]
    assert number(float("nan")) == "nan"


def test_both_tables_show_every_row_under_its_section() -> None:
    found = {"Speed": [Row("a", 2.0, "ms", 4.0, "bare", at_most(1.0))], "Size": [Row("b", 700.0, "B")]}
    assert cells(found["Speed"][0]) == ("a", "2 ms", "4 ms (bare)", "0.5", "≤ 1×", "yes")
    text = [line for line in table_text(found).splitlines() if line]
    assert [line.split()[0] for line in text] == ["measured", "Speed", "a", "Size", "b"]
    lines = table_markdown(found).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == 6


def test_every_section_has_its_module() -> None:
    for section in SECTIONS.values():
        assert "def rows(setting: Setting)" in (BENCHMARKS / f"{section.module}.py").read_text(encoding="utf-8")


def test_a_saved_run_is_the_newest_and_names_nobody(tmp_path: Path) -> None:
    assert history.newest(tmp_path) is None
    found = {"Speed": [Row("a", 2.0, "ms", 4.0, "bare", at_most(1.0))]}
    path = history.save(found, quick=True, folder=tmp_path)
    newest = history.newest(tmp_path)
    assert newest is not None
    assert newest.sections == found
    assert newest.quick
    text = path.read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text
    names = {socket.gethostname(), getpass.getuser()} - {"localhost", ""}
    assert not any(f'"{name}"' in text for name in names)
