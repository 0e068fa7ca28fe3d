"""What went wrong on the way to an OpenAI-compatible server, translated once: foreign exceptions to the error tree.

One table for what arrives without a status (connection, timeout, size), one function for HTTP status codes. Opens no
connection and decides no waiting: each failure carries a `Trouble` for the retry policy and a short `fault` for the
record. Foreign exceptions are translated into values, never chained: their text may hold the key.
"""

from __future__ import annotations

import json
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import aiohttp

from simulator.engines.base import Capability
from simulator.engines.foreign_text import SecretRepeated, excerpt, shown_url
from simulator.engines.gate import Gate
from simulator.engines.lines import ForeignEncodingError, Reply, ReplyTooLargeError
from simulator.engines.openai_wire import MalformedReply, MissingLogprobs
from simulator.engines.retry import Trouble, parse_retry_after
from simulator.engines.secrets import without
from simulator.errors import (
    EngineError,
    EngineRefused,
    EngineThrottled,
    EngineUnreachable,
    MalformedCompletion,
    MissingCapability,
)
from simulator.messages import Request

FOREIGN = (aiohttp.ClientError, OSError, zlib.error)
"""Every class that a request may raise for a reason outside this program; each is in a table below."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try: what the retry policy needs, and the error to raise if nobody asks again.

    `fault` tells apart what `error_class` does not: a status, or one word.
    """

    trouble: Trouble
    error_class: type[EngineError]
    fault: str
    what: str
    remedy: str
    fatal: bool = False
    retry_after_seconds: float | None = None
    not_found: bool = False

    @property
    def slug(self) -> str:
        """What the record keeps of this try, such as `throttled/429`."""
        return f"{self.error_class.kind}/{self.fault}"

    def error(self, server: str, failed_tries: tuple[str, ...]) -> EngineError:
        """The error naming server, fault and remedy; `failed_tries` are the slugs of every try, this one included."""
        attempts = len(failed_tries)
        tried = f" (tried {attempts} times)" if attempts > 1 else ""
        message = f"{server}: {self.what}{tried}; {self.remedy}"
        if issubclass(self.error_class, EngineRefused):
            return self.error_class(message, fatal=self.fatal, attempts=attempts, failed_tries=failed_tries)
        return self.error_class(message, attempts=attempts, failed_tries=failed_tries)


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a failure is about, as far as a message may say it. `secrets` are taken out of everything quoted."""

    server: str
    model: str
    api_key_env: str
    key_is_set: bool
    timeout_seconds: float
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Place(server={self.server!r}, model={self.model!r})"


_LOG = "look at the server's log, then resume the run"
_START = "start the server, or correct base_url"
_PROXY = "look at the server's proxy"
_BROKEN = "the connection broke before the reply was complete"


class _Row(NamedTuple):
    """One kind of exception and what it says about the server."""

    kind: type[BaseException]
    trouble: Trouble
    error_class: type[EngineError]
    fault: str
    what: str
    remedy: str


def _away(kind: type[BaseException], fault: str, what: str, remedy: str, *, final: bool = False) -> _Row:
    return _Row(kind, Trouble.FINAL if final else Trouble.UNREACHABLE, EngineUnreachable, fault, what, remedy)


def _garbled(kind: type[BaseException], fault: str, what: str, remedy: str) -> _Row:
    return _Row(kind, Trouble.MALFORMED, MalformedCompletion, fault, what, remedy)


# The first row that fits any exception in the chain decides; narrow classes before wide ones.
_WITHOUT_STATUS = (
    _garbled(
        ReplyTooLargeError,
        "too-large",
        "the reply is larger than max_reply_bytes and was cut off",
        "ask for fewer samples or tokens, or raise max_reply_bytes",
    ),
    _garbled(
        ForeignEncodingError,
        "compressed",
        "the reply is compressed though it was asked for plain",
        "turn compression off in the proxy before the server",
    ),
    _garbled(zlib.error, "damaged", "the compressed reply is damaged", _PROXY),
    _away(
        aiohttp.ClientConnectorCertificateError,
        "certificate",
        "the server's certificate is not trusted",
        "correct base_url, or install the certificate authority",
        final=True,
    ),
    _away(ssl.SSLEOFError, "reset", _BROKEN, _LOG),
    _away(ssl.SSLError, "tls", "no secure connection", "does the server speak https? see base_url", final=True),
    _away(socket.gaierror, "host", "the host name is not known", "correct base_url"),
    _away(ConnectionRefusedError, "refused", "nothing listens there (connection refused)", _START),
    _away(aiohttp.ClientPayloadError, "cut", _BROKEN, _LOG),
    _away(aiohttp.ServerDisconnectedError, "reset", _BROKEN, _LOG),
    _away(ConnectionError, "reset", _BROKEN, _LOG),
    _garbled(aiohttp.ClientResponseError, "http", "what answers there does not speak HTTP", "correct base_url"),
    _away(aiohttp.ConnectionTimeoutError, "silence", "nothing answers at that address", _START),
    _away(
        TimeoutError,
        "timeout",
        "no complete reply within {timeout:g} seconds",
        "is the server overloaded? lower `concurrency`, or raise `timeout_seconds`",
    ),
    _away(BaseException, "connection", "no connection ({name})", _START),
)


def _chain(caught: BaseException) -> Iterator[BaseException]:
    """The exception and its causes, innermost first."""
    found: list[BaseException] = []
    current: BaseException | None = caught
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__
    return reversed(found)


def without_status(caught: BaseException, place: Place) -> Failure:
    """The failure behind an exception that brought no HTTP status."""
    chain = list(_chain(caught))
    for row in _WITHOUT_STATUS:
        if any(isinstance(link, row.kind) for link in chain):
            text = row.what.format(timeout=place.timeout_seconds, name=type(chain[0]).__name__)
            return Failure(row.trouble, row.error_class, row.fault, text, row.remedy)
    raise AssertionError("the last row fits everything")  # pragma: no cover


def unreadable(fault: EngineError, content: bytes, place: Place) -> Failure:
    """The failure behind a reply that is no completion as it was asked for: MalformedCompletion, MissingCapability."""
    what = without(str(fault), place.secrets)
    quoted = excerpt(content.decode("utf-8", "replace"), place.secrets)
    begins = f"it begins: {quoted}" if quoted else "it is empty"
    if isinstance(fault, MissingCapability):
        return Failure(Trouble.FINAL, MissingCapability, "choice", what, begins)
    if isinstance(fault, SecretRepeated):
        remedy = f"ask whoever runs the server why, and put another key into {place.api_key_env}"
        return Failure(Trouble.MALFORMED, MalformedCompletion, "secret", what, remedy)
    reason = fault.fault if isinstance(fault, MalformedReply) else "reply"
    remedies = {
        "model": "set `model` to what shall answer; where that is another name for it, set `answers_as`",
        "repeated": "the server or a proxy before it mixes up replies; look at their logs",
    }
    if isinstance(fault, MissingLogprobs):
        remedies["logprobs"] = _without_logprobs(fault, place.model)
    remedy = remedies.get(reason, f"is base_url the address of a chat-completions server? {begins}")
    return Failure(Trouble.MALFORMED, MalformedCompletion, reason, what, remedy)


def _without_logprobs(fault: MissingLogprobs, model: str) -> str:
    """What to do where the server has not, or not enough of, what the probe reads."""
    if fault.n_given:
        given = f"this server gives {fault.n_given}: set probe.top_logprobs = {fault.n_given}"
        return f"{given}, or score labels exactly (probe.exact_labels = true) where it is vLLM"
    has_top = fault.capability is Capability.TOP_LOGPROBS
    others = "the probe 'text'" if has_top else "the probe 'text', or 'token-logit' without probe.exact_labels"
    lacking = f"the capability {fault.capability.value!r} is declared and model {model!r} gives none on this server"
    return f"{lacking}: choose {others}, or a server that does"


def without_capability(failure: Failure, request: Request, model: str) -> Failure:
    """A refusal that speaks of log probabilities, where the request asked for some, as the missing capability."""
    said = failure.what.lower()
    if request.continuations and "prompt_logprobs" in said:
        remedy = f"model {model!r} scores no texts (capability 'prompt_logprobs'); choose the probe 'text', or "
        remedy += "'token-logit' without probe.exact_labels"
    elif request.top_logprobs is not None and "logprob" in said:
        remedy = f"model {model!r} does not give {request.top_logprobs} top_logprobs; set probe.top_logprobs to what "
        remedy += "it gives, or choose the probe 'text'"
    else:
        return failure
    return Failure(Trouble.FINAL, MissingCapability, "logprobs", failure.what, remedy)


def given_up(last: Failure, server: str, gate: Gate, failed_tries: tuple[str, ...]) -> EngineError:
    """The error of every call that still waits when nobody hopes for the server any more."""
    asked = f"{gate.n_failures} tries in a row failed, the last {gate.n_probes} of them one at a time"
    message = f"{server}: given up after {gate.failing_seconds:.0f} s: {asked}; last: {last.what}; {last.remedy}"
    return EngineUnreachable(message, ends_run=True, attempts=len(failed_tries), failed_tries=failed_tries)


_OUT_OF_MONEY = frozenset(
    {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "account_deactivated"}
)
# 408 request timeout, 409 conflict, 425 too early: the server itself says that trying again may help.
_TRY_AGAIN = frozenset({408, 409, 425})


def with_status(reply: Reply, place: Place) -> Failure:
    """The failure behind a reply with an HTTP status of 300 or more."""
    status, headers = reply.status, reply.headers
    code, said = _error_of(_decoded(reply.content))
    quoted = excerpt(said, place.secrets).rstrip(".")
    what = f"status {status}" + (f": {quoted}" if quoted else "")
    if code in _OUT_OF_MONEY or status == 402:
        return _refused("quota", what, "settle the account behind the key, or choose another server", fatal=True)
    if status == 429 or status >= 500 or status in _TRY_AGAIN:
        retry_after = parse_retry_after(headers.get("retry-after"), datetime.now(UTC))
        if status == 429:
            remedy = "lower `concurrency`, wait, then resume the run"
            return Failure(Trouble.THROTTLED, EngineThrottled, "429", what, remedy, retry_after_seconds=retry_after)
        fault = str(status)
        return Failure(Trouble.UNREACHABLE, EngineUnreachable, fault, what, _LOG, retry_after_seconds=retry_after)
    if status in (404, 405):
        remedy = "correct `model` or `base_url`"
        return Failure(Trouble.FINAL, EngineRefused, str(status), what, remedy, fatal=True, not_found=True)
    return _refusal(status, what, headers, place)


def _refusal(status: int, what: str, headers: Mapping[str, str], place: Place) -> Failure:
    """What no repetition changes: the key, the address, or this one request."""
    fault = str(status)
    if status in (401, 403):
        state = "holds a key that this server refuses" if place.key_is_set else "is not set"
        remedy = f"the environment variable {place.api_key_env} {state}; set it to a valid key"
        return _refused(fault, what, remedy, fatal=True)
    if status < 400:
        target = excerpt(shown_url(headers.get("location", "")), place.secrets)
        what = f"status {status}: it points to {target}"
        return _refused(fault, what, "set base_url to the server's final address", fatal=True)
    return _refused(fault, what, "this request was not accepted; change what it asks for", fatal=False)


def _refused(fault: str, what: str, remedy: str, *, fatal: bool) -> Failure:
    return Failure(Trouble.FINAL, EngineRefused, fault, what, remedy, fatal=fatal)


def _decoded(content: bytes) -> object:
    """The JSON in an error's body, or else its text."""
    text = content.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _error_of(body: object) -> tuple[str | None, str]:
    """The error code and the server's words, from the shapes that servers use."""
    if isinstance(body, str):
        return None, body
    if not isinstance(body, dict):
        return None, ""
    error = body.get("error", body)
    if not isinstance(error, dict):
        return None, _as_text(error)
    code = error.get("code") or error.get("type")
    said = error.get("message") or error.get("detail") or body.get("detail") or body.get("message") or ""
    return (code if isinstance(code, str) else None), _as_text(said)


def _as_text(said: object) -> str:
    """Words as they are, anything else as Python would show it, if that is possible."""
    try:
        return said if isinstance(said, str) else str(said)
    except RecursionError:
        return ""
