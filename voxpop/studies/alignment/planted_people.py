"""A human reference made of the answers of a recorded run: known-truth people in place of people.

Only ever a stand-in: it serves to plan a study and to check that the analysis finds what was planted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.option_grid import members
from analysis.responses import answers_frame
from simulator.store.reader import Reader
from surveys.instrument import Instrument, Item, ResponseFormat
from surveys.reference import EVERYBODY, HumanReference, ReferenceCell

SEXES = ("sex=female", "sex=male")
AGES = ("age=18-29", "age=30-49", "age=50+")
GROUPS = (EVERYBODY, *SEXES, *AGES, *(f"{age} & {sex}" for age in AGES for sex in SEXES))


def planted_people(records: Sequence[Path], countries: Sequence[str], instrument: Instrument) -> HumanReference:
    """The answers of these runs, one of each country, as a reference by country, sex and age."""
    cells: list[ReferenceCell] = []
    for record, country in zip(records, countries, strict=True):
        with Reader(record) as reader:
            frame = answers_frame(reader, attributes=True)
        cells += _cells(frame, country, instrument)
    return HumanReference(
        id="planted-people",
        title="Known-truth people, planted for this study; not people",
        source="voxpop known-truth respondents",
        cells=tuple(cells),
    )


def _cells(frame: pd.DataFrame, country: str, instrument: Instrument) -> Iterator[ReferenceCell]:
    for group in GROUPS:
        inside = members(frame, group)
        if inside is None or not inside.any():
            continue
        by_item = {str(name): part for name, part in frame[inside].groupby("item", observed=True)}
        for item in instrument.items:
            cell = _cell(item, by_item.get(item.id), country, group)
            if cell is not None:
                yield cell


def _cell(item: Item, part: pd.DataFrame | None, country: str, group: str) -> ReferenceCell | None:
    """The answers of one group to one item; None for an open item, and where nobody answered."""
    if part is None or item.format is ResponseFormat.OPEN:
        return None
    answered = part[part["status"] == "answered"]
    is_multiple = item.format is ResponseFormat.MULTIPLE
    codes: Any = answered["codes"].astype(object).str.split(";").explode() if is_multiple else answered["code"]
    chosen = codes.dropna().astype("int64").to_numpy()
    offered = [option.code for option in item.substantive_options]
    counts = np.array([(chosen == code).sum() for code in offered], dtype=np.float64)
    n = len(answered) if is_multiple else int(counts.sum())
    if n == 0:
        return None
    shares = {code: float(count) / n for code, count in zip(offered, counts, strict=True)}
    return ReferenceCell(item.id, shares, float(n), country, group, is_multiple, float(len(part) - n))
