"""Dated files of what the benchmarks measured, with a description of the machine. Knows rows, not what they mean.

The newest file is what docs/performance.md shows. No host name, no user and no path goes into a file.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from rows import Row

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks" / "history"
LIBRARIES = ("voxpop", "langgraph", "openai", "aiohttp", "numpy", "scipy", "pandas", "pydantic")


class Measured(NamedTuple):
    """One run of the benchmarks: when (UTC), of which revision, on what, and the rows by section title."""

    at: str
    revision: str
    quick: bool
    machine: Mapping[str, Any]
    sections: Mapping[str, Sequence[Row]]


def save(sections: Mapping[str, Sequence[Row]], *, quick: bool, folder: Path = FOLDER) -> Path:
    """Write the rows to a new file in `folder`; returns its path."""
    now = datetime.now(UTC)
    measured = {
        "at": now.isoformat(timespec="seconds"),
        "revision": revision(),
        "quick": quick,
        "machine": machine(),
        "sections": {title: [row._asdict() for row in rows] for title, rows in sections.items()},
    }
    path = folder / f"{now:%Y-%m-%d-%H%M%S}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def newest(folder: Path = FOLDER) -> Measured | None:
    """The run measured last; None where there is none."""
    files = sorted(folder.glob("*.json"))
    if not files:
        return None
    data = json.loads(files[-1].read_text(encoding="utf-8"))
    sections = {title: [Row.from_json(row) for row in rows] for title, rows in data.pop("sections").items()}
    return Measured(**data, sections=sections)


def machine() -> dict[str, Any]:
    """Processor, cores, memory, system, Python and libraries."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gigabytes": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def processor() -> str:
    """The processor's model as the system calls it."""
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def revision() -> str:
    """The revision that git says is checked out, with a plus sign if files differ from it; "unknown" without git."""
    try:
        asked = [("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no")]
        found = [
            subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
            for words in asked
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found[0] + ("+" if found[1] else "")
