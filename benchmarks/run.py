"""Every promise about speed and size, measured: one table of ratios, and a dated file of them.

    python benchmarks/run.py [--only record,analysis] [--quick] [--save]

Each section runs in a process of its own. Without --only and --quick (or with --save) the result goes to
benchmarks/history/, and the table of docs/performance.md is made from the newest file there. Exit status 1 if a target
was missed or a section failed. Knows sections by name; what they measure stands in their modules.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from history import save
from rows import Row, Setting
from table import table_text

HERE = Path(__file__).resolve().parent


class Section(NamedTuple):
    """A heading of the table and the module whose `rows(setting)` fills it."""

    module: str
    title: str


SECTIONS = {
    "interview": Section("interview", "A stateful interview over HTTP"),
    "growth": Section("growth", "Cost by number of items and respondents"),
    "known-truth": Section("known_truth", "The known-truth engine"),
    "record": Section("record", "The record"),
    "analysis": Section("estimators", "Analysis of 1,000,000 answers"),
    "startup": Section("startup", "Starting up"),
    "workers": Section("workers", "Several processes"),
}


def measure(name: str, setting: Setting, reply: Path) -> None:
    """Run one section in this process and leave its rows in `reply` as JSON."""
    measured = [row._asdict() for row in import_module(SECTIONS[name].module).rows(setting)]
    reply.write_text(json.dumps(measured), encoding="utf-8")


def measured_apart(name: str, setting: Setting) -> list[Row]:
    """The rows of one section, run in a fresh process; SystemExit says which one failed."""
    reply = setting.folder / f"{name}.json"
    command = [sys.executable, str(HERE / "run.py"), "--section", name, "--folder", str(setting.folder)]
    print(f"{SECTIONS[name].title} ...", file=sys.stderr, flush=True)
    if subprocess.run([*command, *(["--quick"] if setting.quick else [])], check=False).returncode:
        raise SystemExit(f"section {name} failed; run it alone: python benchmarks/run.py --only {name}")
    return [Row.from_json(one) for one in json.loads(reply.read_text(encoding="utf-8"))]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", help=f"sections, with commas between them, of {', '.join(SECTIONS)}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: to try a change, not to publish")
    parser.add_argument("--save", action="store_true", help="also write a dated file for a part of the sections")
    parser.add_argument("--section", choices=SECTIONS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.section:
        measure(chosen.section, Setting(chosen.quick, chosen.folder), chosen.folder / f"{chosen.section}.json")
        return 0
    names = chosen.only.split(",") if chosen.only else list(SECTIONS)
    if unknown := [name for name in names if name not in SECTIONS]:
        parser.error(f"no section is called {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    with tempfile.TemporaryDirectory(prefix="voxpop-bench-") as folder:
        setting = Setting(chosen.quick, Path(folder))
        found = {SECTIONS[name].title: measured_apart(name, setting) for name in names}
    print(table_text(found))
    if chosen.save or not (chosen.only or chosen.quick):
        path = save(found, quick=chosen.quick)
        print(f"saved as {path.name} in benchmarks/history; make docs writes it into docs/performance.md")
    return int(any(row.is_met is False for rows in found.values() for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
