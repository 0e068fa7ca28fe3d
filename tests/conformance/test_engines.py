"""One suite for every engine: what is declared is true, what is not declared is refused, errors are ours, keys stay in.

Each engine answers two questions put to several respondents. Servers are real processes on loopback.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest
from servers.fixture import LoopbackServer

from simulator.conditions import Condition
from simulator.engines.base import Capability, Engine, require
from simulator.engines.langchain_model import LangChainEngine
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.replay import ReplayEngine
from simulator.engines.retry import RetryPolicy
from simulator.engines.scripted import ScriptedEngine
from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_judge import SyntheticJudge
from simulator.errors import EngineError, EngineRefused, MissingCapability
from simulator.messages import (
    Asked,
    Completion,
    Message,
    Request,
    Settings,
    ShownOption,
    TokenAlternatives,
    hash_messages,
)
from simulator.positions import positions_to_json
from simulator.store.records import ConditionRow, ExchangeRow, ItemRow, RespondentRow, RunRow, TurnRows, respondent_name
from simulator.store.writer import Writer

T = TypeVar("T")
CANARY = "sk-canary-5f1d9b7e31"
OPTIONS = (ShownOption("1", 1, "Yes"), ShownOption("2", 2, "No"), ShownOption("3", 3, "Perhaps"))
N_RESPONDENTS = 8
ITEMS = ("q1", "q2")
IMPATIENT = RetryPolicy(max_attempts=2, base_seconds=0.001)


def question(respondent: int = 0, item: str = "q1") -> Request:
    """What respondent number `respondent` is asked; the prompt differs for every respondent and item."""
    asked = Asked(
        run_seed=7,
        respondent_id=respondent_name(respondent),
        persona_id=f"p{respondent}",
        strategy="basic",
        attributes={},
        item_id=item,
        format="single",
        options=OPTIONS,
        question_id=item,
    )
    shown = "\n".join(f"{option.label}. {option.text}" for option in OPTIONS)
    messages = (
        Message("system", f"You are respondent number {respondent}. Reply only with a label."),
        Message("user", f"Should it be so ({item})?\n{shown}"),
    )
    return Request(messages, Settings(temperature=1.0, max_tokens=20), seed=11, asked=asked)


def scripted_reply(request: Request) -> Completion:
    """A reply that depends on the prompt alone and has everything that can be asked for."""
    label = str(1 + hash_messages(request.messages) % 3)
    top = ((label, -0.1), ("x", -3.0))
    return Completion((label,) * request.samples, "by hand", "stop", positions=(TokenAlternatives(label, -0.1, top),))


def failing_reply(request: Request) -> Completion:
    raise EngineRefused("the script says no; write another", fatal=False)


def record(folder: Path) -> Path:
    """A record in which every respondent answered every item, with three samples and log probabilities."""
    path = folder / "old.sqlite"
    run = RunRow("old", 7, {}, {}, {}, "hash", N_RESPONDENTS)
    condition = Condition(
        "basic", probe="token-logit", samples=3, answer_format="structured", settings=Settings(beams=2)
    )
    items = [ItemRow(position, item, {}, "hash") for position, item in enumerate(ITEMS)]
    with Writer.create(path, run, [ConditionRow(0, condition.as_json())], items, version="0") as writer:
        for number in range(N_RESPONDENTS):
            writer.append_respondents([RespondentRow(number, f"p{number}", 0, "basic", {}, {}, 1.0, None)])
            for position, item in enumerate(ITEMS):
                writer.append_turn(TurnRows((exchange(number, position, item),), None))
    return path


def exchange(number: int, position: int, item: str) -> ExchangeRow:
    request = question(number, item)
    reply = scripted_reply(replace(request, samples=3))
    return ExchangeRow(
        respondent=number,
        number=position + 1,
        item=position,
        condition=0,
        try_number=0,
        remembered=(),
        order=None,
        labels=None,
        prompt_hash=hash_messages(request.messages),
        completion=reply.text,
        samples=reply.texts[1:],
        positions=positions_to_json(reply.positions),
        finish_reason="stop",
    )


@dataclass(frozen=True)
class Surroundings:
    """What an engine may be built from."""

    server: LoopbackServer
    folder: Path


def remote(surroundings: Surroundings, model: str, **options: object) -> OpenAICompatibleEngine:
    base_url = surroundings.server.base_url
    return OpenAICompatibleEngine(model, base_url, timeout_seconds=5.0, retry=IMPATIENT, **options)  # type: ignore[arg-type]


class OwningEngine(LangChainEngine):
    """Closes the connections of a chat model that was made for it alone."""

    client: httpx2.AsyncClient

    async def close(self) -> None:
        await self.client.aclose()


def chat_openai(surroundings: Surroundings, model: str) -> LangChainEngine:
    from langchain_openai import ChatOpenAI

    client = httpx2.AsyncClient()
    base_url = surroundings.server.base_url
    chat = ChatOpenAI(model=model, base_url=base_url, max_retries=0, timeout=5, http_async_client=client)
    engine = OwningEngine(chat, capabilities=("sampling", "seed", "top_logprobs"))
    engine.client = client
    return engine


def parrot() -> LangChainEngine:
    from langchain_core.language_models.fake_chat_models import ParrotFakeChatModel

    return LangChainEngine(ParrotFakeChatModel(), "parrot")


def everything(surroundings: Surroundings) -> Engine:
    return ScriptedEngine(scripted_reply, capabilities=Capability)


MAKERS: dict[str, Callable[[Surroundings], Engine]] = {
    "scripted": lambda around: ScriptedEngine(scripted_reply),
    "scripted-everything": everything,
    "synthetic": lambda around: SyntheticEngine(),
    "replay": lambda around: ReplayEngine(record(around.folder)),
    "langchain-core": lambda around: parrot(),
    "langchain-openai": lambda around: chat_openai(around, around.server.model),
    "openai-dialect": lambda around: remote(around, around.server.model, dialect="openai"),
    "vllm-dialect": lambda around: remote(around, around.server.model, dialect="vllm"),
    "openai-sdk": lambda around: remote(around, around.server.model, client="openai"),
}
FAILING: dict[str, Callable[[Surroundings], Engine]] = {
    "scripted": lambda around: ScriptedEngine(failing_reply),
    "scripted-used-up": lambda around: ScriptedEngine([]),
    "replay": lambda around: ReplayEngine(record(around.folder)),
    "synthetic": lambda around: SyntheticEngine(),
    "synthetic-judge": lambda around: SyntheticJudge(),
    "langchain-openai-key": lambda around: chat_openai(around, around.server.model),
    "langchain-openai-500": lambda around: chat_openai(around, "fault:500"),
    "langchain-openai-html": lambda around: chat_openai(around, "fault:html"),
    "openai-key": lambda around: remote(around, around.server.model),
    "openai-500": lambda around: remote(around, "fault:500"),
    "openai-sdk-key": lambda around: remote(around, around.server.model, client="openai"),
    "openai-sdk-500": lambda around: remote(around, "fault:500", client="openai"),
    "openai-truncated": lambda around: remote(around, "fault:truncated"),
    "openai-nobody": lambda around: OpenAICompatibleEngine("m", "http://127.0.0.1:9/v1", retry=IMPATIENT),
}


@pytest.fixture
def around(loopback_server: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    return Surroundings(loopback_server, tmp_path)


def conduct(engine: Engine, talk: Callable[[Engine], Awaitable[T]]) -> T:
    """Run `talk` in a loop of its own and close the engine in it, twice: closing again does no harm."""

    async def whole() -> T:
        try:
            return await talk(engine)
        finally:
            await engine.close()
            await engine.close()

    return asyncio.run(whole())


def ask(engine: Engine, request: Request) -> Completion:
    return conduct(engine, lambda engine: engine.complete(request))


every_engine = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


@every_engine
def test_speaks_the_protocol(make: Callable[[Surroundings], Engine], around: Surroundings) -> None:
    engine = make(around)
    assert isinstance(engine, Engine)
    completion = ask(engine, question())
    assert isinstance(completion, Completion)
    assert len(completion.texts) == 1
    assert completion.text
    assert completion.model
    assert completion.attempts == 1
    assert completion.latency_seconds is None or completion.latency_seconds >= 0


@every_engine
def test_logprobs_are_there_if_and_only_if_asked_for(
    make: Callable[[Surroundings], Engine], around: Surroundings
) -> None:
    engine = make(around)
    if Capability.TOP_LOGPROBS not in engine.capabilities:
        pytest.skip("does not declare log probabilities; that it refuses them is tested elsewhere")

    async def talk(engine: Engine) -> tuple[Completion, Completion]:
        return await engine.complete(question()), await engine.complete(replace(question(), top_logprobs=2))

    without, with_them = conduct(engine, talk)
    assert without.positions == ()
    first = with_them.positions[0]
    assert 1 <= len(first.top) <= 2
    assert all(logprob <= 1e-9 for _, logprob in (*first.top, (first.token, first.logprob)))


DEMANDS = {
    Capability.SAMPLING: replace(question(), samples=3),
    Capability.TOP_LOGPROBS: replace(question(), top_logprobs=2),
    Capability.STRUCTURED_CHOICE: replace(question(), choices=("1", "2", "3")),
    Capability.ASSISTANT_PREFIX: replace(question(), assistant_prefix="I choose "),
    Capability.BEAM_SEARCH: replace(question(), settings=Settings(beams=2)),
    Capability.SEED: question(),
}


@every_engine
@pytest.mark.parametrize("capability", DEMANDS, ids=lambda capability: capability.value)
def test_what_is_declared_is_true_and_what_is_not_is_refused(
    make: Callable[[Surroundings], Engine], capability: Capability, around: Surroundings
) -> None:
    engine = make(around)
    request = DEMANDS[capability]
    if capability in engine.capabilities:
        completion = ask(engine, request)
        assert len(completion.texts) == request.samples
        assert request.choices is None or set(completion.texts) <= set(request.choices)
        assert bool(completion.positions) == (request.top_logprobs is not None)
        return
    with pytest.raises(MissingCapability, match=engine.name) as raised:
        require(engine, capability, "the test")
    assert capability.value in str(raised.value)
    # A seed is a wish: an engine without the capability answers unseeded. Known-truth respondents answer from the facts
    # of the question, whatever the decoding; fieldwork asks them with `require` before it starts.
    if capability is not Capability.SEED and not isinstance(engine, SyntheticEngine):
        with pytest.raises(MissingCapability) as raised:
            ask(make_again(make, around), request)
        assert capability.value in str(raised.value)


def make_again(make: Callable[[Surroundings], Engine], around: Surroundings) -> Engine:
    folder = around.folder / "again"
    folder.mkdir()
    return make(replace(around, folder=folder))


@every_engine
def test_the_same_request_has_the_same_reply_where_seeds_are_declared(
    make: Callable[[Surroundings], Engine], around: Surroundings
) -> None:
    engine = make(around)
    if Capability.SEED not in engine.capabilities:
        pytest.skip("does not declare seeds")

    async def talk(engine: Engine) -> list[str]:
        return [(await engine.complete(question(3))).text for _ in range(3)]

    assert len(set(conduct(engine, talk))) == 1


@every_engine
def test_concurrent_calls_are_independent(make: Callable[[Surroundings], Engine], around: Surroundings) -> None:
    requests = [question(number, item) for number in range(N_RESPONDENTS) for item in ITEMS]

    async def talk(engine: Engine) -> tuple[list[str], list[str]]:
        one_by_one = [(await engine.complete(request)).text for request in requests]
        at_once = await asyncio.gather(*(engine.complete(request) for request in reversed(requests)))
        return one_by_one, [completion.text for completion in reversed(at_once)]

    one_by_one, at_once = conduct(make(around), talk)
    assert one_by_one == at_once
    assert len(set(one_by_one)) > 1


@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING.keys())
def test_failures_are_engine_errors_that_say_what_to_do_and_keep_the_key(
    make: Callable[[Surroundings], Engine], around: Surroundings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    around.server.control(api_key="another key")  # the server quotes the key that it refuses
    engine = make(around)
    with pytest.raises(EngineError) as raised:
        ask(engine, replace(question(99), asked=None))
    shown = "".join(traceback.format_exception(raised.value)) + caplog.text + repr(engine) + repr(vars(raised.value))
    for secret in (CANARY,):
        assert secret not in shown
    assert len(str(raised.value)) < 700
    assert "; " in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["openai-dialect", "vllm-dialect", "scripted-everything"])
def test_a_used_engine_travels_without_its_key(name: str, around: Surroundings) -> None:
    engine = MAKERS[name](around)

    async def talk(engine: Engine) -> bytes:
        await engine.complete(question())
        return pickle.dumps(engine)

    data = conduct(engine, talk)
    assert CANARY.encode() not in data
    assert ask(pickle.loads(data), question()).text
