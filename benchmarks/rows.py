"""What a benchmark reports: rows with a value, the baseline measured in the same run, and the target. Knows no section.

A section is a module of this folder with a function

    def rows(setting: Setting) -> Iterable[Row]

that is called in a fresh process of its own (`run.py` lists the sections), so that its memory peak is its own.
Times are CPU times (`cpu_seconds`): others may be using the machine.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any, Literal, NamedTuple


class Target(NamedTuple):
    """A bound that the ratio to the baseline, or the value itself, is to keep."""

    sense: Literal["<=", ">="]
    bound: float
    of: Literal["ratio", "value"]

    def is_met(self, figure: float) -> bool:
        """Whether `figure` keeps the bound; nan keeps none."""
        return figure <= self.bound if self.sense == "<=" else figure >= self.bound


def at_most(bound: float, of: Literal["ratio", "value"] = "ratio") -> Target:
    """The figure may be as large as `bound`."""
    return Target("<=", bound, of)


def at_least(bound: float, of: Literal["ratio", "value"] = "ratio") -> Target:
    """The figure has to be as large as `bound`."""
    return Target(">=", bound, of)


class Row(NamedTuple):
    """One line of the table: what was measured, in which unit, against what; a row without target is information.

    baseline: in the same unit as `value`, measured in the same process or run; `ratio` is value ÷ baseline.
    """

    what: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_what: str = ""
    target: Target | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Row:
        """The row whose `_asdict()` went through JSON."""
        target = data["target"]
        return cls(**{**data, "target": None if target is None else Target(*target)})

    @property
    def ratio(self) -> float | None:
        """The value in units of the baseline; None without a baseline, nan where that is zero."""
        if self.baseline is None:
            return None
        return self.value / self.baseline if self.baseline else float("nan")

    @property
    def is_met(self) -> bool | None:
        """Whether the target was met; None where there is none."""
        if self.target is None:
            return None
        figure = self.ratio if self.target.of == "ratio" else self.value
        return figure is not None and self.target.is_met(figure)


class Setting(NamedTuple):
    """What a section is told. quick: smaller sizes, for developers. folder: scratch space, shared by all sections of
    one run of the benchmarks and deleted after it.
    """

    quick: bool
    folder: Path


def cpu_seconds(*, children: bool = False) -> float:
    """User and system CPU time of this process so far, or of its ended and awaited children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_megabytes(*, children: bool = False) -> float:
    """The largest resident set of this process so far, or of its largest ended child, in 10^6 bytes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
