"""The retry policy, without sleeping and without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engines.retry import RetryPolicy, Trouble, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
POLICY = RetryPolicy(max_attempts=5, base_seconds=0.5, longest_seconds=3.0, longest_retry_after_seconds=120.0)


@pytest.mark.parametrize(
    ("attempt", "draw", "expected"),
    [(1, 0.0, 0.0), (1, 0.5, 0.25), (2, 0.5, 0.5), (3, 0.5, 1.0), (4, 0.5, 1.5), (4, 1.0, 3.0)],
)
def test_full_jitter_doubles_up_to_the_limit(attempt: int, draw: float, expected: float) -> None:
    # uniform(0, min(3, 0.5 * 2**(attempt - 1))): bounds 0.5, 1, 2, 3 (not 4)
    assert POLICY.wait_seconds(Trouble.UNREACHABLE, attempt, draw) == expected


def test_gives_up_at_the_limit_of_each_kind() -> None:
    last = {
        trouble: next(n for n in range(1, 10) if POLICY.wait_seconds(trouble, n, 0.5) is None) for trouble in Trouble
    }
    assert last == {Trouble.UNREACHABLE: 5, Trouble.THROTTLED: 5, Trouble.MALFORMED: 3, Trouble.FINAL: 1}


def test_the_server_s_own_time_is_kept_with_a_little_jitter_on_top() -> None:
    assert POLICY.wait_seconds(Trouble.THROTTLED, 1, 0.5, 7.0) == 7.25
    assert POLICY.wait_seconds(Trouble.THROTTLED, 4, 0.5, 7.0) == 7.25
    assert POLICY.wait_seconds(Trouble.THROTTLED, 1, 0.0, 0.0) == 0.0


def test_the_server_s_own_time_is_capped() -> None:
    assert POLICY.wait_seconds(Trouble.THROTTLED, 1, 0.0, 86_400.0) == 120.0


def test_a_server_s_wish_does_not_buy_more_attempts() -> None:
    assert POLICY.wait_seconds(Trouble.THROTTLED, 5, 0.5, 1.0) is None
    assert POLICY.wait_seconds(Trouble.FINAL, 1, 0.5, 1.0) is None


@given(attempt=st.integers(1, 10_000), draw=st.floats(0, 1, exclude_max=True), wish=st.none() | st.floats(0, 1e12))
def test_no_wait_is_ever_endless(attempt: int, draw: float, wish: float | None) -> None:
    patient = RetryPolicy(max_attempts=20_000)
    wait = patient.wait_seconds(Trouble.THROTTLED, attempt, draw, wish)
    assert wait is not None
    assert 0 <= wait <= 120.5


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("3", 3.0),
        (" 0 ", 0.0),
        ("0.25", 0.25),
        ("-5", 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:59:00 GMT", 0.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("Sun Mar  1 12:00:30 2026", 30.0),
        ("Sun, 99 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_as_rfc_9110_writes_it(value: str | None, expected: float | None) -> None:
    assert parse_retry_after(value, NOW) == expected


@given(seconds=st.integers(0, 10**6), offset=st.integers(-12, 12))
def test_a_date_means_the_same_in_any_time_zone(seconds: int, offset: int) -> None:
    moment = (NOW + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=offset)))
    assert parse_retry_after(format_datetime(moment), NOW) == seconds


@given(st.text())
def test_any_header_is_a_time_or_nothing(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    "wrong", [{"max_attempts": 0}, {"max_malformed": 0}, {"base_seconds": -1.0}, {"longest_seconds": float("nan")}]
)
def test_an_impossible_policy_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"attempt|finite"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]
