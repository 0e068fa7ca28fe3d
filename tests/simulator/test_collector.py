"""Fewer garbage collections during fieldwork, and as many as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from simulator.collector import ALLOCATIONS, fewer_collections


@pytest.fixture(autouse=True)
def _thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_threshold_is_raised_inside_and_put_back_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), fewer_collections():
        assert gc.get_threshold() == (ALLOCATIONS, *before[1:])
        raise KeyError
    assert gc.get_threshold() == before


@pytest.mark.parametrize("chosen", [0, 10 * ALLOCATIONS])
def test_what_the_user_chose_is_respected(chosen: int) -> None:
    gc.set_threshold(chosen, 10, 10)
    with fewer_collections():
        assert gc.get_threshold()[0] == chosen


def test_collections_become_rarer() -> None:
    def collections_of(n: int) -> int:
        before = gc.get_stats()[0]["collections"]
        kept = [[number] for number in range(n)]
        return gc.get_stats()[0]["collections"] - before + 0 * len(kept)

    usual = collections_of(100_000)
    with fewer_collections():
        fewer = collections_of(100_000)
    assert 0 < fewer < usual / 5
