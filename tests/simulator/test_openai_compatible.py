"""The engine against a real server process that misbehaves in every way we know of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import pytest
from servers.fixture import LoopbackServer, start, stop

from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.openai_settings import CLIENTS, Client
from simulator.engines.retry import RetryPolicy
from simulator.engines.server_check import check_server
from simulator.errors import (
    EngineError,
    EngineRefused,
    EngineThrottled,
    EngineUnreachable,
    MalformedCompletion,
    MissingCapability,
    RunSpecError,
)
from simulator.messages import Completion, Message, Request, Settings

T = TypeVar("T")
ASK = Request((Message("user", "Which?\n1. Yes\n2. No"),), samples=2, top_logprobs=3)
SENDER: ContextVar[Client] = ContextVar("SENDER", default="aiohttp")
QUICK = RetryPolicy(max_attempts=3, base_seconds=0.001)


class Watch:
    """A clock that moves only when somebody sleeps, and remembers how long they did."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture(params=CLIENTS, autouse=True)
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """Everything here holds whoever sends the requests."""
    token = SENDER.set(request.param)
    yield request.param
    SENDER.reset(token)


def engine_for(server: LoopbackServer, model: str | None = None, **options: Any) -> OpenAICompatibleEngine:
    usual = {"timeout_seconds": 3.0, "retry": QUICK, "client": SENDER.get()}
    return OpenAICompatibleEngine(model or server.model, server.base_url, **(usual | options))


def conduct(engine: OpenAICompatibleEngine, talk: Callable[[OpenAICompatibleEngine], Awaitable[T]]) -> T:
    async def whole() -> T:
        try:
            return await talk(engine)
        finally:
            await engine.close()

    return asyncio.run(whole())


def ask(engine: OpenAICompatibleEngine, request: Request = ASK) -> Completion:
    return conduct(engine, lambda engine: engine.complete(request))


def failure(engine: OpenAICompatibleEngine, request: Request = ASK) -> EngineError:
    with pytest.raises(EngineError) as raised:
        ask(engine, request)
    assert str(raised.value).startswith(engine.server)
    return raised.value


LASTING: list[tuple[str, type[EngineError], str, int]] = [
    # fault, error, words, tries
    ("500", EngineUnreachable, "status 500: internal error", 3),
    ("503", EngineUnreachable, "status 503", 3),
    ("reset", EngineUnreachable, "the connection broke", 3),
    ("reset-mid-body", EngineUnreachable, "the connection broke", 3),
    ("429", EngineThrottled, "status 429", 3),
    ("quota", EngineRefused, "settle the account", 1),
    ("403", EngineRefused, "OPENAI_API_KEY is not set", 1),
    ("context", EngineRefused, "maximum context length", 1),
    ("413", EngineRefused, "status 413", 1),
    ("422", EngineRefused, "must be small", 1),
    ("redirect", EngineRefused, "it points to http://127.0.0.1:9/v1/chat/completions", 1),
    ("logprobs-400", MissingCapability, "does not give 3 top_logprobs", 1),
    ("teapot", EngineRefused, "I am a teapot", 1),
    ("truncated", MalformedCompletion, "not JSON", 3),
    ("html", MalformedCompletion, "Log in to the hotel", 3),
    ("list", MalformedCompletion, "a JSON list", 3),
    ("empty", MalformedCompletion, "it is empty", 3),
    ("error-200", MalformedCompletion, "upstream is overloaded", 3),
    ("empty-choices", MalformedCompletion, "choices is empty", 3),
    ("no-choices", MalformedCompletion, "no list of choices", 3),
    ("no-message", MalformedCompletion, "no message", 3),
    ("null-content", MalformedCompletion, "content is missing", 3),
    ("number-content", MalformedCompletion, "content is no text", 3),
    ("fewer", MalformedCompletion, "2 samples were asked for and 1 came back", 3),
    ("no-logprobs", MalformedCompletion, "the reply has none", 3),
    ("nan-logprob", MalformedCompletion, "no number", 3),
]


@pytest.mark.usefixtures("keyless")
@pytest.mark.parametrize(("fault", "error", "words", "tries"), LASTING, ids=[row[0] for row in LASTING])
def test_a_lasting_fault_ends_as_what_it_is(
    fault: str, error: type[EngineError], words: str, tries: int, loopback_server: LoopbackServer
) -> None:
    raised = failure(engine_for(loopback_server, f"fault:{fault}"))
    assert type(raised) is error
    assert words in str(raised)
    assert raised.attempts == tries == loopback_server.seen()["chat_requests"]
    assert raised.__cause__ is None  # its text and its request could hold the key
    assert raised.__context__ is None


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


