"""Lines to one HTTP server: each a connection of its own, used by one call at a time, hung up where it is in doubt.

Nothing in HTTP/1.1 ties a reply to its request but the order on the connection. A server or proxy that sends one reply
too many shifts every later reply on that connection to the request before it, so a caller that doubts a reply drops the
line it came on. Never follows a redirect (a key must not travel to a host that nobody named) and never reads more of a
reply than it was told to. Knows no protocol above HTTP.
"""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

# A server that is there accepts at once; one that only drops packets should not hold a run for minutes.
CONNECT_SECONDS = 10.0
# Shorter than what servers wait (uvicorn, and with it vLLM: 5 s), so that they do not hang up on a request.
_IDLE_SECONDS = 4.0
# From here on aiohttp wants a body in pieces, so that writing it does not hold up the other calls.
_LARGE_BYTES = 2**20
ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS


class ReplyTooLargeError(OSError):
    """The reply grew beyond the limit and was cut off."""


class ForeignEncodingError(OSError):
    """The reply is compressed in a way that was not asked for and is not understood."""


class Reply(NamedTuple):
    """What came back, whatever its status; `content` is decompressed."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class _CleanConnector(aiohttp.TCPConnector):
    """Hands out no connection on which something came in unasked: aiohttp would take it for the next reply."""

    async def _get(self, key: Any, traces: Any) -> Any:
        connection = await super()._get(key, traces)
        while connection is not None and connection.protocol is not None and connection.protocol.should_close:
            connection.close()
            connection = await super()._get(key, traces)
        return connection


class Line:
    """One connection, opened when it is first needed and again after `drop`."""

    def __init__(self, base_url: str, headers: Mapping[str, str], max_reply_bytes: int) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = CIMultiDict(headers)
        self._limit = max_reply_bytes
        self._proxy = _proxy_for(base_url)
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    async def request(self, method: str, path: str, content: bytes | None = None, request_id: str = "") -> Reply:
        """One exchange, without a time limit. Raises aiohttp.ClientError, OSError or zlib.error."""
        headers = self._headers
        if request_id:
            headers = headers.copy()
            headers["X-Request-Id"] = request_id
        return await self.send(method, self._base_url + path, headers, content)

    async def send(self, method: str, address: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        """The same, of a whole address with whole headers."""
        if self._session is None:
            connector = _CleanConnector(limit=1, keepalive_timeout=_IDLE_SECONDS)
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        url = self._urls.get(address)
        if url is None:
            url = self._urls[address] = URL(address, encoded=True)
        body = content if content is None or len(content) < _LARGE_BYTES else io.BytesIO(content)
        async with self._session.request(
            method, url, data=body, headers=headers, allow_redirects=False, proxy=self._proxy
        ) as response:
            return Reply(response.status, response.headers, await self._body(response))

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "deflate"):
            raise ForeignEncodingError(encoding)
        length = response.content_length
        if encoding == "identity" and length is not None and length <= self._limit:
            return await response.read()
        inflate = None if encoding == "identity" else zlib.decompressobj(ZLIB_OR_GZIP)
        parts, left = [], self._limit
        async for raw in response.content.iter_any():
            # Decompression is ours, so that a small reply cannot grow without limit.
            chunk = raw if inflate is None else inflate.decompress(raw, left + 1)
            left -= len(chunk)
            if left < 0:
                response.close()
                raise ReplyTooLargeError(f"more than {self._limit} bytes")
            parts.append(chunk)
        return b"".join(parts)

    async def drop(self) -> None:
        """Hang up; whatever may still come on this connection is lost. The next request opens a new one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class AnyLine(Protocol):
    """What a line can do: `Line`, or `sdk_line.SdkLine`."""

    async def request(self, method: str, path: str, content: bytes | None = None, request_id: str = "") -> Reply:
        """One exchange, without a time limit."""

    async def drop(self) -> None:
        """Hang up."""


class Lines:
    """At most `concurrency` lines to one server, made by `new`. Must be used and closed inside one event loop."""

    def __init__(self, new: Callable[[], AnyLine], concurrency: int) -> None:
        self.new = new
        self._slots = asyncio.Semaphore(concurrency)
        self._free: list[AnyLine] = []

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[AnyLine]:
        """A line for one call; waits until one is free."""
        async with self._slots:
            line = self._free.pop() if self._free else self.new()
            try:
                yield line
            finally:
                self._free.append(line)

    async def close(self) -> None:
        """Hang up everywhere."""
        for line in self._free:
            await line.drop()


def _proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for this address, as for every program (HTTPS_PROXY, NO_PROXY)."""
    url = URL(base_url)
    return None if proxy_bypass(url.host or "") else getproxies().get(url.scheme)
