"""Numbers as their papers printed them, to stand beside our own: values, marks, corrections. Knows no run.

The tables lie in `analysis/published`, one CSV per id, one line per printed cell. A printed value is never replaced: a
misprint keeps it and has the likely value in `corrected`. A cell that was printed without a number is there too, with
NaN and the reason in `note`.

Source: DF-1 to DF-6 Liu et al. 2025 (diversity-enhanced framework), tables 1 to 4 and text; PV-1 to PV-7 Rozen et al.
2025 (value structure), tables 1 to 5 and text; PV-8 the noise floor of a German sample; PR-1 to PR-4 Shen et al. 2025
(value probing), tables and text; marks by recomputation.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MARKS", "average_faults", "comparable_values", "published_ids", "published_table"]

MARKS: tuple[str, ...] = ("ok", "misprint", "suspicious", "figure", "recomputed")
"""Plausible · contradicted by its own table · doubtful · read off a figure · derived from printed inputs or data."""

COLUMNS: tuple[str, ...] = ("id", "row", "column", "value", "mark", "corrected", "note")
ROUNDING = 0.01
"""How far a mean of values rounded to two digits may lie from an average rounded to two digits."""


def published_ids() -> list[str]:
    """The ids of all tables, sorted ("DF-1", ...)."""
    names = [one.name for one in (files("analysis") / "published").iterdir()]
    return sorted(name.removesuffix(".csv").upper() for name in names if name.endswith(".csv"))


def published_table(table_id: str) -> pd.DataFrame:
    """One published table, one row per cell, in the order printed.

    Columns: id, row, column, value (as printed; NaN where the paper has no number), mark (one of MARKS), corrected (NaN
    unless a correction is likely), note (why a cell is marked, has no number or needs care; mostly empty).
    Raises KeyError for an unknown id, naming those there are.
    """
    import pandas as pd

    if table_id not in published_ids():
        raise KeyError(f"there is no published table {table_id!r}; there are {', '.join(published_ids())}")
    path = files("analysis") / "published" / f"{table_id.lower()}.csv"
    with path.open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype={"note": "str"}).reindex(columns=list(COLUMNS))
    table["note"] = table["note"].astype("str").where(table["note"].notna(), "")
    return table.astype({"value": "float64", "corrected": "float64"})


def comparable_values(table: pd.DataFrame) -> pd.Series:
    """What to compare own numbers with: the corrected value where there is one, else the printed one.

    table: of `published_table`; the index is kept.
    """
    return table["corrected"].fillna(table["value"])


def average_faults(table: pd.DataFrame, average: str = "average", leave_out: tuple[str, ...] = ()) -> pd.DataFrame:
    """Rows whose printed average is not the mean of their other columns, within rounding.

    table: of `published_table`; misprinted other columns count as corrected; leave_out: columns that the average does
    not cover. → row, printed, mean, corrected (NaN if the table corrects nothing), is_marked.
    """
    import pandas as pd

    found = []
    for name, cells in table.assign(used=comparable_values(table)).groupby("row", sort=False):
        is_average = cells["column"] == average
        if not is_average.any():
            continue
        printed = cells[is_average].iloc[0]
        mean = float(cells.loc[~is_average & ~cells["column"].isin(leave_out), "used"].mean())
        if not np.isclose(mean, printed["value"], rtol=0, atol=ROUNDING):
            found.append((name, printed["value"], mean, printed["corrected"], printed["mark"] != "ok"))
    return pd.DataFrame(found, columns=["row", "printed", "mean", "corrected", "is_marked"])
