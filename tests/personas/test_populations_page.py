"""The page on populations shows what really comes out, and names the source of every shipped file."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from pathlib import Path

import pytest

from personas.catalogs import catalog, catalog_names
from personas.reading import population_from_mapping
from personas.strategies import STRATEGIES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "populations.md"
EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def source_row(name: str) -> str:
    facts = catalog(name)
    return f"| `{name}` | {facts.title} | {facts.source} | {facts.year} |"


def margin_row(row: dict) -> str:
    return f"| {row['country']} | {row['variable']} | {row['source']} | {row['year']} |"


def examples() -> list[tuple[str, str]]:
    """Every example of the page with the output shown below it."""
    return EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))


def test_every_example_prints_what_the_page_shows():
    names: dict[str, object] = {}
    assert len(examples()) == 3
    for code, shown in examples():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert printed.getvalue() == shown


@pytest.mark.parametrize("name", catalog_names())
def test_every_file_is_listed_with_its_source(name):
    assert source_row(name) in PAGE.read_text(encoding="utf-8")


def test_every_shipped_margin_is_listed_with_its_source():
    page = PAGE.read_text(encoding="utf-8")
    for row in catalog("margins.toml").rows:
        assert margin_row(row) in page


def test_every_strategy_and_option_is_described():
    page = PAGE.read_text(encoding="utf-8")
    for name, strategy in STRATEGIES.items():
        assert f"| `{name}` |" in page
        for option in strategy.options - {"path"}:
            assert f"`{option}`" in page, option


def test_specifications_on_the_page_are_readable():
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    plans = [tomllib.loads(block)["population"] for block in blocks]
    assert [plan.get("strategy") for plan in plans] == ["city+demographic+value-anchor", None, "table"]
    for plan in plans:
        population_from_mapping({"strategy": "demographic", "n": 3} | plan)
