"""Where runs lie: `runs/<name>/record.sqlite`, unless told otherwise. Knows paths, not what is in them."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from simulator.errors import RunSpecError

RECORD = "record.sqlite"


def runs_folder() -> Path:
    """The folder of all runs: the environment variable VOXPOP_RUNS, else `runs` in the current directory."""
    return Path(os.environ.get("VOXPOP_RUNS", "runs"))


def record_path(name: str) -> Path:
    """Where the record of a new run called `name` goes."""
    return runs_folder() / name / RECORD


def run_names() -> list[str]:
    """The runs that have a record, newest last."""
    found = [path for path in runs_folder().glob(f"*/{RECORD}") if path.is_file()]
    return [path.parent.name for path in sorted(found, key=lambda path: path.stat().st_mtime)]


def find_record(run: str) -> Path:
    """The record of `run`: a run's name, its folder, or the path of an SQLite file. Raises RunSpecError."""
    for candidate in (Path(run), Path(run) / RECORD, record_path(run)):
        if _is_file(candidate):
            return candidate
    names = run_names()
    near = difflib.get_close_matches(run, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    there = (
        f"runs in {runs_folder()}: {', '.join(names[-8:])}" if names else f"there are no runs in {runs_folder()} yet"
    )
    raise RunSpecError(f"run {run!r}: no such run, folder or file; {hint}{there}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long to be one, or a folder that may not be looked into
        return False
