"""The command line called in this process: exit status, standard output, standard error. Shared by the tests of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from voxpop.cli import call

SURVEY = """
id = "mine"
title = "Mine"
[[items]]
id = "q1"
format = "single"
text = "Is it so?"
options = [{code = 1, text = "Yes"}, {code = 2, text = "No"}]
[[items]]
id = "q2"
format = "single"
text = "Is it not?"
options = [{code = 1, text = "Yes"}, {code = 2, text = "No"}]
"""
"""A survey of two questions."""


class Told(NamedTuple):
    """What one call of the command line left behind."""

    status: int
    out: str
    err: str

    def message(self) -> str:
        """The one message on standard error; fails where there is none, several, or a traceback."""
        assert "Traceback" not in self.err + self.out
        assert self.err.startswith("voxpop: "), self.err
        assert self.err.count("voxpop: ") == 1, self.err
        assert self.err.endswith("\n")
        return self.err.removeprefix("voxpop: ").rstrip("\n")

    def error(self) -> dict[str, object]:
        """The JSON object on standard error."""
        found = json.loads(self.err)
        assert set(found) == {"error", "message", "exit_status"}
        assert found["exit_status"] == self.status
        return dict(found)


Cli = Callable[..., Told]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`cli("run", "--n", "3")` in an empty folder with its runs in `runs`, no key and no server set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOXPOP_RUNS", "runs")
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Told:
        capsys.readouterr()
        status = call(list(arguments))
        return Told(status, *capsys.readouterr())

    return run


def process(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """The command line as a process of its own, with `folder` as its current one and runs in it."""
    return subprocess.Popen(
        [sys.executable, "-m", "voxpop", *arguments],
        cwd=folder,
        env={**os.environ, "VOXPOP_RUNS": str(folder / "runs")},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
