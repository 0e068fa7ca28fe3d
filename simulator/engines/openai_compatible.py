"""The engine for every server that speaks the OpenAI chat-completions protocol: the OpenAI API, `vllm serve`, others.

Requests go out over aiohttp, each call on a line of its own; patience, limits and errors are ours. Knows no survey and
never looks at `Request.asked`. The key lives in an environment variable and in the headers of the lines, nowhere else.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from simulator.engines.base import Capability
from simulator.engines.circuit import CircuitPolicy
from simulator.engines.demands import require_all
from simulator.engines.foreign_text import excerpt, require_no_secret, shown_url
from simulator.engines.gate import Gate, GivenUp
from simulator.engines.lines import AnyLine, Lines
from simulator.engines.openai_calls import Call, Replied, Wire, with_scores
from simulator.engines.openai_failures import Failure, Place, given_up, unreadable, without_capability
from simulator.engines.openai_session import Session
from simulator.engines.openai_settings import (
    Client,
    check_address,
    check_limits,
    check_names,
    key_from_environment,
    line_maker,
    named_capabilities,
    request_headers,
    system_jitter,
)
from simulator.engines.openai_wire import (
    DIALECT_CAPABILITIES,
    Dialect,
    MalformedReply,
    decode_reply,
)
from simulator.engines.reply_ids import Verdict
from simulator.engines.retry import RetryPolicy, Trouble
from simulator.errors import EngineError, EngineRefused, MalformedCompletion, MissingCapability
from simulator.messages import Completion, Request

OPENAI_URL = "https://api.openai.com/v1"
_LISTED_MODELS = 12
_LIST_SECONDS = 10.0


class OpenAICompatibleEngine:
    """A chat-completions server. Created anywhere, used and closed inside one event loop.

    `base_url` defaults to the environment variable OPENAI_BASE_URL, then to the OpenAI API; `api_key_env` names the
    variable with the key (a server without keys gets "none"). `dialect` says how a structured choice, a prefix and a
    beam search are asked for, and so which `capabilities` there are unless they are given. `answers_as` is the name
    under which the server answers, where that is neither `model` nor a dated version of it. `timeout_seconds` bounds
    one try as a whole, `concurrency` the requests under way at once, `max_reply_bytes` one decompressed reply.
    `retry_seconds` is the longest wait before a second try, doubled with each further one up to
    `longest_retry_seconds`; `retry` replaces the whole policy. `max_tokens_field` is "max_completion_tokens" for models
    that refuse "max_tokens"; `extra_body` is merged into every request. `client` "openai" sends requests through the
    official SDK, 0.4 ms slower. `sleep`, `clock` and `jitter` are for tests.

    Raises RunSpecError for settings that cannot work.
    """

    name = "openai_compatible"

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        *,
        api_key_env: str = "OPENAI_API_KEY",
        dialect: Dialect = "openai",
        capabilities: Iterable[Capability | str] | None = None,
        answers_as: str | None = None,
        timeout_seconds: float = 60.0,
        max_attempts: int = 5,
        retry_seconds: float = 0.5,
        longest_retry_seconds: float = 30.0,
        concurrency: int = 32,
        retry: RetryPolicy | None = None,
        max_tokens_field: str = "max_tokens",
        extra_body: Mapping[str, Any] | None = None,
        max_reply_bytes: int = 64 * 2**20,
        client: Client = "aiohttp",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self.model = model
        self.dialect = dialect
        self.api_key_env = api_key_env
        self.answers_as = answers_as
        self.timeout_seconds = timeout_seconds
        self._base_url = base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
        self._concurrency = concurrency
        self._extra_body = dict(extra_body or {})
        self._max_reply_bytes = max_reply_bytes
        self._client = client
        self._sleep, self._clock = sleep, clock
        self._jitter = jitter or system_jitter
        self._session: Session | None = None
        self._closed = False
        check_address(self._base_url, api_key_env)
        check_names(model, dialect, client)
        check_limits({"timeout_seconds": timeout_seconds, "max_attempts": max_attempts, "concurrency": concurrency})
        check_limits({"max_reply_bytes": max_reply_bytes})
        check_limits({"retry_seconds": retry_seconds, "longest_retry_seconds": longest_retry_seconds})
        self._retry = retry or RetryPolicy(max_attempts, retry_seconds, longest_retry_seconds)
        self.capabilities = DIALECT_CAPABILITIES[dialect] if capabilities is None else named_capabilities(capabilities)
        self._wire = Wire(model, dialect, max_tokens_field, Capability.SEED in self.capabilities, answers_as)
        self.server = shown_url(self._base_url)

    def __repr__(self) -> str:
        return f"OpenAICompatibleEngine(model={self.model!r}, server={self.server!r}, dialect={self.dialect!r})"

    def __getstate__(self) -> dict[str, Any]:
        # Lines belong to one event loop and hold the key: neither travels to another process.
        return self.__dict__ | {"_session": None}

    async def complete(self, request: Request) -> Completion:
        """Answer one request; see `Engine.complete`. `latency_seconds` is that of the try that succeeded.

        Texts to be scored go out after the reply has come, all at once.
        """
        require_all(self, request)
        session = self._open()
        replied = await self._called(session, request, self._wire.for_reply(request))
        if not request.continuations:
            return replied.completion
        calls = [self._wire.for_scoring(request, text, replied.prompt_ids) for text in request.continuations]
        # Errors come back as values, so that none of the calls is left running when another has failed.
        outcomes = await asyncio.gather(
            *(self._called(session, request, call) for call in calls), return_exceptions=True
        )
        return with_scores(replied.completion, outcomes)

    async def complete_once(self, request: Request) -> Completion:
        """One try without retries and without asking what is declared: for checks of the server itself."""
        session = self._open()
        replied = await self._called_once(session, request, self._wire.for_reply(request))
        calls = [self._wire.for_scoring(request, text, replied.prompt_ids) for text in request.continuations]
        return with_scores(replied.completion, [await self._called_once(session, request, call) for call in calls])

    async def _called(self, session: Session, request: Request, call: Call) -> Replied:
        """What one call brings, asked again as often as patience says."""
        failed: tuple[str, ...] = ()
        async with session.lines.taken() as line:
            with session.gate.call():
                while True:
                    outcome = await self._guarded_try(session, line, request, call, failed)
                    if isinstance(outcome, Replied):
                        if not failed:
                            return outcome
                        tried = replace(outcome.completion, attempts=len(failed) + 1, failed_tries=failed)
                        return outcome._replace(completion=tried)
                    failed = (*failed, outcome.slug)
                    await self._wait_or_raise(session, outcome, failed)

    async def _called_once(self, session: Session, request: Request, call: Call) -> Replied:
        async with session.lines.taken() as line:
            outcome = await self._try(session, line, request, call)
        if isinstance(outcome, Replied):
            return outcome
        raise outcome.error(self.server, (outcome.slug,))

    async def list_models(self) -> tuple[str, ...]:
        """The ids that the server lists, in its order; raises an EngineError if it lists none in time. One try."""
        session = self._open()
        outcome = await session.get("/models", min(self.timeout_seconds, _LIST_SECONDS))
        if isinstance(outcome, Failure):
            raise outcome.error(self.server, (outcome.slug,))
        try:
            listed = json.loads(outcome.content)["data"]
            return tuple(str(entry["id"]) for entry in listed)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise MalformedCompletion(f"{self.server}: the list of models cannot be read; correct base_url") from None

    async def close(self) -> None:
        """Close the connections; may be called again."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.lines.close()

    def _open(self) -> Session:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise RuntimeError("the engine was closed and cannot be used again")
        if self._session is not None and self._session.loop is not loop:
            raise RuntimeError("the engine belongs to another event loop; make one engine for each")
        if self._session is None:
            key = key_from_environment(self.server, self.api_key_env)
            secrets = (key,) if key else ()
            place = Place(self.server, self.model, self.api_key_env, bool(key), self.timeout_seconds, secrets)
            make_line = line_maker(self._client)
            lines = Lines(
                partial(make_line, self._base_url, request_headers(key), self._max_reply_bytes), self._concurrency
            )
            pauses = CircuitPolicy(
                first_seconds=2 * self._retry.base_seconds, longest_seconds=self._retry.longest_seconds
            )
            self._session = Session(lines, Gate(pauses, self._clock, self._sleep), loop, place)
        return self._session

    async def _guarded_try(
        self, session: Session, line: AnyLine, request: Request, call: Call, failed: tuple[str, ...]
    ) -> Replied | Failure:
        """One try, when the gate lets it through; the gate is told what came of it."""
        gate = session.gate
        try:
            is_probe = await gate.enter(len(failed))
        except GivenUp:
            assert session.last_failure is not None
            raise given_up(session.last_failure, self.server, gate, failed) from None
        try:
            outcome = await self._try(session, line, request, call)
        except BaseException:
            gate.abandoned(is_probe=is_probe)
            raise
        if isinstance(outcome, Failure) and outcome.trouble is Trouble.UNREACHABLE:
            session.last_failure = outcome
            gate.failed(is_probe=is_probe)
        else:
            gate.replied()
        return outcome

    async def _try(self, session: Session, line: AnyLine, request: Request, call: Call) -> Replied | Failure:
        """One try. A line whose last reply was no completion, or not surely this request's, is hung up."""
        content = json.dumps(call.body | self._extra_body, separators=(",", ":")).encode()
        started = self._clock()
        sent_id = session.next_id()
        outcome = await session.post(line, call.path, content, self.timeout_seconds, sent_id)
        if isinstance(outcome, Failure):
            await line.drop()
            return await self._explained(outcome, request, session.place.secrets)
        elapsed = self._clock() - started
        try:
            reply = decode_reply(outcome.content)
            replied = call.read(reply, elapsed)
            require_no_secret(replied.completion, session.place.secrets)
            verdict = session.reply_ids.judge(reply.get("id"), content, sent_id)
            if verdict is Verdict.FOREIGN:
                raise MalformedReply("the reply belongs to another request", "repeated")
        except (MalformedCompletion, MissingCapability) as fault:
            failure = unreadable(fault, outcome.content, session.place)
        else:
            if verdict is not Verdict.OURS:
                await line.drop()
            return replied
        await line.drop()
        return failure

    async def _explained(self, failure: Failure, request: Request, secrets: tuple[str, ...]) -> Failure:
        """The failure, with what only a further look can tell: which models there are, or that logprobs are missing."""
        if failure.not_found:
            return await self._not_found(failure, secrets)
        if failure.error_class is EngineRefused and not failure.fatal:
            return without_capability(failure, request, self.model)
        return failure

    async def _not_found(self, failure: Failure, secrets: tuple[str, ...]) -> Failure:
        try:
            models = await self.list_models()
        except EngineError:
            return replace(failure, remedy="it lists no models either; does base_url have to end in /v1?")
        shown = ", ".join(excerpt(model, secrets, limit=80) for model in models[:_LISTED_MODELS]) or "none"
        more = f" and {len(models) - _LISTED_MODELS} more" if len(models) > _LISTED_MODELS else ""
        remedy = f"the server lists {shown}{more}; set `model` to one of them"
        return replace(failure, what=f"model {self.model!r}: {failure.what}", remedy=remedy)

    async def _wait_or_raise(self, session: Session, failure: Failure, failed: tuple[str, ...]) -> None:
        wait = self._retry.wait_seconds(failure.trouble, len(failed), self._jitter(), failure.retry_after_seconds)
        if failure.retry_after_seconds is not None:
            session.gate.pause(min(failure.retry_after_seconds, self._retry.longest_retry_after_seconds))
        if wait is None:
            raise failure.error(self.server, failed)
        await self._sleep(wait)
