"""Replies written down beforehand: an engine for tests, demonstrations and teaching. No network, no model.

Knows no survey. It is honest about what it declares: it refuses what it does not declare, and a script that cannot keep
a declaration (log probabilities asked for, none written) is a fault of the script, said so.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.engines.base import Capability
from simulator.engines.demands import require_all
from simulator.errors import EngineRefused, MalformedCompletion, RunSpecError
from simulator.messages import Completion, Request

Reply = str | Completion | Exception
Script = Sequence[Reply] | Mapping[str, Reply | Sequence[Reply]] | Callable[[Request], str | Completion]
"""A list is used up in the order of the calls; a mapping answers by item id (a list in it: one entry per try, the last
one repeated; the key "*" stands for every other item; judges are answered by criterion first); a function answers each
request."""

EVERY_ITEM = "*"


class ScriptedEngine:
    """Answers from `replies`. A mapping or a function makes it deterministic under concurrency; a list does not.

    A reply that is an exception is raised. A string stands for every sample; a Completion must have enough texts.
    Raises EngineRefused (not fatal for a missing item, fatal for a used-up list) where the script has no reply.
    """

    def __init__(
        self,
        replies: Script,
        *,
        name: str = "scripted",
        model: str = "scripted",
        capabilities: Iterable[Capability] = (Capability.SAMPLING, Capability.SEED),
    ) -> None:
        if isinstance(replies, str):
            raise RunSpecError("replies is one string; write a list of replies, a table by item id, or a function")
        self.name = name
        self.model = model
        self.capabilities = frozenset(capabilities)
        self._replies = replies
        self._used = 0

    async def complete(self, request: Request) -> Completion:
        """The scripted reply to `request`; see the class for what is raised."""
        require_all(self, request)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, str):
            reply = Completion(texts=(reply,) * request.samples, model=self.model, finish_reason="stop")
        return self._kept(reply, request)

    async def close(self) -> None:
        """Nothing to release."""

    def _reply(self, request: Request) -> Reply:
        if callable(self._replies):
            return self._replies(request)
        if isinstance(self._replies, Mapping):
            return self._by_item(self._replies, request)
        if self._used >= len(self._replies):
            raise EngineRefused(
                f"engine {self.name!r}: all {len(self._replies)} scripted replies are used up; write more replies, or"
                " answer by item id",
                fatal=True,
            )
        self._used += 1
        return self._replies[self._used - 1]

    def _by_item(self, replies: Mapping[str, Reply | Sequence[Reply]], request: Request) -> Reply:
        asked = request.asked or request.judged
        if asked is None:
            raise EngineRefused(
                f"engine {self.name!r}: the script is by item id, and this request has none", fatal=False
            )
        found = replies.get(asked.item_id, replies.get(EVERY_ITEM))
        if request.judged is not None:
            found = replies.get(request.judged.criterion, found)
        if found is None:
            remedy = f"add it, or a reply for {EVERY_ITEM!r}"
            raise EngineRefused(
                f"engine {self.name!r}: the script has no reply to item {asked.item_id!r}; {remedy}", fatal=False
            )
        if isinstance(found, str | Completion | Exception):
            return found
        if not found:
            raise EngineRefused(
                f"engine {self.name!r}: item {asked.item_id!r} has an empty list of replies", fatal=False
            )
        return found[min(asked.try_number, len(found) - 1)]

    def _kept(self, reply: Completion, request: Request) -> Completion:
        """The reply cut to what was asked, or the error that says what the script left out."""
        if len(reply.texts) < request.samples:
            raise self._broken(f"{request.samples} samples were asked for and it has {len(reply.texts)}")
        if request.top_logprobs is not None and not reply.positions and reply.text:
            raise self._broken("log probabilities were asked for and it has none")
        texts = reply.texts[: request.samples]
        if request.choices is not None and not set(texts) <= set(request.choices):
            raise self._broken(f"{texts[0]!r} is none of the choices")
        positions = () if request.top_logprobs is None else reply.positions
        return replace(reply, texts=texts, positions=positions)

    def _broken(self, what: str) -> MalformedCompletion:
        return MalformedCompletion(f"engine {self.name!r}: the scripted reply does not fit: {what}; correct the script")


def read_script(path: str | Path) -> Script:
    """The script in a TOML or JSON file: `replies = [...]`, or a table `[items]` from item id to a reply or a list.

    Raises RunSpecError naming the file and what is wrong in it.
    """
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8")
        data = json.loads(text) if place.suffix == ".json" else tomllib.loads(text)
    except OSError as caught:
        raise RunSpecError(f"{path}: the scripted replies cannot be read ({caught.strerror}); name a file") from caught
    except (ValueError, RecursionError) as caught:  # covers JSON, TOML and UTF-8
        raise RunSpecError(f"{path}: neither TOML nor JSON ({caught}); correct it") from caught
    if not isinstance(data, dict) or len(data) != 1 or not set(data) <= {"replies", "items"}:
        raise RunSpecError(f"{path}: it must hold one thing, either `replies = [...]` or a table [items]")
    return script_from_data(next(iter(data.values())), str(path))


def script_from_data(data: Any, place: str) -> Script:
    """The script in a decoded list or table; `place` stands in the message of the RunSpecError."""
    if isinstance(data, list) and data and all(isinstance(reply, str) for reply in data):
        return data
    if isinstance(data, dict) and data and all(_is_entry(reply) for reply in data.values()):
        return data
    raise RunSpecError(
        f"{place}: replies must be a list of texts, or texts (or lists of texts) by item id, and not empty"
    )


def _is_entry(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(reply, str) for reply in value)
    return isinstance(value, str)
