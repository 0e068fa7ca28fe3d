"""langchain-core chat models as engines: its own fakes, langchain-openai against a real server, and loading by name."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from langchain_core import exceptions as langchain_errors
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field, SecretStr
from servers.fixture import LoopbackServer

from simulator.engines.langchain_loading import load_chat_model
from simulator.engines.langchain_model import LangChainEngine
from simulator.engines.openai_compatible import OpenAICompatibleEngine
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

ASK = Request((Message("system", "Be brief."), Message("user", "Which?\n1. Yes\n2. No"), Message("assistant", "1")))
SECRET = "sk-langchain-secret"


class Recorder(BaseChatModel):
    """Keeps what it was asked, says `reply` or raises `fault`."""

    reply: AIMessage = AIMessage("1")
    fault: Exception | None = None
    api_key: SecretStr = SecretStr(SECRET)
    model: str = "recorder-1"
    seen: list[tuple[list[BaseMessage], dict[str, Any]]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "recorder"

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        self.seen.append((messages, kwargs | ({"stop": stop} if stop else {})))
        if self.fault is not None:
            raise self.fault
        return ChatResult(generations=[ChatGeneration(message=self.reply)])


def ask(engine: LangChainEngine, request: Request = ASK) -> Completion:
    return asyncio.run(engine.complete(request))


def test_messages_keep_their_roles_and_settings_their_names() -> None:
    model = Recorder()
    engine = LangChainEngine(model, capabilities=["seed"], setting_names={"max_tokens": "max_output_tokens"})
    ask(engine, Request(ASK.messages, Settings(temperature=0.5, max_tokens=9, stop=("\n",)), seed=4))
    messages, options = model.seen[0]
    assert [(message.type, message.content) for message in messages] == [
        ("system", "Be brief."),
        ("human", "Which?\n1. Yes\n2. No"),
        ("ai", "1"),
    ]
    assert options == {"temperature": 0.5, "max_output_tokens": 9, "stop": ["\n"], "seed": 4}


def test_samples_are_separate_calls_and_their_tokens_add_up() -> None:
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    replies = iter([AIMessage("1", usage_metadata=usage), AIMessage("2", usage_metadata=usage)])
    completion = ask(LangChainEngine(GenericFakeChatModel(messages=replies)), Request(ASK.messages, samples=2))
    assert sorted(completion.texts) == ["1", "2"]
    assert (completion.prompt_tokens, completion.completion_tokens) == (10, 4)


def test_blocks_of_content_become_one_text() -> None:
    reply = AIMessage([{"type": "text", "text": "1"}, {"type": "text", "text": " because"}])
    assert ask(LangChainEngine(Recorder(reply=reply))).text == "1 because"


def test_a_refusal_and_a_reason_to_stop_are_kept() -> None:
    reply = AIMessage("", additional_kwargs={"refusal": "No."}, response_metadata={"stop_reason": "refusal"})
    completion = ask(LangChainEngine(Recorder(reply=reply)))
    assert (completion.refusal, completion.finish_reason, completion.model) == ("No.", "refusal", "recorder-1")


def test_declared_log_probabilities_that_do_not_come_are_a_fault() -> None:
    engine = LangChainEngine(FakeListChatModel(responses=["1"]), capabilities=["top_logprobs"])
    with pytest.raises(MalformedCompletion, match="do not declare top_logprobs"):
        ask(engine, Request(ASK.messages, top_logprobs=5))


class QuotaError(langchain_errors.ModelRateLimitError):
    code = "insufficient_quota"


class ForeignProviderError(Exception):
    """What a package raises that knows nothing of langchain's classes."""


FAULTS: list[tuple[Exception, type[EngineError], bool | None]] = [
    (langchain_errors.ModelAuthenticationError(SECRET), EngineRefused, True),
    (langchain_errors.ModelPermissionDeniedError("no"), EngineRefused, True),
    (langchain_errors.ModelNotFoundError("no"), EngineRefused, True),
    (QuotaError("empty"), EngineRefused, True),
    (langchain_errors.ModelInvalidRequestError("no"), EngineRefused, False),
    (langchain_errors.ContextOverflowError("no"), EngineRefused, False),
    (langchain_errors.ModelRateLimitError("no"), EngineThrottled, None),
    (langchain_errors.ModelTimeoutError("no"), EngineUnreachable, None),
    (langchain_errors.ModelConnectionError("no"), EngineUnreachable, None),
    (langchain_errors.ModelAPIError("no"), EngineUnreachable, None),
    (ConnectionResetError("no"), EngineUnreachable, None),
    (TimeoutError(), EngineUnreachable, None),
    (NotImplementedError("no"), MissingCapability, None),
    (ValueError("no"), MalformedCompletion, None),
    (KeyError("choices"), MalformedCompletion, None),
    (ForeignProviderError(f"key {SECRET} is wrong"), EngineRefused, False),
]


