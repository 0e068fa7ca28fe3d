"""A report in a folder: `report.html`, `tables/ID.csv`, `figures/ID.svg` and `.png`, and `report.json`, their list.

The page is taken away first and put back last, so that wherever a write is killed there is a whole report or no page;
the next write goes on from there. Only files that `report.json` lists are ever replaced or removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.figures import png_bytes, svg_text
from analysis.report import Report
from analysis.report_html import page
from analysis.report_tables import csv_text
from simulator.errors import ReportError

PAGE = "report.html"
LIST = "report.json"
_FORMAT = "voxpop-report"
_STAGING = ".report-"


def write_report(report: Report, folder: Path) -> Path:
    """Write the report and return the path of its page. The same report leaves the same bytes.

    What else lies in the folder stays. Raises ReportError where a file of this name is there that no report wrote.
    """
    contents = report_files(report)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        listed = _listed(folder)
        strange = sorted(name for name in contents if name not in listed and (folder / name).exists())
        if strange:
            raise ReportError(
                f"{folder}: {strange[0]} is there and was not written by a report; give another folder or move it"
            )
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
        try:
            for name, content in contents.items():
                _write(staging / name, content)
            _exchange(folder, staging, contents, listed)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder / PAGE


def check_folder(folder: Path) -> None:
    """Raise ReportError where a report could not be written, before its data are paid for."""
    if folder.exists() and not folder.is_dir():
        raise ReportError(f"{folder} is a file; give a folder for the report")
    if not _listed(folder) and (folder / PAGE).exists():
        raise ReportError(f"{folder}: {PAGE} is there and was not written by a report; give another folder or move it")


def report_files(report: Report) -> dict[str, bytes]:
    """Every file of the report by its path in the folder; the page is the last."""
    drawn = {figure.id: svg_text(figure.drawing) for figure in report.figures()}
    found = {f"tables/{table.id}.csv": csv_text(table).encode("utf-8", "backslashreplace") for table in report.tables()}
    found |= {f"figures/{name}.svg": text.encode("utf-8") for name, text in drawn.items()}
    found |= {f"figures/{figure.id}.png": png_bytes(figure.drawing) for figure in report.figures()}
    found[PAGE] = page(report, lambda figure: drawn[figure.id]).encode("utf-8")
    return found


def is_whole(folder: Path) -> bool:
    """Whether a report is there with every file as it was written."""
    listed = _listed(folder)
    return PAGE in listed and all(
        (folder / name).is_file() and _digest((folder / name).read_bytes()) == digest for name, digest in listed.items()
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One write at a time; a lock on the folder, which leaves nothing behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for left in folder.glob(f"{_STAGING}*"):  # of a write that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


def _exchange(folder: Path, staging: Path, contents: Mapping[str, bytes], listed: Mapping[str, str]) -> None:
    """Put the new files into the place of the old: list of both, page away, files, list of the new, page."""
    digests = {name: _digest(content) for name, content in contents.items()}
    _put_list(folder, staging, {**dict.fromkeys(listed, ""), **digests})
    (folder / PAGE).unlink(missing_ok=True)
    for name in listed:
        if name not in contents:
            (folder / name).unlink(missing_ok=True)
    for name in contents:
        if name == PAGE:
            _put_list(folder, staging, digests)
        (folder / name).parent.mkdir(exist_ok=True)
        (staging / name).replace(folder / name)
    for name in ("tables", "figures"):
        if (folder / name).is_dir() and not any((folder / name).iterdir()):
            (folder / name).rmdir()


def _put_list(folder: Path, staging: Path, digests: Mapping[str, str]) -> None:
    text = json.dumps({"format": _FORMAT, "files": dict(digests)}, indent=2, sort_keys=True) + "\n"
    _write(staging / LIST, text.encode())
    (staging / LIST).replace(folder / LIST)


def _listed(folder: Path) -> dict[str, str]:
    """Files of the report that lies there, with their digests; none where there is none."""
    path = folder / LIST
    if not path.exists():
        return {}
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        is_ours = data["format"] == _FORMAT
        files = {str(name): str(digest) for name, digest in data["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        is_ours, files = False, {}
    if not is_ours or any(Path(name).is_absolute() or ".." in Path(name).parts for name in files):
        raise ReportError(f"{path} is no list of a report's files; give another folder or move it")
    return files


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
