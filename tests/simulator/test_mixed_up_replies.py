"""A server that sends replies twice, late, or to the wrong request: no reply is ever taken for another request's.

Every reply's list of twenty tokens ends with a stamp made from the messages and the seed it answers.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from servers.fixture import LoopbackServer

from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.openai_settings import CLIENTS, Client
from simulator.engines.retry import RetryPolicy
from simulator.errors import EngineError, MalformedCompletion
from simulator.messages import Completion, Message, Request

sys.path.append(str(Path(__file__).parents[1] / "servers"))

from loopback_replies import stamp

SENDER: ContextVar[Client] = ContextVar("SENDER", default="aiohttp")
QUICK = RetryPolicy(max_attempts=4, base_seconds=0.001)


@pytest.fixture(params=CLIENTS, autouse=True)
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """Everything here holds whoever sends the requests."""
    token = SENDER.set(request.param)
    yield request.param
    SENDER.reset(token)


def question(number: int) -> Request:
    return Request((Message("user", f"Question {number}?\n1. Yes\n2. No"),), seed=number, top_logprobs=20)


def is_own(completion: Completion, number: int) -> bool:
    text = question(number).messages[0].content
    return completion.positions[0].top[-1][0] == f"#{stamp([{'role': 'user', 'content': text}], number)}"


def asked(
    server: LoopbackServer, n: int, *, gap: float = 0.0, concurrency: int = 1, **options: Any
) -> list[Completion | EngineError]:
    """The outcomes of questions 0..n-1, on `concurrency` connections, with `gap` seconds between two."""

    async def whole() -> list[Completion | EngineError]:
        engine = OpenAICompatibleEngine(
            server.model,
            server.base_url,
            **{"concurrency": concurrency, "retry": QUICK, "client": SENDER.get()} | options,
        )

        async def one(number: int) -> Completion | EngineError:
            try:
                return await engine.complete(question(number))
            except EngineError as error:
                return error
            finally:
                await asyncio.sleep(gap)

        try:
            if concurrency > 1:
                return list(await asyncio.gather(*map(one, range(n))))
            return [await one(number) for number in range(n)]
        finally:
            await engine.close()

    return asyncio.run(whole())


def completions(outcomes: list[Completion | EngineError]) -> list[Completion]:
    for outcome in outcomes:
        assert isinstance(outcome, Completion), outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Completion)]


@pytest.mark.parametrize("gap", [0.0, 0.02])
@pytest.mark.parametrize("kind", ["twice", "twice-late"])
def test_a_second_copy_of_a_reply_is_nobody_else_s(kind: str, gap: float, loopback_server: LoopbackServer) -> None:
    # aiohttp alone gives the second copy to the next request on the connection if it comes after the first was read.
    faults = [{"kind": "none"}, {"kind": kind, "times": 3}, {"kind": "none", "times": 100}]
    loopback_server.control(faults=faults)
    found = completions(asked(loopback_server, 12, gap=gap))
    assert all(is_own(completion, number) for number, completion in enumerate(found))
    tries = [slug for completion in found for slug in completion.failed_tries]
    assert set(tries) <= {"malformed/repeated"}
    assert len(tries) <= 3


def test_a_second_reply_under_another_id_is_dropped_with_its_connection(loopback_server: LoopbackServer) -> None:
    loopback_server.fault("twice-late", 3, other_id=True)
    found = completions(asked(loopback_server, 8, gap=0.02))
    assert all(is_own(completion, number) for number, completion in enumerate(found))
    assert [completion.attempts for completion in found] == [1] * 8


def test_where_ids_are_echoed_even_a_reply_never_seen_before_is_known_for_foreign(
    loopback_server: LoopbackServer,
) -> None:
    loopback_server.control(echo_ids=True, faults=[{"kind": "none"}, {"kind": "dated-model"}, {"kind": "none"}])
    found = completions(asked(loopback_server, 2))
    # The fault's reply has an id of its own, which does not hold what was sent.
    assert [completion.failed_tries for completion in found] == [(), ("malformed/repeated",)]


@pytest.mark.parametrize("kind", ["no-id", "short-id", "constant-id"])
def test_servers_whose_ids_tell_nothing_are_asked_on_fresh_connections(
    kind: str, loopback_server: LoopbackServer
) -> None:
    server = LoopbackServer(loopback_server.base_url, loopback_server.pid, f"fault:{kind}")
    found = completions(asked(server, 30, concurrency=8))
    assert all(is_own(completion, number) for number, completion in enumerate(found))
    expected = 3 if kind == "constant-id" else 0
    assert sum(len(completion.failed_tries) for completion in found) == expected


def test_a_reply_from_another_model_makes_no_data(loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": "wrong-model"}, {"kind": "dated-model"}])
    found = completions(asked(loopback_server, 1))[0]
    assert (found.model, found.failed_tries) == ("loopback-model-2024-07-18", ("malformed/model",))


def test_a_server_that_always_names_another_model_is_said_so_and_may_be_accepted(
    loopback_server: LoopbackServer,
) -> None:
    loopback_server.control(reply_model="weights.gguf")
    refused = asked(loopback_server, 1)[0]
    assert isinstance(refused, MalformedCompletion)
    assert "the reply is from the model 'weights.gguf', not 'loopback-model'" in str(refused)
    assert "set `answers_as`" in str(refused)
    assert refused.failed_tries == ("malformed/model",) * 3
    accepted = completions(asked(loopback_server, 1, answers_as="weights.gguf"))[0]
    assert accepted.model == "weights.gguf"
