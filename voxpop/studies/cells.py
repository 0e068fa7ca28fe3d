"""Rows of analysis frames as cells of a report: a number with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.report_cells import Cell, Missing, Unformed
from analysis.sums import Estimate

NO_REASON = "could not be formed"


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame as named tuples."""
    yield from frame.itertuples(index=False, name="Row")


def number(value: float, reason: str = "") -> Cell:
    """A number, or why there is none."""
    return float(value) if _is_known(value) else Missing(reason or NO_REASON)


def count(value: float, reason: str = "") -> Cell:
    """A whole number, or why there is none."""
    return int(value) if _is_known(value) else Missing(reason or NO_REASON)


def estimate(value: float, low: float, high: float, n: float, reason: str = "") -> Cell:
    """A number with its interval; where a part is missing, with the reason."""
    if not _is_known(value):
        return Missing(reason or NO_REASON)
    found = Estimate(float(value), float(low), float(high), int(n) if _is_known(n) else 0)
    return found if _is_known(low) and _is_known(high) else Unformed(found, reason or "no interval can be formed")


def _is_known(value: float) -> bool:
    return not pd.isna(value) and math.isfinite(value)
