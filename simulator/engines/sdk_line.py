"""A line (`lines.py`) whose requests are built and whose replies are taken in by the official `openai` SDK.

For whoever wants the SDK's own requests, and to compare with: it costs 0.4 ms of CPU more per call. The connection
underneath is a `Line`, so that it is hung up where it is in doubt. Retries, limits and errors stay ours. Knows no
completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
import openai

from simulator.engines.lines import Line, Reply

# What the SDK tells about this machine: nobody asked.
_UNASKED = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")


class _OverLine(httpx2.AsyncBaseTransport):
    """Carries the SDK's requests over one line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        reply = await self._line.send(request.method, str(request.url), request.headers, request.content or None)
        headers = [(name, value) for name, value in reply.headers.items() if name.lower() != "content-encoding"]
        return httpx2.Response(reply.status, headers=headers, content=reply.content, request=request)


class SdkLine:
    """One line with the SDK in front of it."""

    def __init__(self, base_url: str, headers: Mapping[str, str], max_reply_bytes: int) -> None:
        self._line = Line(base_url, headers, max_reply_bytes)
        key = headers["Authorization"].removeprefix("Bearer ")
        unasked: dict[str, Any] = {f"X-Stainless-{name}": openai.omit for name in _UNASKED}
        # The engine bounds every exchange as a whole.
        http_client = httpx2.AsyncClient(transport=_OverLine(self._line), timeout=None, follow_redirects=False)
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=base_url,
            max_retries=0,
            timeout=None,
            http_client=http_client,
            default_headers={**headers, **unasked},
        )

    async def request(self, method: str, path: str, content: bytes | None = None, request_id: str = "") -> Reply:
        """One exchange, without a time limit. Raises OSError, whose cause tells more."""
        options: Any = {"headers": {"X-Request-Id": request_id}} if request_id else {}
        try:
            if method == "GET":
                response = await self._client.get(path, cast_to=httpx2.Response, options=options)
            else:
                response = await self._client.post(path, content=content, cast_to=httpx2.Response, options=options)
        except openai.APIStatusError as refused:
            response = refused.response
        except openai.OpenAIError as broken:
            raise OSError("the openai SDK brought no reply") from broken
        return Reply(response.status_code, response.headers, response.content)

    async def drop(self) -> None:
        """Hang up; the next request opens a new connection."""
        await self._line.drop()
