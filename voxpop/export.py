"""The answers or verdicts of a run as a file for other programs: the format, whether it may be written, all or nothing.

Long formats (one row per answer): csv, parquet, jsonl. Wide formats (one row per respondent): csv-wide, sav.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import RunSpecError, StoreFull
from simulator.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = {".csv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".sav": "sav"}
FORMATS = ("csv", "csv-wide", "parquet", "jsonl", "sav")


def export(
    reader: Reader, path: Path, file_format: str | None = None, *, force: bool = False, table: str = "answers"
) -> int:
    """Write a table to `path` and return the number of rows; `file_format` is taken from the file's ending if None.

    Tables: answers, or the verdicts of judges (long formats only). Raises RunSpecError for an unknown table or format,
    a file that exists (unless `force`) and a path that cannot be written, StoreFull if there is no room; then nothing
    is left behind, and a file that was there is as it was.
    """
    write = _writer(table, _format_of(path, file_format))
    _check_free(reader, path, force)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.touch()
        rows = write(reader, draft)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise _explained(error, path) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return rows


def read_export(path: Path, file_format: str | None = None) -> pd.DataFrame:
    """A csv, csv-wide, parquet or jsonl file of `export` as a frame; formula guards are taken off again.

    The texts of a csv-wide file and of attributes in CSV come back as text, whatever they were. An SPSS file is read
    with `pyreadstat.read_sav(path, user_missing=True)`.
    """
    from voxpop.export_long import read_long

    known = _format_of(path, file_format)
    if known == "sav":
        raise RunSpecError(f"{path}: read an SPSS file with pyreadstat.read_sav(path, user_missing=True)")
    return read_long(path, known)


def _writer(table: str, file_format: str) -> Callable[[Reader, Path], int]:
    from analysis.responses import answer_frames
    from analysis.verdict_frame import verdict_frames
    from voxpop import export_long, export_spss, export_wide

    tables: dict[str, Callable[[Reader], Iterator[pd.DataFrame]]]
    tables = {"answers": partial(answer_frames, attributes=True), "verdicts": verdict_frames}
    if table not in tables:
        raise RunSpecError(f"there is no table {table!r} to export; choose one of {', '.join(tables)} (--table)")
    long = {"csv": export_long.write_csv, "parquet": export_long.write_parquet, "jsonl": export_long.write_jsonl}
    if file_format in long:
        return lambda reader, path: long[file_format](tables[table](reader), path)
    if table != "answers":
        raise RunSpecError(f"table {table!r} has one row per verdict: export it as {', '.join(long)} (--format)")
    return {"csv-wide": export_wide.write_csv, "sav": export_spss.write_sav}[file_format]


def _format_of(path: Path, file_format: str | None) -> str:
    found = ENDINGS.get(path.suffix.lower()) if file_format is None else file_format
    if found not in FORMATS:
        what = f"format {file_format!r}" if file_format is not None else f"the ending {path.suffix!r} of {path.name}"
        raise RunSpecError(f"{what} is none that voxpop can export to; choose one of {', '.join(FORMATS)} (--format)")
    return found


def _check_free(reader: Reader, path: Path, force: bool) -> None:
    if path.is_dir():
        raise RunSpecError(f"{path} is a folder; give the name of a file in it")
    if not path.parent.is_dir():
        raise RunSpecError(f"{path}: there is no folder {path.parent}; create it first")
    if path.exists() and path.samefile(reader.path):
        raise RunSpecError(f"{path} is the record itself; export to another file")
    if path.exists() and not force:
        raise RunSpecError(f"{path} exists already; choose another name, or overwrite it with --force")


def _explained(error: OSError, path: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(f"{path}: no room left to write the export; free some space or choose another place")
    return RunSpecError(f"{path} cannot be written ({error.strerror or error}); choose a place that you may write to")
