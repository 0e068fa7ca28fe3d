"""The record of scenario writing: every prompt with its reply, one JSON object per line, in a file of its own.

A line is written the moment a call has ended and is never changed, so whatever stops the writing loses nothing that
came back: the same command finds the replies there and asks only for what is missing. No secret is in it. Knows no
graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from simulator.errors import EngineError, RunSpecError
from simulator.messages import Completion, Message, hash_messages

Step = Literal["writer", "critic"]


@dataclass(frozen=True, slots=True)
class ScenarioCall:
    """One call. `scenario` is "" for the writer; `reply` is None where the call failed, and `error` says how then."""

    step: Step
    item: str
    scenario: str
    try_number: int
    messages: tuple[Message, ...]
    seed: int | None
    settings: dict[str, Any]
    model: str
    reply: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    attempts: int = 1
    error_kind: str | None = None
    error: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two calls the same call: what is asked, for which time, of which model and with which settings."""
        settings = json.dumps(self.settings, sort_keys=True)
        about = self.step, self.item, self.scenario, self.try_number
        return (*about, hash_messages(self.messages), self.model, self.seed, settings)

    def ended(self, outcome: Completion | EngineError) -> ScenarioCall:
        """The call with what it brought."""
        if isinstance(outcome, EngineError):
            return replace(self, error_kind=outcome.kind, error=str(outcome), attempts=outcome.attempts)
        return replace(
            self,
            reply=outcome.text,
            finish_reason=outcome.finish_reason,
            prompt_tokens=outcome.prompt_tokens,
            completion_tokens=outcome.completion_tokens,
            latency_seconds=outcome.latency_seconds,
            attempts=outcome.attempts,
        )

    def as_json(self) -> dict[str, Any]:
        """The call as JSON-able data; messages as role and content."""
        return asdict(self) | {"messages": [message._asdict() for message in self.messages]}


class CallLog:
    """The calls in a file, those of earlier attempts first; `path` None keeps them in memory alone.

    A last line that a kill left unfinished is cut off. Raises RunSpecError for a file that is no such log.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.calls = list(_earlier(path)) if path is not None else []
        self.n_earlier = len(self.calls)
        self._replies = {call.key: call for call in self.calls if call.reply is not None}
        self._file = path.open("a", encoding="utf-8") if path is not None else None

    def earlier(self, call: ScenarioCall) -> str | None:
        """The reply that the same call brought before, None if it brought none."""
        found = self._replies.get(call.key)
        return None if found is None else found.reply

    def add(self, call: ScenarioCall) -> None:
        """Keep a call, on the disk before this returns."""
        self.calls.append(call)
        if call.reply is not None:
            self._replies[call.key] = call
        if self._file is not None:
            self._file.write(json.dumps(call.as_json(), ensure_ascii=True) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file; nothing is added afterwards."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _earlier(path: Path) -> Iterator[ScenarioCall]:
    """The calls of a log; an unfinished last line is removed from the file."""
    if not path.exists():
        return
    try:
        raw = path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        for number, line in enumerate(whole.decode("utf-8").splitlines(), start=1):
            try:
                data = json.loads(line)
                messages = tuple(Message(**message) for message in data.pop("messages"))
                yield ScenarioCall(messages=messages, **data)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                raise RunSpecError(
                    f"{path}: line {number} is no call of scenario writing; choose another file with --log"
                ) from error
        if len(whole) < len(raw):
            with path.open("r+b") as file:
                file.truncate(len(whole))
    except (OSError, UnicodeDecodeError) as error:
        raise RunSpecError(f"{path}: cannot be read as a log of calls ({error}); choose another file") from error
