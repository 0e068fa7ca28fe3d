"""Circular structures side by side: each laid over one reference, small enough to be compared at a glance.

Points come as frames with the columns `label`, `x`, `y`; axes have no meaning. Knows no statistic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.figure_labels import place_labels
from analysis.figures import COLORS, LINE, MARKERS, QUIET, in_house_style, label, sheet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
COLUMNS = 2
PANEL_INCHES = 3.35
LABEL_SIZE = 6.5


class Ring(NamedTuple):
    """One panel: what stands over it, its points (None: none could be formed), and a line that stands under its title.

    Where there are no points, the line says why.
    """

    title: str
    points: pd.DataFrame | None
    remark: str = ""


@in_house_style
def circle_multiples(
    rings: Sequence[Ring], reference: pd.DataFrame, *, people: str, groups: Mapping[str, str] | None = None
) -> Figure:
    """A panel with the reference alone, then one for each ring: its points over the reference's, joined by thin lines.

    `people` says whose the reference is; `groups` names the group of each label, which has a color and a marker.
    """
    looks = _looks(reference, groups)
    n_panels = 1 + len(rings)
    n_rows = math.ceil(n_panels / COLUMNS)
    figure, grid = sheet(0.5 + PANEL_INCHES * n_rows, n_rows, COLUMNS, squeeze=False)
    panels = [Ring(people, reference), *rings]
    for axes in grid.flat[n_panels:]:
        axes.set_axis_off()
        axes.set(xticks=[], yticks=[])
    drawn = [_ring(axes, ring, reference, looks) for axes, ring in zip(grid.flat, panels, strict=False)]
    _legend(figure, looks, groups)
    for axes, (names, at, obstacles) in zip(grid.flat, drawn, strict=False):
        if len(at):
            place_labels(figure, axes, at, names, obstacles=obstacles, size=LABEL_SIZE)
    return figure


def _looks(reference: pd.DataFrame, groups: Mapping[str, str] | None) -> dict[str, tuple[str, str]]:
    """Color and marker of every label, by its group."""
    named = {str(name): (groups or {}).get(str(name), "") for name in reference["label"]}
    order = list(dict.fromkeys(named.values()))
    return {name: (COLORS[order.index(group) % 7], MARKERS[order.index(group) % 7]) for name, group in named.items()}


def _ring(
    axes: Axes, ring: Ring, reference: pd.DataFrame, looks: Mapping[str, tuple[str, str]]
) -> tuple[list[str], Floats, Floats]:
    """Draw a panel; the labels still to be placed, where their points are, and what they keep clear of."""
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_axis_off()
    axes.set(xticks=[], yticks=[])
    axes.set_title(label(ring.title, 44, 2) + (f"\n{label(ring.remark, 52, 2)}" if ring.remark else "\n"), fontsize=8)
    names = [str(name) for name in reference["label"]]
    people = reference[["x", "y"]].to_numpy(dtype=float)
    radius = float(np.median(np.hypot(*people.T)))
    turn = np.linspace(0, 2 * np.pi, 181)
    axes.plot(radius * np.cos(turn), radius * np.sin(turn), color=LINE, linewidth=1, zorder=0)
    axes.plot(0, 0, marker="+", color=QUIET, markersize=7, zorder=0)
    axes.margins(0.16)
    is_reference = ring.points is reference
    if not is_reference:
        for name, point in zip(names, people, strict=True):
            color, marker = looks[name]
            style: dict[str, Any] = {"marker": marker, "markerfacecolor": "white", "markeredgecolor": color}
            axes.plot(*point, linestyle="", markersize=3.6, zorder=2, alpha=0.75, **style)
    if ring.points is None:
        return [], np.empty((0, 2)), np.empty((0, 2))
    at = ring.points.set_index("label").reindex(names)[["x", "y"]].to_numpy(dtype=float)
    for name, point, other in zip(names, at, people, strict=True):
        color, marker = looks[name]
        axes.plot(*zip(point, other, strict=True), color=QUIET, linewidth=0.5, zorder=1)
        axes.plot(*point, marker=marker, color=color, markersize=4.2, linestyle="", zorder=3)
    known = np.isfinite(at).all(axis=1)
    lines = np.empty((0, 2)) if is_reference else np.concatenate([people[known], (at + people)[known] / 2])
    return [label(name, 12) for name, there in zip(names, known, strict=True) if there], at[known], lines


def _legend(figure: Figure, looks: Mapping[str, tuple[str, str]], groups: Mapping[str, str] | None) -> None:
    """The groups, and what is filled and what is not."""
    from matplotlib.lines import Line2D

    handles, names = [], []
    for group in dict.fromkeys((groups or {}).values()):
        color, marker = next(looks[name] for name, of in (groups or {}).items() if of == group)
        handles.append(Line2D([], [], linestyle="", marker=marker, color=color))
        names.append(label(group, 40))
    handles.append(Line2D([], [], linestyle="", marker="o", markerfacecolor="white", markeredgecolor=QUIET))
    names.append("outlined: people")
    figure.legend(handles, names, loc="outside upper left", ncols=3, handlelength=1.2, columnspacing=1.2, fontsize=8)
