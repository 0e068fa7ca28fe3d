"""The page on asking shows what the code does now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

GENERATOR = Path(__file__).resolve().parents[2] / "docs" / "generators" / "asking.py"


def test_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("asking_page_generator", GENERATOR)
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    page = generator.PAGE.read_text(encoding="utf-8")
    assert generator.filled(page) == page, "run python docs/generators/asking.py"
