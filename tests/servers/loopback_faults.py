"""Every way in which the loopback server answers wrongly; which request meets which fault is decided elsewhere.

`FAULTS` are whole replies made from the request's body; `STREAMED` need the connection.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from typing import Any

from aiohttp import web
from loopback_replies import reply


class HalfSent:
    """Connections on which a reply has begun and not ended. `spoilt` counts, by the fault that the reply was, those
    that the late copy of an earlier reply fell into: what a client makes of such a mixture, no server can tell.
    """

    def __init__(self) -> None:
        self._begun: dict[asyncio.Transport, str] = {}
        self.spoilt: Counter[str] = Counter()

    @contextmanager
    def begun(self, transport: asyncio.Transport, kind: str) -> Iterator[None]:
        self._begun[transport] = kind
        try:
            yield
        finally:
            del self._begun[transport]

    def meets(self, transport: asyncio.Transport) -> None:
        """A late copy goes out on this connection."""
        if transport in self._begun:
            self.spoilt[self._begun[transport]] += 1


HALF_SENT = web.AppKey("half_sent", HalfSent)


def failure(status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)


def too_many(wish: str | None) -> web.Response:
    """429, with `wish` as Retry-After."""
    return failure(429, "Rate limit reached.", "rate_limit", None if wish is None else {"Retry-After": wish})


def page(status: int, title: str) -> web.Response:
    return web.Response(status=status, text=f"<html><h1>{title}</h1></html>", content_type="text/html")


async def hang(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(fault.get("seconds", 3600))
    return web.json_response(reply(body))


async def drip(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    """One byte at a time, each well inside any read timeout."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for byte in json.dumps(reply(body)).encode():
        await response.write(bytes([byte]))
        await asyncio.sleep(0.05)
    return response


