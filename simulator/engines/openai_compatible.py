"""The engine for every server that speaks the OpenAI chat-completions protocol: the OpenAI API, `vllm serve`, others.

Requests go through the official `openai` SDK on its aiohttp transport; retries, limits and errors are ours. Knows no
survey and never looks at `Request.asked`. The key lives in an environment variable and in the SDK's client, nowhere
else.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from simulator.engines.base import Capability
from simulator.engines.demands import require_all
from simulator.engines.foreign_text import SecretRepeated, excerpt, require_no_secret, shown_url
from simulator.engines.openai_client import open_client
from simulator.engines.openai_failures import FOREIGN, Failure, Place, with_status, without_status
from simulator.engines.openai_wire import (
    DIALECT_CAPABILITIES,
    DIALECTS,
    Dialect,
    MissingLogprobs,
    read_reply,
    request_body,
)
from simulator.engines.retry import RetryPolicy, Trouble
from simulator.errors import EngineError, EngineRefused, MalformedCompletion, MissingCapability, RunSpecError
from simulator.messages import Completion, Request

OPENAI_URL = "https://api.openai.com/v1"
_LISTED_MODELS = 12
_LIST_SECONDS = 10.0


@dataclass(slots=True)
class _Session:
    """What lives as long as the event loop: the client, the slots, and the moment before which nobody may ask."""

    client: openai.AsyncOpenAI
    slots: asyncio.Semaphore
    loop: asyncio.AbstractEventLoop
    place: Place
    not_before: float = 0.0


class OpenAICompatibleEngine:
    """A chat-completions server. Created anywhere, used and closed inside one event loop.

    `base_url` defaults to the environment variable OPENAI_BASE_URL, then to the OpenAI API; `api_key_env` names the
    variable with the key (a server without keys gets "none"). `dialect` says how a structured choice, a prefix and a
    beam search are asked for, and so which `capabilities` there are unless they are given. `timeout_seconds` bounds one
    try as a whole, `concurrency` the requests under way at once, `max_reply_bytes` one decompressed reply.
    `max_tokens_field` is "max_completion_tokens" for models that refuse "max_tokens"; `extra_body` is merged into every
    request. `retry` replaces the whole policy that `max_attempts` otherwise adjusts.
    `sleep`, `clock` and `jitter` are for tests.

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
        timeout_seconds: float = 60.0,
        max_attempts: int = 5,
        concurrency: int = 32,
        retry: RetryPolicy | None = None,
        max_tokens_field: str = "max_tokens",
        extra_body: Mapping[str, Any] | None = None,
        max_reply_bytes: int = 64 * 2**20,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self.model = model
        self.dialect = dialect
        self.api_key_env = api_key_env
        self.timeout_seconds = timeout_seconds
        self._base_url = base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
        self._max_tokens_field = max_tokens_field
        self._concurrency = concurrency
        self._extra_body = dict(extra_body or {})
        self._max_reply_bytes = max_reply_bytes
        self._sleep, self._clock = sleep, clock
        self._jitter = jitter or _system_jitter
        self._session: _Session | None = None
        self._closed = False
        self._check_settings(max_attempts)
        self._retry = retry or RetryPolicy(max_attempts=max_attempts)
        self.capabilities = DIALECT_CAPABILITIES[dialect] if capabilities is None else _named(capabilities)
        self.server = shown_url(self._base_url)

    def __repr__(self) -> str:
        return f"OpenAICompatibleEngine(model={self.model!r}, server={self.server!r}, dialect={self.dialect!r})"

    def __getstate__(self) -> dict[str, Any]:
        # A client belongs to one event loop and holds the key: neither travels to another process.
        return self.__dict__ | {"_session": None}

    def _check_settings(self, max_attempts: int) -> None:
        # Neither belongs there, and a password may hold characters that end an address where nobody meant it to end.
        if not {"@", "?", "#"}.isdisjoint(self._base_url):
            raise RunSpecError(
                f"base_url {shown_url(self._base_url)} carries credentials or a query, and a specification is stored"
                f" with the run; give the bare address, and the key in the environment variable {self.api_key_env}"
            )
        if not _is_web_address(self._base_url):
            raise RunSpecError(
                f"base_url {shown_url(self._base_url)!r} is no http(s) address; write it like http://127.0.0.1:8000/v1"
            )
        if self.dialect not in DIALECTS:
            raise RunSpecError(f"dialect {self.dialect!r} is unknown; there are {', '.join(DIALECTS)}")
        if not self.model:
            raise RunSpecError(
                "the engine openai_compatible needs a model; set `model` to a name that the server lists"
            )
        limits = {
            "timeout_seconds": self.timeout_seconds,
            "max_attempts": max_attempts,
            "concurrency": self._concurrency,
        }
        limits["max_reply_bytes"] = self._max_reply_bytes
        for limit, value in limits.items():
            if not 0 < value < float("inf") or (limit != "timeout_seconds" and value != int(value)):
                raise RunSpecError(f"{limit} = {value} cannot work; it must be positive")

    async def complete(self, request: Request) -> Completion:
        """Answer one request; see `Engine.complete`. `latency_seconds` is that of the try that succeeded."""
        require_all(self, request)
        session = self._open()
        async with session.slots:
            attempt = 1
            while True:
                await self._respect_pause(session)
                outcome = await self._try(session, request, attempt)
                if isinstance(outcome, Completion):
                    return outcome
                await self._wait_or_raise(session, outcome, attempt)
                attempt += 1

    async def complete_once(self, request: Request) -> Completion:
        """One try without retries and without asking what is declared: for checks of the server itself."""
        session = self._open()
        async with session.slots:
            outcome = await self._try(session, request, 1)
        if isinstance(outcome, Completion):
            return outcome
        raise outcome.error(self.server, 1)

    async def list_models(self) -> tuple[str, ...]:
        """The ids that the server lists, in its order; raises an EngineError if it lists none in time. One try."""
        session = self._open()
        outcome = await self._send(session, "get", "/models", None, min(self.timeout_seconds, _LIST_SECONDS))
        if isinstance(outcome, Failure):
            raise outcome.error(self.server, 1)
        try:
            listed = outcome.json()["data"]
            return tuple(str(entry["id"]) for entry in listed)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise MalformedCompletion(f"{self.server}: the list of models cannot be read; correct base_url") from None

    async def close(self) -> None:
        """Close the connections; may be called again."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.client.close()

    def _open(self) -> _Session:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise RuntimeError("the engine was closed and cannot be used again")
        if self._session is not None and self._session.loop is not loop:
            raise RuntimeError("the engine belongs to another event loop; make one engine for each")
        if self._session is None:
            key = os.environ.get(self.api_key_env, "").strip()
            if not key.isascii() or not key.isprintable():
                raise EngineRefused(
                    f"{self.server}: the environment variable {self.api_key_env} holds something that is no key;"
                    " set it again",
                    fatal=True,
                )
            secrets = (key,) if key else ()
            place = Place(self.server, self.model, self.api_key_env, bool(key), self.timeout_seconds, secrets)
            client = open_client(
                self._base_url,
                key or "none",
                timeout_seconds=self.timeout_seconds,
                concurrency=self._concurrency,
                max_reply_bytes=self._max_reply_bytes,
            )
            self._session = _Session(client, asyncio.Semaphore(self._concurrency), loop, place)
        return self._session

    async def _try(self, session: _Session, request: Request, attempt: int) -> Completion | Failure:
        seeded = Capability.SEED in self.capabilities
        body = request_body(request, self.model, self.dialect, max_tokens_field=self._max_tokens_field, seeded=seeded)
        body |= self._extra_body
        started = self._clock()
        outcome = await self._send(session, "post", "/chat/completions", body, self.timeout_seconds)
        if isinstance(outcome, Failure):
            return await self._explained(outcome, request, session.place.secrets)
        elapsed = self._clock() - started
        try:
            completion = read_reply(
                outcome.content, request, self.model, self.dialect, latency_seconds=elapsed, attempts=attempt
            )
            require_no_secret(completion, session.place.secrets)
            return completion
        except (MalformedCompletion, MissingCapability) as fault:
            trouble = Trouble.FINAL if isinstance(fault, MissingCapability) else Trouble.MALFORMED
            kind = MissingCapability if isinstance(fault, MissingCapability) else MalformedCompletion
            return Failure(trouble, kind, str(fault), self._unreadable(fault, outcome.content, session.place.secrets))

    def _unreadable(self, fault: EngineError, content: bytes, secrets: tuple[str, ...]) -> str:
        """What to do about a reply that is no completion as it was asked for."""
        if isinstance(fault, MissingLogprobs):
            return f"model {self.model!r} gives none on this server: choose the probe 'text', or a server that does"
        if isinstance(fault, SecretRepeated):
            return f"ask whoever runs the server why, and put another key into {self.api_key_env}"
        quoted = excerpt(content.decode("utf-8", "replace"), secrets)
        begins = f"it begins: {quoted}" if quoted else "it is empty"
        if isinstance(fault, MissingCapability):
            return begins
        return f"is base_url the address of a chat-completions server? {begins}"

    async def _send(
        self, session: _Session, method: str, path: str, body: dict[str, Any] | None, seconds: float
    ) -> httpx2.Response | Failure:
        """One exchange with the server; every foreign exception becomes a Failure here."""
        place = session.place
        try:
            async with asyncio.timeout(seconds):
                if method == "get":
                    return await session.client.get(path, cast_to=httpx2.Response)
                return await session.client.post(path, body=body, cast_to=httpx2.Response)
        except openai.APIStatusError as caught:
            return with_status(caught.status_code, caught.response.headers, caught.body, place)
        except FOREIGN as caught:
            return without_status(caught, place)

    async def _explained(self, failure: Failure, request: Request, secrets: tuple[str, ...]) -> Failure:
        """The failure, with what only a further look can tell: which models there are, or that logprobs are missing."""
        if failure.not_found:
            return await self._not_found(failure, secrets)
        asked_logprobs = request.top_logprobs is not None and "logprob" in failure.what.lower()
        if failure.error_class is EngineRefused and not failure.fatal and asked_logprobs:
            remedy = f"model {self.model!r} does not give {request.top_logprobs} top_logprobs"
            remedy += "; ask for fewer, or choose the probe 'text'"
            return Failure(Trouble.FINAL, MissingCapability, failure.what, remedy)
        return failure

    async def _not_found(self, failure: Failure, secrets: tuple[str, ...]) -> Failure:
        try:
            models = await self.list_models()
        except EngineError:
            remedy = "it lists no models either; does base_url have to end in /v1?"
            return Failure(Trouble.FINAL, EngineRefused, failure.what, remedy, fatal=True)
        shown = ", ".join(excerpt(model, secrets, limit=80) for model in models[:_LISTED_MODELS]) or "none"
        more = f" and {len(models) - _LISTED_MODELS} more" if len(models) > _LISTED_MODELS else ""
        remedy = f"the server lists {shown}{more}; set `model` to one of them"
        return Failure(Trouble.FINAL, EngineRefused, f"model {self.model!r}: {failure.what}", remedy, fatal=True)

    async def _wait_or_raise(self, session: _Session, failure: Failure, attempt: int) -> None:
        wait = self._retry.wait_seconds(failure.trouble, attempt, self._jitter(), failure.retry_after_seconds)
        if failure.retry_after_seconds is not None:
            pause = min(failure.retry_after_seconds, self._retry.longest_retry_after_seconds)
            session.not_before = max(session.not_before, self._clock() + pause)
        if wait is None:
            raise failure.error(self.server, attempt)
        await self._sleep(wait)

    async def _respect_pause(self, session: _Session) -> None:
        """Wait out what the server asked of any request: the others going on would not help a throttled server."""
        pause = session.not_before - self._clock()
        if pause > 0:
            await self._sleep(pause)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or a broken IPv6 address
        return False


def _named(capabilities: Iterable[Capability | str]) -> frozenset[Capability]:
    given = tuple(capabilities)
    known = [capability.value for capability in Capability]
    for capability in given:
        if capability not in known:
            raise RunSpecError(f"capability {str(capability)!r} is unknown; there are {', '.join(known)}")
    return frozenset(map(Capability, given))


def _system_jitter() -> float:
    """Uniform on [0, 1), from the operating system: waiting times are no data and must differ between processes."""
    return SystemRandom().random()
