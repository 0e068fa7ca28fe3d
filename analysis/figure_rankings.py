"""Means of ordered things beside those of people: a panel per group, with the line of people. Knows no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figure_intervals import distinct
from analysis.figures import INK, LINE, QUIET, in_house_style, label, legend_above, looks, rows_from_top, sheet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ROW_INCHES = 0.13
WIDEST = 5


@in_house_style
def ranking_plot(
    frame: pd.DataFrame,
    people: pd.DataFrame,
    *,
    panel: str = "panel",
    arm: str = "arm",
    row: str = "row",
    value: str = "value",
    low: str = "low",
    high: str = "high",
    xlabel: str,
    people_name: str,
) -> Figure:
    """Rows in the order of `people` (columns `row` and `value`), most important first; a panel for each group of arms.

    frame: one row per panel, arm and row, with its interval. An arm that ranks the rows as people do falls from the
    right at the top to the left at the bottom, along the line.
    """
    order = people.sort_values(value, ascending=False, kind="stable")[row].tolist()
    panels, arms = distinct(frame[panel]), distinct(frame[arm])
    n_columns = min(WIDEST, max(len(panels), 1))
    n_rows = -(-max(len(panels), 1) // n_columns)
    inches = (1.0 + len(order) * ROW_INCHES * (len(arms) + 0.9)) * n_rows
    figure, grid = sheet(inches, n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    look = looks([people_name, *arms], hollow=[people_name])
    line = people.set_index(row)[value].reindex(order).to_numpy(dtype=float)
    handles: dict[str, Any] = {}
    for place, axes in enumerate(grid.flat):
        if place >= len(panels):
            axes.set_axis_off()
            continue
        rows_from_top(axes, order, 24)
        axes.axvline(0, color=QUIET, linewidth=0.8, zorder=0)
        for between in range(len(order) - 1):
            axes.axhline(between + 0.5, color=LINE, linewidth=0.5, zorder=0)
        style = look[people_name].marker_style() | {"color": INK, "markeredgecolor": INK, "markersize": 3.5}
        (handles[people_name],) = axes.plot(line, range(len(order)), linewidth=0.9, zorder=2, **style)
        for number, name in enumerate(arms):
            part = frame[(frame[panel] == panels[place]) & (frame[arm] == name)]
            offset = (number - (len(arms) - 1) / 2) / (len(arms) + 0.9)
            at = np.array([order.index(one) for one in part[row]]) + offset
            middle, bottom, top = (part[column].to_numpy(dtype=float) for column in (value, low, high))
            known = np.isfinite(bottom) & np.isfinite(top)
            axes.hlines(at[known], bottom[known], top[known], color=look[name].color, linewidth=1.2, zorder=3)
            shape = look[name].marker_style() | {"markersize": 3.6}
            (handles[name],) = axes.plot(middle, at, linestyle="", zorder=4, **shape)
        axes.set_title(label(panels[place], 18, 2))
        axes.locator_params(axis="x", nbins=4)
    figure.supxlabel(label(xlabel), fontsize=9, color=INK)
    legend_above(
        figure, [handles[name] for name in (people_name, *arms)], [label(one, 40) for one in (people_name, *arms)]
    )
    return figure
