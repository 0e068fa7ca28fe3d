"""Anchor profiles with intervals: a planted cosine is covered, noise is no amplitude, a phase crosses the far side."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.anchor_intervals import AnchorAnalysis, anchor_analysis
from analysis.anchors import anchor_profile, cosine_fit, own_anchor_effect

OFFSETS = np.arange(19)


def planted(
    n: int, seed: int, *, amplitude: float, phase: float = 0.0, bump: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """People anchored round robin, their scores a cosine of the offset plus noise of standard deviation 1, centered."""
    anchors = np.arange(n) % 19
    away = OFFSETS[None, :] - anchors[:, None]
    mean = amplitude * np.cos(2 * np.pi * (away - phase) / 19) + bump * (away == 0)
    scores = mean + np.random.default_rng(seed).standard_normal((n, 19))
    return scores - scores.mean(axis=1, keepdims=True), anchors


def analyses(n: int, **truth: float) -> list[AnchorAnalysis]:
    return [
        anchor_analysis(*planted(n, seed, **truth), np.random.default_rng(seed), resamples=149) for seed in range(60)
    ]


def test_a_planted_cosine_is_covered() -> None:
    found = analyses(76, amplitude=0.5, phase=2.3)
    for name, true in {"amplitude": 0.5, "phase_steps": 2.3, "r_squared": 1.0, "distance_correlation": -1.0}.items():
        held = sum(getattr(one, name).low - 1e-9 <= true <= getattr(one, name).high + 1e-9 for one in found)
        assert held >= (52 if name != "distance_correlation" else 50), name
    assert np.mean([one.amplitude.value for one in found]) == pytest.approx(0.5, abs=0.02)
    own = own_anchor_effect(0.5 * np.cos(2 * np.pi * (OFFSETS - 2.3) / 19))
    assert sum(one.own_anchor_effect.low <= own <= one.own_anchor_effect.high for one in found) >= 52


def test_every_offset_of_the_curve_is_covered() -> None:
    true = 0.4 * np.cos(2 * np.pi * OFFSETS / 19)
    found = analyses(57, amplitude=0.4)
    curve = found[0].curve
    assert [point.offset for point in curve] == list(range(-9, 10))
    assert {point.mean.n for point in curve} == {57}
    held = [point.mean.low <= true[point.offset] <= point.mean.high for one in found for point in one.curve]
    # Three people per anchor: plain resampling within anchors would hold 88 %.
    assert 0.92 <= np.mean(held) <= 0.98


def test_without_an_anchor_effect_there_is_no_amplitude_and_no_phase() -> None:
    found = analyses(76, amplitude=0.0)
    assert sum(one.amplitude.low == 0 for one in found) >= 57
    assert sum(np.isnan(one.phase_steps.low) for one in found) >= 57
    plain = np.mean([one.sample.amplitude for one in found])
    assert np.mean([one.amplitude.value for one in found]) < 0.6 * plain


def test_a_bump_on_the_anchor_lowers_the_fit_as_it_should() -> None:
    profile = 0.5 * np.cos(2 * np.pi * OFFSETS / 19) + (OFFSETS == 0)
    true = cosine_fit(profile - profile.mean())
    found = analyses(190, amplitude=0.5, bump=1.0)
    assert sum(one.r_squared.low <= true.r_squared <= one.r_squared.high for one in found) >= 52
    assert sum(one.amplitude.low <= true.amplitude <= one.amplitude.high for one in found) >= 52


def test_a_phase_on_the_far_side_has_one_unbroken_interval() -> None:
    found = analyses(76, amplitude=0.6, phase=9.5)
    for one in found:
        assert one.phase_steps.low <= one.phase_steps.value <= one.phase_steps.high
        assert one.phase_steps.high - one.phase_steps.low < 4
    held = sum(any(one.phase_steps.low <= 9.5 + turn <= one.phase_steps.high for turn in (-19, 0)) for one in found)
    assert held >= 52


@pytest.mark.parametrize("convention", ["per-anchor", "pooled"])
def test_values_are_those_of_the_profile(convention: str) -> None:
    scores, anchors = planted(50, 3, amplitude=0.8)
    weights = np.random.default_rng(1).integers(0, 3, 50)
    found = anchor_analysis(scores, anchors, np.random.default_rng(0), convention=convention, weights=weights)
    repeated = anchor_profile(np.repeat(scores, weights, axis=0), np.repeat(anchors, weights), convention=convention)
    assert [point.mean.value for point in found.curve] == pytest.approx(np.roll(repeated, 9))
    assert found.sample == pytest.approx(cosine_fit(repeated))
    assert found.n == (weights > 0).sum()


def test_an_anchor_with_one_person_and_nobody_have_no_interval() -> None:
    scores, anchors = planted(20, 0, amplitude=1.0)
    alone = anchor_analysis(scores, anchors, np.random.default_rng(0))
    assert alone.reason == "18 of 19 anchors with a single respondent"
    assert np.isfinite(alone.curve[9].mean.value)
    assert np.isnan(alone.curve[9].mean.low)
    assert np.isnan(alone.amplitude.low)
    assert alone.sample.amplitude == pytest.approx(1, abs=0.4)
    nobody = anchor_analysis(scores[:0], anchors[:0], np.random.default_rng(0))
    assert (nobody.n, nobody.reason) == (0, "nobody with an anchor answered")
    assert np.isnan(nobody.amplitude.value)


def test_people_with_a_gap_are_left_out() -> None:
    scores, anchors = planted(76, 0, amplitude=1.0)
    scores[0, 4] = np.nan
    assert anchor_analysis(scores, anchors, np.random.default_rng(0), resamples=19).n == 75
