"""docs/estimators.md says what the code says, and every public estimator names its source."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generator():
    path = ROOT / "docs" / "generators" / "estimators.py"
    spec = importlib.util.spec_from_file_location("estimators_page", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_what_the_generator_writes(generator):
    written = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    assert written == generator.page(), "run python docs/generators/estimators.py"


def test_every_estimator_says_what_it_is_and_where_it_is_from(generator):
    for family in generator.FAMILIES:
        module = importlib.import_module(f"analysis.{family}")
        for name, function in generator.functions(module):
            assert generator.summary(function).endswith((".", ":")) or ":" in generator.summary(function), name
            assert generator.source(function, module), f"analysis.{family}.{name} names no source"
