"""What went wrong on the way to an OpenAI-compatible server, translated once: foreign exceptions to the error tree.

One table for what arrives without a status (connection, timeout, size), one function for HTTP status codes. Opens no
connection and decides no waiting: each failure carries a `Trouble` for the retry policy. Foreign exceptions are
translated into values, never chained: their text and their request may hold the key.
"""

from __future__ import annotations

import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import httpx2
import openai

from simulator.engines.foreign_text import excerpt, shown_url
from simulator.engines.retry import Trouble, parse_retry_after
from simulator.errors import EngineError, EngineRefused, EngineThrottled, EngineUnreachable, MalformedCompletion

FOREIGN = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, aiohttp.ClientError, OSError, zlib.error)
"""Every class that a call to the SDK may raise for a reason outside this program; each is in a table below."""


class ReplyTooLargeError(OSError):
    """The reply grew beyond the limit and was cut off."""


class ForeignEncodingError(OSError):
    """The reply is compressed in a way that was not asked for and is not understood."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try: what the retry policy needs, and the error to raise if nobody asks again."""

    trouble: Trouble
    error_class: type[EngineError]
    what: str
    remedy: str
    fatal: bool = False
    retry_after_seconds: float | None = None
    not_found: bool = False

    def error(self, server: str, attempts: int) -> EngineError:
        """The error naming server, fault and remedy; `attempts` is the number of tries made."""
        tried = f" (tried {attempts} times)" if attempts > 1 else ""
        message = f"{server}: {self.what}{tried}; {self.remedy}"
        if issubclass(self.error_class, EngineRefused):
            return self.error_class(message, fatal=self.fatal, attempts=attempts)
        return self.error_class(message, attempts=attempts)


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


_BROKEN = ("the connection broke before the reply was complete", "look at the server's log, then resume the run")
_START = "start the server, or correct base_url"

# The first row that fits any exception in the chain decides; narrow classes before wide ones.
_WITHOUT_STATUS: tuple[tuple[type[BaseException], Trouble, type[EngineError], str, str], ...] = (
    (
        ReplyTooLargeError,
        Trouble.MALFORMED,
        MalformedCompletion,
        "the reply is larger than max_reply_bytes and was cut off",
        "ask for fewer samples or tokens, or raise max_reply_bytes",
    ),
    (
        ForeignEncodingError,
        Trouble.MALFORMED,
        MalformedCompletion,
        "the reply is compressed though it was asked for plain",
        "turn compression off in the proxy before the server",
    ),
    (
        zlib.error,
        Trouble.MALFORMED,
        MalformedCompletion,
        "the compressed reply is damaged",
        "look at the server's proxy",
    ),
    (
        httpx2.DecodingError,
        Trouble.MALFORMED,
        MalformedCompletion,
        "the reply is damaged",
        "look at the server's proxy",
    ),
    (
        aiohttp.ClientConnectorCertificateError,
        Trouble.FINAL,
        EngineUnreachable,
        "the server's certificate is not trusted",
        "correct base_url, or install the certificate authority",
    ),
    (ssl.SSLEOFError, Trouble.UNREACHABLE, EngineUnreachable, *_BROKEN),
    (
        ssl.SSLError,
        Trouble.FINAL,
        EngineUnreachable,
        "no secure connection",
        "does the server speak https? see base_url",
    ),
    (socket.gaierror, Trouble.UNREACHABLE, EngineUnreachable, "the host name is not known", "correct base_url"),
    (
        ConnectionRefusedError,
        Trouble.UNREACHABLE,
        EngineUnreachable,
        "nothing listens there (connection refused)",
        _START,
    ),
    (aiohttp.ServerDisconnectedError, Trouble.UNREACHABLE, EngineUnreachable, *_BROKEN),
    (aiohttp.ClientPayloadError, Trouble.UNREACHABLE, EngineUnreachable, *_BROKEN),
    (ConnectionError, Trouble.UNREACHABLE, EngineUnreachable, *_BROKEN),
    (
        aiohttp.ClientResponseError,
        Trouble.MALFORMED,
        MalformedCompletion,
        "what answers there does not speak HTTP",
        "correct base_url",
    ),
    (aiohttp.ConnectionTimeoutError, Trouble.UNREACHABLE, EngineUnreachable, "nothing answers at that address", _START),
    (
        TimeoutError,
        Trouble.UNREACHABLE,
        EngineUnreachable,
        "no complete reply within {timeout:g} seconds",
        "is the server overloaded? lower `concurrency`, or raise `timeout_seconds`",
    ),
    (BaseException, Trouble.UNREACHABLE, EngineUnreachable, "no connection ({name})", _START),
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
    for kind, trouble, error_class, what, remedy in _WITHOUT_STATUS:
        if any(isinstance(link, kind) for link in chain):
            text = what.format(timeout=place.timeout_seconds, name=type(chain[0]).__name__)
            return Failure(trouble, error_class, text, remedy)
    raise AssertionError("the last row fits everything")  # pragma: no cover


_OUT_OF_MONEY = frozenset(
    {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "account_deactivated"}
)
# 408 request timeout, 409 conflict, 425 too early: the server itself says that trying again may help.
_TRY_AGAIN = frozenset({408, 409, 425})


def with_status(status: int, headers: Mapping[str, str], body: object, place: Place) -> Failure:
    """The failure behind a reply with an HTTP status of 300 or more; `body` is its decoded JSON or its text."""
    code, said = _error_of(body)
    quoted = excerpt(said, place.secrets).rstrip(".")
    what = f"status {status}" + (f": {quoted}" if quoted else "")
    retry_after = parse_retry_after(headers.get("retry-after"), datetime.now(UTC))
    if code in _OUT_OF_MONEY or status == 402:
        return _refused(what, "settle the account behind the key, or choose another server", fatal=True)
    if status == 429:
        remedy = "lower `concurrency`, wait, then resume the run"
        return Failure(Trouble.THROTTLED, EngineThrottled, what, remedy, retry_after_seconds=retry_after)
    if status >= 500 or status in _TRY_AGAIN:
        remedy = "look at the server's log, then resume the run"
        return Failure(Trouble.UNREACHABLE, EngineUnreachable, what, remedy, retry_after_seconds=retry_after)
    if status in (404, 405):
        return Failure(Trouble.FINAL, EngineRefused, what, "correct `model` or `base_url`", fatal=True, not_found=True)
    return _refusal(status, what, headers, place)


def _refusal(status: int, what: str, headers: Mapping[str, str], place: Place) -> Failure:
    """What no repetition changes: the key, the address, or this one request."""
    if status in (401, 403):
        state = "holds a key that this server refuses" if place.key_is_set else "is not set"
        remedy = f"the environment variable {place.api_key_env} {state}; set it to a valid key"
        return _refused(what, remedy, fatal=True)
    if status < 400:
        target = excerpt(shown_url(headers.get("location", "")), place.secrets)
        what = f"status {status}: it points to {target}"
        return _refused(what, "set base_url to the server's final address", fatal=True)
    return _refused(what, "this request was not accepted; change what it asks for", fatal=False)


def _refused(what: str, remedy: str, *, fatal: bool) -> Failure:
    return Failure(Trouble.FINAL, EngineRefused, what, remedy, fatal=fatal)


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
