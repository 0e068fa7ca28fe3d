"""Kills, tears, starves and misleads runs on this machine and writes what happened into docs/durability.md.

    python benchmarks/durability.py [--kills 400] [--only moments,calls,torn,disk,limit,faults] [--write PAGE]

Each part is a function that returns the Markdown lines between its markers; a part more is one more entry in `PARTS`.
The processes that do it are those of tests/durability. Ends with status 1 if a record was not what it ought to be.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "durability"))

from harness import CannotMount, Failed, report, scratch  # noqa: E402

BEGIN, END = "<!-- begin: {} (generated) -->", "<!-- end: {} -->"


def moments(chosen: argparse.Namespace) -> list[str]:
    """Kills at random moments, by the phase that the session was in."""
    with scratch() as folder:
        found = report("killed.py", "moments", folder, "--kills", chosen.kills, "--seed", chosen.seed)
    rows = [f"| {phase} | {n} |" for phase, n in found["phases"].items()]
    summary = (
        f"{found['kills']} kills (seed {found['seed']}) in {found['runs']} runs of {found['answers']} answers, up to "
        f"{found['most_kills_of_a_run']} in one run. Every run ended with the tables of the uninterrupted one."
    )
    return [summary, "", "| the session was | kills |", "|---|---|", *rows]


def calls(_chosen: argparse.Namespace) -> list[str]:
    """Kills before every call that can touch the disk."""
    with scratch() as folder:
        found = report("killed.py", "calls", folder)
    rows = [f"| {name} | {n} |" for name, n in found["scenarios"].items()]
    summary = (
        f"{found['calls']} calls of {len(found['kinds'])} kinds; {found['kills']} kills, one for each state of the "
        "disk between them. Every record was completed to the tables of the uninterrupted one."
    )
    return [summary, "", "| what was killed | calls that can touch the disk |", "|---|---|", *rows]


def torn(chosen: argparse.Namespace) -> list[str]:
    """Kills inside a write."""
    with scratch() as folder:
        found = report("killed.py", "torn", folder, "--times", 3, "--seed", chosen.seed)
    rows = [f"| {name} | {n} |" for name, n in found["scenarios"].items()]
    summary = f"{found['kills']} writes torn apart (seed {found['seed']}), from {len(found['kinds'])} kinds of call on."
    return [summary, "", "| what was killed | torn writes |", "|---|---|", *rows]


def disk(_chosen: argparse.Namespace) -> list[str]:
    """Disks that are too small."""
    with scratch() as folder:
        try:
            return stage_table("size of the disk", report("full_disk.py", "disk", folder, namespace=True))
        except CannotMount:
            return ["This system does not let us mount a small disk."]


def limit(_chosen: argparse.Namespace) -> list[str]:
    """Limits on the size of a file."""
    with scratch() as folder:
        return stage_table("largest file", report("full_disk.py", "limit", folder))


def faults(_chosen: argparse.Namespace) -> list[str]:
    """20,000 answers from a server that fails at every fifth request."""
    with scratch() as folder:
        found = report("fault_run.py", folder)
    summary = (
        f"{found['answers']:,} answers in {found['calls']:,} calls and {found['requests']:,} requests (seed "
        f"{found['seed']}): every item answered once, every reply that to its own prompt."
    )
    return [summary, "", *found["table"]]


def stage_table(first: str, stages: dict[str, str]) -> list[str]:
    """Sizes by where there was no room."""
    sizes: dict[str, list[str]] = {}
    for size, stage in stages.items():
        sizes.setdefault(stage, []).append(size.removesuffix(" KiB"))
    rows = [f"| {stage} | {', '.join(found)} |" for stage, found in sizes.items()]
    return [f"| there was no room for | {first}, KiB |", "|---|---|", *rows]


PARTS: dict[str, Callable[[argparse.Namespace], list[str]]] = {
    "moments": moments,
    "calls": calls,
    "torn": torn,
    "disk": disk,
    "limit": limit,
    "faults": faults,
}


def machine() -> str:
    """When and on what it was done."""
    now = datetime.now(UTC).date().isoformat()
    return (
        f"Made by `make durability` on {now}: {platform.system()} {platform.release().split('-')[0]}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
    )


def write_between(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between the markers of `name` in `page`."""
    text = page.read_text(encoding="utf-8")
    begin, end = BEGIN.format(name), END.format(name)
    if begin not in text or end not in text:
        raise SystemExit(f"{page}: the markers of {name!r} are missing: {begin} ... {end}")
    before, rest = text.split(begin, 1)
    page.write_text(before + "\n".join([begin, "", *lines, "", end]) + rest.split(end, 1)[1], encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="What kills, torn writes and full disks do to a run.")
    parser.add_argument("--kills", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20_261_121)
    parser.add_argument("--only", help=f"parts, with commas between them: {', '.join(PARTS)}")
    parser.add_argument("--write", type=Path, help="page whose generated parts are replaced")
    chosen = parser.parse_args()
    made: dict[str, list[str]] = {}
    for name in chosen.only.split(",") if chosen.only else PARTS:
        try:
            made[name] = PARTS[name](chosen)
        except Failed as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        print("\n".join([f"== {name}", *made[name], ""]), flush=True)
        if chosen.write:
            write_between(chosen.write, name, made[name])
    if chosen.write:
        write_between(chosen.write, "when", [machine()])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
