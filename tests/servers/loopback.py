"""A real OpenAI-compatible server on loopback, for tests: its own process, deterministic replies, faults on demand.

By hand: `python tests/servers/loopback.py --port 0 --print-url`. Faults come through `POST /control`, in a given order
or by a seeded plan (`faults_seed`, `fault_rate`, `fault_weights`), or through the model's name (`fault:500`). `GET
/control` tells what was asked and which faults were injected. Knows nothing of voxpop.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections import deque
from time import monotonic
from typing import Any

from aiohttp import web
from fault_plan import EVERY_KIND, Plan
from loopback_echoes import ECHOES
from loopback_faults import FAULTS, HALF_SENT, IN_PARTS, STREAMED, HalfSent, failure, say, too_many
from loopback_replies import reply
from loopback_scoring import raw_reply, with_prompt

CLEAN: dict[str, Any] = {
    "api_key": None,
    "models": ["loopback-model"],
    "latency_seconds": 0.0,
    "beams": True,
    "texts": None,
    "reply_model": None,
    "echo_ids": False,
    "faults_seed": 0,
    "fault_rate": 0.0,
    "fault_weights": EVERY_KIND,
    "refuse_seconds": 0.2,
    "dead_after": None,
    "dead_as": "503",
    "most_logprobs": 20,
    "given_logprobs": 20,
    "scores": True,
}
"""What can be set. `reply_model` is the name it answers under; `echo_ids` makes ids from X-Request-Id as vLLM does.
After `dead_after` chat requests all further ones meet the fault `dead_as`. More than `most_logprobs` alternatives are
refused, more than `given_logprobs` left out without a word; without `scores` nothing is said of prompts.
"""

STALE_SECONDS = 0.3
HANDLED_HERE = ("429", "none", "refuse", "stale")


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
        self.sent: deque[tuple[float, bytes, bytes]] = deque(maxlen=4096)
        self.plan = Plan(0, 0.0, {})
        self.n_dead = 0

    def next_fault(self, model: str, raw: bytes) -> dict[str, Any] | None:
        if self.options["dead_after"] is not None and self.chat_requests > self.options["dead_after"]:
            self.n_dead += 1
            return {"kind": self.options["dead_as"]}
        if self.options["fault_rate"]:
            kind = self.plan.fate(raw)
            return None if kind is None else {"kind": kind}
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

    def stale(self, raw: bytes) -> bytes | None:
        """A reply that another request got a while ago, so that the client has surely read it."""
        while self.sent and monotonic() - self.sent[0][0] > STALE_SECONDS:
            _, body, content = self.sent.popleft()
            if body != raw:
                return content
        return None


STATE = web.AppKey("state", State)


def rejected(request: web.Request, body: dict[str, Any], state: State) -> web.Response | None:
    """The refusal that a real server would send for this request, if any."""
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if state.options["api_key"] not in (None, key):
        return failure(401, f"Incorrect API key provided: {key}.", "invalid_api_key")
    model = body.get("model", "")
    if model not in state.options["models"] and not model.startswith("fault:"):
        return failure(404, f"The model `{model}` does not exist.", "model_not_found")
    if (body.get("top_logprobs") or 0) > (most := state.options["most_logprobs"]):
        return failure(400, f"Requested sample logprobs of more than {most}, the maximum.")
    if body.get("use_beam_search") and not state.options["beams"]:
        return failure(400, "Beam search is not supported.")
    return None


async def chat(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    raw = await request.read()
    body = json.loads(raw)
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
        fault = state.next_fault(body.get("model", ""), raw)
        if fault is None or fault["kind"] == "none":
            return good(request, raw, body, state)
        return await bad(request, raw, body, fault, state)
    except ConnectionError:  # the client did not wait for the end of a fault
        return web.Response()
    finally:
        state.in_flight -= 1


def good(request: web.Request, raw: bytes, body: dict[str, Any], state: State) -> web.Response:
    given = state.options["given_logprobs"]
    known = body | {"top_logprobs": min(body["top_logprobs"], given)} if body.get("top_logprobs") else body
    whole = raw_reply(known) if "prompt" in body else reply(known)
    if state.options["scores"]:
        whole = with_prompt(whole, body)
    if state.options["texts"]:
        say(state.options["texts"][state.chat_requests % len(state.options["texts"])])(whole)
    whole["model"] = state.options["reply_model"] or whole["model"]
    if state.options["echo_ids"]:
        whole["id"] = "chatcmpl-" + request.headers.get("X-Request-Id", "none")
    content = json.dumps(whole).encode()
    if state.options["fault_rate"]:
        state.sent.append((monotonic(), raw, content))
    return web.Response(body=content, content_type="application/json")


async def bad(
    request: web.Request, raw: bytes, body: dict[str, Any], fault: dict[str, Any], state: State
) -> web.StreamResponse:
    kind, content = fault["kind"], None
    if kind == "stale":
        content = state.stale(raw)
        kind = kind if content is not None else "empty-choices"  # nothing to repeat yet
    state.plan.injected[kind] += 1
    if content is not None:
        return web.Response(body=content, content_type="application/json")
    if kind == "429":
        return too_many(fault.get("retry_after"))
    if kind == "refuse":
        request.app[DOOR].close_for(fault.get("seconds", state.options["refuse_seconds"]))
        kind = "reset"
    if kind in IN_PARTS:
        assert request.transport is not None
        with request.app[HALF_SENT].begun(request.transport, kind):
            return await STREAMED[kind](request, body, fault)
    if kind in STREAMED:
        return await STREAMED[kind](request, body, fault)
    if kind in ECHOES:
        return ECHOES[kind](request, body)
    return FAULTS[kind](body)


class Door:
    """The listening socket: shut for a while, every new connection is refused; those that are open stay so."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self.port = 0

    async def open(self, port: int) -> None:
        assert self._runner.server is not None
        create = asyncio.get_running_loop().create_server
        self._server = await create(self._runner.server, "127.0.0.1", port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    def close_for(self, seconds: float) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._opening = asyncio.create_task(self._open_after(seconds))

    async def _open_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.open(self.port)


DOOR = web.AppKey("door", Door)


async def models(request: web.Request) -> web.Response:
    state = request.app[STATE]
    refusal = rejected(request, {"model": "fault:"}, state)
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "loopback"} for name in state.options["models"]]
    return refusal or web.json_response({"object": "list", "data": listed})


