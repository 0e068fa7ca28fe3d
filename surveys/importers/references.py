"""Human answers in other people's formats, by the name of the format. Knows no format itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from simulator.errors import InstrumentError
from surveys.importers.microdata import import_microdata
from surveys.importers.opinions import Layout, import_opinions
from surveys.importers.reference_report import EVERYTHING, ImportedReference, Wanted
from surveys.importers.tidy import import_tidy
from surveys.importers.wvs import import_wvs
from surveys.instrument import Instrument
from surveys.suggest import did_you_mean

FORMATS: tuple[str, ...] = ("tidy", "microdata", "wvs", *get_args(Layout))
"""Formats by the names that the command line knows."""

WITH_TEXTS: tuple[str, ...] = ("wvs", *get_args(Layout))
"""Those whose files hold the texts of the questions."""


def import_reference(
    format: str,
    paths: Sequence[str | Path],
    *,
    wanted: Wanted = EVERYTHING,
    instrument: Instrument | None = None,
    codebook: str | Path | None = None,
) -> ImportedReference:
    """Read `paths` as `format`. InstrumentError for an unknown format, arguments that do not fit, faulty files."""
    if format not in FORMATS:
        raise InstrumentError(
            f"there is no format {format!r} of human answers; {did_you_mean(format, FORMATS, 'formats')}"
        )
    if (codebook is not None) != (format == "microdata"):
        what = (
            "microdata need a codebook (--codebook FILE)" if codebook is None else f"{format} has no use for a codebook"
        )
        raise InstrumentError(f"{what}; see docs/references.md")
    if instrument is not None and format in WITH_TEXTS:
        raise InstrumentError(f"{format} files hold their own questions; leave the questionnaire out")
    if format == "tidy":
        return import_tidy(paths, wanted, instrument)
    if format == "wvs":
        return import_wvs(paths, wanted)
    if codebook is None:
        return import_opinions(paths, "opinionqa" if format == "opinionqa" else "globalopinionqa", wanted)
    if len(paths) != 1:
        raise InstrumentError(f"microdata: {len(paths)} files given; give exactly one")
    return import_microdata(paths[0], codebook, wanted, instrument)
