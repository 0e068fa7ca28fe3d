"""Survey files in other people's formats, one module per format; `IMPORTERS` names them for the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from simulator.errors import InstrumentError
from surveys.importers.report import Imported, ImportReport
from surveys.importers.table import import_table
from surveys.importers.value_questionnaire import import_value_questionnaire
from surveys.importers.valueconsistency import import_valueconsistency
from surveys.serialize import instrument_to_toml
from surveys.suggest import did_you_mean
from surveys.value_keys import VALUE_KEYS


def _valueconsistency(paths: Sequence[str | Path], key: str) -> Imported:
    _refuse_key("valueconsistency", key)
    return import_valueconsistency(paths, join=len(paths) > 1)


def _table(paths: Sequence[str | Path], key: str) -> Imported:
    _refuse_key("csv", key)
    return import_table(paths)


def _values(paths: Sequence[str | Path], key: str) -> Imported:
    # A key of one's own is a file like the others.
    is_file = key not in VALUE_KEYS and bool(Path(key).suffix)
    return import_value_questionnaire([*paths, key] if is_file else paths, key="" if is_file else key)


def _refuse_key(format: str, key: str) -> None:
    if key:
        raise InstrumentError(f"key {key!r}: {format} has no use for a scoring key; leave it out, or import values")


IMPORTERS: Mapping[str, Callable[[Sequence[str | Path], str], Imported]] = {
    "csv": _table,
    "valueconsistency": _valueconsistency,
    "values": _values,
}
"""Format name → importer of the files of one survey."""

__all__ = [
    "IMPORTERS",
    "ImportReport",
    "Imported",
    "import_table",
    "import_value_questionnaire",
    "import_valueconsistency",
    "run_importer",
]


def run_importer(format: str, paths: Sequence[str | Path], out: str | Path | None = None, *, key: str = "") -> Imported:
    """Import `paths` as `format` and, with `out`, write the survey file (an existing one is never overwritten).

    `key` is a scoring key for the format `values`: the name of a ready-made one, or a file.

    InstrumentError for an unknown format, faulty files, and an `out` that exists or cannot be written.
    """
    importer = IMPORTERS.get(format)
    if importer is None:
        raise InstrumentError(f"there is no survey format {format!r}; {did_you_mean(format, IMPORTERS, 'formats')}")
    if not paths:
        raise InstrumentError(f"{format}: no file given; give at least one")
    imported = importer(paths, key)
    if out is not None:
        try:
            with Path(out).open("x", encoding="utf-8", newline="\n") as file:
                file.write(instrument_to_toml(imported.instrument))
        except FileExistsError as error:
            raise InstrumentError(f"{out}: there is a file of that name; remove it or choose another name") from error
        except OSError as error:
            raise InstrumentError(f"{out}: cannot be written ({error.strerror}); choose another place") from error
    return imported
