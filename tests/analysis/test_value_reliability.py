"""Reliability by value: the library's own numbers, a published interval, planted reliabilities covered, gaps named."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.reliability import cronbach_alpha, item_rest_correlations, mcdonald_omega, one_factor_loadings
from analysis.value_reliability import _three_loadings, alpha_interval_feldt, value_reliability

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def people(n: int, loadings: list[float], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    load = np.array(loadings)
    return rng.standard_normal((n, 1)) * load + rng.standard_normal((n, len(load))) * np.sqrt(1 - load**2)


def test_values_are_those_of_the_library() -> None:
    first, second = people(120, [0.8, 0.7, 0.6], 1), people(120, [0.5, 0.6, 0.7, 0.8], 2) * [1, 2, 1, 3]
    second[:20, 1] = np.nan
    found = value_reliability(
        np.hstack([first, second]), ["b"] * 3 + ["a"] * 4, np.random.default_rng(0), values=["b", "a"], resamples=39
    )
    for one, scores, n in zip(found, (first, second), (120, 100), strict=True):
        assert one.alpha.value == pytest.approx(cronbach_alpha(scores))
        assert one.omega.value == pytest.approx(mcdonald_omega(scores), abs=1e-5)
        assert one.item_rest == pytest.approx(item_rest_correlations(scores))
        assert (one.alpha.n, one.omega.n, one.reason) == (n, n, "")
        assert one.alpha.low < one.alpha.value < one.alpha.high
        assert one.omega.low < one.omega.value < one.omega.high
    assert [one.value for one in found] == ["b", "a"]


def test_feldts_interval_is_that_of_the_intraclass_correlation() -> None:
    # Shrout and Fleiss 1979, six subjects and four judges: ICC(3,4) = .91 [.676, .986] in R's psych::ICC.
    (found,) = value_reliability(SHROUT_FLEISS, ["a"] * 4, np.random.default_rng(0), interval="feldt")
    assert found.alpha[:3] == pytest.approx((0.909, 0.676, 0.986), abs=5e-4)
    assert np.isnan(alpha_interval_feldt(0.9, 1, 3)).all()
    assert np.isnan(alpha_interval_feldt(float("nan"), 30, 3)).all()


def test_a_planted_reliability_is_covered() -> None:
    true = 3 * 0.49 / (1 + 2 * 0.49)  # Spearman-Brown from parallel items that correlate .49; omega is the same
    held = np.zeros(3)
    for seed in range(40):
        scores = people(200, [0.7] * 3, seed)
        (one,) = value_reliability(scores, ["a"] * 3, np.random.default_rng(seed), resamples=149)
        feldt = alpha_interval_feldt(one.alpha.value, 200, 3)
        for place, (low, high) in enumerate((one.alpha[1:3], one.omega[1:3], feldt)):
            held[place] += low <= true <= high
    assert (held >= 34).all(), held


@pytest.mark.parametrize(("r12", "r13", "r23"), [(0.4, 0.5, 0.6), (0.7, 0.7, 0.3), (-0.4, 0.5, -0.6)])
def test_three_loadings_are_those_of_the_fit(r12: float, r13: float, r23: float) -> None:
    matrix = np.array([[1, r12, r13], [r12, 1, r23], [r13, r23, 1]])
    closed, fitted = _three_loadings(matrix[None])[0], one_factor_loadings(matrix)
    assert np.abs(closed * np.sign(closed.sum())) == pytest.approx(np.abs(fitted), abs=3e-3)
    assert np.sign(closed * closed[0]).tolist() == np.sign(fitted * fitted[0]).tolist()


def test_items_that_contradict_each_other_keep_their_negative_alpha_and_have_no_omega_interval() -> None:
    scores = people(150, [0.6, 0.6, 0.6], 3) * [1, 1, -1]
    (found,) = value_reliability(scores, ["a"] * 3, np.random.default_rng(0))
    assert found.alpha.value == pytest.approx(cronbach_alpha(scores))
    assert found.alpha.value < 0
    assert found.alpha.low < found.alpha.value
    (noise,) = value_reliability(people(150, [0.0] * 3, 4), ["a"] * 3, np.random.default_rng(0))
    assert np.isnan(noise.omega.low)
    assert noise.reason.endswith("of resamples without a proper one-factor solution")


def test_what_cannot_be_computed_is_named() -> None:
    scores = people(40, [0.6] * 3, 5)
    constant = np.ones((40, 1))
    cases = {
        "no item varies": np.ones((40, 3)),
        "omega: 1 of 3 items without variance": np.hstack([scores[:, :2], constant]),
        "omega: fewer than three items": scores[:, :2],
        "1 item": scores[:, :1],
        "the sum does not vary": np.hstack([scores[:, :1], -scores[:, :1]]),
        "omega: its items determine each other": np.hstack([scores[:, :2], scores[:, :1]]),
        "1 respondent with all items": scores[:1],
        "0 respondents with all of 3 items": np.full((2, 3), np.nan),
        "omega: 3 respondents for 3 items": scores[:3],
    }
    for reason, table in cases.items():
        (found,) = value_reliability(table, ["a"] * table.shape[1], np.random.default_rng(0), resamples=49)
        assert found.reason == reason
        assert np.isnan(found.omega.value)
        assert np.isfinite(found.alpha.value) == reason.startswith("omega"), reason


def test_weights_count_as_repeated_people() -> None:
    scores = people(90, [0.7] * 3, 6)
    weights = np.random.default_rng(1).integers(0, 3, 90)
    (found,) = value_reliability(scores, ["a"] * 3, np.random.default_rng(0), weights=weights)
    assert found.alpha.value == pytest.approx(cronbach_alpha(np.repeat(scores, weights, axis=0)))
    with pytest.raises(ValueError, match="knows no weights"):
        value_reliability(scores, ["a"] * 3, np.random.default_rng(0), weights=weights, interval="feldt")
    with pytest.raises(ValueError, match="names 2 items"):
        value_reliability(scores, ["a"] * 2, np.random.default_rng(0))
