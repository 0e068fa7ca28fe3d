"""A report as data: what was done, its facts, and sections of paragraphs, tables and figures. Knows no page, no file.

Every study hands one of these to `analysis.report_folder.write_report`. The same report gives the same bytes: nothing
here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from analysis.report_tables import Table, check_id
from simulator.errors import ReportError

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

INTERVAL = "Intervals are 95 %, over respondents."
NO_INTERVAL = "No intervals are drawn."


class Fact(NamedTuple):
    """One fact a reader needs to judge the numbers: "engine", "synthetic"."""

    name: str
    value: str


class Points(NamedTuple):
    """A list of short statements."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A drawing of `analysis.figures` with what has to be said beside it.

    `alt` says in words what is to be seen; `n` how many of what stand behind it ("300 respondents"); `interval` what
    the intervals are, or that there are none.
    """

    id: str
    title: str
    drawing: Drawing
    alt: str
    n: str
    interval: str = INTERVAL
    caption: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "figure")
        for name in ("title", "alt", "n", "interval"):
            if not getattr(self, name).strip():
                raise ReportError(f"figure {self.id!r} does not say its {name}; a reader needs it")


Part = str | Points | Table | Figure
"""A paragraph (text between backticks is set as code), a list, a table or a figure."""


@dataclass(frozen=True)
class Section:
    """Parts under a heading; `id` is its anchor."""

    id: str
    title: str
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        check_id(self.id, "section")


@dataclass(frozen=True)
class Report:
    """A whole report. `lead` says what was done, in plain words; `limits` what it does not show.

    `findings` are the main lines, a sentence each, which the command line prints as well.

    Raises ReportError where an id is used twice, or lead, limits or facts are missing.
    """

    title: str
    lead: tuple[str, ...]
    limits: tuple[str, ...]
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    findings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("title", "lead", "limits", "facts", "sections"):
            if not getattr(self, name):
                raise ReportError(f"report {self.title!r} has no {name}; a reader needs it")
        ids = [section.id for section in self.sections]
        ids += [table.id for table in self.tables()] + [figure.id for figure in self.figures()]
        doubled = sorted({one for one in ids if ids.count(one) > 1})
        if doubled:
            raise ReportError(f"report {self.title!r}: the ids {', '.join(doubled)} are used twice; give each its own")

    def _parts(self) -> Iterator[Part]:
        return (part for section in self.sections for part in section.parts)

    def tables(self) -> list[Table]:
        """Every table, in order."""
        return [part for part in self._parts() if isinstance(part, Table)]

    def figures(self) -> list[Figure]:
        """Every figure, in order."""
        return [part for part in self._parts() if isinstance(part, Figure)]
