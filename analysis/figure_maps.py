"""Figures of points in a plane: a map with labels, ellipses and arrows; a circle of values over its reference.

Points come as frames with the columns `label`, `x`, `y` and, where there are groups, `group`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.figure_intervals import distinct
from analysis.figure_labels import place_labels
from analysis.figures import LINE, QUIET, in_house_style, label, legend_above, looks, sheet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ELLIPSE = ("width", "height", "angle_degrees")
"""Columns of a map's ellipses: full axes in data units, and the angle of the first, counter-clockwise from +x."""
_TURN = np.stack([turn(np.linspace(0, 2 * np.pi, 24, endpoint=False)) for turn in (np.cos, np.sin)], axis=1)


@in_house_style
def labelled_map(
    points: pd.DataFrame,
    *,
    arrows: Sequence[tuple[str, str]] = (),
    xlabel: str,
    ylabel: str,
    hollow: Sequence[str] = (),
) -> Figure:
    """Points of a plane with their labels, on one scale in both directions.

    `points` may have the columns of `ELLIPSE` (NaN: none). `arrows` lead from one label to another. Groups in `hollow`
    (people) are outlines. Points that are NaN are left out.
    """
    there = points[np.isfinite(points["x"]) & np.isfinite(points["y"])]
    figure, axes = sheet(5.6)
    axes.set_aspect("equal", adjustable="datalim")
    axes.grid(visible=True)
    axes.axhline(0, color=QUIET, linewidth=0.7, zorder=0)
    axes.axvline(0, color=QUIET, linewidth=0.7, zorder=0)
    axes.set_xlabel(label(xlabel))
    axes.set_ylabel(label(ylabel))
    handles, names = _scatter(axes, there, hollow)
    legend_above(figure, handles, names)
    along = [_arrow(axes, there, start, end) for start, end in arrows]
    if set(ELLIPSE) <= set(there.columns):
        along += _ellipses(axes, there, hollow)
    axes.margins(0.14)
    obstacles = np.concatenate(along) if along else None
    _name_points(figure, axes, there, obstacles)
    return figure


def _groups(points: pd.DataFrame) -> pd.Series[Any]:
    import pandas as pd

    return points["group"] if "group" in points else pd.Series("", index=points.index)


def _scatter(axes: Axes, points: pd.DataFrame, hollow: Sequence[str]) -> tuple[list[Any], list[str]]:
    """Markers by group; their handles and names for a legend."""
    groups = _groups(points)
    look = looks(distinct(groups), hollow)
    handles = []
    for name in look:
        part = points[groups == name]
        handles += axes.plot(part["x"], part["y"], linestyle="", zorder=4, **look[name].marker_style())
    return handles, [label(name, 40) for name in look]


def _ellipses(axes: Axes, points: pd.DataFrame, hollow: Sequence[str]) -> list[NDArray[np.float64]]:
    """Draw the ellipses; points on their borders, which labels keep clear of where they can."""
    from matplotlib.patches import Ellipse

    groups, borders = _groups(points), []
    look = looks(distinct(groups), hollow)
    for (_, one), group in zip(points.iterrows(), groups, strict=True):
        width, height, angle = (float(one[name]) for name in ELLIPSE)
        if np.isfinite([width, height, angle]).all():
            color = look[group].color
            for fill, line, alpha in ((color, "none", 0.10), ("none", color, 0.8)):
                shape: dict[str, Any] = {
                    "angle": angle,
                    "facecolor": fill,
                    "edgecolor": line,
                    "alpha": alpha,
                    "linewidth": 0.9,
                }
                drawn = axes.add_patch(Ellipse((one["x"], one["y"]), width, height, **shape))
            borders.append(drawn.get_patch_transform().transform(_TURN))
    return borders


def _arrow(axes: Axes, points: pd.DataFrame, start: str, end: str) -> NDArray[np.float64]:
    """Draw an arrow between two labels; points along it, which labels keep clear of. Nothing where one is absent."""
    places = points.set_index("label")
    if start not in places.index or end not in places.index:
        return np.empty((0, 2))
    first, last = (places.loc[name, ["x", "y"]].to_numpy(dtype=float) for name in (start, end))
    style = {"arrowstyle": "-|>", "color": QUIET, "linewidth": 1.0, "shrinkA": 5, "shrinkB": 5}
    axes.annotate("", tuple(last), tuple(first), arrowprops=style, zorder=2)
    return np.linspace(first, last, 25)[2:-2]


def _name_points(figure: Figure, axes: Axes, points: pd.DataFrame, obstacles: NDArray[np.float64] | None) -> None:
    at = points[["x", "y"]].to_numpy(dtype=float)
    place_labels(figure, axes, at, [label(name, 26) for name in points["label"]], obstacles=obstacles)


@in_house_style
def circle_plot(
    points: pd.DataFrame, reference: pd.DataFrame | None = None, *, name: str = "", people: str = ""
) -> Figure:
    """Points of a circular structure over the same points of a reference, joined by thin lines; axes have no meaning.

    `name` and `people` say whose the points and the reference's are.
    """
    figure, axes = sheet(5.6)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_axis_off()
    at = points[["x", "y"]].to_numpy(dtype=float)
    radius = float(np.nanmedian(np.hypot(*at.T)))
    turn = np.linspace(0, 2 * np.pi, 181)
    axes.plot(radius * np.cos(turn), radius * np.sin(turn), color=LINE, linewidth=1, zorder=0)
    axes.plot(0, 0, marker="+", color=QUIET, markersize=8, zorder=0)
    handles, names, obstacles = [], [], None
    look = looks(["points", "reference"], hollow=["reference"])
    if reference is not None:
        matched = reference.set_index("label").reindex(points["label"])[["x", "y"]].to_numpy(dtype=float)
        for one, other in zip(at, matched, strict=True):
            axes.plot(*zip(one, other, strict=True), color=QUIET, linewidth=0.7, zorder=1)
        handles += axes.plot(*matched.T, linestyle="", zorder=3, **look["reference"].marker_style())
        names.append(label(people or "reference"))
        obstacles = np.concatenate([matched, (at + matched) / 2])
        obstacles = obstacles[np.isfinite(obstacles).all(axis=1)]
    handles += axes.plot(*at.T, linestyle="", zorder=4, **look["points"].marker_style())
    names.append(label(name or "points"))
    legend_above(figure, handles, names)
    axes.margins(0.12)
    _name_points(figure, axes, points[np.isfinite(at).all(axis=1)], obstacles)
    return figure
