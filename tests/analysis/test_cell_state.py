"""What may be reported of a cell: the edges of 80 % and 20, constants by name, what dropping them leaves."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.cell_state import cell_state
from analysis.circumplex import value_correlations

VALUES = ("SDT", "SDA", "ST", "HE", "AC")


def scores(n: int, n_invalid: int = 0) -> np.ndarray:
    table = np.random.default_rng(n).standard_normal((n, len(VALUES)))
    table[:n_invalid, 1] = np.nan
    return table


def test_eighty_percent_valid_is_enough_and_less_is_not() -> None:
    enough = cell_state(scores(100, 20), VALUES)
    assert enough.first_order
    assert enough.second_order
    assert enough.valid_share == 0.8
    short = cell_state(scores(100, 21), VALUES)
    assert short.first_order_reasons == ("79 of 100 administrations valid, fewer than 80%",)
    assert not short.first_order
    assert not short.second_order
    # Questionnaires that left no scores count too.
    assert not cell_state(scores(80), VALUES, n_administered=101).first_order
    assert cell_state(scores(80), VALUES, n_administered=100).first_order


def test_nineteen_valid_have_means_but_no_structure() -> None:
    few = cell_state(scores(19), VALUES)
    assert few.first_order
    assert few.second_order_reasons == ("19 valid administrations, fewer than 20",)
    assert np.isnan(value_correlations(scores(19))).all()
    assert cell_state(scores(20), VALUES).second_order


def test_values_without_variance_are_named_and_not_dropped_silently() -> None:
    table = scores(50)
    # Alike but for what rounding leaves: 4 less 3 and 5.1 less 4.1.
    table[:, 2] = np.where(np.arange(50) % 2, 4 - 3, 5.1 - 4.1)
    table[:, 4] = -0.5
    found = cell_state(table, VALUES)
    assert found.constant == ("ST", "AC")
    assert found.first_order
    assert found.second_order_reasons == ("no variance: ST, AC",)
    assert np.isnan(value_correlations(table)).all()
    dropped = cell_state(table, VALUES, drop_constant=True)
    assert dropped.second_order
    assert (dropped.n_values, dropped.constant) == (3, ("ST", "AC"))
    kept = value_correlations(table, drop_constant=True)
    assert np.isfinite(np.diag(kept)).tolist() == [True, True, False, True, False]
    table[:, 0] = 1.0
    assert cell_state(table, VALUES, drop_constant=True).second_order_reasons == ("2 values vary, fewer than 3",)


def test_an_empty_cell_and_people_without_weight() -> None:
    empty = cell_state(np.empty((0, 5)), VALUES)
    assert empty.first_order_reasons == ("no valid administration",)
    assert np.isnan(empty.valid_share)
    weights = np.ones(25)
    weights[:5] = 0
    assert cell_state(scores(25), VALUES, weights=weights).n_valid == 20


def test_names_and_counts_must_fit() -> None:
    with pytest.raises(ValueError, match="one column per value"):
        cell_state(scores(25), VALUES[:3])
    with pytest.raises(ValueError, match="count every administration"):
        cell_state(scores(25), VALUES, n_administered=20)
