"""The closed items of an instrument as a grid of options, and one arm's people in one country and group placed on it.

Turns the frame of `analysis.responses` into arrays for statistics that move whole respondents. Knows no reference and
no statistic. A reply that gave no choice is `failed`, an offered "don't know" and a number that was not offered are
neither answered nor failed, and a hidden item is nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray
from personas.weights import effective_sample_size
from surveys.instrument import Instrument, Item, ResponseFormat
from surveys.reference import EVERYBODY

if TYPE_CHECKING:
    import pandas as pd

FAILED: tuple[str, ...] = ("refused", "dont_know", "unparsed", "error")
"""Statuses of a reply that gave no choice; one that took an offered "don't know" has a code and is not among them."""

ATTRIBUTES: Mapping[str, str] = {"sex": "attr_gender", "country": "attr_country"}
"""Where a frame may keep what a group's name calls otherwise, beside attr_NAME."""


@dataclass(frozen=True)
class OptionGrid:
    """Closed items and their substantive options, in the instrument's order.

    codes: (n_items, width) canonical codes, -1 beyond an item's last option. is_multiple, is_ordered: (n_items,).
    """

    items: tuple[Item, ...]
    codes: NDArray[np.int64]
    is_multiple: NDArray[np.bool_]
    is_ordered: NDArray[np.bool_]

    @property
    def width(self) -> int:
        """The largest number of options of an item."""
        return int(self.codes.shape[1])

    @cached_property
    def is_option(self) -> NDArray[np.bool_]:
        """(n_items, width): whether the item has an option there."""
        return np.asarray(self.codes >= 0)

    @cached_property
    def n_options(self) -> NDArray[np.int64]:
        """(n_items,)."""
        return np.asarray(self.is_option.sum(axis=1), dtype=np.int64)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Item id → row."""
        return {item.id: row for row, item in enumerate(self.items)}

    def places(self, rows: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The column of each code in its item's row; -1 where the item has no such substantive option."""
        found = self.codes[rows] == codes[:, None]
        return np.where(found.any(axis=1), found.argmax(axis=1), -1)


@dataclass(frozen=True)
class SubjectAnswers:
    """Whoever is placed beside the humans of one country and group: the people of one arm.

    arm: the values of the columns that tell arms apart. picks: (n, n_items, width) whether a person chose an option.
    failed, asked: (n, n_items). weights: (n,).
    """

    arm: tuple[Any, ...]
    country: str
    group: str
    picks: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    asked: NDArray[np.bool_]
    weights: FloatArray

    @property
    def n(self) -> int:
        """People, whether they answered or not."""
        return len(self.weights)

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """(n, n_items): who chose at least one option."""
        return np.asarray(self.picks.any(axis=2))

    @cached_property
    def n_effective(self) -> FloatArray:
        """(n_items,) Kish's effective number of people who answered; 0 where nobody did."""
        found = [self.weights[column] for column in self.answered.T]
        return np.array([effective_sample_size(w) if w.any() else 0.0 for w in found])

    @cached_property
    def columns(self) -> FloatArray:
        """(n, n_items x width): a person's weight in the column of each option chosen."""
        return np.asarray((self.picks * self.weights[:, None, None]).reshape(self.n, -1), dtype=np.float64)

    @cached_property
    def rates(self) -> FloatArray:
        """(n_items, width) weighted share of those who answered that chose each option; NaN where nobody did."""
        totals = (self.answered * self.weights[:, None]).sum(axis=0)
        sums = self.columns.sum(axis=0).reshape(self.picks.shape[1:])
        return np.asarray(sums / np.where(totals > 0, totals, np.nan)[:, None], dtype=np.float64)


def option_grid(instrument: Instrument, *, ordered: Collection[str] | None = None) -> OptionGrid:
    """The grid of every closed item that offers a substantive option.

    ordered: ids of the items whose options form an order; by default those of format "scale".
    """
    items = tuple(item for item in instrument.items if item.format != ResponseFormat.OPEN and item.substantive_options)
    width = max((len(item.substantive_options) for item in items), default=0)
    codes = np.full((len(items), width), -1, dtype=np.int64)
    for row, item in enumerate(items):
        codes[row, : len(item.substantive_options)] = [option.code for option in item.substantive_options]
    is_multiple = np.array([item.format == ResponseFormat.MULTIPLE for item in items], dtype=bool)
    is_scale = [item.format == ResponseFormat.SCALE if ordered is None else item.id in ordered for item in items]
    return OptionGrid(items, codes, is_multiple, np.array(is_scale, dtype=bool) & ~is_multiple)