PASSING = ["500", "503", "reset", "reset-mid-body", "429", "truncated", "html", "empty-choices", "no-logprobs", "fewer"]


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_outlived(fault: str, loopback_server: LoopbackServer) -> None:
    undisturbed = ask(engine_for(loopback_server))
    loopback_server.fault(fault, times=2)
    completion = ask(engine_for(loopback_server))
    assert completion.texts == undisturbed.texts
    assert (undisturbed.attempts, completion.attempts) == (1, 3)


@pytest.mark.parametrize("fault", ["zipped", "no-usage", "shuffled"])
def test_what_only_looks_odd_is_accepted(fault: str, loopback_server: LoopbackServer) -> None:
    plain = ask(engine_for(loopback_server))
    loopback_server.fault(fault)
    odd = ask(engine_for(loopback_server))
    assert (odd.texts, odd.positions) == (plain.texts, plain.positions)
    assert (odd.prompt_tokens is None) == (fault == "no-usage")


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_the_time_limit_is_on_the_whole_try(fault: str, loopback_server: LoopbackServer) -> None:
    loopback_server.fault(fault, times=2)
    engine = engine_for(loopback_server, timeout_seconds=0.2, retry=RetryPolicy(max_attempts=2, base_seconds=0.001))
    started = time.monotonic()
    raised = failure(engine)
    assert isinstance(raised, EngineUnreachable)
    assert "no complete reply within 0.2 seconds (tried 2 times)" in str(raised)
    assert time.monotonic() - started < 2.0


@pytest.mark.parametrize("fault", ["huge", "bomb"])
def test_an_oversized_reply_is_cut_off_while_it_comes(fault: str, loopback_server: LoopbackServer) -> None:
    loopback_server.fault(fault)
    engine = engine_for(loopback_server, max_reply_bytes=2**20, retry=RetryPolicy(max_attempts=1))
    raised = failure(engine)
    assert isinstance(raised, MalformedCompletion)
    assert "larger than max_reply_bytes" in str(raised)


def test_the_engine_goes_on_after_a_fault(loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": kind} for kind in ("huge", "reset-mid-body", "hang", "none")])

    async def talk(engine: OpenAICompatibleEngine) -> list[str]:
        seen = []
        for _ in range(4):
            try:
                seen.append((await engine.complete(ASK)).text)
            except EngineError as fault:
                seen.append(fault.kind)
        return seen

    limits = {"timeout_seconds": 0.3, "max_reply_bytes": 2**20, "retry": RetryPolicy(max_attempts=1)}
    seen = conduct(engine_for(loopback_server, **limits), talk)
    assert seen[:3] == ["malformed", "unreachable", "unreachable"]
    assert seen[3] in ("1", "2")


def test_a_refusal_is_kept_apart_from_the_text(loopback_server: LoopbackServer) -> None:
    loopback_server.fault("refusal")
    completion = ask(engine_for(loopback_server))
    assert (completion.texts, completion.refusal) == (("", ""), "I can't help with that.")


def test_thinking_cut_off_before_an_answer_is_an_empty_text(loopback_server: LoopbackServer) -> None:
    loopback_server.fault("cut-thinking")
    completion = ask(engine_for(loopback_server))
    assert (completion.text, completion.finish_reason) == ("", "length")


@pytest.mark.parametrize(("wish", "waited"), [("0.25", 0.25), ("7", 7.0), ("100000", 120.0), ("nonsense", 0.0)])
def test_retry_after_in_seconds_is_honored_and_capped(
    wish: str, waited: float, loopback_server: LoopbackServer
) -> None:
    watch = Watch()
    loopback_server.fault("429", retry_after=wish)
    engine = engine_for(loopback_server, sleep=watch.sleep, clock=watch.clock, jitter=lambda: 0.0)
    assert ask(engine).attempts == 2
    assert watch.slept == [waited]


def test_retry_after_as_a_date_is_honored(loopback_server: LoopbackServer) -> None:
    watch = Watch()
    wish = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=False)
    loopback_server.fault("429", retry_after=wish)
    ask(engine_for(loopback_server, sleep=watch.sleep, clock=watch.clock, jitter=lambda: 0.0))
    assert 25 < watch.slept[0] <= 30


def test_what_one_request_was_told_to_wait_the_others_wait_too(loopback_server: LoopbackServer) -> None:
    watch = Watch()
    loopback_server.fault("429", retry_after="9")

    async def talk(engine: OpenAICompatibleEngine) -> None:
        with pytest.raises(EngineThrottled):
            await engine.complete(ASK)
        await engine.complete(ASK)

    policy = RetryPolicy(max_attempts=1)  # the first request does not wait itself
    conduct(engine_for(loopback_server, retry=policy, sleep=watch.sleep, clock=watch.clock, jitter=lambda: 0.0), talk)
    assert watch.slept == [9.0]


