"""The circuit breaker as a state machine: when it opens, how it probes, when it gives up. No clock, no server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engines.circuit import Circuit, CircuitPolicy, CircuitState

POLICY = CircuitPolicy(failures=10, probes=4, first_seconds=1.0, longest_seconds=3.0)


def failing(circuit: Circuit, times: int, *, n_calls: int = 32, now: float = 0.0) -> None:
    for _ in range(times):
        circuit.failed(now, n_calls=n_calls, is_probe=False)


def test_it_opens_after_failures_in_a_row() -> None:
    circuit = Circuit(POLICY)
    failing(circuit, 9)
    circuit.replied()
    failing(circuit, 9)
    assert circuit.state is CircuitState.CLOSED
    failing(circuit, 1)
    assert circuit.state is CircuitState.OPEN


@pytest.mark.parametrize(("n_calls", "failures"), [(1, 3), (2, 5), (4, 9), (5, 10), (1000, 10)])
def test_few_calls_open_it_before_their_tries_are_used_up(n_calls: int, failures: int) -> None:
    circuit = Circuit(POLICY)
    failing(circuit, failures - 1, n_calls=n_calls)
    assert circuit.state is CircuitState.CLOSED
    failing(circuit, 1, n_calls=n_calls)
    assert circuit.state is CircuitState.OPEN


def test_pauses_double_up_to_the_longest_and_end_in_giving_up() -> None:
    circuit, now, pauses = Circuit(POLICY), 0.0, []
    failing(circuit, 10)
    while circuit.state is CircuitState.OPEN:
        pauses.append(circuit.wait_seconds(now))
        now += pauses[-1]
        assert circuit.wait_seconds(now) == 0.0
        circuit.begin_probe()
        circuit.failed(now, n_calls=32, is_probe=True)
    assert pauses == [1.0, 2.0, 3.0, 3.0]
    assert circuit.state is CircuitState.GIVEN_UP
    assert (circuit.n_failures, circuit.n_probes, circuit.failing_seconds(now)) == (14, 4, 9.0)


def test_a_reply_to_whatever_was_still_under_way_closes_it() -> None:
    circuit = Circuit(POLICY)
    failing(circuit, 12)
    circuit.begin_probe()
    failing(circuit, 5)  # requests that were on their way when it opened
    assert circuit.state is CircuitState.PROBING
    circuit.replied()
    assert (circuit.state, circuit.n_failures, circuit.n_probes) == (CircuitState.CLOSED, 0, 0)


def test_a_probe_that_was_called_off_tells_nothing() -> None:
    circuit = Circuit(POLICY)
    failing(circuit, 10)
    circuit.begin_probe()
    circuit.abandon_probe()
    assert (circuit.state, circuit.n_probes) == (CircuitState.OPEN, 0)


@given(st.lists(st.booleans(), max_size=200))
def test_a_dead_server_is_asked_a_bounded_number_of_times(cancelled: list[bool]) -> None:
    circuit, asked = Circuit(POLICY), 0
    for is_called_off in [*cancelled, *[False] * 50]:
        if circuit.state is CircuitState.GIVEN_UP:
            break
        if circuit.state is CircuitState.OPEN:
            circuit.begin_probe()
            if is_called_off:
                circuit.abandon_probe()
                continue
            asked += 1
            circuit.failed(0.0, n_calls=32, is_probe=True)
        else:
            asked += 1
            circuit.failed(0.0, n_calls=32, is_probe=False)
    assert circuit.state is CircuitState.GIVEN_UP
    assert asked == 10 + 4


@pytest.mark.parametrize("wrong", [{"failures": 0}, {"probes": 0}, {"first_seconds": -1.0}])
def test_a_policy_that_cannot_work_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"needs|finite"):
        CircuitPolicy(**wrong)  # type: ignore[arg-type]
