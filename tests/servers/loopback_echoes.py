"""A loopback server that gives back what only it was told: headers, with the key in them, in every place of a reply."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web
from loopback_faults import failure, say
from loopback_replies import reply


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
