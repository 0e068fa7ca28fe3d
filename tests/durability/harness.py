"""Starts the harness processes of this folder and reads their reports; shared by the tests and `make durability`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CANNOT_MOUNT = 77


class Failed(AssertionError):
    """A harness found something wrong, and says what."""


class CannotMount(Exception):
    """This system does not let us mount a small disk."""


def report(script: str, *arguments: object, namespace: bool = False) -> dict[str, Any]:
    """The report of `script`; raises Failed with what it found, CannotMount where `namespace` cannot be had."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE.parent}", "OPENBLAS_NUM_THREADS": "1"}
    command = [*(unshared() if namespace else []), sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=550)
    if namespace and (done.returncode == CANNOT_MOUNT or done.stderr.startswith("unshare:")):
        raise CannotMount
    if done.returncode:
        raise Failed(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def unshared() -> list[str]:
    """What to put before a command that mounts something, so that nobody else sees it."""
    if shutil.which("unshare") is None:
        raise CannotMount
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is such a place: a kill leaves the same behind, and nothing waits for a disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)
