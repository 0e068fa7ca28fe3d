"""A real vLLM on the CPU: its environment (`make vllm`), a tiny model, a server, and the engine in a process."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simulator.messages import Completion, Request

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parent.parent / ".venv-vllm"
START_SECONDS = 300
MODEL_NAME = "tiny"


class VllmServer(NamedTuple):
    """A running server; `base_url` ends in /v1."""

    base_url: str
    model: str

    def metric(self, name: str) -> float:
        """The sum of a counter that the server publishes."""
        text = fetched(self.base_url.removesuffix("/v1") + "/metrics")
        lines = [line for line in text.splitlines() if line.startswith(name) and not line.startswith("#")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


def fetched(url: str) -> str:
    """What is at a loopback address; no proxy is asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as response:
        return str(response.read().decode())


def environment() -> dict[str, str]:
    """What a process with vLLM is started with."""
    quiet = {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    return os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "TOKENIZERS_PARALLELISM": "false"} | quiet


@pytest.fixture(scope="session")
def vllm_python() -> Path:
    """The interpreter of the environment with vLLM; skips, saying why, where there is none."""
    unavailable = ENVIRONMENT / "unavailable"
    if unavailable.exists():
        pytest.skip(f"NO REAL vLLM HERE: {unavailable.read_text(encoding='utf-8').strip()}")
    if not (ENVIRONMENT / "installed").exists():
        pytest.skip("NO REAL vLLM HERE: its environment was not made (make vllm)")
    return ENVIRONMENT / "bin" / "python"


@pytest.fixture(scope="session")
def tiny_model(vllm_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny model."""
    folder = tmp_path_factory.mktemp("tiny") / "model"
    run = [str(vllm_python), str(HERE / "tiny_model.py"), str(folder)]
    subprocess.run(run, check=True, timeout=START_SECONDS, env=environment(), capture_output=True)
    return folder


@pytest.fixture(scope="session")
def reference(vllm_python: Path, tiny_model: Path) -> Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]:
    """Questions to the plain forward pass."""

    def ask(questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        run = [str(vllm_python), str(HERE / "reference.py"), str(tiny_model)]
        asked = json.dumps(list(questions))
        done = subprocess.run(
            run, input=asked, text=True, check=True, timeout=START_SECONDS, env=environment(), stdout=subprocess.PIPE
        )
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return ask


@pytest.fixture(scope="session")
def vllm_server(vllm_python: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """vLLM's own server with the tiny model, ready."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = [str(vllm_python), "-m", "vllm.entrypoints.openai.api_server", "--model", str(tiny_model)]
    run += ["--served-model-name", MODEL_NAME, "--max-model-len", "2048", "--enforce-eager", "--dtype", "float32"]
    # A seeded request whose prompt is cut in two ends the CPU build ("CPU Generator does not use offset", 0.32.0).
    run += ["--max-num-batched-tokens", "32768"]
    run += ["--host", "127.0.0.1", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(run, stdout=out, stderr=out, env=environment(), start_new_session=True)
        try:
            _wait(process, f"http://127.0.0.1:{port}/health", log)
            yield VllmServer(f"http://127.0.0.1:{port}/v1", MODEL_NAME)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            fetched(url)
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"vLLM's server did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


@pytest.fixture(scope="session")
def vllm_inprocess(
    vllm_python: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Sequence[Request]], list[Completion | str]]:
    """Requests to vLLM's asynchronous engine in a process of its own; errors come back as texts."""
    folder = tmp_path_factory.mktemp("inprocess")

    def ask(requests: Sequence[Request]) -> list[Completion | str]:
        asked, answered = folder / "asked", folder / "answered"
        asked.write_bytes(pickle.dumps(list(requests)))
        run = [str(vllm_python), str(HERE / "inprocess.py"), str(tiny_model), str(asked), str(answered)]
        done = subprocess.run(run, check=False, timeout=START_SECONDS, env=environment(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
        found: list[Completion | str] = pickle.loads(answered.read_bytes())
        return found

    return ask
