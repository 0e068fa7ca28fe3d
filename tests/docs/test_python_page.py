"""The page on Python shows what its examples really print."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from generators import examples

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"


@pytest.mark.slow
def test_every_example_prints_what_the_page_shows():
    page = PAGE.read_text(encoding="utf-8")
    assert len(examples.BLOCK.findall(page)) >= 6
    assert examples.with_outputs(page) == page, "run make docs"


def test_examples_leave_nothing_behind(monkeypatch):
    monkeypatch.delenv("VOXPOP_RUNS", raising=False)
    before = Path.cwd()
    page = "```python\nfrom pathlib import Path\n\nPath('left').touch()\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    assert examples.with_outputs(page) == page.replace("3\n", "2\n")
    assert Path.cwd() == before and not Path("left").exists() and "VOXPOP_RUNS" not in os.environ
