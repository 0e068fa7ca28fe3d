"""The published tables of value probing: what can be recomputed from them is."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.correlation import correlation_p_value
from analysis.published_tables import published_table


def test_the_printed_p_values_fit_thirteen_models() -> None:
    table = published_table("PR-1").pivot(index="row", columns="column", values="value")
    assert len(table) == 6
    for r, p in zip(table["correlation"], table["p"], strict=True):
        # The correlation was rounded to three digits; the printed p must lie within what that leaves open.
        low, high = (correlation_p_value(r + shift, 13) for shift in (0.0005, -0.0005))
        digits = 0.0005 if p > 0.001 else 0.0
        assert low - digits <= p <= high + digits
        # No other number of models fits every row; twelve or fourteen do not fit a single one.
        assert not any(correlation_p_value(r + 0.0005, n) <= p <= correlation_p_value(r - 0.0005, n) for n in (12, 14))
    assert correlation_p_value(0.899, 13) == pytest.approx(2.92e-5, rel=2e-3)
    assert correlation_p_value(0.645, 13) == pytest.approx(0.0173, rel=2e-3)
    assert np.isnan(correlation_p_value(0.5, 2))
    assert correlation_p_value(-1.0, 5) == 0.0


def test_the_topics_add_up() -> None:
    counts = published_table("PR-2").set_index("row")["value"]
    assert counts.drop("total").sum() == counts["total"] == 206
    assert len(counts) == 14


def test_the_chance_of_missing_an_option() -> None:
    # A tenth and nine tenths, sharpened by temperature .7, drawn five times.
    weights = np.array([0.1, 0.9]) ** (1 / 0.7)
    missed = (weights[1] / weights.sum()) ** 5
    assert missed == pytest.approx(0.8089, abs=5e-5)
    assert published_table("PR-3")["value"].item() == round(missed, 2)


def test_what_was_only_said_is_marked_as_said() -> None:
    table = published_table("PR-4")
    assert table["note"].str.contains("direction").all()
