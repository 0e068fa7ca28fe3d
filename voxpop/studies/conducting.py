"""A study from its name to its report: what can go wrong is checked before anything is spent, then it is carried out.

Knows no terminal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from analysis.figures import require_matplotlib
from analysis.report import Report
from analysis.report_folder import check_folder, write_report
from simulator.errors import RunSpecError
from voxpop.studies.study import Study, StudyOptions


class Conducted(NamedTuple):
    """A study that was carried out: its report, and the page where it lies."""

    study: Study
    report: Report
    page: Path

    def as_json(self) -> dict[str, Any]:
        """Where everything is, and the main lines."""
        folder = self.page.parent
        return {
            "study": self.study.name,
            "title": self.report.title,
            "report": str(self.page),
            "findings": list(self.report.findings),
            "facts": dict(self.report.facts),
            "tables": {table.id: str(folder / "tables" / f"{table.id}.csv") for table in self.report.tables()},
            "figures": {figure.id: str(folder / "figures" / f"{figure.id}.svg") for figure in self.report.figures()},
            "records": sorted(str(path) for path in folder.glob("runs/*/record.sqlite")),
        }


def conduct(study: Study, options: StudyOptions) -> Conducted:
    """Carry out a study and write its report into `options.folder`. Raises VoxpopError."""
    if options.n < 1:
        raise RunSpecError(f"--n {options.n}: a study needs respondents; give at least 1")
    require_matplotlib()
    check_folder(options.folder)
    report = study.run(options)
    return Conducted(study, report, write_report(report, options.folder))
