"""Kills a run over and over and compares what became of it with the run that nobody touched. A process of its own.

    python tests/durability/killed.py moments FOLDER --kills 200 --seed 1     at random moments
    python tests/durability/killed.py calls FOLDER                            before every call that touches the disk
    python tests/durability/killed.py torn FOLDER --seed 1                    in the middle of a write

Prints one JSON object: how many kills fell where. Ends with status 1 and the first difference if there is any.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import children
from small_run import contents, difference, exported, go_on, judge, refer, small_spec, write_survey

from simulator.errors import StoreError
from simulator.store.migrations import MIGRATIONS, migrate
from simulator.store.reader import Reader
from voxpop.running import launch
from voxpop.spec import RunSpec
from voxpop.status import run_status

PHASES: dict[str, tuple[str, ...]] = {
    "making the record": ("creation.",),
    "index": ("session.index_completions",),
    "closing": ("session.end", "session.leave_one_file", "writer.close"),
    "commit": ("writer.flush",),
    "writing a row": ("writer.append_turn", "writer.append_respondents", "writer.append_interview"),
    "opening": ("writer.create", "writer.open", "lock."),
    "reading what is there": ("recorded.open_tasks", "recorded.check_same_design", "recorded.recorded_spec"),
    "drawing": ("planning.make_design", "planning.interviews", "planning.interview"),
    "asking": ("fieldwork.", "base_events.run_forever", "runners."),
}
"""Phase of a session → functions that it is recognized by; the first phase that fits wins."""


class Broken(Exception):
    """A record is not what it ought to be."""


def phase_of(stack: tuple[str, ...]) -> str:
    """The phase that a session was in, by the functions it was in."""
    for phase, marks in PHASES.items():
        if any(function.startswith(mark) for function in stack for mark in marks):
            return phase
    return "start-up"


def check(record: Path, wanted: dict[str, Any], where: str) -> None:
    """Raise Broken unless the record holds what is wanted."""
    found = difference(contents(record), wanted)
    if found:
        raise Broken(f"{where}: {found}")


def check_readable(record: Path, where: str) -> None:
    """Raise Broken unless what a kill left behind can be looked at, as `voxpop status` does."""
    if not record.exists():
        return
    try:
        run_status(record)
    except StoreError as error:
        if "resume the run once, which upgrades its record" in str(error):
            return
        raise Broken(f"{where}: status says {error}") from error


# ---- at random moments -----------------------------------------------------------------------------------------------


def moments(folder: Path, seed: int, kills: int) -> dict[str, Any]:
    """Kill sessions of one run after another at random moments of their lives, until there were `kills` kills."""
    rng = random.Random(seed)
    spec = small_spec(write_survey(folder))
    whole = folder / "whole" / "record.sqlite"
    go_on(spec, whole, flush_turns=2)  # everything is imported now
    wanted, files = contents(whole), exported(whole, folder / "exported")
    gc.freeze()
    phases: Counter[str] = Counter()
    sessions_of_a_run, record, n_sessions = list[int](), folder / "run-0" / "record.sqlite", 0
    took = seconds_of_a_session(spec, folder)
    while sum(phases.values()) < kills or n_sessions:
        if n_sessions and n_sessions % 12 == 0:
            took = seconds_of_a_session(spec, folder)  # others may have come to use this machine
        # A resumed session has less to do. One in five near the end, where it commits, makes its index and closes.
        left = took * max(0.5, 0.85**n_sessions)
        seconds = rng.uniform(0, left) if rng.random() < 0.8 else rng.uniform(0.7 * left, 1.2 * left)
        where = f"seed {seed}, run {len(sessions_of_a_run)}, session {n_sessions}, after {seconds:.4f} s"
        ended = children.killed_after(seconds, lambda record=record: go_on(spec, record, flush_turns=2))
        n_sessions += 1
        if ended.killed_by():
            phases[phase_of(ended.stack)] += 1
            if rng.random() < 0.5:  # every other time: reading recovers the log, which hides what resume would do
                check_readable(record, where)
            continue
        check(record, wanted, where)
        if len(sessions_of_a_run) < 4 and exported(record, folder / "exported-again") != files:
            raise Broken(f"{where}: an exported file differs")
        sessions_of_a_run.append(n_sessions)
        shutil.rmtree(record.parent)
        record, n_sessions = folder / f"run-{len(sessions_of_a_run)}" / "record.sqlite", 0
        if len(sessions_of_a_run) % 4 == 0:
            took = seconds_of_a_session(spec, folder)  # others may have come to use this machine
    return {
        "seed": seed,
        "kills": sum(phases.values()),
        "runs": len(sessions_of_a_run),
        "most_kills_of_a_run": max(sessions_of_a_run) - 1,
        "answers": len(wanted["answer"]),
        "phases": {phase: phases[phase] for phase in ("start-up", *PHASES)},
    }


def seconds_of_a_session(spec: RunSpec, folder: Path) -> float:
    """Seconds that a whole session takes in a child, now."""
    record = folder / "timed" / "record.sqlite"
    began = time.monotonic()
    children.waited_for(lambda: go_on(spec, record, flush_turns=2)).killed_by()
    seconds = time.monotonic() - began
    shutil.rmtree(record.parent)
    return seconds


# ---- in the middle of every kind of write ----------------------------------------------------------------------------


class Scenario(NamedTuple):
    """Something that writes: what lies there before, the work that is killed, and what somebody does after the kill."""

    name: str
    prepare: Callable[[Path], None]
    work: Callable[[Path], None]
    mend: Callable[[Path], None]
    wanted: dict[str, Any]


def scenarios(folder: Path) -> list[Scenario]:
    """Everything that ever writes to a record, each on a run of a few answers."""
    survey = write_survey(folder)
    spec = small_spec(survey, 3, arms=False)
    old = small_spec(survey, 4, arms=False, limit=3)
    whole, judged = folder / "whole" / "record.sqlite", folder / "judged" / "record.sqlite"
    go_on(spec, whole, flush_turns=5)
    judged.parent.mkdir()
    shutil.copy(whole, judged)
    judge(judged)
    referred = folder / "referred" / "record.sqlite"
    referred.parent.mkdir()
    shutil.copy(whole, referred)
    refer(referred)
    wanted, wanted_judged, wanted_referred = contents(whole), contents(judged), contents(referred)

    def run(record: Path) -> None:
        go_on(spec, record, flush_turns=1)

    def nothing(record: Path) -> None:
        record.parent.mkdir()

    def cut_off(record: Path, what: RunSpec = spec) -> None:
        """A run that was killed while it was asking: its log beside it."""
        record.parent.mkdir()
        work = lambda: go_on(what, record, flush_turns=3)  # noqa: E731
        calls = child_calls(work, record)
        asked = [number for number, call in enumerate(calls) if call.function == "flush"]
        shutil.rmtree(record.parent)
        record.parent.mkdir()
        children.killed_before(asked[len(asked) // 2], work).killed_by()
        assert record.with_name("record.sqlite-wal").stat().st_size > 4096

    def earlier(record: Path) -> None:
        """The same, written by the first version of the record."""
        cut_off(record)
        with_version_1(record)

    def another(record: Path) -> None:
        """Another run at the same place, cut off too."""
        cut_off(record, old)

    def replace(record: Path) -> None:
        launch(spec, record, replace=True, flush_turns=5)

    def replace_or_go_on(record: Path) -> None:
        if record.exists() and read_name(record) != 3:
            replace(record)
        else:
            run(record)

    def copied(record: Path) -> None:
        record.parent.mkdir()
        shutil.copy(whole, record)

    return [
        Scenario("run", nothing, run, run, wanted),
        Scenario("resume", cut_off, run, run, wanted),
        Scenario("upgrade", earlier, run, run, wanted),
        Scenario("replace", another, replace, replace_or_go_on, wanted),
        Scenario("judge", copied, judge, judge, wanted_judged),
        Scenario("reference", copied, refer, refer, wanted_referred),
    ]


def read_name(record: Path) -> int:
    """How many respondents the run has: what tells the two runs apart."""
    try:
        with Reader(record) as reader:
            return reader.run().n_respondents
    except StoreError:
        return -1


def with_version_1(record: Path) -> None:
    """Write the record anew as the first version had it, with the same rows."""
    source, target = sqlite3.connect(record), sqlite3.connect(record.with_name("earlier"), isolation_level=None)
    migrate(target, MIGRATIONS[:1])
    for name in ("run", "session", "condition", "item", "respondent", "exchange", "answer", "interview"):
        columns = ", ".join(row[1] for row in target.execute(f"PRAGMA table_info({name})"))
        rows = source.execute(f"SELECT {columns} FROM {name}").fetchall()
        target.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns.split(', ')))})", rows)
    target.close()
    source.close()
    for path in record.parent.glob("record.sqlite*"):
        path.unlink()
    record.with_name("earlier").rename(record)


def child_calls(work: Callable[[], None], record: Path) -> list[children.DiskCall]:
    """The calls of `work` that can touch the disk, counted in a child as they are where it is killed."""
    path = record.parent.parent / "calls.json"

    def counted() -> None:
        path.write_text(json.dumps(children.counted_calls(work, record.parent)), encoding="utf-8")

    children.waited_for(counted).killed_by()
    return [children.DiskCall(*call) for call in json.loads(path.read_text(encoding="utf-8"))]


def laid_out(scenario: Scenario, folder: Path) -> tuple[Path, Path, list[children.DiskCall]]:
    """What lies there before (to be copied for each kill), the record to work on, and the calls of the work."""
    before, record = folder / f"{scenario.name}-before", folder / scenario.name / "record.sqlite"
    scenario.prepare(before / record.name)
    shutil.copytree(before, record.parent)
    calls = child_calls(lambda: scenario.work(record), record)
    return before, record, calls


def try_kill(scenario: Scenario, before: Path, record: Path, where: str, kill: Callable[[], children.Ended]) -> int:
    """Kill the work on a fresh copy, mend what is left, compare; returns the signal that ended it, 0 if none did."""
    shutil.rmtree(record.parent, ignore_errors=True)
    shutil.copytree(before, record.parent)
    by = kill().killed_by()
    if by:
        check_readable(record, where)
    try:
        scenario.mend(record)
    except StoreError as error:
        raise Broken(f"{where}: going on says {error}") from error
    check(record, scenario.wanted, where)
    left = sorted(path.name for path in record.parent.iterdir() if path.name != "record.sqlite")
    if left:
        raise Broken(f"{where}: {', '.join(left)} stayed behind")
    return by


def calls(folder: Path) -> dict[str, Any]:
    """Kill every scenario before every one of its calls that can touch the disk: once for each state of the disk."""
    kinds: Counter[str] = Counter()
    by_scenario: dict[str, int] = {}
    n_kills = 0
    for scenario in scenarios(folder):
        before, record, made = laid_out(scenario, folder)
        by_scenario[scenario.name] = len(made)
        for number, call in enumerate(made):
            kinds[call.kind] += 1
            if number and call.disk == made[number - 1].disk:
                continue
            n_kills += 1
            where = f"{scenario.name}, before call {number} ({call.kind})"
            work = lambda number=number: children.killed_before(number, lambda: scenario.work(record))  # noqa: B023, E731
            if try_kill(scenario, before, record, where, work) != signal.SIGKILL:
                raise Broken(f"{where}: it was never made")
    return {"calls": sum(kinds.values()), "kills": n_kills, "scenarios": by_scenario, "kinds": dict(kinds)}


def torn(folder: Path, seed: int, times: int) -> dict[str, Any]:
    """Tear writes apart: at `times` offsets, for the first, a middle and the last call of every kind that writes."""
    kinds: Counter[str] = Counter()
    by_scenario = {}
    for scenario in scenarios(folder):
        before, record, made = laid_out(scenario, folder)
        n_torn = 0
        for number in chosen_calls(made):
            for time_number in range(times):
                rng = random.Random(f"{seed}/{scenario.name}/{number}/{time_number}")
                where = (
                    f"{scenario.name}, seed {seed}, torn from call {number} ({made[number].kind}), time {time_number}"
                )
                work = lambda: children.torn_at(number, record.parent, rng, lambda: scenario.work(record))  # noqa: B023, E731
                if try_kill(scenario, before, record, where, work) == signal.SIGXFSZ:
                    kinds[made[number].kind] += 1
                    n_torn += 1
        by_scenario[scenario.name] = n_torn
    return {"seed": seed, "kills": sum(kinds.values()), "scenarios": by_scenario, "kinds": dict(kinds)}


def chosen_calls(made: list[children.DiskCall]) -> list[int]:
    """Of every kind of call that does write something the first, the middle and the last one."""
    places: dict[str, list[int]] = {}
    for number, call in enumerate(made):
        if number + 1 == len(made) or call.disk != made[number + 1].disk:
            places.setdefault(call.kind, []).append(number)
    return sorted({number for found in places.values() for number in (found[0], found[len(found) // 2], found[-1])})


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a run over and over; compare it with one that nobody touched.")
    parser.add_argument("what", choices=["moments", "calls", "torn"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--times", type=int, default=3)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    try:
        if chosen.what == "moments":
            report = moments(chosen.folder, chosen.seed, chosen.kills)
        elif chosen.what == "calls":
            report = calls(chosen.folder)
        else:
            report = torn(chosen.folder, chosen.seed, chosen.times)
    except Broken as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
