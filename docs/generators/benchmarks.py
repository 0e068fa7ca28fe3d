"""The table of docs/performance.md, from the newest file in benchmarks/history. Runs no benchmark."""

from __future__ import annotations

import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def latest_table() -> str:
    """What was measured last: on what machine, with which versions, and the table of ratios."""
    sys.path.insert(0, str(BENCHMARKS))  # benchmarks are scripts, no package
    try:
        from history import newest
        from table import table_markdown
    finally:
        sys.path.remove(str(BENCHMARKS))
    measured = newest()
    if measured is None:
        return "Nothing was measured yet; run `make bench`."
    machine = dict(measured.machine)
    libraries = ", ".join(f"{name} {version}" for name, version in machine.pop("libraries").items())
    facts = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gigabytes']} GB, {machine['system']}, "
        f"Python {machine['python']}"
    )
    kind = " with `--quick`" if measured.quick else ""
    when = f"Measured{kind} at {measured.at.replace('T', ' ').replace('+00:00', ' UTC')}, revision {measured.revision}"
    return f"{when}.\n{facts}; {libraries}.\n\n{table_markdown(measured.sections)}"
