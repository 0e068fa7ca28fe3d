"""Figures of shares that sum to 1: stacked bars with what chance would give, and answer distributions item by item.

Frames are long: one row per share, with the columns named in the arguments; shares lie between 0 and 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.figure_intervals import distinct
from analysis.figures import (
    INK,
    LINE,
    QUIET,
    SOFT,
    Look,
    in_house_style,
    label,
    legend_above,
    looks,
    rows_from_top,
    sheet,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_LABELLED = 0.08
_FILLS = ("#9ecae1", "#ffffff", "#fdd0a2", "#c7e9c0", "#dadaeb", "#e6e6e2", "#f7cfe3")
"""Light enough for ink on them; hatches tell them apart in grey."""


@in_house_style
def profile_bars(
    frame: pd.DataFrame,
    *,
    row: str = "row",
    part: str = "part",
    share: str = "share",
    chance: str | None = "chance",
    is_diverging: bool = False,
    xlabel: str = "share (%)",
) -> Figure:
    """One bar per row, divided into the shares of its parts; ticks mark where chance alone would divide it.

    `is_diverging` places the bars around the middle of the parts instead of beginning them at 0. Rows whose shares are
    NaN stay empty.
    """
    rows, parts = distinct(frame[row]), distinct(frame[part])
    look = looks(parts)
    shares = _table(frame, row, part, share, rows, parts)
    figure, axes = sheet(0.95 + 0.34 * len(rows))
    rows_from_top(axes, rows)
    starts = _starts(shares, is_diverging=is_diverging)
    handles = []
    for place, name in enumerate(parts):
        widths = 100 * shares[:, place]
        fill = {"color": _FILLS[place % len(_FILLS)], "edgecolor": QUIET, "hatch": look[name].hatch, "linewidth": 0.6}
        handles.append(axes.barh(range(len(rows)), widths, left=100 * starts[:, place], height=0.62, **fill))
        _write_shares(axes, starts[:, place], shares[:, place])
    names = [label(name, 40) for name in parts]
    if chance is not None:
        expected = _table(frame, row, part, chance, rows, parts)
        handles.append(_chance_ticks(axes, _starts(expected, is_diverging=is_diverging)[:, 1:]))
        names.append("by chance")
    if is_diverging:
        axes.axvline(0, color=QUIET, linewidth=1)
        axes.xaxis.set_major_formatter(lambda at, _: f"{abs(at):.0f}")
    else:
        axes.set_xlim(0, 100)
    axes.set_xlabel(label(xlabel))
    legend_above(figure, handles, names)
    return figure


def _table(frame: pd.DataFrame, row: str, part: str, share: str, rows: list[Any], parts: list[Any]) -> NDArray[Any]:
    """(n_rows, n_parts) shares; NaN where the frame has none."""
    return frame.pivot(index=row, columns=part, values=share).reindex(index=rows, columns=parts).to_numpy(dtype=float)


def _starts(shares: NDArray[Any], *, is_diverging: bool) -> NDArray[Any]:
    """Where each part of each bar begins."""
    ends = np.cumsum(shares, axis=1)
    starts = ends - shares
    if not is_diverging:
        return np.asarray(starts)
    half = shares.shape[1] // 2
    middle = starts[:, half] + (shares[:, half] / 2 if shares.shape[1] % 2 else 0)
    return np.asarray(starts - middle[:, None])


def _write_shares(axes: Axes, starts: NDArray[Any], shares: NDArray[Any]) -> None:
    for place, (start, share) in enumerate(zip(starts, shares, strict=True)):
        if share >= SMALLEST_LABELLED:
            text = axes.text(
                100 * (start + share / 2), place, f"{100 * share:.0f}", ha="center", va="center", fontsize=8
            )
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85})


def _chance_ticks(axes: Axes, borders: NDArray[Any]) -> Any:
    drawn = None
    for place, row in enumerate(borders):
        drawn = axes.vlines(100 * row, place - 0.44, place + 0.44, color=INK, linewidth=1.8)
    return drawn


@in_house_style
def distribution_multiples(
    frame: pd.DataFrame,
    *,
    item: str = "item",
    option: str = "option",
    arm: str = "arm",
    share: str = "share",
    low: str = "low",
    high: str = "high",
    reference: str | None = None,
    columns: int = 4,
) -> Figure:
    """How the answers to each item are distributed over its options, a small panel each.

    Arms are dots with intervals beside each other; the arm called `reference` (people) is drawn as bars behind them.
    """
    items, arms = distinct(frame[item]), distinct(frame[arm])
    look = looks([name for name in arms if name != reference])
    n_rows = -(-len(items) // columns)
    figure, grid = sheet(0.7 + 1.25 * n_rows, n_rows, columns, sharey=True, squeeze=False)
    handles: dict[str, Any] = {}
    for axes, name in zip(grid.flat, items, strict=False):
        part = frame[frame[item] == name]
        options = distinct(part[option])
        for one in arms:
            of_arm = part[part[arm] == one]
            at = np.array([options.index(code) for code in of_arm[option]], dtype=float)
            if one == reference:
                handles[one] = axes.bar(at, 100 * of_arm[share], width=0.8, color=SOFT, edgecolor=QUIET, linewidth=0.6)
            elif len(of_arm):
                places = list(look)
                at += (places.index(one) - (len(places) - 1) / 2) * min(0.2, 0.7 / len(places))
                handles[one] = _upright_dots(axes, of_arm[[share, low, high]].to_numpy(dtype=float).T, at, look[one])
        axes.set_xticks(range(len(options)), [label(code, 8) for code in options], fontsize=7)
        axes.set_xlim(-0.6, len(options) - 0.4)
        axes.set_title(label(name, 24), fontsize=7.5)
    _finish_grid(grid, len(items))
    figure.supylabel("share (%)", fontsize=8.5)
    names = [name for name in arms if name in handles]
    legend_above(figure, [handles[name] for name in names], [label(name, 40) for name in names])
    return figure


def _upright_dots(axes: Axes, shares: NDArray[Any], at: NDArray[Any], look: Look) -> Any:
    """Dots with upright intervals; `shares` are (3, n): values, lower and upper bounds."""
    value, low, high = 100 * shares
    axes.vlines(at, low, high, color=look.color, linewidth=1)
    (drawn,) = axes.plot(at, value, **(look.marker_style() | {"markersize": 3.4, "linestyle": ""}))
    return drawn


def _finish_grid(grid: NDArray[Any], n_used: int) -> None:
    for place, axes in enumerate(grid.flat):
        if place >= n_used:
            axes.set_visible(False)
            continue
        axes.set_ylim(0, 100)
        axes.set_yticks([0, 50, 100])
        axes.tick_params(labelsize=7, length=2)
        axes.grid(axis="y", color=LINE)