def test_backoff_without_a_wish_is_jittered(loopback_server: LoopbackServer) -> None:
    watch = Watch()
    loopback_server.fault("500", times=3)
    policy = RetryPolicy(max_attempts=4, base_seconds=1.0)
    ask(engine_for(loopback_server, retry=policy, sleep=watch.sleep, clock=watch.clock, jitter=lambda: 0.5))
    assert watch.slept == [0.5, 1.0, 2.0]


def test_no_more_requests_are_under_way_than_allowed(loopback_server: LoopbackServer) -> None:
    loopback_server.control(latency_seconds=0.02)

    async def talk(engine: OpenAICompatibleEngine) -> None:
        await asyncio.gather(*(engine.complete(ASK) for _ in range(20)))

    conduct(engine_for(loopback_server, concurrency=4), talk)
    assert loopback_server.seen()["max_in_flight"] == 4


def test_the_key_is_sent_and_a_wrong_one_is_named_by_its_variable(
    loopback_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPBACK_KEY", "sk-loopback-secret")
    loopback_server.control(api_key="sk-loopback-secret")
    ask(engine_for(loopback_server, api_key_env="LOOPBACK_KEY"))
    assert loopback_server.seen()["last_authorization"] == "Bearer sk-loopback-secret"
    monkeypatch.setenv("LOOPBACK_KEY", "sk-loopback-wrong")
    raised = failure(engine_for(loopback_server, api_key_env="LOOPBACK_KEY"))
    assert isinstance(raised, EngineRefused)
    assert raised.fatal
    assert "LOOPBACK_KEY holds a key that this server refuses" in str(raised)
    assert "Incorrect API key provided: [removed]" in str(raised)


def test_a_server_without_keys_gets_none(loopback_server: LoopbackServer, keyless: None) -> None:
    ask(engine_for(loopback_server))
    assert loopback_server.seen()["last_authorization"] == "Bearer none"


@pytest.mark.parametrize("key", ["two\nlines", "pound£"])
def test_a_key_that_is_none_is_refused_without_showing_it(
    key: str, loopback_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    raised = failure(engine_for(loopback_server))
    assert "OPENAI_API_KEY" in str(raised)
    assert key not in str(raised)


def test_an_unknown_model_is_answered_with_those_there_are(loopback_server: LoopbackServer) -> None:
    loopback_server.control(models=["small-one", "large-one"])
    raised = failure(engine_for(loopback_server, "smal-one"))
    assert isinstance(raised, EngineRefused)
    assert raised.fatal
    assert "'smal-one'" in str(raised)
    assert "lists small-one, large-one" in str(raised)


def test_a_base_url_without_v1_is_recognized(loopback_server: LoopbackServer) -> None:
    engine = OpenAICompatibleEngine("loopback-model", loopback_server.base_url.removesuffix("/v1"), retry=QUICK)
    assert "does base_url have to end in /v1?" in str(failure(engine))


def test_nobody_listening_is_said_so() -> None:
    process, server = start()
    stop(process)
    raised = failure(engine_for(server))
    assert isinstance(raised, EngineUnreachable)
    assert "nothing listens there (connection refused) (tried 3 times); start the server" in str(raised)


def test_a_server_that_comes_back_is_found_again(loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": "reset", "times": 2}, {"kind": "503"}, {"kind": "none"}])
    assert ask(engine_for(loopback_server, retry=RetryPolicy(base_seconds=0.001))).attempts == 4


@pytest.mark.parametrize("dialect", ["openai", "vllm"])
def test_a_structured_choice_that_the_server_ignores_is_noticed(dialect: Any, loopback_server: LoopbackServer) -> None:
    request = Request(ASK.messages, Settings(temperature=0.0), choices=("violet", "red"))
    assert ask(engine_for(loopback_server, dialect=dialect), request).text in ("violet", "red")
    loopback_server.fault("off-choice")
    assert isinstance(failure(engine_for(loopback_server, dialect=dialect), request), MissingCapability)


def test_requests_carry_extra_fields_and_the_declared_token_field(loopback_server: LoopbackServer) -> None:
    extra = {"chat_template_kwargs": {"enable_thinking": False}}
    engine = engine_for(loopback_server, extra_body=extra, max_tokens_field="max_completion_tokens")
    ask(engine, Request(ASK.messages, Settings(max_tokens=5), seed=3))
    sent = loopback_server.seen()["last_body"]
    assert sent["chat_template_kwargs"] == {"enable_thinking": False}
    assert (sent["max_completion_tokens"], sent["seed"]) == (5, 3)
    ask(engine_for(loopback_server, capabilities=["sampling"]), Request(ASK.messages, seed=3))
    assert "seed" not in loopback_server.seen()["last_body"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "127.0.0.1:8000"},
        {"base_url": "ftp://127.0.0.1/v1"},
        {"base_url": "http://127.0.0.1:notaport/v1"},
        {"base_url": "http://user:hunter2@127.0.0.1/v1"},
        {"base_url": "http://127.0.0.1/v1?key=hunter2"},
        {"dialect": "klingon"},
        {"model": ""},
        {"timeout_seconds": 0},
        {"timeout_seconds": float("nan")},
        {"concurrency": 0},
        {"max_attempts": 0},
        {"capabilities": ["telepathy"]},
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(RunSpecError) as raised:
        OpenAICompatibleEngine(**({"model": "m", "base_url": "http://127.0.0.1:8000/v1"} | wrong))
    assert "hunter2" not in str(raised.value)
    assert next(iter(wrong)).removesuffix("abilities") in str(raised.value)


def test_the_address_may_come_from_the_environment(
    loopback_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", loopback_server.base_url)
    assert ask(OpenAICompatibleEngine(loopback_server.model)).text


def test_an_engine_belongs_to_one_loop_and_is_not_used_after_closing(loopback_server: LoopbackServer) -> None:
    engine = engine_for(loopback_server)

    async def use_closed() -> None:
        await engine.close()
        await engine.complete(ASK)

    async def use_elsewhere() -> None:
        await engine.complete(ASK)
        await asyncio.to_thread(asyncio.run, engine.complete(ASK))

    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(use_elsewhere_and_close(engine, use_elsewhere))
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(use_closed())


async def use_elsewhere_and_close(engine: OpenAICompatibleEngine, use: Callable[[], Awaitable[None]]) -> None:
    try:
        await use()
    finally:
        await engine.close()


def test_a_cancelled_request_frees_its_slot(loopback_server: LoopbackServer) -> None:
    loopback_server.fault("hang")

    async def talk(engine: OpenAICompatibleEngine) -> str:
        task = asyncio.create_task(engine.complete(ASK))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await engine.complete(ASK)).text

    assert conduct(engine_for(loopback_server, concurrency=1), talk)


def test_the_check_tells_what_works(loopback_server: LoopbackServer) -> None:
    found = conduct(engine_for(loopback_server, dialect="vllm"), check_server)
    assert found.is_usable
    assert found.models == ("loopback-model",)
    assert {line.name: line.works for line in found.lines} == dict.fromkeys(
        [
            "models",
            "answer",
            "sampling",
            "seed",
            "top_logprobs",
            "structured_choice",
            "beam_search",
            "assistant_prefix",
            "prompt_logprobs",
            "raw_completion",
        ],
        True,
    )
    assert loopback_server.seen()["chat_requests"] == 11


def test_the_check_does_not_try_what_is_not_declared(loopback_server: LoopbackServer) -> None:
    found = conduct(engine_for(loopback_server, capabilities=["sampling"]), check_server)
    assert [line.name for line in found.lines if line.works is None] == [
        "seed",
        "top_logprobs",
        "structured_choice",
        "beam_search",
        "assistant_prefix",
        "prompt_logprobs",
        "raw_completion",
    ]


def test_the_check_finds_a_false_declaration(loopback_server: LoopbackServer) -> None:
    loopback_server.control(faults=[{"kind": kind} for kind in ("none", "fewer", "none", "no-logprobs", "off-choice")])
    found = conduct(engine_for(loopback_server), check_server)
    assert not found.is_usable
    assert [line.name for line in found.lines if line.works is False] == [
        "sampling",
        "top_logprobs",
        "structured_choice",
    ]


def test_the_check_stops_where_nobody_answers() -> None:
    process, server = start()
    stop(process)
    found = conduct(engine_for(server), lambda engine: check_server(engine, limit_seconds=2.0))
    assert [line.name for line in found.lines] == ["models", "answer"]
    assert "nothing listens there" in found.lines[1].detail


def test_the_check_is_bounded(loopback_server: LoopbackServer) -> None:
    loopback_server.fault("hang")
    found = conduct(engine_for(loopback_server), lambda engine: check_server(engine, limit_seconds=0.2))
    assert found.lines[-1].works is False
    assert "no reply within 0.2 seconds" in found.lines[-1].detail