@pytest.mark.parametrize(("fault", "error", "fatal"), FAULTS, ids=[type(row[0]).__name__ for row in FAULTS])
def test_whatever_a_package_raises_is_an_engine_error(
    fault: Exception, error: type[EngineError], fatal: bool | None
) -> None:
    with pytest.raises(EngineError) as raised:
        ask(LangChainEngine(Recorder(fault=fault)))
    assert type(raised.value) is error
    assert getattr(raised.value, "fatal", None) is fatal
    assert type(fault).__name__ in str(raised.value)
    assert "recorder-1" in str(raised.value)
    assert SECRET not in str(raised.value)
    assert [slug.split("/")[0] for slug in raised.value.failed_tries] == [error.kind]
    assert raised.value.__cause__ is None


def test_only_what_can_be_had_may_be_declared() -> None:
    with pytest.raises(RunSpecError, match="structured_choice"):
        LangChainEngine(Recorder(), capabilities=["structured_choice"])


def test_langchain_openai_and_our_engine_read_the_same_server_alike(
    loopback_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    request = Request(ASK.messages[:2], Settings(temperature=1.0), seed=5, top_logprobs=3)

    async def through_langchain() -> Completion:
        chat = "langchain_openai:ChatOpenAI(model='loopback-model', base_url='{}', max_retries=0)"
        async with httpx2.AsyncClient() as client:
            model = load_chat_model(chat.format(loopback_server.base_url))
            own = model.__class__(
                model=loopback_server.model, base_url=loopback_server.base_url, http_async_client=client
            )
            return await LangChainEngine(own, capabilities=["seed", "top_logprobs"]).complete(request)

    async def directly() -> Completion:
        engine = OpenAICompatibleEngine(loopback_server.model, loopback_server.base_url)
        try:
            return await engine.complete(request)
        finally:
            await engine.close()

    theirs, ours = asyncio.run(through_langchain()), asyncio.run(directly())
    assert theirs.text == ours.text
    assert theirs.positions == ours.positions
    assert (theirs.prompt_tokens, theirs.finish_reason, theirs.model) == (
        ours.prompt_tokens,
        ours.finish_reason,
        ours.model,
    )


def test_a_chat_model_is_loaded_by_name() -> None:
    spec = "langchain_core.language_models.fake_chat_models:FakeListChatModel(responses=['1', '2'])"
    model = load_chat_model(spec)
    assert isinstance(model, FakeListChatModel)
    assert model.responses == ["1", "2"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", r"langchain|read"),
        ("FakeListChatModel(responses=['1'])", r"names no package|cannot be read"),
        ("langchain_core.language_models.fake_chat_models:FakeListChatModel(['1'])", "named arguments"),
        ("langchain_core.language_models.fake_chat_models:FakeListChatModel(responses=open('x'))", "no plain value"),
        ("langchain_core.language_models.fake_chat_models:FakeListChatModel(**{})", "not understood"),
        ("langchain_core.language_models.fake_chat_models:NoSuchModel(a=1)", "no chat model class"),
        ("subprocess:Popen(args='true')", "no chat model class"),
        ("os:system(command='true')", "no chat model class"),
        ("no_such_package_at_all:Chat(a=1)", "cannot be imported"),
        ("langchain_openai:ChatOpenAI(model='m', api_key='sk-hunter2')", "looks like a secret"),
        ("langchain_core.language_models.fake_chat_models:FakeListChatModel(nonsense=3)", "does not accept"),
        ("a:b(c=1", "cannot be read"),
        ("a:__import__('os').system('true')", "named arguments"),
        ("nobody:gpt-9", "langchain"),
    ],
)
def test_a_spec_that_cannot_be_used_is_refused_without_being_run(spec: str, words: str) -> None:
    with pytest.raises(RunSpecError, match=words) as raised:
        load_chat_model(spec)
    assert "\n" not in str(raised.value)
