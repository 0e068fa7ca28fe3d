"""The summary says what was drawn beside what was wanted, and what weighting costs."""

from __future__ import annotations

import pytest

from personas.margins import Margin
from personas.population import Population, draw
from personas.summary import describe


def test_rows_add_up_and_targets_carry_their_source():
    summary = describe(draw(Population.combine("city", "value-anchor", n=190, country="DE"), 4))
    assert (summary.n, summary.seed, summary.strategy) == (190, 4, "city+value-anchor")
    assert summary.design_effect == 1 and summary.effective_sample_size == 190
    assert summary.converged is None and summary.max_margin_error is None and not summary.unmatched
    by_variable: dict[str, list] = {}
    for row in summary.rows:
        by_variable.setdefault(row.variable, []).append(row)
    assert list(by_variable) == ["region", "anchor", "country", "city"]
    for variable, rows in by_variable.items():
        assert sum(row.n for row in rows) == 190
        assert sum(row.drawn_share for row in rows) == pytest.approx(1)
        assert sum(row.weighted_share for row in rows) == pytest.approx(1)
        if variable in ("region", "anchor"):
            assert sum(row.target_share for row in rows) == pytest.approx(1)
            assert all(row.source for row in rows)
    assert {row.n for row in by_variable["anchor"]} == {10}
    assert by_variable["region"][0].year == 2019
    assert by_variable["city"][0].category.endswith("different values)")
    assert [persona.id for persona in summary.examples] == [f"city+value-anchor-000{i}" for i in (1, 2, 3)]


def test_raking_shows_its_price_and_what_it_missed():
    sharp = Margin("gender", {"male": 0.9, "female": 0.1}, "made for this test", 2024)
    drawn = draw(Population.demographic(500, base="census", country="US", rake_to=[sharp]), 1)
    summary = describe(drawn)
    assert summary.converged and summary.max_margin_error < 1e-6 and not summary.unmatched
    # Two groups of weights: 1 + cv² = .9²/p + .1²/(1-p), p the drawn share of men.
    p = next(row.drawn_share for row in summary.rows if row.category == "male")
    assert summary.design_effect == pytest.approx(0.81 / p + 0.01 / (1 - p))
    assert summary.effective_sample_size == pytest.approx(500 / summary.design_effect)
    missed = describe(draw(Population.demographic(500, country="US", rake_to=[sharp]), 1))
    assert missed.converged is False
    assert [row.category for row in missed.unmatched if "no target" in row.reason] == ["(no target)"]


def test_a_variable_without_target_is_counted_with_its_gaps(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("party,w\nred,3\n,1\n")
    drawn = draw(Population.table(path, template="{party}", weight="w", missing_text="none"), 1)
    rows = describe(drawn).rows
    assert [(r.category, r.n, r.weighted_share, r.target_share) for r in rows] == [
        ("red", 1, 0.75, None), ("(missing)", 1, 0.25, None),
    ]  # fmt: skip


def test_personas_without_facts_have_no_rows():
    assert describe(draw(Population.basic(5), 1)).rows == ()
