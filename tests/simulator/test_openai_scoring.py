"""Texts scored as replies by a server on loopback: what goes out, what is read, what a bad reply comes to."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from servers.fixture import SCRIPT, LoopbackServer

from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.openai_scoring import read_scored, scored_texts, shared_length
from simulator.engines.openai_wire import MalformedReply, MissingLogprobs
from simulator.engines.retry import RetryPolicy
from simulator.errors import EngineUnreachable, MissingCapability
from simulator.messages import Completion, Message, Request, Settings

sys.path.insert(0, str(SCRIPT.parent))  # the server's own modules, which know nothing of voxpop
from loopback_scoring import logprob, pieces, token_id

MESSAGES = (Message("system", "Answer."), Message("user", "Is it so?\n1. Yes\n2. No"))
PROMPT = "\n<s>\nAnswer.\n<u>\nIs it so?\n1. Yes\n2. No\n<a>\n"
TEXTS = ("1", " 1", "1. Yes", "Not at all, never")


def ask(server: LoopbackServer, requests: Sequence[Request], **options: Any) -> list[Completion]:
    """The requests to the server one after the other."""

    async def talk() -> list[Completion]:
        retry = RetryPolicy(max_attempts=2, base_seconds=0.001)
        engine = OpenAICompatibleEngine(
            server.model, server.base_url, **{"dialect": "vllm", "timeout_seconds": 5.0, "retry": retry} | options
        )
        try:
            return [await engine.complete(request) for request in requests]
        finally:
            await engine.close()

    return asyncio.run(talk())


def expected(prompt: str, text: str) -> list[tuple[str, float]]:
    """The tokens of the whole that the prompt alone does not begin with, and how likely the server finds them."""
    whole, alone = pieces(prompt + text), pieces(prompt)
    start = shared_length([token_id(piece) for piece in alone], [token_id(piece) for piece in whole])
    return [(piece, logprob("".join(whole[:n]), piece)) for n, piece in enumerate(whole) if n >= start]


def test_a_chat_is_gone_on_with_by_each_text(loopback_server: LoopbackServer) -> None:
    (found,) = ask(loopback_server, [Request(MESSAGES, Settings(max_tokens=3), continuations=TEXTS)])
    assert [one.text for one in found.scored] == list(TEXTS)
    for one in found.scored:
        tokens = expected(PROMPT, one.text)
        assert [token for token, _ in one.tokens] == [token for token, _ in tokens]
        assert [value for _, value in one.tokens] == pytest.approx([value for _, value in tokens], abs=1e-6)
        assert one.logprob == pytest.approx(sum(value for _, value in tokens), abs=1e-5)
    body = loopback_server.seen()["last_body"]
    assert body["prompt_logprobs"] == 0
    assert body["continue_final_message"] is True
    assert loopback_server.seen()["chat_requests"] == 1 + len(TEXTS)


def test_a_raw_text_is_gone_on_with_as_it_is(loopback_server: LoopbackServer) -> None:
    raw = (Message("user", "Is it so?\nAnswer:"),)
    request = Request(raw, Settings(max_tokens=3), continuations=(" Yes", " No"), is_raw=True, top_logprobs=5)
    (found,) = ask(loopback_server, [request])
    for one in found.scored:
        assert [token for token, _ in one.tokens] == [one.text]
        assert one.logprob == pytest.approx(logprob("Is it so?\nAnswer:", one.text), abs=1e-6)
    assert found.positions[0].top
    assert loopback_server.seen()["last_body"]["prompt"] == "Is it so?\nAnswer: No"


def test_a_prefix_stands_before_every_text(loopback_server: LoopbackServer) -> None:
    request = Request(MESSAGES, Settings(max_tokens=3), assistant_prefix="I say", continuations=(" 1",))
    (found,) = ask(loopback_server, [request])
    assert found.scored[0].logprob == pytest.approx(logprob(PROMPT + "I say", " 1"), abs=1e-6)
    assert loopback_server.seen()["last_body"]["messages"][-1] == {"role": "assistant", "content": "I say 1"}


def test_a_token_that_swallows_the_prompts_last_blank_belongs_to_the_text(loopback_server: LoopbackServer) -> None:
    raw = (Message("user", "Answer: "),)
    (found,) = ask(loopback_server, [Request(raw, Settings(max_tokens=1), continuations=("Yes",), is_raw=True)])
    assert [token for token, _ in found.scored[0].tokens] == [" Yes"]
    assert found.scored[0].logprob == pytest.approx(logprob("Answer:", " Yes"), abs=1e-6)


def test_scoring_survives_a_fault_and_says_how_often_it_tried(loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": "none"}, {"kind": "500"}])
    (found,) = ask(loopback_server, [Request(MESSAGES, Settings(max_tokens=3), continuations=TEXTS[:1])])
    assert found.failed_tries == ("unreachable/500",)
    assert found.attempts == 2


def test_a_score_that_never_comes_fails_the_whole(loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": "none"}, *[{"kind": "500"}] * 8])
    with pytest.raises(EngineUnreachable):
        ask(loopback_server, [Request(MESSAGES, Settings(max_tokens=3), continuations=TEXTS)])


@pytest.mark.parametrize("what", ["continuations", "is_raw"])
def test_the_openai_dialect_declares_neither(loopback_server: LoopbackServer, what: str) -> None:
    request = replace(Request(MESSAGES), **{what: ("1",) if what == "continuations" else True})
    with pytest.raises(MissingCapability, match="prompt_logprobs" if what == "continuations" else "raw_completion"):
        ask(loopback_server, [request], dialect="openai")


def test_a_server_that_scores_nothing_is_found_out() -> None:
    whole = {"prompt_token_ids": [1, 2, 3], "choices": [{}]}
    with pytest.raises(MissingLogprobs, match="no log probabilities of the prompt"):
        read_scored(whole, "x", (1, 2))
    with pytest.raises(MissingLogprobs, match="does not tell the prompt's tokens"):
        read_scored({"choices": [{}]}, "x", (1, 2))
    entry = {"3": {"logprob": -1.0, "decoded_token": "x"}}
    with pytest.raises(MalformedReply, match="3 tokens and log probabilities of 2"):
        read_scored(whole | {"prompt_logprobs": [None, entry]}, "x", (1, 2))
    with pytest.raises(MissingLogprobs, match="has no log probability"):
        read_scored(whole | {"prompt_logprobs": [None, entry, {"4": entry["3"]}]}, "x", (1, 2))
    found = read_scored(whole | {"prompt_logprobs": [None, None, entry]}, "x", (1, 2))
    assert scored_texts([found])[0].tokens == (("x", -1.0),)


def test_texts_are_scored_from_where_the_prompt_is_the_same_in_all() -> None:
    # The prompt is 1 2 3; one text is joined with its last token, one is not, and one adds nothing.
    def reply(*ids: int) -> dict[str, Any]:
        listed = [None, *({str(one): {"logprob": -one / 10, "decoded_token": str(one)}} for one in ids[1:])]
        return {"prompt_token_ids": list(ids), "prompt_logprobs": listed}

    prompts = [read_scored(reply(*ids), "x", (1, 2, 3)) for ids in ((1, 2, 4), (1, 2, 3, 5), (1, 2, 3))]
    joined, apart, nothing = scored_texts(prompts)
    assert (joined.tokens, joined.ids) == ((("4", -0.4),), (4,))
    assert (apart.tokens, apart.ids) == ((("3", -0.3), ("5", -0.5)), (3, 5))
    assert (nothing.tokens, nothing.ids) == ((), ())
