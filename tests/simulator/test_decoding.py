"""Decoding settings drawn per respondent: the declared distributions, whatever else is drawn, and back from JSON."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest, pearsonr

from simulator.conditions import MemoryPolicy
from simulator.decoding import (
    INSTEAD_OF_BEAMS,
    Decoding,
    DecodingRanges,
    decoding_from_json,
    draw_decoding,
    ranges_from_json,
)
from simulator.memory import memory_length
from simulator.messages import Settings

PEOPLE = [f"r{number:04d}" for number in range(6000)]
PAPER = DecodingRanges(beams=(1, 5), sampling=True)
WARM = DecodingRanges(temperature=(0.5, 1.2), top_p=(0.8, 1.0))

temperatures = st.tuples(st.floats(0, 5), st.floats(0, 5)).map(lambda ends: (min(ends), max(ends)))
shares = st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)).map(lambda ends: (min(ends), max(ends)))
beams = st.tuples(st.integers(1, 9), st.integers(1, 9)).map(lambda ends: (min(ends), max(ends)))
ranges = st.builds(
    DecodingRanges,
    st.none() | temperatures,
    st.none() | shares,
    st.none() | beams,
    st.booleans(),
    st.sampled_from(["nothing", "temperature", "top_p"]),
)


def uniform_p(values: list[float], low: float, high: float) -> float:
    return float(kstest(values, "uniform", args=(low, high - low)).pvalue)


def test_temperature_and_top_p_are_uniform_on_their_ranges_and_independent() -> None:
    drawn = [draw_decoding(WARM, 7, one) for one in PEOPLE]
    warm = [one.temperature for one in drawn if one.temperature is not None]
    wide = [one.top_p for one in drawn if one.top_p is not None]
    assert len(warm) == len(wide) == len(PEOPLE)
    assert uniform_p(warm, 0.5, 1.2) > 0.01
    assert uniform_p(wide, 0.8, 1.0) > 0.01
    assert abs(pearsonr(warm, wide).statistic) < 0.04  # three standard errors


def test_beams_and_the_sampling_switch_are_even() -> None:
    drawn = [draw_decoding(PAPER, 7, one) for one in PEOPLE]
    both = Counter((one.beams, one.sampling) for one in drawn)
    assert set(both) == {(n, switch) for n in range(1, 6) for switch in (True, False)}
    assert chisquare(list(both.values())).pvalue > 0.01


def test_the_published_memory_is_uniform_with_both_ends() -> None:
    policy = MemoryPolicy("random-prune", max_length=9, min_length=4)
    counts = Counter(memory_length(policy, 3, one) for one in PEOPLE)
    assert set(counts) == set(range(4, 10))
    assert chisquare(list(counts.values())).pvalue > 0.01


def test_without_a_shortest_length_memories_are_those_drawn_before_there_was_one() -> None:
    drawn = [memory_length(MemoryPolicy(max_length=15), 5, f"r{number:04d}") for number in range(12)]
    assert drawn == [7, 6, 5, 3, 2, 3, 10, 4, 8, 7, 13, 13]


def test_no_sampling_is_temperature_zero_whatever_the_range() -> None:
    drawn = [
        draw_decoding(DecodingRanges(temperature=(0.5, 1.2), top_p=(0.8, 1.0), sampling=True), 1, n) for n in PEOPLE
    ]
    off = [one for one in drawn if one.sampling is False]
    assert {(one.temperature, one.top_p) for one in off} == {(0.0, None)}
    assert {one.applied_to(Settings(1.0, 0.9, 5)) for one in off} == {Settings(0.0, None, 5)}
    on = [one.temperature for one in drawn if one.sampling and one.temperature is not None]
    assert uniform_p(on, 0.5, 1.2) > 0.01


def test_beams_that_cannot_be_applied_are_drawn_recorded_and_not_sent() -> None:
    able = [draw_decoding(PAPER, 7, one) for one in PEOPLE[:200]]
    unable = [draw_decoding(PAPER, 7, one, has_beam_search=False) for one in PEOPLE[:200]]
    assert [one.beams for one in able] == [one.beams for one in unable]
    assert [one.not_applied for one in able] == [()] * 200
    assert [one.not_applied for one in unable] == [("beams",) if (one.beams or 1) > 1 else () for one in able]
    assert {one.applied_to(Settings()).beams for one in unable} == {None, 1}


@pytest.mark.parametrize("instead", ["temperature", "top_p"])
def test_something_else_is_drawn_in_place_of_beams_only_if_asked_to(instead: str) -> None:
    asked = DecodingRanges(beams=(1, 4), beams_instead=instead)  # type: ignore[arg-type]
    drawn = [draw_decoding(asked, 7, one, has_beam_search=False) for one in PEOPLE]
    assert uniform_p([getattr(one, instead) for one in drawn], *INSTEAD_OF_BEAMS[instead]) > 0.01
    assert {getattr(draw_decoding(asked, 7, one), instead) for one in PEOPLE[:50]} == {None}
    plain = DecodingRanges(beams=(1, 4))
    assert {getattr(draw_decoding(plain, 7, one, has_beam_search=False), instead) for one in PEOPLE[:50]} == {None}


@given(ranges, st.integers(0, 99), st.booleans())
def test_draws_lie_in_their_ranges_and_come_back_from_json(drawn_from: DecodingRanges, seed: int, able: bool) -> None:
    assert ranges_from_json(drawn_from.as_json()) == drawn_from
    drawn = draw_decoding(drawn_from, seed, "r0001", has_beam_search=able)
    assert decoding_from_json(drawn.as_json()) == drawn
    assert drawn == draw_decoding(drawn_from, seed, "r0001", has_beam_search=able)
    if drawn_from.temperature is not None and drawn.sampling is not False:
        assert drawn.temperature is not None
        assert drawn_from.temperature[0] <= drawn.temperature <= drawn_from.temperature[1]
    if drawn_from.beams is not None:
        assert drawn.beams is not None
        assert drawn_from.beams[0] <= drawn.beams <= drawn_from.beams[1]


def test_what_is_not_drawn_stays_as_the_condition_has_it() -> None:
    fixed = Settings(0.7, 0.9, 30, 1, ("end",))
    assert Decoding().applied_to(fixed) == fixed
    assert Decoding(temperature=0.3).applied_to(fixed) == Settings(0.3, 0.9, 30, 1, ("end",))
