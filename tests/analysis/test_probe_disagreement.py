"""Probes beside each other with the floor of sampling, and what an offered way out does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.abstention import abstention_shift
from analysis.jensen_shannon import js_distance
from analysis.presentation_pairs import PairRules
from analysis.presented import PresentedRow, presented
from analysis.probe_disagreement import probe_disagreements, sampling_error
from tests.planted_presentations import BASE, REVERSED, presented_rows, softmax

FAST = PairRules(resamples=199, shuffles=49)
EFFECTS = {("one", BASE): np.zeros(4), ("one", REVERSED): np.array([0.5, 0.2, -0.2, -0.5])}
MOVED = {key: effect + np.array([-1.0, 0.0, 0.0, 1.0]) for key, effect in EFFECTS.items()}


def truths(n: int) -> list[np.ndarray]:
    return list(np.random.default_rng(5).dirichlet(np.ones(4), n))


def test_probes_that_agree_differ_by_sampling_alone() -> None:
    rng = np.random.default_rng(6)
    exact = presented(presented_rows(truths(80), EFFECTS))
    probes = {
        "token-logit": exact,
        "sequence": presented(presented_rows(truths(80), MOVED)),
        "text": presented(presented_rows(truths(80), EFFECTS, n_samples=10, rng=rng)),
    }
    found = {(one.first, one.second): one for one in probe_disagreements(probes, rng, rules=FAST)}
    text = found["token-logit", "text"]
    assert text.js.observed.value == pytest.approx(text.js.by_chance, abs=0.02)
    assert text.mismatch.observed.value == pytest.approx(text.mismatch.by_chance, abs=0.08)
    assert text.js.corrected.low == 0.0
    exact_pair = found["token-logit", "sequence"]
    shifts = [(softmax(np.log(p) + e), softmax(np.log(p) + MOVED[k])) for p in truths(80) for k, e in EFFECTS.items()]
    assert exact_pair.js.observed.value == pytest.approx(np.mean([js_distance(p, q) for p, q in shifts]))
    assert exact_pair.js.by_chance == 0.0
    both = found["sequence", "text"]
    root_mean = math.sqrt(np.mean([js_distance(p, q) ** 2 for p, q in shifts]))
    assert both.js.corrected.low <= root_mean <= both.js.corrected.high


def test_only_shared_presentations_are_compared() -> None:
    rng = np.random.default_rng(0)
    first = presented([PresentedRow("a", "one", BASE, [0.9, 0.1]), PresentedRow("a", "one", REVERSED, [0.1, 0.9])])
    second = presented([PresentedRow("a", "one", REVERSED, [0.2, 0.8]), PresentedRow("a", "two", BASE, [0.1, 0.9])])
    (found,) = probe_disagreements({"x": first, "y": second}, rng, rules=FAST)
    assert found.js.observed.value == pytest.approx(js_distance([0.1, 0.9], [0.2, 0.8]))
    # The second probe has no base variant in style one.
    assert (found.mismatch.observed.value, found.n_missing) == (0.0, 1)
    other = presented([PresentedRow("a", "three", BASE, [0.1, 0.9])])
    assert math.isnan(probe_disagreements({"x": first, "y": other}, rng)[0].js.observed.value)
    with pytest.raises(ValueError, match="different questions"):
        probe_disagreements({"x": first, "y": presented([PresentedRow("b", "one", BASE, [1, 0])])}, rng)


def test_the_error_of_sampled_shares_falls_as_one_over_root_n() -> None:
    p, rng = np.array([0.5, 0.3, 0.2]), np.random.default_rng(7)
    # 1 - (.25 + .09 + .04) = .62.
    assert sampling_error(p, 10) == pytest.approx(math.sqrt(0.062))
    assert sampling_error(p, 10) / sampling_error(p, 40) == pytest.approx(2.0)
    for n in (10, 40, 160):
        drawn = rng.multinomial(n, p, size=4_000) / n
        assert math.sqrt(((drawn - p) ** 2).sum(axis=1).mean()) == pytest.approx(sampling_error(p, n), rel=0.05)
    assert sampling_error([1.0, 0.0], 10) == 0.0
    assert math.isnan(sampling_error([math.nan, 0.5], 10))
    with pytest.raises(ValueError, match="at least one reply"):
        sampling_error(p, 0)


# An offered way out ---------------------------------------------------------------------------------------------------


def test_abstention_by_hand() -> None:
    without = [[0.6, 0.4, 0], [0.2, 0.3, 0.5], [0.5, 0.5, 0], [1, 0, 0]]
    # The rest stays as it was; turns round; everybody abstains; is missing.
    offered = [[0.3, 0.2, 0, 0.5], [0.4, 0.24, 0.16, 0.2], [0, 0, 0, 1], [math.nan] * 4]
    found = abstention_shift(without, offered, np.random.default_rng(0))
    assert found.abstaining.value == pytest.approx((0.5 + 0.2 + 1) / 3)
    assert found.mismatch.value == 0.5
    assert found.js.value == pytest.approx(js_distance([0.2, 0.3, 0.5], [0.5, 0.3, 0.2]) / 2)
    assert (found.n_missing, found.n_all_abstain, found.abstaining.n, found.js.n) == (1, 1, 3, 2)
    with pytest.raises(ValueError, match="one option more"):
        abstention_shift([[0.5, 0.5]], [[0.5, 0.5]], np.random.default_rng(0))


def test_those_who_abstain_evenly_leave_the_rest_unmoved() -> None:
    rng = np.random.default_rng(1)
    before = rng.dirichlet(np.ones(4), 30)
    share = rng.uniform(0.1, 0.4, 30)[:, None]
    found = abstention_shift(before, np.hstack([before * (1 - share), share]), rng)
    assert found.js.value == pytest.approx(0.0, abs=1e-7)
    assert found.mismatch.value == 0.0
    assert found.abstaining.low <= 0.25 <= found.abstaining.high
