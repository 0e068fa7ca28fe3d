"""Expected scores against the mean of many drawn persons, and the page that documents the parameters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_expectation import expected_scores
from simulator.engines.synthetic_truth import KnownTruth, parameter_table
from simulator.messages import Asked, ShownOption

SIX = tuple(ShownOption(str(code), code, text) for code, text in enumerate(["like me"] * 6, start=1))
ITEM = Asked(
    run_seed=1,
    respondent_id="r0000",
    persona_id="p",
    strategy="value-anchor",
    attributes={},
    item_id="i",
    format="scale",
    options=SIX,
    dimensions=("POD",),
)


def test_expected_scores_are_the_mean_over_persons() -> None:
    truth = KnownTruth(person_spread=0.8, acquiescence=0.1, extremity=0.1, refusal=0.2)
    facts = {"anchor": "AC", "age": 30}
    items = [ITEM, replace(ITEM, item_id="j", key=-1)]
    expected = expected_scores(truth, items, [facts, {}])
    assert expected.shape == (2, 2)
    engine = SyntheticEngine(truth)
    drawn = []
    for person in range(4000):
        shares = [
            engine.true_distribution(replace(item, persona_id=f"p{person}", attributes=facts)).answered
            for item in items
        ]
        forward, backward = (float(np.dot(row, np.arange(1, 7))) for row in shares)
        drawn.append((forward, 7 - backward))
    error = np.std(drawn, axis=0) / np.sqrt(4000)
    assert np.all(np.abs(np.mean(drawn, axis=0) - expected[0]) < 4 * error)


def test_without_personal_variation_the_integral_is_the_score_itself() -> None:
    truth = KnownTruth(person_spread=0, level_spread=0)
    shares = SyntheticEngine(truth).true_distribution(ITEM).answered
    assert expected_scores(truth, [ITEM], [{}])[0, 0] == pytest.approx(np.dot(shares, np.arange(1, 7)))


def test_what_has_no_expected_score_is_refused() -> None:
    with pytest.raises(ValueError, match="assimilation"):
        expected_scores(KnownTruth(assimilation=0.1), [ITEM], [{}])
    with pytest.raises(ValueError, match="one of the 19 values"):
        expected_scores(KnownTruth(), [replace(ITEM, dimensions=("POD", "AC"))], [{}])


def test_the_page_lists_every_parameter_as_it_is() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "known-truth.md").read_text(encoding="utf-8")
    for name, default, unit, about in parameter_table():
        assert f"| `{name}` | {default} | {unit} | {about} |" in page