async def tell(request: web.Request) -> web.Response:
    state = request.app[STATE]
    shown = ("chat_requests", "max_in_flight", "last_body", "last_authorization", "n_dead")
    told = {"injected": state.plan.injected, "spoilt": request.app[HALF_SENT].spoilt}
    return web.json_response({name: getattr(state, name) for name in shown} | told)


async def control(request: web.Request) -> web.Response:
    """Set faults and options; `{"reset": true}` first forgets everything."""
    state = request.app[STATE]
    wanted = await request.json()
    if wanted.pop("reset", False):
        state.reset()
        request.app[HALF_SENT].spoilt.clear()
    faults = wanted.pop("faults", [])
    unknown = [fault["kind"] for fault in faults if fault["kind"] not in {*FAULTS, *STREAMED, *ECHOES, *HANDLED_HERE}]
    unknown += [name for name in wanted if name not in CLEAN]
    if unknown:
        return failure(400, f"unknown: {unknown}")
    state.faults.extend(faults)
    state.options |= wanted
    if "fault_rate" in wanted:
        options = state.options
        state.plan = Plan(options["faults_seed"], options["fault_rate"], options["fault_weights"])
    return web.json_response({"ok": True})


def build() -> web.Application:
    app = web.Application(client_max_size=64 * 2**20)
    app[STATE] = State()
    app[HALF_SENT] = HalfSent()
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/v1/completions", chat)
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
    app = build()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    door = app[DOOR] = Door(runner)
    await runner.setup()
    await door.open(port)
    if print_url:
        print(f"http://127.0.0.1:{door.port}/v1", flush=True)
    await (stdin_closed() if until_stdin_closes else asyncio.Event().wait())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="an OpenAI-compatible server on loopback, for tests")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--print-url", action="store_true", help="print the base URL once it listens")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input ends")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.print_url, given.until_stdin_closes))
