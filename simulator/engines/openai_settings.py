"""Whether the settings of an OpenAI-compatible engine can work, checked before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from random import SystemRandom
from typing import Literal
from urllib.parse import urlsplit

from simulator.engines.base import Capability
from simulator.engines.foreign_text import shown_url
from simulator.engines.lines import AnyLine, Line
from simulator.engines.openai_wire import DIALECTS
from simulator.errors import EngineRefused, RunSpecError

Client = Literal["aiohttp", "openai"]
CLIENTS: tuple[Client, ...] = ("aiohttp", "openai")

# What the OpenAI API knows a customer's part by; set in the environment like the key, and sent where it is set.
_BELONGS_TO = {"OPENAI_ORG_ID": "OpenAI-Organization", "OPENAI_PROJECT_ID": "OpenAI-Project"}


def check_address(base_url: str, api_key_env: str) -> None:
    """Raise RunSpecError unless `base_url` is a bare http(s) address."""
    # Neither belongs there, and a password may hold characters that end an address where nobody meant it to end.
    if not {"@", "?", "#"}.isdisjoint(base_url):
        raise RunSpecError(
            f"base_url {shown_url(base_url)} carries credentials or a query, and a specification is stored with the"
            f" run; give the bare address, and the key in the environment variable {api_key_env}"
        )
    if not _is_web_address(base_url):
        raise RunSpecError(
            f"base_url {shown_url(base_url)!r} is no http(s) address; write it like http://127.0.0.1:8000/v1"
        )


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or a broken IPv6 address
        return False


def check_names(model: str, dialect: str, client: str) -> None:
    """Raise RunSpecError for a missing model, or an unknown dialect or client."""
    if client not in CLIENTS:
        raise RunSpecError(f"client {client!r} is unknown; there are {', '.join(CLIENTS)}")
    if dialect not in DIALECTS:
        raise RunSpecError(f"dialect {dialect!r} is unknown; there are {', '.join(DIALECTS)}")
    if not model:
        raise RunSpecError("the engine openai_compatible needs a model; set `model` to a name that the server lists")


def line_maker(client: Client) -> Callable[[str, Mapping[str, str], int], AnyLine]:
    """What makes a line out of address, headers and the largest reply; the SDK is loaded only if it is asked for."""
    if client == "aiohttp":
        return Line
    from simulator.engines.sdk_line import SdkLine

    return SdkLine


def check_limits(limits: Mapping[str, float]) -> None:
    """Raise RunSpecError for a limit that is not positive and finite, or for a count that is not whole."""
    for limit, value in limits.items():
        if not 0 < value < float("inf") or (not limit.endswith("_seconds") and value != int(value)):
            raise RunSpecError(f"{limit} = {value} cannot work; it must be positive")


def named_capabilities(given: Iterable[Capability | str]) -> frozenset[Capability]:
    """The capabilities of these names; RunSpecError for one that is unknown."""
    given = tuple(given)
    known = [capability.value for capability in Capability]
    for capability in given:
        if capability not in known:
            raise RunSpecError(f"capability {str(capability)!r} is unknown; there are {', '.join(known)}")
    return frozenset(map(Capability, given))


def key_from_environment(server: str, api_key_env: str) -> str:
    """The key, or "" where none is set. Raises EngineRefused for one that no header can carry."""
    key = os.environ.get(api_key_env, "").strip()
    if not key.isascii() or not key.isprintable():
        raise EngineRefused(
            f"{server}: the environment variable {api_key_env} holds something that is no key; set it again",
            fatal=True,
        )
    return key


def system_jitter() -> float:
    """Uniform on [0, 1), from the operating system: waiting times are no data and must differ between processes."""
    return SystemRandom().random()


def request_headers(key: str) -> dict[str, str]:
    """What goes with every request; a server without keys gets "none"."""
    headers = {
        "Authorization": f"Bearer {key or 'none'}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "voxpop",
    }
    for variable, name in _BELONGS_TO.items():
        value = os.environ.get(variable, "").strip()
        if value and value.isascii() and value.isprintable():
            headers[name] = value
    return headers
