"""Which replies are judged: a share of each stratum, without replacement, the same ones for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import RunSpecError
from simulator.judges.sample import Reply, SampleSize, allocation, draw_sample, read_sample_size


def replies(**sizes: int) -> list[Reply]:
    return [Reply(number, place, place, name) for place, (name, n) in enumerate(sizes.items()) for number in range(n)]


def test_one_percent_is_at_least_thirty_or_all_there_are() -> None:
    one = read_sample_size("1%")
    assert [one.of(n) for n in (5, 30, 500, 3000, 3001, 20_000)] == [5, 30, 30, 30, 31, 200]
    assert read_sample_size("200") == SampleSize(count=200)
    assert read_sample_size(" ALL ") == SampleSize()
    assert SampleSize(share=0.07).of(1000) == 70


@pytest.mark.parametrize("text", ["", "0", "-3", "0%", "101%", "x", "1.5", "nan%", "inf%", "1e9%"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(RunSpecError, match=r"--sample .*give a percentage above 0 such as 1%"):
        read_sample_size(text)


def test_strata_get_what_they_hold_in_proportion_and_none_goes_empty() -> None:
    assert allocation({"a": 600, "b": 300, "c": 100}, SampleSize(count=50)) == {"a": 30, "b": 15, "c": 5}
    assert allocation({"a": 997, "b": 2, "c": 1}, SampleSize(count=10)) == {"a": 8, "b": 1, "c": 1}
    assert sum(allocation({"a": 1, "b": 1, "c": 1}, SampleSize(count=2)).values()) == 2
    assert allocation({}, SampleSize(count=2)) == {}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 60)), st.integers(1, 300))
def test_as_many_as_asked_for_and_never_more_than_a_stratum_holds(sizes: dict[str, int], n: int) -> None:
    found = allocation(sizes, SampleSize(count=n))
    assert sum(found.values()) == min(n, sum(sizes.values()))
    assert all(0 <= found[name] <= held for name, held in sizes.items())


def test_no_reply_is_drawn_twice_and_the_seed_decides() -> None:
    held = replies(a=200, b=100)
    drawn = draw_sample(held, SampleSize(count=60), seed=1)
    assert len(drawn) == len(set(drawn)) == 60
    assert drawn == draw_sample(reversed(held), SampleSize(count=60), seed=1)
    assert drawn != draw_sample(held, SampleSize(count=60), seed=2)
    assert Counter(reply.stratum for reply in drawn) == {"a": 40, "b": 20}


def test_larger_sample_of_a_stratum_holds_the_smaller_one() -> None:
    held = replies(a=500)
    small, large = (set(draw_sample(held, SampleSize(count=n), seed=3)) for n in (50, 120))
    assert small < large


def test_every_reply_is_as_likely_as_the_next() -> None:
    held = replies(a=20)
    hits = Counter(reply.respondent for seed in range(2000) for reply in draw_sample(held, SampleSize(count=5), seed))
    # Each is drawn with probability 1/4: 500 with a standard deviation of 19.4.
    assert all(abs(hits[number] - 500) < 4.5 * 19.4 for number in range(20))