async def reset(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def reset_mid_body(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    whole = json.dumps(reply(body)).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(whole))})
    await response.prepare(request)
    await response.write(whole[: len(whole) // 2])
    # What was written has to go out first: where nothing had, this would be another fault.
    await asyncio.sleep(0.01)
    if request.transport is not None:
        request.transport.close()
    return response


async def huge(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    """Up to one GiB of white space, in chunks without a declared length."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(1024):
        await response.write(b" " * 2**20)
    return response


def whole_reply(whole: dict[str, Any]) -> bytes:
    """Head and body as they go over the connection."""
    content = json.dumps(whole).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content


async def twice(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    """The whole reply two times on the connection: at once, or the second one some milliseconds later.

    `other_id` makes the second one look like a completion of its own.
    """
    transport, whole, half_sent = request.transport, reply(body), request.app[HALF_SENT]
    assert transport is not None
    second = whole | {"id": whole["id"][:-4] + "beef"} if fault.get("other_id") else whole

    def again() -> None:
        if not transport.is_closing():
            half_sent.meets(transport)
            transport.write(whole_reply(second))

    response = web.json_response(whole)
    await response.prepare(request)
    await response.write_eof()
    if fault.get("seconds"):
        asyncio.get_running_loop().call_later(fault["seconds"], again)
    else:
        again()
    return response


@cache
def packed_space() -> bytes:
    return gzip.compress(b" " * 2**26, 1)


def bomb(body: dict[str, Any]) -> web.Response:
    """64 MiB in less than half of one."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return web.Response(body=packed_space(), headers=headers)


def zipped(body: dict[str, Any]) -> web.Response:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return web.Response(body=gzip.compress(json.dumps(reply(body)).encode()), headers=headers)


def not_utf8(body: dict[str, Any]) -> web.Response:
    """A text in Latin-1 in the middle of the JSON."""
    content = json.dumps(reply(body)).encode().replace(b'"content": "', b'"content": "caf\xe9 ', 1)
    return web.Response(body=content, content_type="application/json")


def changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], web.Response]:
    """A well-formed reply with one thing wrong."""

    def build(body: dict[str, Any]) -> web.Response:
        whole = reply(body)
        change(whole)
        return web.Response(text=json.dumps(whole), content_type="application/json")

    return build


def say(text: str | None, finish: str = "stop", **message: Any) -> Callable[[dict[str, Any]], None]:
    def change(whole: dict[str, Any]) -> None:
        for choice in whole["choices"]:
            choice["message"] |= {"content": text, **message}
            choice["finish_reason"] = finish

    return change


def nan_logprob(whole: dict[str, Any]) -> None:
    whole["choices"][0]["logprobs"]["content"][0]["logprob"] = float("nan")


def short_logprobs(whole: dict[str, Any]) -> None:
    for position in whole["choices"][0]["logprobs"]["content"]:
        del position["top_logprobs"][2:]


def few_logprobs(whole: dict[str, Any]) -> None:
    """Positions for the first part of the text only."""
    whole["choices"][0]["message"]["content"] += " and so on"


LONG = "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens."
STREAMED: dict[str, Callable[[web.Request, dict[str, Any], dict[str, Any]], Awaitable[web.StreamResponse]]] = {
    "hang": hang,
    "drip": drip,
    "reset": reset,
    "reset-mid-body": reset_mid_body,
    "huge": huge,
    "twice": twice,
    "twice-late": lambda request, body, fault: twice(request, body, {"seconds": 0.005} | fault),
}
IN_PARTS = ("drip", "reset-mid-body", "huge")
"""Streamed faults that have sent a part of their reply and wait."""
FAULTS: dict[str, Callable[[dict[str, Any]], web.Response]] = {
    "429-after": lambda body: too_many("0"),
    "429-date": lambda body: too_many(format_datetime(datetime.now(UTC), usegmt=True)),
    "500": lambda body: failure(500, "internal error"),
    "502": lambda body: page(502, "Bad Gateway"),
    "503": lambda body: page(503, "Service Unavailable"),
    "quota": lambda body: failure(429, "You exceeded your current quota.", "insufficient_quota"),
    "403": lambda body: failure(403, "Your project has no access to this model."),
    "context": lambda body: failure(400, LONG, "context_length_exceeded"),
    "413": lambda body: failure(413, "request too large"),
    "422": lambda body: web.json_response({"detail": [{"loc": ["body", "seed"], "msg": "must be small"}]}, status=422),
    "logprobs-400": lambda body: failure(400, "This model does not support logprobs."),
    "redirect": lambda body: web.Response(status=307, headers={"Location": "http://127.0.0.1:9/v1/chat/completions"}),
    "teapot": lambda body: failure(418, "\x1b[31mI am\na teapot\x1b[0m" + "x" * 5000),
    "truncated": lambda body: web.Response(text=json.dumps(reply(body))[:-40], content_type="application/json"),
    "html": lambda body: page(200, "Log in to the hotel"),
    "foreign": lambda body: web.json_response({"result": "ok", "output": [{"text": "2"}]}),
    "utf-8": not_utf8,
    "list": lambda body: web.json_response([1, 2, 3]),
    "empty": lambda body: web.Response(text="", content_type="application/json"),
    "error-200": lambda body: web.json_response({"error": {"message": "upstream is overloaded", "code": 502}}),
    "bomb": bomb,
    "zipped": zipped,
    "empty-choices": changed(lambda whole: whole["choices"].clear()),
    "no-choices": changed(lambda whole: whole.pop("choices")),
    "no-message": changed(lambda whole: whole["choices"][0].pop("message")),
    "null-content": changed(say(None)),
    "number-content": changed(lambda whole: whole["choices"][0]["message"].update(content=7)),
    "cut-thinking": changed(say(None, "length", reasoning_content="Let me think")),
    "refusal": changed(say(None, refusal="I can't help with that.")),
    "fewer": changed(lambda whole: whole["choices"].pop()),
    "no-logprobs": changed(lambda whole: [choice.pop("logprobs") for choice in whole["choices"]]),
    "short-logprobs": changed(short_logprobs),
    "few-logprobs": changed(few_logprobs),
    "nan-logprob": changed(nan_logprob),
    "wrong-model": changed(lambda whole: whole.update(model="some-other-model")),
    "dated-model": changed(lambda whole: whole.update(model=whole["model"] + "-2024-07-18")),
    "no-id": changed(lambda whole: whole.pop("id")),
    "short-id": changed(lambda whole: whole.update(id="chatcmpl-537")),
    "constant-id": changed(lambda whole: whole.update(id="chatcmpl-0123456789abcdef")),
    "no-usage": changed(lambda whole: whole.pop("usage")),
    "off-choice": changed(say("Well, it depends.")),
    "shuffled": changed(lambda whole: whole["choices"].reverse()),
}
