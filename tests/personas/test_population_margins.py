"""Raking against hand derivations and a published table; what cannot be met is said, never hidden."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from personas.margins import Margin, poststratify, rake
from simulator.errors import PopulationError


def margin(variable: str, **shares: float) -> Margin:
    return Margin.from_counts(variable, shares, "test", 2024)


def table_to_units(table: list[list[float]]) -> tuple[list[float], dict[str, list[str]]]:
    """One unit per cell, weighted with the cell's count."""
    cells = [(f"r{i}", f"c{j}", count) for i, row in enumerate(table) for j, count in enumerate(row)]
    return [c for *_, c in cells], {"row": [r for r, *_ in cells], "column": [c for _, c, _ in cells]}


def test_two_by_two_with_odds_ratio_three_has_its_closed_form():
    # IPF keeps the odds ratio. Even margins and p²/(½-p)² = 3 give p = √3 / (2 (1 + √3)).
    weights, units = table_to_units([[1, 1], [1, 3]])
    raked = rake(weights, units, [margin("row", r0=1, r1=1), margin("column", c0=1, c1=1)])
    p = math.sqrt(3) / (2 * (1 + math.sqrt(3)))
    assert raked.converged
    assert raked.weights / raked.weights.sum() == pytest.approx([p, 0.5 - p, 0.5 - p, p], abs=1e-6)
    assert raked.weights.sum() == pytest.approx(6)


def test_four_by_four_example_of_the_encyclopedia():
    # en.wikipedia.org, "Iterative proportional fitting", worked example: rows to 150, 300, 400, 150, columns to
    # 200, 300, 400, 100; the article prints two decimals.
    table = [[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]]
    weights, units = table_to_units(table)
    rows = margin("row", r0=150, r1=300, r2=400, r3=150)
    columns = margin("column", c0=200, c1=300, c2=400, c3=100)
    raked = rake(weights, units, [rows, columns])
    fitted = raked.weights.reshape(4, 4) / raked.weights.sum() * 1000
    printed = [
        [64.61, 46.28, 35.42, 3.83],
        [49.95, 68.15, 156.49, 25.37],
        [56.70, 144.40, 145.06, 53.76],
        [28.74, 41.18, 63.03, 17.03],
    ]
    # The article stops after three rounds, with rows off by up to 0.13.
    assert fitted == pytest.approx(np.array(printed), abs=0.06)
    assert raked.converged and raked.max_margin_error < 1e-6


def test_margins_that_contradict_each_other_are_133_percent_off_and_not_converged():
    # Two cells on a diagonal: whatever weight "a" has, "x" has too, but a wants .3 and x wants .7.
    units = {"left": ["a"] * 5 + ["b"] * 5, "right": ["x"] * 5 + ["y"] * 5}
    raked = rake(np.ones(10), units, [margin("left", a=3, b=7), margin("right", x=7, y=3)])
    assert not raked.converged
    assert raked.max_relative_error == pytest.approx(4 / 3)
    assert raked.max_margin_error == pytest.approx(0.4)
    assert {cell.category for cell in raked.unmatched} == {"a", "b"}
    assert all("cannot all be met" in cell.reason for cell in raked.unmatched)


def test_an_empty_category_is_reported_and_the_others_keep_their_proportions():
    raked = rake(np.ones(4), {"age": [20, 25, 40, 41]}, [margin("age", **{"18-29": 0.2, "30-59": 0.3, "60+": 0.5})])
    assert not raked.converged
    (cell,) = raked.unmatched[-1:]
    assert (cell.category, cell.n, cell.achieved_share) == ("60+", 0, 0.0)
    assert "nobody" in cell.reason
    shares = {cell.category: cell.achieved_share for cell in raked.cells}
    assert shares["18-29"] == pytest.approx(0.4) and shares["30-59"] == pytest.approx(0.6)


def test_values_without_a_target_keep_their_weight_and_are_reported():
    units = {"gender": ["male", "male", "female", "other", None]}
    raked = rake(np.ones(5), units, [margin("gender", male=1, female=1)])
    assert not raked.converged
    assert raked.weights == pytest.approx([0.75, 0.75, 1.5, 1, 1])
    assert [(cell.category, cell.n, cell.target_share) for cell in raked.unmatched][-1] == ("(no target)", 2, None)


def test_a_target_of_zero_takes_all_weight_away():
    raked = rake(np.ones(3), {"v": ["a", "b", "b"]}, [Margin("v", {"a": 0.0, "b": 1.0}, "test", 2024)])
    assert raked.converged
    assert raked.weights == pytest.approx([0, 1.5, 1.5])


def test_too_few_iterations_are_not_called_convergence():
    weights, units = table_to_units([[1, 1], [1, 300]])
    margins = [margin("row", r0=9, r1=1), margin("column", c0=1, c1=1)]
    assert not rake(weights, units, margins, max_iterations=1).converged
    assert rake(weights, units, margins).converged


