"""The wall clock may jump by hours or days, as when a laptop wakes up: only the times in table `session` know of it."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from small_run import PLANTED, contents, difference, small_spec, write_survey

from simulator.engines.synthetic import SyntheticEngine, synthetic_from_options
from simulator.messages import Completion, Request
from simulator.store.reader import Reader
from voxpop.running import launch, resume

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("voxpop", "simulator", "personas", "surveys", "analysis")
NOON = datetime(2031, 3, 30, 12, tzinfo=UTC)
JUMPS = (timedelta(hours=9), timedelta(days=-400), timedelta(days=4000), timedelta(hours=-1))

MAY_READ_THE_CLOCK = {
    "simulator/store/session.py": "when a session began and ended, for whoever reads the record",
    "simulator/engines/openai_failures.py": "how long it is to the date that a server says to come back at",
}
WALL_CLOCKS = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime", "clock_gettime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "Timestamp": {"now", "today", "utcnow"},
}


class Waking(SyntheticEngine):
    """Known-truth respondents on a computer whose clock is put forward or back at every seventh call."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self._inner = synthetic_from_options(PLANTED, seed=11)
        self.model = self._inner.model
        self._clock = clock
        self._jumps = itertools.cycle(JUMPS)
        self._calls = 0

    async def complete(self, request: Request) -> Completion:
        self._calls += 1
        if self._calls % 7 == 0:
            self._clock.shift(next(self._jumps))
        return await self._inner.complete(request)


class Stopped(Waking):
    """The same, stopped after some calls."""

    async def complete(self, request: Request) -> Completion:
        if self._calls == 40:
            raise KeyboardInterrupt
        return await super().complete(request)


def test_clock_that_jumps_changes_no_row_but_the_times_of_sessions(tmp_path: Path) -> None:
    spec = small_spec(write_survey(tmp_path))
    still, jumping = tmp_path / "still.sqlite", tmp_path / "jumping.sqlite"
    launch(spec, still)
    with time_machine.travel(NOON, tick=True) as clock:
        with pytest.raises(KeyboardInterrupt):
            launch(spec, jumping, engine=Stopped(clock), flush_turns=5)
        clock.move_to(NOON - timedelta(days=30))  # a whole month before it was begun
        assert resume(jumping, engine=Waking(clock), flush_turns=5).outcome.is_complete
    assert difference(contents(jumping), contents(still)) == ""
    with Reader(jumping) as reader:
        first, second = reader.sessions()
    assert first.started_at.startswith("2031-03-30")
    assert second.started_at.startswith("2031-02-28")
    assert first.ended_at is not None
    assert not first.ended_at.startswith("2031-03-30")
    assert (first.outcome, second.outcome) == ("interrupted", "complete")


def wall_clock_readings(tree: ast.AST) -> Iterator[str]:
    """Calls of a wall clock, names of one that are imported, and SQL that reads one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if node.attr in WALL_CLOCKS.get(name, ()):
                yield f"{name}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (f"time.{alias.name}" for alias in node.names if alias.name in WALL_CLOCKS["time"])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (word for word in ("CURRENT_TIMESTAMP", "CURRENT_TIME", "('now'") if word in node.value)


def test_wall_clock_is_read_only_where_it_is_wanted() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if any(wall_clock_readings(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == set(MAY_READ_THE_CLOCK)


@pytest.mark.parametrize(
    "code",
    ["import time\ntime.time()", "from time import time_ns", "datetime.now(UTC)", "datetime.datetime.utcnow()"],
)
def test_reading_the_wall_clock_is_noticed(code: str) -> None:
    assert list(wall_clock_readings(ast.parse(code)))
    assert not list(wall_clock_readings(ast.parse("import time\ntime.monotonic()\ntime.sleep(1)")))
