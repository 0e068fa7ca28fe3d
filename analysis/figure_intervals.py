"""Figures of estimates with their intervals: rows by arms, several measures of one thing, curves.

Frames are long: one row per estimate, with the columns named in the arguments. An interval that is NaN is not drawn, a
value that is NaN neither; both have their reason in the table beside the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.figures import INK, LINE, QUIET, SOFT, in_house_style, label, legend_above, looks, rows_from_top, sheet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.15


class Band(NamedTuple):
    """Columns that hold, for each row, the range that chance alone would give, and what it is called."""

    low: str
    high: str
    name: str


def distinct(values: Any) -> list[Any]:
    """The values of a column in the order in which they first come."""
    return list(dict.fromkeys(values))


@in_house_style
def interval_plot(
    frame: pd.DataFrame,
    *,
    row: str = "row",
    arm: str = "arm",
    value: str = "value",
    low: str = "low",
    high: str = "high",
    xlabel: str,
    band: Band | None = None,
    reference: float | None = None,
    hollow: Sequence[str] = (),
) -> Figure:
    """A dot with its interval for every row and arm.

    `band` shades what chance alone would give (a noise floor); `reference` draws a line at that value, as at 0; arms in
    `hollow` are outlines, for published or human values.
    """
    rows, arms = distinct(frame[row]), distinct(frame[arm])
    look = looks(arms, hollow)
    figure, axes = sheet(0.9 + len(rows) * ROW_INCHES * (len(arms) + 0.9))
    rows_from_top(axes, rows)
    handles, names = [], []
    if band is not None:
        handles.append(_shade(axes, frame.drop_duplicates(row), band))
        names.append(label(band.name))
    if reference is not None:
        axes.axvline(reference, color=QUIET, linewidth=1, zorder=1)
    for place, name in enumerate(arms):
        part = frame[frame[arm] == name]
        at = np.array([rows.index(one) for one in part[row]]) + _offset(place, len(arms))
        handles.append(_dots(axes, part, at, (value, low, high), look[name].marker_style()))
        names.append(label(name, 40))
    _between_rows(axes, len(rows))
    axes.set_xlabel(label(xlabel))
    legend_above(figure, handles, names)
    return figure


def _offset(place: int, n_arms: int) -> float:
    """How far below the middle of its row an arm is drawn, in rows."""
    return (place - (n_arms - 1) / 2) / (n_arms + 0.9)


def _between_rows(axes: Axes, n_rows: int) -> None:
    for place in range(n_rows - 1):
        axes.axhline(place + 0.5, color=LINE, linewidth=0.6, zorder=0)


def _shade(axes: Axes, rows: pd.DataFrame, band: Band) -> Any:
    at = np.arange(len(rows))
    return axes.barh(
        at, rows[band.high] - rows[band.low], left=rows[band.low], height=0.86, color=SOFT, edgecolor=LINE, zorder=1
    )


def _dots(axes: Axes, part: pd.DataFrame, at: Any, columns: tuple[str, str, str], style: dict[str, Any]) -> Any:
    """Dots with horizontal intervals; a drawing of the first dot's kind for the legend."""
    value, low, high = (part[name].to_numpy(dtype=float) for name in columns)
    has_ends = np.isfinite(low) & np.isfinite(high)
    axes.hlines(at[has_ends], low[has_ends], high[has_ends], color=style["color"], linewidth=1.4, zorder=3)
    (drawn,) = axes.plot(value, at, linestyle="", zorder=4, **style)
    return drawn


@in_house_style
def measure_panels(
    frame: pd.DataFrame,
    *,
    row: str = "row",
    measure: str = "measure",
    value: str = "value",
    low: str = "low",
    high: str = "high",
    baseline: str | None = None,
) -> Figure:
    """Several measures of the same rows side by side, each on a scale of its own, as of an ablation.

    `baseline` names the row whose values are drawn through each panel as a line to compare with.
    """
    rows, measures = distinct(frame[row]), distinct(frame[measure])
    look = looks(measures)
    figure, grid = sheet(0.95 + len(rows) * 0.3, 1, len(measures), sharey=True, squeeze=False)
    for axes, name in zip(grid[0], measures, strict=True):
        part = frame[frame[measure] == name]
        rows_from_top(axes, rows)
        at = np.array([rows.index(one) for one in part[row]], dtype=float)
        if baseline is not None:
            for level in part.loc[part[row] == baseline, value]:
                axes.axvline(level, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        _dots(axes, part, at, (value, low, high), look[name].marker_style())
        _between_rows(axes, len(rows))
        axes.set_xlabel(label(name, 34))
        axes.locator_params(axis="x", nbins=5)
        axes.margins(x=0.08)
    return figure


@in_house_style
def curve_plot(
    frame: pd.DataFrame,
    *,
    x: str = "x",
    arm: str = "arm",
    value: str = "value",
    low: str = "low",
    high: str = "high",
    xlabel: str,
    ylabel: str,
    reference: float | None = None,
    fitted: pd.DataFrame | None = None,
) -> Figure:
    """A curve with its interval for every arm, over a number; `fitted` (x, arm, value) are drawn dashed beside them."""
    arms = distinct(frame[arm])
    look = looks(arms)
    figure, axes = sheet(3.6)
    handles = []
    if reference is not None:
        axes.axhline(reference, color=QUIET, linewidth=1)
    for name in arms:
        part = frame[frame[arm] == name].sort_values(x)
        at, middle, bottom, top = (part[column].to_numpy(dtype=float) for column in (x, value, low, high))
        axes.fill_between(at, bottom, top, color=look[name].color, alpha=0.15, linewidth=0)
        handles += axes.plot(at, middle, **look[name].marker_style())
        if fitted is not None:
            smooth = fitted[fitted[arm] == name]
            axes.plot(smooth[x], smooth[value], color=look[name].color, linewidth=1, linestyle=(0, (4, 3)))
    axes.grid(axis="y")
    if all(float(one).is_integer() for one in frame[x]):
        axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(label(xlabel))
    axes.set_ylabel(label(ylabel), color=INK)
    legend_above(figure, handles, [label(name, 40) for name in arms])
    return figure
