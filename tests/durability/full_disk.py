"""Carries a run out on disks that are too small for it, makes room, and goes on. A process of its own.

    python tests/durability/full_disk.py disk FOLDER    tmpfs of many sizes; run it in a namespace of its own
    python tests/durability/full_disk.py limit FOLDER   a file-size limit of the process, as `ulimit -f` sets it

Prints one JSON object: what happened at each size. Ends with status 1 and what is wrong if anything is.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import children
from small_run import contents, difference, small_spec, write_survey

from simulator.errors import VoxpopError
from simulator.store.reader import Reader
from voxpop.cli import call
from voxpop.running import launch
from voxpop.spec import read_spec

ROOMY = "64m"
N = 24


class Broken(Exception):
    """The run did not end as it ought to."""


def told(*arguments: str) -> tuple[int, str]:
    """Exit status of the command line, and what it said on standard error."""
    with contextlib.redirect_stderr(io.StringIO()) as errors, contextlib.redirect_stdout(io.StringIO()):
        status = call(list(arguments))
    return status, errors.getvalue()


def stage(record: Path, status: int) -> str:
    """Where there was no room."""
    if not record.exists():
        return "making the record"
    with Reader(record) as reader:
        answers, sessions = reader.progress().n_answers, reader.sessions()
    if status == 0:
        return "nowhere" if sessions[-1].is_searchable else "word index"
    if not sessions:
        return "opening"
    if not answers:
        return "first answers"
    return "later answers" if answers < N * 7 else "closing"


def committed_often(run: tuple[str, ...], record: Path) -> tuple[int, str]:
    """The same run as the command line's, committed every forty turns, so that the disk fills in the middle of it."""
    try:
        record.parent.mkdir(exist_ok=True)
        launch(read_spec(Path(run[1])), record, flush_turns=40)
    except VoxpopError as error:
        return error.exit_status, f"voxpop: {error}\n"
    return 0, ""


def tried(
    record: Path, wanted: dict[str, Any], run: tuple[str, ...], make_room: Callable[[], object], *, often: bool
) -> str:
    """One run into a full disk: told clearly, still legible, and completed once there is room; returns the stage."""
    status, said = committed_often(run, record) if often else told(*run)
    where = stage(record, status)
    if status not in (0, 5):
        raise Broken(f"exit status {status}: {said}")
    if status == 5:
        remedy = "resume the run\n" if record.exists() else "start the run again\n"
        if "no room left to write the record" not in said or not said.endswith(remedy) or said.count("\n") != 1:
            raise Broken(f"{where}: it says {said!r}")
    if record.exists() and told("status", "small")[0] not in (0, 3):
        raise Broken(f"{where}: status says {told('status', 'small')[1]!r}")
    if record.exists() and where != "nowhere":
        again, said = told("resume", "small", "--quiet")
        if again not in (0, 5):
            raise Broken(f"{where}: going on without room ends with {again}: {said!r}")
    make_room()
    status, said = told("resume", "small", "--quiet") if record.exists() else told(*run)
    if status != 0:
        raise Broken(f"{where}: with room it says {said!r}")
    found = difference(contents(record), wanted)
    if found:
        raise Broken(f"{where}: {found}")
    return where


def prepared(folder: Path) -> tuple[tuple[str, ...], dict[str, Any], int]:
    """The command line of the run, what its record ought to hold, and how many bytes that takes."""
    survey = write_survey(folder)
    spec = small_spec(survey, N, arms=False)
    whole = folder / "whole" / "record.sqlite"
    whole.parent.mkdir()
    launch(spec.model_copy(update={"name": "small"}), whole)
    toml = folder / "small.toml"
    toml.write_text(spec_toml(survey), encoding="utf-8")
    return ("run", str(toml), "--quiet"), contents(whole), whole.stat().st_size


def spec_toml(survey: Path) -> str:
    """The same spec as a file."""
    return f"""
name = "small"
seed = 11
[survey]
instrument = "{survey}"
[population]
n = {N}
strategies = ["generated", "city", "value-anchor"]
[asking]
option_order = "random"
answer_format = "explained"
max_tries = 3
[engine]
name = "synthetic"
unreadable = 0.15
refusal = 0.05
assimilation = 0.1
[fieldwork]
concurrency = 4
"""


def on_small_disks(folder: Path) -> dict[str, str]:
    """Size of the disk → where it was full; 77 as exit status where mounting is not allowed."""
    run, wanted, n_bytes = prepared(folder)
    place = folder / "small-disk"
    place.mkdir()
    os.environ["VOXPOP_RUNS"] = str(place)
    stages = {}
    for number, kibibytes in enumerate(sizes(n_bytes)):
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(place)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise SystemExit(77)
        remount = ["mount", "-o", f"remount,size={ROOMY}", str(place)]
        try:
            stages[f"{kibibytes} KiB"] = tried(
                place / "small" / "record.sqlite",
                wanted,
                run,
                lambda: subprocess.run(remount, check=True),  # noqa: B023
                often=number % 2 == 1,
            )
        except Broken as error:
            raise Broken(f"{kibibytes} KiB: {error}") from error
        finally:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
        if list(stages.values())[-2:] == ["nowhere", "nowhere"]:  # committed often and seldom
            break
    return stages


def sizes(n_bytes: int) -> list[int]:
    """Sizes in KiB from almost nothing to more than the run needs (it needs its log beside the record)."""
    return [4, 16, 60, *range(100, 3 * n_bytes // 1024, 16)]


def under_a_limit(folder: Path) -> dict[str, str]:
    """Largest size of a file → where it was met, each in a child, whose limit ends with it."""
    run, wanted, n_bytes = prepared(folder)
    stages = {}
    for number, kibibytes in enumerate(sizes(n_bytes)):
        place = folder / f"limit-{kibibytes}"
        place.mkdir()
        os.environ["VOXPOP_RUNS"] = str(place)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

        def limited(
            place: Path = place, kibibytes: int = kibibytes, hard: int = hard, often: bool = number % 2 == 1
        ) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (kibibytes * 1024, hard))
            make_room = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))  # noqa: E731
            where = tried(place / "small" / "record.sqlite", wanted, run, make_room, often=often)
            (place / "stage").write_text(where, encoding="utf-8")

        children.waited_for(limited).killed_by()
        stages[f"{kibibytes} KiB"] = (place / "stage").read_text(encoding="utf-8")
        if list(stages.values())[-2:] == ["nowhere", "nowhere"]:  # committed often and seldom
            break
    return stages


def main() -> int:
    parser = argparse.ArgumentParser(description="Carry a run out where there is too little room for it.")
    parser.add_argument("what", choices=["disk", "limit"])
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    try:
        stages = on_small_disks(chosen.folder) if chosen.what == "disk" else under_a_limit(chosen.folder)
    except (Broken, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(stages))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
