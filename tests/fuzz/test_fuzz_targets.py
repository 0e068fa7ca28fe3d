"""Every fuzz target on its seeds, on every input that once failed, and on what hypothesis thinks of; no atheris needed.

`make fuzz` goes on from here, guided by coverage.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "surveys")]
from run_fuzz import TARGETS, found  # noqa: E402

fuzzed = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@cache
def target(name: str) -> ModuleType:
    return importlib.import_module(f"fuzz_{name}")


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    for seed in target(name).SEEDS:
        target(name).check(seed)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in TARGETS for path in found(name)], ids=str)
def test_what_once_failed(name: str, path: Path) -> None:
    target(name).check(path.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_anything(name: str) -> None:
    module = target(name)
    words = [word.encode() for word in module.WORDS]
    pieces = st.lists(st.sampled_from(words) | st.binary(max_size=6) | st.sampled_from(module.SEEDS), max_size=5)

    @fuzzed
    @given(pieces.map(b"".join))
    def anything(data: bytes) -> None:
        module.check(data)

    anything()


def test_the_runner_says_which_targets_there_are() -> None:
    command = [sys.executable, str(HERE / "run_fuzz.py"), "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there are parsing, importers, references, spec, survey, record" in done.stderr


def test_every_target_is_listed() -> None:
    assert {path.stem for path in HERE.glob("fuzz_*.py")} == {f"fuzz_{name}" for name in TARGETS}
