"""What a study is: its facts for the command line, the options it is called with, and the module that carries it out.

Light to import, so that `voxpop --help` is quick: the module of a study is loaded when the study is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from analysis.report import Report


class Flag(NamedTuple):
    """An option of one study alone: `--name` on the command line, `options.flags["name"]` in the study.

    A default of False makes it a switch; any other one gives its type.
    """

    name: str
    help: str
    default: bool | int | float | str = False


@dataclass(frozen=True)
class StudyOptions:
    """How a study is called. `folder` takes its runs and its report; `overrides` are --set keys of the runs' specs.

    `engine`, `model` and `base_url` are None where the study's own spec decides.
    """

    folder: Path
    n: int
    seed: int
    engine: str | None = None
    model: str | None = None
    base_url: str | None = None
    resamples: int = 999
    overrides: tuple[str, ...] = ()
    flags: Mapping[str, Any] = field(default_factory=dict)
    is_quiet: bool = False


@dataclass(frozen=True)
class Study:
    """One study. `module` has a function `study_report(options) -> Report`; `n` is how many it takes by default."""

    name: str
    title: str
    about: str
    module: str
    n: int
    flags: tuple[Flag, ...] = ()

    def run(self, options: StudyOptions) -> Report:
        """Carry out or go on with the runs that the study needs, and give its report. Raises VoxpopError."""
        report: Report = import_module(self.module).study_report(options)
        return report

    def flags_with(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every flag with what was given for it, else its default."""
        return {flag.name: given.get(flag.name.replace("-", "_"), flag.default) for flag in self.flags}
