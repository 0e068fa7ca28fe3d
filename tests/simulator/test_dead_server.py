"""A server that is gone, or says that it has too much to do: how often it is asked in all, and how its calls end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from servers.fixture import LoopbackServer

from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.errors import EngineError, EngineThrottled, EngineUnreachable
from simulator.messages import Completion, Message, Request

CALLS = 32
PROBES = 10


def put(
    server: LoopbackServer, n: int, *, rounds: int = 1, model: str = "loopback-model", **options: Any
) -> list[Completion | EngineError]:
    """The outcomes of `n` callers that ask `rounds` times each, all at once, through one engine with quick retries."""

    async def whole() -> list[Completion | EngineError]:
        quick = {"retry_seconds": 0.01, "longest_retry_seconds": 0.05, "timeout_seconds": 5.0, "concurrency": n}
        engine = OpenAICompatibleEngine(model, server.base_url, **(quick | options))
        outcomes = list[Completion | EngineError]()

        async def caller(number: int) -> None:
            for turn in range(rounds):
                try:
                    request = Request((Message("user", f"{number}.{turn}?\n1. Yes\n2. No"),))
                    outcomes.append(await engine.complete(request))
                except EngineError as error:
                    outcomes.append(error)

        try:
            await asyncio.gather(*map(caller, range(n)))
        finally:
            await engine.close()
        return outcomes

    return asyncio.run(whole())


@pytest.mark.parametrize("dead_as", ["503", "reset"])
def test_a_dead_server_is_asked_by_everybody_together_as_often_as_by_one(
    dead_as: str, loopback_server: LoopbackServer
) -> None:
    loopback_server.control(dead_after=100, dead_as=dead_as)
    outcomes = put(loopback_server, CALLS, rounds=20)
    n_dead = loopback_server.seen()["n_dead"]
    # What was under way, tries begun before the tenth failure, probes: 51 at most, where 540 calls would make 2,700.
    assert n_dead <= CALLS + 9 + PROBES
    errors = [outcome for outcome in outcomes if isinstance(outcome, EngineError)]
    assert len(outcomes) - len(errors) == 100
    assert all(isinstance(error, EngineUnreachable) and error.ends_run for error in errors)
    assert f"{n_dead} tries in a row failed, the last 10 of them one at a time" in str(errors[-1])
    assert sum(len(error.failed_tries) for error in errors) == n_dead
    assert all(error.attempts == len(error.failed_tries) <= 5 for error in errors)


def test_one_call_alone_keeps_its_number_of_tries(loopback_server: LoopbackServer) -> None:
    outcome = put(loopback_server, 1, model="fault:503")[0]
    assert isinstance(outcome, EngineUnreachable)
    assert (outcome.attempts, outcome.ends_run) == (5, False)
    assert outcome.failed_tries == ("unreachable/503",) * 5


@pytest.mark.parametrize("n", [1, 4, 32])
def test_a_short_absence_costs_no_call(n: int, loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": "none", "times": n}, {"kind": "503", "times": n + 2}])
    outcomes = put(loopback_server, n, rounds=5)
    assert all(isinstance(outcome, Completion) for outcome in outcomes)


@pytest.mark.parametrize("wish", [None, "0.05"])
def test_a_throttled_server_is_asked_no_more_than_allowed(wish: str | None, loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": "429", "times": 10_000, "retry_after": wish}])
    outcomes = put(loopback_server, CALLS, max_attempts=3)
    assert all(isinstance(outcome, EngineThrottled) for outcome in outcomes)
    assert loopback_server.seen()["chat_requests"] == CALLS * 3


@pytest.mark.parametrize("max_attempts", [1, 2, 4])
def test_requests_stay_within_the_budget_of_retries(max_attempts: int, loopback_server: LoopbackServer) -> None:
    weights = {"503": 1, "429": 1, "truncated": 1, "reset": 1, "wrong-model": 1}
    loopback_server.control(faults_seed=3, fault_rate=0.5, fault_weights=weights)
    outcomes = put(loopback_server, 16, rounds=10, max_attempts=max_attempts)
    n_tries = sum(outcome.attempts for outcome in outcomes)
    assert n_tries == loopback_server.seen()["chat_requests"] <= len(outcomes) * max_attempts
    assert max(outcome.attempts for outcome in outcomes) == max_attempts


def test_a_probe_that_is_called_off_leaves_the_way_to_the_next(loopback_server: LoopbackServer) -> None:
    async def whole() -> Completion:
        engine = OpenAICompatibleEngine(
            "loopback-model", loopback_server.base_url, retry_seconds=0.001, longest_retry_seconds=0.001, max_attempts=9
        )
        try:
            loopback_server.control(faults=[{"kind": "503", "times": 3}, {"kind": "hang"}])
            first = asyncio.create_task(engine.complete(Request((Message("user", "first?\n1. Yes\n2. No"),))))
            while loopback_server.seen()["chat_requests"] < 4:
                await asyncio.sleep(0.01)
            second = asyncio.create_task(engine.complete(Request((Message("user", "second?\n1. Yes\n2. No"),))))
            await asyncio.sleep(0.05)
            assert not second.done()
            first.cancel()
            return await asyncio.wait_for(second, 5.0)
        finally:
            await engine.close()

    assert asyncio.run(whole()).attempts == 1
