"""Importer for the answers of people one by one: SPSS (.sav), Stata (.dta) or CSV, explained by a codebook.

Gives cells by country for everybody, by sex, by age band and by both: weighted shares, and how many people answered
and did not, unweighted. Values that the codebook does not know are named and count as no answer; so is an empty value,
without being named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import InstrumentError
from surveys.importers.codebook import Codebook, ItemSource, read_codebook
from surveys.importers.csv_rows import read_rows
from surveys.importers.reference_report import (
    EVERYTHING,
    ImportedReference,
    ReferenceFile,
    ReferenceReport,
    Wanted,
    require_cells,
)
from surveys.importers.report import counted
from surveys.instrument import Instrument
from surveys.reference import EVERYBODY
from surveys.reference_cells import Cells

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

_WHOLE = re.compile(r"-?[0-9]+\.0+")
UNKNOWN = "?"
"""The country of people of whom it is not known."""


def import_microdata(
    path: str | Path,
    codebook: str | Path | Codebook,
    wanted: Wanted = EVERYTHING,
    instrument: Instrument | None = None,
) -> ImportedReference:
    """The weighted human answers in one file of microdata.

    A share is the sum of the weights of those who chose an option over the sum of the weights of those who answered;
    for multiple choice, answering is having a value in at least one variable. Without a weight everybody counts 1;
    people whose weight is missing, negative or 0 are left out and counted. InstrumentError for a file or codebook that
    cannot be read, and for a variable that the file does not have.
    """
    path = Path(path)
    book = codebook if isinstance(codebook, Codebook) else read_codebook(codebook, instrument)
    frame, cells = _texts(path, book), Cells()
    weights, kept = _weights(frame, book, cells)
    places = _countries(frame, book, cells)
    groups = dict(_groups(frame, book, cells))
    items = [item for item in book.items if wanted.is_item(item.item)]
    for item in items:
        picks, answered = _picks(frame, item, cells)
        for country in sorted(set(places)):
            if country != UNKNOWN and wanted.is_country(country):
                here = {group: mask & kept & (places == country) for group, mask in groups.items()}
                _add_cells(item, country, here, picks, answered, weights, cells)
    wanted.note_absent([item.item for item in book.items], cells)
    require_cells(cells, str(path))
    facts = {"year": book.year, "licence": book.licence, "weighted": bool(book.weight)}
    reference = cells.reference(book.id, book.title or book.id, book.source, **facts, notes=(f"from {path.name}",))
    report = ReferenceReport((ReferenceFile(path.name, len(frame), len(cells.found)),), tuple(cells.faults))
    return ImportedReference(reference, None, report)


# ---- the file --------------------------------------------------------------------------------------------------------


def _texts(path: Path, book: Codebook) -> pd.DataFrame:
    """The variables of the codebook as texts: "1" for 1 and 1.0, empty for nothing."""
    import pandas as pd

    frame = _read(path)
    lacking = [name for name in book.variables if name not in frame.columns]
    if lacking:
        some = ", ".join(map(str, list(frame.columns)[:12]))
        raise InstrumentError(
            f"{path}: has no variable {', '.join(lacking)}; correct the codebook (it has {some}, ...)"
        )
    if not len(frame):
        raise InstrumentError(f"{path}: holds no respondents")
    return pd.DataFrame({name: [_text(value) for value in frame[name]] for name in book.variables})


def _text(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124  # NaN, NaT and their kin are not equal to themselves
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyreadstat

    suffix = path.suffix.lower()
    if suffix in (".csv", ".gz", ".tsv"):
        table = read_rows(path, "a CSV of respondents", fold=False)
        return pd.DataFrame([row.cells for row in table.rows])
    readers = {".sav": pyreadstat.read_sav, ".dta": pyreadstat.read_dta}
    if suffix not in readers:
        raise InstrumentError(f"{path}: microdata are .sav, .dta or .csv files; save it as one of these")
    if not path.is_file():
        raise InstrumentError(f"{path}: there is no such file; give the path of a {suffix} file")
    try:
        frame, _ = readers[suffix](str(path), user_missing=True)
    except Exception as error:  # pyreadstat raises kinds of its own for every fault of a file
        raise InstrumentError(f"{path}: cannot be read ({error}); export it again from its program") from error
    return frame


# ---- people ----------------------------------------------------------------------------------------------------------


def _weights(frame: pd.DataFrame, book: Codebook, cells: Cells) -> tuple[NDArray[np.float64], Mask]:
    """The weight of each respondent, and who has a usable one."""
    import numpy as np
    import pandas as pd

    if not book.weight:
        return np.ones(len(frame)), np.ones(len(frame), bool)
    weights = pd.to_numeric(frame[book.weight], errors="coerce").to_numpy(float)
    kept = np.isfinite(weights) & (weights > 0)
    lost = int((~kept).sum())
    if lost:
        what = f"{counted(lost, 'respondent')} of {len(frame)} without a weight above 0 in {book.weight}, left out"
        cells.fault("odd_weight", what, "nothing, if they were not meant to count")
    return np.where(kept, weights, 0.0), kept


def _countries(frame: pd.DataFrame, book: Codebook, cells: Cells) -> NDArray[np.str_]:
    """The country of each respondent; UNKNOWN where it is not known."""
    import numpy as np

    if not book.country_variable:
        return np.full(len(frame), book.country)
    values = frame[book.country_variable]
    strange = values[~values.isin(list(book.countries))].value_counts()
    for value, count in strange.items():
        what = f"{book.country_variable} is {value!r} for {counted(int(count), 'respondent')}, left out"
        cells.fault("unknown_country", what, "add the value to the codebook", country=str(value))
    return np.array([book.countries.get(value, UNKNOWN) for value in values])


def _groups(frame: pd.DataFrame, book: Codebook, cells: Cells) -> Iterator[tuple[str, Mask]]:
    """Every group and who is in it: everybody, each sex, each age band, both together."""
    import numpy as np

    yield EVERYBODY, np.ones(len(frame), bool)
    sexes = dict(_sexes(frame, book, cells))
    ages = dict(_ages(frame, book, cells))
    yield from ((f"sex={sex}", mask) for sex, mask in sexes.items())
    yield from ((f"age={band}", mask) for band, mask in ages.items())
    for band, aged in ages.items():
        yield from ((f"age={band} & sex={sex}", aged & mask) for sex, mask in sexes.items())


def _sexes(frame: pd.DataFrame, book: Codebook, cells: Cells) -> Iterator[tuple[str, Mask]]:
    if not book.sex_variable:
        return
    values = frame[book.sex_variable]
    _note_odd(values[~values.isin(list(book.sexes)) & (values != "")], book.sex_variable, "", cells)
    for sex in dict.fromkeys(book.sexes.values()):
        yield sex, values.isin([value for value, name in book.sexes.items() if name == sex]).to_numpy()


def _ages(frame: pd.DataFrame, book: Codebook, cells: Cells) -> Iterator[tuple[str, Mask]]:
    import pandas as pd

    if not book.age_variable:
        return
    values = frame[book.age_variable]
    is_missing = values.isin(list(book.age_missing)) | (values == "")
    years = pd.to_numeric(values.where(~is_missing), errors="coerce").floordiv(1)
    inside = sum((years.between(low, high) for _, low, high in book.bands), start=pd.Series(False, values.index))
    _note_odd(values[~is_missing & ~inside.astype(bool)], book.age_variable, "", cells)
    for name, low, high in book.bands:
        yield name, years.between(low, high).to_numpy()


def _note_odd(values: pd.Series[Any], variable: str, item: str, cells: Cells) -> None:
    """A fault for values that the codebook does not know, the most frequent first."""
    if len(values):
        most = values.value_counts()
        told = ", ".join(f"{value!r} ({count})" for value, count in most.head(5).items())
        more = f" and {len(most) - 5} more" if len(most) > 5 else ""
        what = f"{variable} holds values that the codebook does not know: {told}{more}; taken as no answer"
        cells.fault("odd_value", what, "add them to the codebook, as answers or as missing", item=item)


# ---- answers ---------------------------------------------------------------------------------------------------------


def _picks(frame: pd.DataFrame, item: ItemSource, cells: Cells) -> tuple[dict[int, Mask], Mask]:
    """Who chose each option, and who answered."""
    import numpy as np
    import pandas as pd

    answered = np.zeros(len(frame), bool)
    picks = {code: np.zeros(len(frame), bool) for code in item.offered}
    if item.picks:
        for variable, code in item.picks.items():
            values = frame[variable]
            known = values.isin([*item.picked, *item.not_picked])
            _note_odd(values[~known & (values != "") & ~values.isin(list(item.missing))], variable, item.item, cells)
            picks[code] |= values.isin(list(item.picked)).to_numpy()
            answered |= known.to_numpy()
        return picks, answered
    values = frame[item.variable]
    lists = [_listed(value, item) for value in values]
    strange = [value for value, found in zip(values, lists, strict=True) if any(one not in item.codes for one in found)]
    _note_odd(pd.Series(strange, dtype=object), item.variable, item.item, cells)
    for person, found in enumerate(lists):
        codes = [item.codes[one] for one in found if one in item.codes]
        answered[person] = bool(codes)
        for code in codes:
            picks[code][person] = True
    return picks, answered


def _listed(value: str, item: ItemSource) -> list[str]:
    """The values that a respondent gave; none where the answer is missing."""
    if not value or value in item.missing:
        return []
    parts = value.split(item.separator) if item.separator else [value]
    return [part.strip() for part in parts if part.strip() and part.strip() not in item.missing]


def _add_cells(
    item: ItemSource,
    country: str,
    groups: Mapping[str, Mask],
    picks: Mapping[int, Mask],
    answered: Mask,
    weights: NDArray[np.float64],
    cells: Cells,
) -> None:
    """The cell of each group in one country, from its `groups`; a fault for a group of which nobody answered."""
    for group, people in groups.items():
        base = people & answered
        total = float(weights[base].sum())
        if not base.any():
            what = f"nobody answered, of {counted(int(people.sum()), 'respondent')}"
            cells.fault(
                "no_cases", what, "leave the group out, or make it larger", item=item.item, country=country, group=group
            )
            continue
        cells.add_shares(
            item.item,
            {code: min(1.0, float(weights[base & chosen].sum()) / total) for code, chosen in picks.items()},
            country=country,
            group=group,
            n=float(base.sum()),
            n_missing=float((people & ~answered).sum()),
            is_multiple=item.is_multiple,
        )
