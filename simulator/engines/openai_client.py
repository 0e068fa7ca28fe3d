"""The `openai` SDK's asynchronous client as voxpop uses it: aiohttp transport, no retries of its own, bounded replies.

Knows no request and no completion: it opens a client that never follows a redirect (a key must not travel to a host
that nobody named) and never reads more of a reply than it was told to.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai

from simulator.engines.openai_failures import ForeignEncodingError, ReplyTooLargeError

# What the SDK tells about this machine: nobody asked, and it costs 8 % of a call's CPU time.
_UNASKED = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
# A server that is there accepts at once; one that only drops packets should not hold a run for minutes.
_CONNECT_SECONDS = 10.0
_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS


class _BoundedStream(httpx2.AsyncByteStream):
    """A reply's body, decompressed and counted as it comes in."""

    def __init__(self, stream: httpx2.AsyncByteStream, encoding: str, limit: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        inflate = zlib.decompressobj(_ZLIB_OR_GZIP) if self._encoding else None
        left = self._limit
        async for raw in self._stream:
            chunk = raw if inflate is None else inflate.decompress(raw, left + 1)
            left -= len(chunk)
            if left < 0:
                raise ReplyTooLargeError(f"more than {self._limit} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def open_client(
    base_url: str, api_key: str, *, timeout_seconds: float, concurrency: int, max_reply_bytes: int
) -> openai.AsyncOpenAI:
    """A client for one server. Must be called, used and closed inside one event loop."""

    async def bound(response: httpx2.Response) -> None:
        # The hook runs before the body is read. Decompression is ours, so that a small reply cannot grow without limit.
        encoding = ""
        if "content-encoding" in response.headers:
            encoding = response.headers.pop("content-encoding").strip().lower()
        if encoding not in ("", "identity", "gzip", "deflate"):
            raise ForeignEncodingError(encoding)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, encoding.replace("identity", ""), max_reply_bytes)

    timeout = httpx2.Timeout(timeout_seconds, connect=min(timeout_seconds, _CONNECT_SECONDS))
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    http_client = openai.DefaultAioHttpClient(
        timeout=timeout,
        limits=limits,
        follow_redirects=False,
        event_hooks={"response": [bound]},
    )
    headers: dict[str, Any] = {f"X-Stainless-{name}": openai.omit for name in _UNASKED}
    return openai.AsyncOpenAI(
        api_key=api_key,
        base_url=base_url,
        max_retries=0,
        timeout=timeout,
        http_client=http_client,
        default_headers=headers | {"Accept-Encoding": "identity"},
    )
