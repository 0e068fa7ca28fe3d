"""What `voxpop demo` prints, cut to the README's size. Running it takes a quarter of a minute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile

from generators.markdown import fenced

INPUTS = (
    "voxpop/demo.toml",
    "voxpop/demo.py",
    "voxpop/comparing.py",
    "voxpop/conversation.py",
    "surveys/catalog/portrait-values.toml",
)
"""Files whose change makes the excerpt out of date. Statistics are code too; `--full` runs the demo and compares."""

ITEMS_KEPT = 2
_SECONDS = re.compile(r" in [\d.]+ (?:ms|s|min)(?: \d+ s)?;")


def demo_output() -> str:
    """The comparison, and the head of the transcript; run in an empty folder, so that `runs/` is the one it names."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", "from voxpop.cli import main; main()", "demo", "--quiet"],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name != "VOXPOP_RUNS"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
    return fenced(excerpt(done.stdout), "text")


def excerpt(printed: str) -> str:
    """Everything up to the third item of the transcript."""
    lines = [line.rstrip() for line in printed.strip().splitlines()]
    items = [place for place, line in enumerate(lines) if line.startswith("── ")]
    return "\n".join([*lines[: items[ITEMS_KEPT]], "…"])


def without_time(text: str) -> str:
    """`text` without how long the demo took, which differs from run to run."""
    return _SECONDS.sub(" in TIME;", text)