def members(frame: pd.DataFrame, group: str) -> NDArray[np.bool_] | None:
    """Which rows belong to a group such as "age=30-49 & sex=female"; None if an attribute of it is not in the frame.

    A condition NAME=VALUE is looked up in attr_NAME (`ATTRIBUTES` knows other names); "18-29" and "50+" are ranges of
    a numeric attribute.
    """
    inside = np.ones(len(frame), dtype=bool)
    for condition in [] if group == EVERYBODY else group.split(" & "):
        name, _, value = condition.partition("=")
        column = next((c for c in (f"attr_{name}", ATTRIBUTES.get(name, "")) if c in frame.columns), None)
        if column is None:
            return None
        inside &= _holds(frame[column], value)
    return inside


def _holds(values: pd.Series[Any], wanted: str) -> NDArray[np.bool_]:
    import pandas as pd

    band = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", wanted)
    if band and pd.api.types.is_numeric_dtype(values):
        top = float(band[2]) if band[2] else np.inf
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray((numbers >= float(band[1])) & (numbers <= top))
    return np.asarray(values.astype(object) == wanted, dtype=bool)


def subjects(
    frame: pd.DataFrame,
    grid: OptionGrid,
    *,
    by: Sequence[str],
    country: str | None,
    groups: Sequence[str] = (EVERYBODY,),
    weighted: bool = True,
) -> Iterator[SubjectAnswers]:
    """The people of every arm, country and group; groups that nobody is in are left out.

    country: the column that holds it, None if all are of one. Raises KeyError for a column that the frame lacks.
    """
    keys = [*by, *([country] if country else [])]
    parts = frame.groupby(keys, observed=True, sort=False) if keys else [((), frame)]
    for key, part in parts:
        arm = tuple(key)[: len(by)]
        where = str(tuple(key)[-1]) if country else ""
        for group in groups:
            inside = members(part, group)
            if inside is not None and inside.any():
                yield _placed(part[inside], grid, arm, where, group, weighted)


def _placed(
    part: pd.DataFrame, grid: OptionGrid, arm: tuple[Any, ...], country: str, group: str, weighted: bool
) -> SubjectAnswers:
    import pandas as pd

    people, names = pd.factorize(part["respondent"])
    rows = part["item"].astype(object).map(grid.index).to_numpy(dtype=np.float64, na_value=-1).astype(np.int64)
    shape = len(names), len(grid.items)
    picks = np.zeros((*shape, grid.width), dtype=bool)
    person, row, code = _choices(part, people, rows, grid)
    place = grid.places(row, code)
    picks[person[place >= 0], row[place >= 0], place[place >= 0]] = True
    status = part["status"].astype(str)
    is_number = part["reason"].astype(str).str.startswith("out_of_range").to_numpy()
    has_failed = status.isin(FAILED).to_numpy() & part["code"].isna().to_numpy() & ~is_number
    failed, asked = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for table, holds in ((failed, has_failed), (asked, (status != "not_applicable").to_numpy())):
        table[people[holds & (rows >= 0)], rows[holds & (rows >= 0)]] = True
    weights = np.ones(len(names))
    if weighted:
        weights[people] = part["weight"].to_numpy(dtype=np.float64)
    return SubjectAnswers(arm, country, group, picks, failed, asked, weights)


def _choices(
    part: pd.DataFrame, people: NDArray[Any], rows: NDArray[np.int64], grid: OptionGrid
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Person, item row and code of every option chosen; a multiple-choice answer has several."""
    use = (part["status"] == "answered").to_numpy() & part["code"].notna().to_numpy() & (rows >= 0)
    several = use & grid.is_multiple[np.maximum(rows, 0)]
    one = use & ~several
    codes: Any = part["codes"].astype(object)[several]
    exploded = codes.reset_index(drop=True).str.split(";").explode().dropna()
    of = exploded.index.to_numpy(dtype=np.int64)
    return (
        np.concatenate([people[one], people[several][of]]).astype(np.int64),
        np.concatenate([rows[one], rows[several][of]]),
        np.concatenate([part["code"].to_numpy(dtype=np.float64, na_value=np.nan)[one], exploded.astype(float)]).astype(
            np.int64
        ),
    )
