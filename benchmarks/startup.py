"""How long voxpop takes to start: its help, its import, and reading a record of five million answers.

Commands run as installed, with their bytecode cached, in fresh processes; the least CPU time of five is taken. Knows
command lines, not what they do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from filling import filled
from rows import Row, Setting, Target, at_most

REPEATS = 5
HEAVY = ("langgraph", "openai", "aiohttp", "pandas", "scipy", "numpy", "matplotlib", "pydantic", "sqlite_utils", "rich")
"""Libraries that `voxpop --help` has no use for."""


class Cost(NamedTuple):
    """CPU seconds and peak megabytes of one process."""

    seconds: float
    megabytes: float


def cost(command: Sequence[str], environment: dict[str, str]) -> Cost:
    """The least that `command` took; run once before, which fills the caches. Raises CalledProcessError."""
    return min(_once(command, environment) for _ in range(REPEATS + 1))


def _once(command: Sequence[str], environment: dict[str, str]) -> Cost:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # waited for here, so that its own usage is known
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


def loaded_by_help(environment: dict[str, str]) -> list[str]:
    """Which of the heavy libraries a process holds that has printed the help."""
    code = f"import sys, voxpop.cli as cli; cli.call(['--help']); print(*(sys.modules.keys() & {set(HEAVY)}), sep=',')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.splitlines()[-1].split(",") if name]


def rows(setting: Setting) -> Iterator[Row]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(setting.folder / "bytecode")
    python = cost([sys.executable, "-c", "pass"], environment).seconds

    def row(what: str, arguments: Sequence[str], target: Target | None) -> Row:
        return Row(what, cost([sys.executable, *arguments], environment).seconds, "s CPU", python, "python", target)

    yield row("voxpop --help", ["-m", "voxpop", "--help"], at_most(0.3, "value"))
    yield row("import voxpop", ["-c", "import voxpop"], at_most(0.3, "value"))
    yield Row(
        "heavy libraries that voxpop --help loads", len(loaded_by_help(environment)), "", target=at_most(0, "value")
    )
    n_answers = 200_000 if setting.quick else 5_000_000
    record = str(filled(setting, n_answers))
    for what, words in (
        ("show RUN r0042", ("show", record, "r0042")),
        ("show RUN", ("show", record)),
        ("status RUN", ("status", record)),
    ):
        yield row(f"voxpop {what}, {n_answers:,} answers", ["-m", "voxpop", *words], at_most(0.5, "value"))
