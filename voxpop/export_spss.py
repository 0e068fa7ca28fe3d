"""One row per respondent as an SPSS file: variable and value labels, and the reasons for missing answers as codes.

A single-choice or scale item is one variable; a multiple-choice item one variable of 0 and 1 per option; an open item
its text and a variable NAME_status. Variable labels begin with the item's id in square brackets. Where there is no
answer the value says why, with a label, and is declared user-missing; where an item was not put to a respondent the
value is system-missing. SPSS texts know no NUL (shown as U+2400) and no spaces at the end, and are cut after 32,000
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from simulator.errors import StoreError
from simulator.store.reader import Reader
from surveys.instrument import Item, ResponseFormat
from voxpop.export_wide import WideAnswers, shown_text, wide_answers
from voxpop.spss_missing import ReasonCodes, reason_codes, with_reasons
from voxpop.spss_names import spss_names, spss_text

MAX_TEXT_BYTES = 32_000
MAX_LABEL_BYTES = 255
MAX_VALUE_LABEL_BYTES = 120
MAX_FILE_LABEL_BYTES = 60


@dataclass
class _Variables:
    """The variables of the file, collected one after the other."""

    names: list[str] = field(default_factory=list)
    columns: list[Any] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    value_labels: list[dict[float, str]] = field(default_factory=list)
    missing: list[list[Any]] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)

    def add(
        self,
        name: str,
        column: Any,
        label: str,
        *,
        measure: str = "nominal",
        value_labels: dict[float, str] | None = None,
        missing: Sequence[Any] = (),
    ) -> None:
        self.names.append(name)
        self.columns.append(column)
        self.labels.append(spss_text(label, MAX_LABEL_BYTES))
        shown = {value: spss_text(text, MAX_VALUE_LABEL_BYTES) for value, text in (value_labels or {}).items()}
        self.value_labels.append(shown)
        self.missing.append(list(missing))
        self.measures.append(measure)


def write_sav(reader: Reader, path: Path) -> int:
    """Write the SPSS file; returns the number of rows. Raises StoreError if the library could not write it."""
    wide = wide_answers(reader)
    variables = _Variables()
    _add_people(variables, wide.people)
    for place, item in enumerate(wide.instrument.items):
        if item.format == ResponseFormat.OPEN:
            _add_open(variables, wide, place, item)
        elif item.format == ResponseFormat.MULTIPLE:
            _add_multiple(variables, wide, place, item)
        else:
            _add_single(variables, wide, place, item)
    names = spss_names(variables.names)

    def by_name(values: Iterable[Any]) -> dict[str, Any]:
        return {name: value for name, value in zip(names, values, strict=True) if value}

    frame = pd.DataFrame(dict(zip(names, variables.columns, strict=True)))
    try:
        pyreadstat.write_sav(
            frame,
            path,
            file_label=spss_text(reader.run().name, MAX_FILE_LABEL_BYTES),
            column_labels=by_name(variables.labels),
            variable_value_labels=by_name(variables.value_labels),
            missing_ranges=by_name(variables.missing),
            variable_measure=by_name(variables.measures),
            row_compress=True,
        )
        # The library does not report every write that failed (a full disk): what it wrote must be readable to the end.
        written = len(pyreadstat.read_sav(path, usecols=names[:1])[0])
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise _unwritten(str(error)) from error
    if written != len(frame):
        raise _unwritten(f"{written} of {len(frame)} rows arrived")
    return written


def _unwritten(what: str) -> StoreError:
    return StoreError(f"the SPSS file could not be written ({what}); is the disk full? Else try parquet or csv-wide")


def _add_people(variables: _Variables, people: pd.DataFrame) -> None:
    for name, values in people.items():
        label = f"persona: {str(name).removeprefix('attr_')}" if str(name).startswith("attr_") else str(name)
        if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
            variables.add(
                str(name), values.astype("Float64").to_numpy(np.float64, na_value=np.nan), label, measure="scale"
            )
        else:
            variables.add(str(name), _texts(values.astype(object).where(values.notna(), None)), label)


def _question(wide: WideAnswers, item: Item) -> str:
    return f"[{item.id}] {wide.instrument.item_text(item, wide.instrument.language)}"


def _option_text(wide: WideAnswers, item: Item, code: int) -> str:
    return wide.instrument.text_in(item.option(code).text, wide.instrument.language)


def _add_single(variables: _Variables, wide: WideAnswers, place: int, item: Item) -> None:
    reasons = reason_codes(item.options)
    first = np.array([codes[0] if codes else np.nan for codes in wide.codes[:, place]], dtype=np.float64)
    labels = {float(option.code): _option_text(wide, item, option.code) for option in item.options}
    variables.add(
        item.id,
        with_reasons(first, wide.status[:, place], reasons, keep_values=True),
        _question(wide, item),
        measure="ordinal" if item.format == ResponseFormat.SCALE else "nominal",
        value_labels=labels | reasons.labels,
        missing=reasons.missing,
    )


def _add_multiple(variables: _Variables, wide: WideAnswers, place: int, item: Item) -> None:
    reasons = reason_codes()
    for option in item.options:
        chosen = [np.nan if codes is None else float(option.code in codes) for codes in wide.codes[:, place]]
        variables.add(
            f"{item.id}_{option.code}",
            with_reasons(np.array(chosen, dtype=np.float64), wide.status[:, place], reasons),
            f"[{item.id}={option.code}] {_option_text(wide, item, option.code)}",
            value_labels={0.0: "not chosen", 1.0: "chosen"} | reasons.labels,
            missing=reasons.missing,
        )


def _add_open(variables: _Variables, wide: WideAnswers, place: int, item: Item) -> None:
    reasons: ReasonCodes = reason_codes()
    status = wide.status[:, place]
    variables.add(item.id, _texts(shown_text(text) for text in wide.texts[:, place]), _question(wide, item))
    variables.add(
        f"{item.id}_status",
        with_reasons(np.where(status < 0, np.nan, 0.0), status, reasons),
        f"[{item.id}] whether there is an answer",
        value_labels={0.0: "answered"} | reasons.labels,
        missing=reasons.missing,
    )


def _texts(values: Iterable[Any]) -> Any:
    """SPSS has no missing text: nothing is an empty one."""
    return pd.Series(["" if value is None else spss_text(str(value), MAX_TEXT_BYTES) for value in values], dtype=object)
