"""Any langchain-core chat model as an engine: Anthropic, Google, Ollama and whoever else has a package for it.

Retries are the chat model's own (its `max_retries`); its exceptions are translated by one table. Knows no survey and no
provider: what a provider adds beyond text must be declared, and log probabilities are read in the OpenAI shape only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core import exceptions as langchain_errors
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from simulator.engines.base import Capability
from simulator.engines.demands import require_all
from simulator.engines.foreign_text import SecretRepeated, encodable, excerpt, require_no_secret
from simulator.engines.openai_wire import read_positions
from simulator.errors import (
    EngineError,
    EngineRefused,
    EngineThrottled,
    EngineUnreachable,
    MalformedCompletion,
    MissingCapability,
    RunSpecError,
)
from simulator.messages import Completion, Request, TokenAlternatives

DECLARABLE = frozenset(
    {Capability.SAMPLING, Capability.SEED, Capability.TOP_LOGPROBS, Capability.ASSISTANT_PREFIX},
)
_MESSAGES: Mapping[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
_STALE_CONNECTIONS = 64
_KEY = "is the provider's key set in the environment?"
_AGAIN = "look at the provider's status, then resume the run"
_SLOWER = "lower `concurrency`, wait, then resume the run"
_SENDS = "look at what the provider sends"
_REQUEST = "this request was not accepted; change what it asks for"

# The first row that fits decides; narrow classes before wide ones. The word is the fault that the record keeps, the
# flag is `fatal`, for refusals.
_TABLE: tuple[tuple[type[BaseException], type[EngineError], str, str, bool], ...] = (
    (langchain_errors.ModelAuthenticationError, EngineRefused, "key", _KEY, True),
    (langchain_errors.ModelPermissionDeniedError, EngineRefused, "key", _KEY, True),
    (langchain_errors.ModelNotFoundError, EngineRefused, "model", "name a model that the provider has", True),
    (langchain_errors.ModelRateLimitError, EngineThrottled, "429", _SLOWER, False),
    (langchain_errors.ContextOverflowError, EngineRefused, "context", _REQUEST, False),
    (langchain_errors.ModelInvalidRequestError, EngineRefused, "request", _REQUEST, False),
    (langchain_errors.ModelConnectionError, EngineUnreachable, "connection", _AGAIN, False),
    (langchain_errors.ModelTimeoutError, EngineUnreachable, "timeout", _AGAIN, False),
    (langchain_errors.ModelAPIError, EngineUnreachable, "server", _AGAIN, False),
    (TimeoutError, EngineUnreachable, "timeout", _AGAIN, False),
    (OSError, EngineUnreachable, "connection", _AGAIN, False),
    (NotImplementedError, MissingCapability, "chat-model", "choose another chat model", False),
    (ValueError, MalformedCompletion, "reply", _SENDS, False),
    (TypeError, MalformedCompletion, "reply", _SENDS, False),
    (LookupError, MalformedCompletion, "reply", _SENDS, False),
    (AttributeError, MalformedCompletion, "reply", _SENDS, False),
    (RuntimeError, EngineUnreachable, "connection", _AGAIN, False),
)


class LangChainEngine:
    """Answers with `chat_model.ainvoke`; several samples are several calls. `name` defaults to "langchain_model".

    `capabilities` are what the caller vouches for (at most `DECLARABLE`): `seed`, `logprobs` and `top_logprobs` are
    then passed as keyword arguments of these names. `setting_names` renames settings for a provider, for example
    {"max_tokens": "max_output_tokens"}. The chat model belongs to the caller: `close` leaves it open.
    """

    def __init__(
        self,
        chat_model: BaseChatModel,
        name: str | None = None,
        *,
        capabilities: Iterable[Capability | str] = (Capability.SAMPLING,),
        setting_names: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name or "langchain_model"
        self.model = _model_id(chat_model)
        declared = tuple(capabilities)
        for capability in declared:
            if capability not in DECLARABLE:
                able = ", ".join(sorted(DECLARABLE))
                raise RunSpecError(
                    f"a langchain chat model cannot have the capability {str(capability)!r}; it may: {able}"
                )
        self.capabilities = frozenset(map(Capability, declared))
        self._chat_model = chat_model
        self._setting_names = dict(setting_names or {})

    def __repr__(self) -> str:
        return f"LangChainEngine(model={self.model!r})"

    async def complete(self, request: Request) -> Completion:
        """Answer one request; every exception of the chat model becomes an EngineError."""
        require_all(self, request)
        messages = _converted(request)
        options = self._options(request)
        started = time.monotonic()
        # Exceptions come back as values: a provider's classes are not known here, and their text may hold a key, so
        # none of them is chained to the error that is raised.
        outcomes = await asyncio.gather(
            *(self._invoked(messages, options) for _ in range(request.samples)), return_exceptions=True
        )
        elapsed = time.monotonic() - started
        replies: list[BaseMessage] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise self._translated(outcome)
            replies.append(outcome)
        completion = self._completion(request, replies, elapsed)
        try:
            require_no_secret(completion, _secrets(self._chat_model))
        except SecretRepeated as fault:
            remedy = "change the key, and ask the provider why"
            raise MalformedCompletion(
                f"engine {self.name!r}, model {self.model!r}: {fault}; {remedy}", failed_tries=("malformed/secret",)
            ) from None
        return completion

    async def close(self) -> None:
        """Nothing of ours to release."""

    async def _invoked(self, messages: list[BaseMessage], options: dict[str, Any]) -> BaseMessage:
        """One reply. Chat models may keep connections of an event loop that ended; each of them fails just once."""
        for _ in range(_STALE_CONNECTIONS):
            try:
                return await self._chat_model.ainvoke(messages, **options)
            except RuntimeError as caught:
                if "loop is closed" not in str(caught):
                    raise
        return await self._chat_model.ainvoke(messages, **options)

    def _options(self, request: Request) -> dict[str, Any]:
        settings = request.settings
        named: dict[str, Any] = {
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "max_tokens": settings.max_tokens,
            "stop": list(settings.stop) or None,
        }
        if Capability.SEED in self.capabilities:
            named["seed"] = request.seed
        if request.top_logprobs is not None:
            named |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        return {self._setting_names.get(key, key): value for key, value in named.items() if value is not None}

    def _completion(self, request: Request, replies: list[BaseMessage], elapsed: float) -> Completion:
        first = replies[0]
        texts = tuple(encodable(str(reply.text)) for reply in replies)
        metadata: Mapping[str, Any] = first.response_metadata or {}
        refusal = first.additional_kwargs.get("refusal")
        refusal = refusal if isinstance(refusal, str) and refusal else None
        finish = metadata.get("finish_reason") or metadata.get("stop_reason")
        positions: tuple[TokenAlternatives, ...] = ()
        if request.top_logprobs is not None:
            positions = self._positions(metadata, request.top_logprobs, texts[0])
        answered_by = metadata.get("model_name")
        usage = [reply.usage_metadata for reply in replies if isinstance(reply, AIMessage) and reply.usage_metadata]
        return Completion(
            texts=texts,
            model=encodable(answered_by) if isinstance(answered_by, str) and answered_by else self.model,
            finish_reason=encodable(finish) if isinstance(finish, str) else None,
            refusal=refusal,
            positions=positions,
            prompt_tokens=sum(use["input_tokens"] for use in usage) if usage else None,
            completion_tokens=sum(use["output_tokens"] for use in usage) if usage else None,
            latency_seconds=elapsed,
        )

    def _positions(self, metadata: Mapping[str, Any], top_logprobs: int, text: str) -> tuple[TokenAlternatives, ...]:
        try:
            return read_positions(metadata.get("logprobs"), top_logprobs, text)
        except MalformedCompletion as fault:
            raise MalformedCompletion(
                f"engine {self.name!r}, model {self.model!r}: {fault}; do not declare top_logprobs for this chat model",
                failed_tries=("malformed/logprobs",),
            ) from None

    def _translated(self, caught: BaseException) -> BaseException:
        if not isinstance(caught, Exception):  # cancelled, interrupted: not the provider's doing
            return caught
        said = excerpt(str(caught), _secrets(self._chat_model)).rstrip(".")
        what = f"engine {self.name!r}, model {self.model!r}: {type(caught).__name__}" + (f": {said}" if said else "")
        if getattr(caught, "code", None) == "insufficient_quota":
            tried = ("refused/quota",)
            return EngineRefused(f"{what}; settle the account behind the key", fatal=True, failed_tries=tried)
        for kind, error_class, fault, remedy, fatal in _TABLE:
            if isinstance(caught, kind):
                message, tried = f"{what}; {remedy}", (f"{error_class.kind}/{fault}",)
                if error_class is EngineRefused:
                    return EngineRefused(message, fatal=fatal, failed_tries=tried)
                return error_class(message, failed_tries=tried)
        message = f"{what}; see the documentation of the chat model's package"
        return EngineRefused(message, fatal=False, failed_tries=("refused/other",))


def _converted(request: Request) -> list[BaseMessage]:
    messages = [_MESSAGES[role](content=content) for role, content in request.messages]
    if request.assistant_prefix is not None:
        messages.append(AIMessage(content=request.assistant_prefix))
    return messages


def _model_id(chat_model: BaseChatModel) -> str:
    for attribute in ("model_name", "model", "model_id"):
        value = getattr(chat_model, attribute, None)
        if isinstance(value, str) and value:
            return value
    return chat_model._llm_type


def _secrets(chat_model: BaseChatModel) -> tuple[str, ...]:
    """Every key the chat model holds as a pydantic secret, to be taken out of messages."""
    values = (getattr(value, "get_secret_value", None) for value in vars(chat_model).values())
    return tuple(str(reveal()) for reveal in values if callable(reveal))
