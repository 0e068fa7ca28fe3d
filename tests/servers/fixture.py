"""Starts and stops the loopback server for a test session; a thin handle sets faults and reads what was asked."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("loopback.py")


@dataclass(frozen=True, slots=True)
class LoopbackServer:
    """A running server: `base_url` ends in /v1; `model` is the name it knows."""

    base_url: str
    pid: int
    model: str = "loopback-model"

    def _call(self, body: dict[str, Any] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base_url.removesuffix("/v1") + "/control", data, {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def control(self, **options: Any) -> None:
        """Set `api_key`, `models`, `latency_seconds`, `texts` (replies, in turn) or `faults` (a list).

        `reset=True` forgets everything first.
        """
        self._call(options)

    def fault(self, kind: str, times: int = 1, **details: Any) -> None:
        """The next `times` chat requests meet this fault (see FAULTS in loopback.py; "429" takes `retry_after`)."""
        self.control(faults=[{"kind": kind, "times": times, **details}])

    def seen(self) -> dict[str, Any]:
        """`chat_requests`, `max_in_flight`, `last_body`, `last_authorization`, `injected` and `spoilt` (faults by kind)
        since the last reset.
        """
        return self._call(None)


def start(port: str = "0") -> tuple[subprocess.Popen[str], LoopbackServer]:
    """A fresh server process on loopback, port 0 being a free one; returns once it listens. The caller stops it."""
    command = [sys.executable, str(SCRIPT), "--port", port, "--print-url", "--until-stdin-closes"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    base_url = process.stdout.readline().strip()
    if not base_url:
        process.kill()
        raise RuntimeError(f"the loopback server did not start (exit status {process.wait()})")
    return process, LoopbackServer(base_url, process.pid)


def stop(process: subprocess.Popen[str]) -> None:
    """Stop this one process and wait for it."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


@pytest.fixture(scope="session")
def loopback_process() -> Iterator[LoopbackServer]:
    """The session's one server process."""
    process, server = start()
    yield server
    stop(process)


@pytest.fixture
def loopback_server(loopback_process: LoopbackServer) -> LoopbackServer:
    """The server, with nothing set: an OpenAI-compatible base URL on loopback and a handle to make it misbehave."""
    loopback_process.control(reset=True)
    return loopback_process
