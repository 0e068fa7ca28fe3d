"""The answers of a run as a file for other programs: in which format, whether it may be written, all of it or nothing.

Long formats (one row per answer): csv, parquet, jsonl. Wide formats (one row per respondent): csv-wide, sav.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import RunSpecError, StoreFull
from simulator.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = {".csv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".sav": "sav"}
FORMATS = ("csv", "csv-wide", "parquet", "jsonl", "sav")


def export(reader: Reader, path: Path, file_format: str | None = None, *, force: bool = False) -> int:
    """Write the answers to `path` and return the number of rows; `file_format` is taken from the file's ending if None.

    Raises RunSpecError for an unknown format, a file that exists (unless `force`) and a path that cannot be written,
    StoreFull if there is no room; then nothing is left behind, and a file that was there is as it was.
    """
    write = _writers()[_format_of(path, file_format)]
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


def _writers() -> Mapping[str, Callable[[Reader, Path], int]]:
    from voxpop import export_long, export_spss, export_wide

    return {
        "csv": export_long.write_csv,
        "csv-wide": export_wide.write_csv,
        "parquet": export_long.write_parquet,
        "jsonl": export_long.write_jsonl,
        "sav": export_spss.write_sav,
    }


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
