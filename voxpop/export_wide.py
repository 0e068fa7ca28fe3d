"""One row per respondent: who they are, then a column for every item. As arrays for any wide format, and as CSV.

In the CSV an item has two columns: ITEM holds the code ("1;3" for multiple choice) or the open answer, ITEM:status how
it was answered; both are empty where the item was not put to the respondent. An item that is called like a column about
the respondent (`weight`) becomes ITEM_2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.responses import recorded_instrument, respondents_frame
from analysis.spreadsheet import guarded_frame
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES
from surveys.instrument import Instrument, ResponseFormat

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class WideAnswers:
    """Answers by respondent and item.

    people: one row per respondent. status: (n_respondents, n_items), index into ANSWER_STATUSES, -1 = no answer
    recorded. codes: (n_respondents, n_items) of tuples. texts: the same of open answers, None = none.
    """

    instrument: Instrument
    people: pd.DataFrame
    status: NDArray[np.int8]
    codes: NDArray[Any]
    texts: NDArray[Any]


def wide_answers(reader: Reader) -> WideAnswers:
    """Read all answers, respondents by number and items in the instrument's order."""
    instrument = recorded_instrument(reader)
    people = respondents_frame(reader)
    numbers = reader.respondent_columns()["number"]
    shape = len(numbers), len(instrument.items)
    status, codes, texts = np.full(shape, -1, np.int8), np.full(shape, None, object), np.full(shape, None, object)
    for batch in reader.answer_batches(("respondent", "item", "status", "code", "codes", "text")):
        cells = np.searchsorted(numbers, batch["respondent"]), batch["item"]
        status[cells], texts[cells] = batch["status"], batch["text"]
        for row, item, code, several in zip(*cells, batch["code"].tolist(), batch["codes"], strict=True):
            codes[row, item] = _codes(code, several)
    return WideAnswers(instrument, people, status, codes, texts)


def write_csv(reader: Reader, path: Path) -> int:
    """Write the wide CSV; returns the number of rows."""
    import pandas as pd
    import pyarrow.csv

    from voxpop.export_long import plain_table

    wide = wide_answers(reader)
    names = pd.array([*ANSWER_STATUSES, None], dtype="str")
    columns: dict[str, Any] = {}
    headings = _headings([item.id for item in wide.instrument.items], set(wide.people.columns))
    for place, (item, heading) in enumerate(zip(wide.instrument.items, headings, strict=True)):
        columns[heading] = pd.array(_cells(wide, place, item.format), dtype="str")
        columns[f"{heading}:status"] = names.take(wide.status[:, place].astype(np.int64))
    frame = pd.concat([wide.people, pd.DataFrame(columns)], axis=1)
    pyarrow.csv.write_csv(plain_table(guarded_frame(frame)), path)
    return len(frame)


def _headings(item_ids: Sequence[str], taken: set[str]) -> list[str]:
    """The ids, each told apart by a number (`weight_2`) from a column about the respondent that is called the same."""
    found = []
    for item_id in item_ids:
        heading, number = item_id, 1
        while heading in taken:
            number += 1
            heading = f"{item_id}_{number}" if f"{item_id}_{number}" not in item_ids else heading
        found.append(heading)
    return found


def _codes(code: float, several: str | None) -> tuple[int, ...]:
    if several is not None:
        return tuple(int(one) for one in several[1:-1].split(","))
    return () if math.isnan(code) else (int(code),)


def _cells(wide: WideAnswers, place: int, item_format: ResponseFormat) -> list[str | None]:
    if item_format == ResponseFormat.OPEN:
        return [shown_text(text) for text in wide.texts[:, place]]
    return [";".join(map(str, codes)) if codes else None for codes in wide.codes[:, place]]


def shown_text(stored: str | bytes | None) -> str | None:
    """A stored text with what UTF-8 cannot hold as backslash escapes."""
    if isinstance(stored, bytes):
        return stored.decode("utf-8", "surrogatepass").encode("utf-8", "backslashreplace").decode()
    return stored
