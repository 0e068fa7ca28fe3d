"""A real OpenAI-compatible server on loopback, for tests: its own process, deterministic replies, faults on demand.

By hand: `python tests/servers/loopback.py --port 0 --print-url`. Faults come through `POST /control` or through the
model's name (`fault:500`). `GET /control` tells what was asked. Knows nothing of voxpop.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import sys
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any
from urllib.parse import quote

from aiohttp import web
from loopback_replies import reply

CLEAN: dict[str, Any] = {
    "api_key": None,
    "models": ["loopback-model"],
    "latency_seconds": 0.0,
    "beams": True,
    "texts": None,
}


class State:
    """What the control endpoint sets and reads."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.options = dict(CLEAN)
        self.faults: deque[dict[str, Any]] = deque()
        self.chat_requests = 0
        self.in_flight = 0
        self.max_in_flight = 0
        self.last_body: dict[str, Any] | None = None
        self.last_authorization: str | None = None
        self.last_path_query: str = ""

    def next_fault(self, model: str) -> dict[str, Any] | None:
        if model.startswith("fault:"):
            _, kind, *rest = model.split(":", 2)
            return {"kind": kind} | ({"retry_after": rest[0]} if rest else {})
        if not self.faults:
            return None
        fault = self.faults[0]
        fault["times"] = fault.get("times", 1) - 1
        if fault["times"] <= 0:
            self.faults.popleft()
        return fault


STATE = web.AppKey("state", State)


def failure(status: int, message: str, code: str | None = None, headers: dict[str, str] | None = None) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)


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
    assert request.transport is not None
    request.transport.abort()
    return response