def test_poststratified_cells_match_in_one_step():
    # Ten women and thirty men, to be half and half within each of two towns.
    cells = [("a", "f")] * 4 + [("a", "m")] * 16 + [("b", "f")] * 6 + [("b", "m")] * 14
    fitted = poststratify(np.ones(40), cells, {(t, g): 0.25 for t in "ab" for g in "fm"})
    assert fitted.converged and fitted.n_iterations == 1
    assert fitted.weights[[0, 4, 20, 26]] == pytest.approx([10 / 4, 10 / 16, 10 / 6, 10 / 14])


@st.composite
def feasible(draw):
    """Units, and margins taken from a positive reweighting of these very units: a solution exists."""
    n = draw(st.integers(2, 60))
    rows = draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    columns = draw(st.lists(st.sampled_from("wxyz"), min_size=n, max_size=n))
    truth = np.array(draw(st.lists(st.floats(0.2, 5), min_size=n, max_size=n)))
    base = np.array(draw(st.lists(st.floats(0.2, 5), min_size=n, max_size=n)))
    units = {"row": rows, "column": columns}
    margins = []
    for variable, values in units.items():
        counts = {v: float(truth[[other == v for other in values]].sum()) for v in sorted(set(values))}
        margins.append(Margin.from_counts(variable, counts, "test", 2024))
    return base, units, margins


@given(feasible())
@settings(max_examples=60, deadline=None)
def test_feasible_margins_are_met_and_the_sum_is_kept(problem):
    base, units, margins = problem
    raked = rake(base, units, margins)
    assert raked.converged
    assert raked.weights.sum() == pytest.approx(base.sum())
    assert (raked.weights >= 0).all()
    for cell in raked.cells:
        assert cell.achieved_share == pytest.approx(cell.target_share, rel=1e-5)
    assert raked.effective_sample_size * raked.design_effect == pytest.approx(base.size)


@given(feasible())
@settings(max_examples=40, deadline=None)
def test_convergence_is_claimed_only_with_every_target_met(problem):
    base, units, margins = problem
    assume(len(margins[0].shares) > 1)
    shifted = dict(zip(margins[0].shares, [*list(margins[0].shares.values())[1:], 0.9], strict=True))
    raked = rake(base, units, [Margin.from_counts("row", shifted, "test", 2024), margins[1]], max_iterations=50)
    really = all(abs(c.error) <= 1e-6 * (c.target_share or 1) for c in raked.cells)
    assert raked.converged == really == (not raked.unmatched)
    assert raked.converged or raked.max_margin_error > 0


def test_shares_that_do_not_sum_are_answered_with_sum_and_remedy():
    with pytest.raises(PopulationError, match=r"'gender' \(census 2020\): shares sum to 0\.93, not 1"):
        Margin("gender", {"male": 0.43, "female": 0.5}, "census 2020", 2020)
    with pytest.raises(PopulationError, match="give percentages as counts"):
        Margin("gender", {"male": 49.1, "female": 50.9}, "census", 2020)
    rounded = Margin("v", {"a": 0.333, "b": 0.333, "c": 0.333}, "rounded", 2020)
    assert sum(rounded.shares.values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({}, "no categories"),
        ({"a": -0.1, "b": 1.1}, "category 'a' has -0.1"),
        ({"a": float("nan")}, "category 'a' has nan"),
        ({"a": "half"}, "category 'a' has 'half'"),
        ({"a": True}, "category 'a' has True"),
    ],
)
def test_faulty_margins_are_named(shares, message):
    with pytest.raises(PopulationError, match=message):
        Margin("v", shares, "test", 2020)


def test_margins_need_a_source_and_counts_must_be_positive():
    with pytest.raises(PopulationError, match="no source"):
        Margin("v", {"a": 1.0}, " ", 2020)
    for counts in ({}, {"a": 0}, {"a": -1, "b": 5}, {"a": "3"}, {"a": float("inf")}):
        with pytest.raises(PopulationError, match="counts are"):
            Margin.from_counts("v", counts, "test", 2020)


def test_raking_needs_fitting_input():
    with pytest.raises(PopulationError, match=r"no variable 'region'.*there are: age"):
        rake([1, 1], {"age": [20, 30]}, [margin("region", a=1)])
    with pytest.raises(PopulationError, match="3 values for 2 weights"):
        rake([1, 1], {"age": [20, 30, 40]}, [margin("age", **{"20": 1})])
    with pytest.raises(PopulationError, match="no margins"):
        rake([1, 1], {"age": [20, 30]}, [])
    with pytest.raises(PopulationError, match="weight number 1 is -1"):
        rake([1, -1], {"age": [20, 30]}, [margin("age", **{"20": 1})])


def test_numbers_fall_into_bands_by_completed_years():
    ages = margin("age", **{"18-29": 1, "30-59": 1, "60+": 1})
    assert [ages.category_of(age) for age in (17, 18, 29, 29.9, 30, 60, 104, None, "30-59", "x", True)] == [
        None, "18-29", "18-29", "18-29", "30-59", "60+", "60+", None, "30-59", None, None,
    ]  # fmt: skip