async def huge(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    """Up to one GiB of white space, in chunks without a declared length."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(1024):
        await response.write(b" " * 2**20)
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


LONG = "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens."
STREAMED: dict[str, Callable[[web.Request, dict[str, Any], dict[str, Any]], Awaitable[web.StreamResponse]]] = {
    "hang": hang,
    "drip": drip,
    "reset": reset,
    "reset-mid-body": reset_mid_body,
    "huge": huge,
}
FAULTS: dict[str, Callable[[dict[str, Any]], web.Response]] = {
    "500": lambda body: failure(500, "internal error"),
    "503": lambda body: web.Response(
        status=503, text="<html><h1>Service Unavailable</h1></html>", content_type="text/html"
    ),
    "quota": lambda body: failure(429, "You exceeded your current quota.", "insufficient_quota"),
    "403": lambda body: failure(403, "Your project has no access to this model."),
    "context": lambda body: failure(400, LONG, "context_length_exceeded"),
    "413": lambda body: failure(413, "request too large"),
    "422": lambda body: web.json_response({"detail": [{"loc": ["body", "seed"], "msg": "must be small"}]}, status=422),
    "logprobs-400": lambda body: failure(400, "This model does not support logprobs."),
    "redirect": lambda body: web.Response(status=307, headers={"Location": "http://127.0.0.1:9/v1/chat/completions"}),
    "teapot": lambda body: failure(418, "\x1b[31mI am\na teapot\x1b[0m" + "x" * 5000),
    "truncated": lambda body: web.Response(text=json.dumps(reply(body))[:-40], content_type="application/json"),
    "html": lambda body: web.Response(text="<html><title>Log in to the hotel</title></html>", content_type="text/html"),
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
    "nan-logprob": changed(nan_logprob),
    "no-usage": changed(lambda whole: whole.pop("usage")),
    "off-choice": changed(say("Well, it depends.")),
    "shuffled": changed(lambda whole: whole["choices"].reverse()),
}


def echoed(request: web.Request) -> str:
    """The headers that came, as a careless server puts them into its pages: as they are, for an address, in base64."""
    lines = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    key = request.headers.get("Authorization", "")
    return f"{lines}\n{quote(key, safe='')}\n{b64encode(key.encode()).decode()}\n{key.removeprefix('Bearer ')}"


def echo_said(request: web.Request, body: dict[str, Any]) -> web.Response:
    whole = reply(body)
    say(f"1. You sent {echoed(request)}")(whole)
    return web.Response(text=json.dumps(whole), content_type="application/json")


def echo_model(request: web.Request, body: dict[str, Any]) -> web.Response:
    return web.json_response(reply(body) | {"model": echoed(request)})


def echo_error(request: web.Request, body: dict[str, Any]) -> web.Response:
    return web.json_response({"error": {"message": echoed(request), "code": echoed(request)}})


def echo_redirect(request: web.Request, body: dict[str, Any]) -> web.Response:
    key = quote(request.headers.get("Authorization", ""))
    return web.Response(status=307, headers={"Location": f"http://me:{key}@127.0.0.1:9/{key}?key={key}"})


ECHOES: dict[str, Callable[[web.Request, dict[str, Any]], web.Response]] = {
    "echo-400": lambda request, body: failure(400, echoed(request)),
    "echo-401": lambda request, body: failure(401, echoed(request), "invalid_api_key"),
    "echo-500": lambda request, body: web.Response(status=500, text=f"<pre>{echoed(request)}</pre>"),
    "echo-html": lambda request, body: web.Response(text=f"<pre>{echoed(request)}</pre>", content_type="text/html"),
    "echo-said": echo_said,
    "echo-model": echo_model,
    "echo-error": echo_error,
    "echo-redirect": echo_redirect,
}
"""A server that gives back what only it was told."""


def rejected(request: web.Request, body: dict[str, Any], state: State) -> web.Response | None:
    """The refusal that a real server would send for this request, if any."""
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if state.options["api_key"] not in (None, key):
        return failure(401, f"Incorrect API key provided: {key}.", "invalid_api_key")
    model = body.get("model", "")
    if model not in state.options["models"] and not model.startswith("fault:"):
        return failure(404, f"The model `{model}` does not exist.", "model_not_found")
    if (body.get("top_logprobs") or 0) > 20:
        return failure(400, "Requested sample logprobs of more than 20, the maximum.")
    return None


async def faulty(request: web.Request, body: dict[str, Any], fault: dict[str, Any]) -> web.StreamResponse:
    if fault["kind"] in STREAMED:
        return await STREAMED[fault["kind"]](request, body, fault)
    if fault["kind"] in ECHOES:
        return ECHOES[fault["kind"]](request, body)
    return FAULTS[fault["kind"]](body)


async def chat(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    body = await request.json()
    state.chat_requests += 1
    state.last_body = body
    state.last_authorization = request.headers.get("Authorization")
    state.in_flight += 1
    state.max_in_flight = max(state.max_in_flight, state.in_flight)
    try:
        if state.options["latency_seconds"]:
            await asyncio.sleep(state.options["latency_seconds"])
        refusal = rejected(request, body, state)
        if refusal is not None:
            return refusal
        fault = state.next_fault(body.get("model", ""))
        if fault is None or fault["kind"] == "none":
            whole = reply(body)
            if state.options["texts"]:
                say(state.options["texts"][state.chat_requests % len(state.options["texts"])])(whole)
            return web.json_response(whole)
        if fault["kind"] == "429":
            wait = fault.get("retry_after")
            return failure(
                429, "Rate limit reached.", "rate_limit", {"Retry-After": wait} if wait is not None else None
            )
        return await faulty(request, body, fault)
    except ConnectionError:  # the client did not wait for the end of a fault
        return web.Response()
    finally:
        state.in_flight -= 1


async def models(request: web.Request) -> web.Response:
    state = request.app[STATE]
    refusal = rejected(request, {"model": "fault:"}, state)
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "loopback"} for name in state.options["models"]]
    return refusal or web.json_response({"object": "list", "data": listed})


async def tell(request: web.Request) -> web.Response:
    state = request.app[STATE]
    shown = ("chat_requests", "max_in_flight", "last_body", "last_authorization")
    return web.json_response({name: getattr(state, name) for name in shown})


async def control(request: web.Request) -> web.Response:
    """Set faults and options; `{"reset": true}` first forgets everything."""
    state = request.app[STATE]
    wanted = await request.json()
    if wanted.pop("reset", False):
        state.reset()
    faults = wanted.pop("faults", [])
    unknown = [fault["kind"] for fault in faults if fault["kind"] not in {*FAULTS, *STREAMED, *ECHOES, "429", "none"}]
    unknown += [name for name in wanted if name not in CLEAN]
    if unknown:
        return failure(400, f"unknown: {unknown}")
    state.faults.extend(faults)
    state.options |= wanted
    return web.json_response({"ok": True})


def build() -> web.Application:
    app = web.Application(client_max_size=64 * 2**20)
    app[STATE] = State()
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    app.router.add_get("/control", tell)
    app.router.add_post("/control", control)
    return app


async def stdin_closed() -> None:
    """Returns when standard input reaches its end: a parent that was killed leaves no server behind."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


async def serve(port: int, print_url: bool, until_stdin_closes: bool) -> None:
    runner = web.AppRunner(build(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    assert site._server is not None
    bound = site._server.sockets[0].getsockname()[1]
    if print_url:
        print(f"http://127.0.0.1:{bound}/v1", flush=True)
    await (stdin_closed() if until_stdin_closes else asyncio.Event().wait())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="an OpenAI-compatible server on loopback, for tests")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--print-url", action="store_true", help="print the base URL once it listens")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input ends")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.print_url, given.until_stdin_closes))
