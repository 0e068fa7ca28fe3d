"""Labels beside points that cover neither each other nor the points: tried place by place, the same every time.

For each point, places around it are tried, near and far, and the one that covers least is taken. A label far from its
point gets a thin line to it. Knows matplotlib, not what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.figures import QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
DISTANCES_POINTS = (5.0, 9.0, 14.0, 20.0, 28.0, 38.0, 50.0, 64.0)
ANGLES = tuple(np.deg2rad([0, 180, 90, 270, 30, 330, 150, 210, 60, 300, 120, 240]))
LEADER_FROM_POINTS = 14.0
MARKER_POINTS = 4.0
LINE_POINTS = 3.0
_PAD = 1.5


class Place(NamedTuple):
    """Where a label's middle goes: the offset from its point in points of type, and how far its border is away."""

    dx: float
    dy: float
    distance: float


def place_labels(
    figure: Figure,
    axes: Axes,
    points: Floats,
    labels: Sequence[str],
    *,
    obstacles: Floats | None = None,
    size: float = 8,
) -> None:
    """Write `labels` beside `points` (n, 2), in data coordinates; `obstacles` (m, 2) lie on lines to keep clear of.

    Fixes the layout of the figure, since places are found on paper: to be called last.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer: Any = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    to_points = 72 / figure.dpi
    at = axes.transData.transform(points) * to_points
    frame = axes.get_window_extent(renderer).get_points() * to_points
    taken = _boxes(at, np.full(2, 2 * MARKER_POINTS))
    lines = np.empty((0, 2)) if obstacles is None else obstacles
    soft = _boxes(axes.transData.transform(lines.reshape(-1, 2)) * to_points, np.full(2, LINE_POINTS))
    for number, text in enumerate(labels):
        tried = _write(axes, text, points[number], Place(0, 0, 0), size)
        extent = tried.get_window_extent(renderer)
        tried.remove()
        box = np.array([extent.width, extent.height]) * to_points + 2 * _PAD
        best = _best(at[number], box, taken, soft, frame)
        _write(axes, text, points[number], best, size)
        taken = np.concatenate([taken, _boxes(at[number][None] + [best.dx, best.dy], box)])


def _write(axes: Axes, text: str, point: Floats, place: Place, size: float) -> Any:
    """One label on a white halo, with a line to its point where it is far away."""
    from matplotlib.patheffects import withStroke

    leader = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.6, "shrinkA": 0, "shrinkB": MARKER_POINTS}
    return axes.annotate(
        text,
        (point[0], point[1]),
        (place.dx, place.dy),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=size,
        arrowprops=leader if place.distance >= LEADER_FROM_POINTS else None,
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )


def _best(point: Floats, box: Floats, taken: Floats, soft: Floats, frame: Floats) -> Place:
    """The cheapest place: covering a label, a point or the frame costs most, then covering a line, then the way."""
    found: list[tuple[float, Place]] = []
    for distance in DISTANCES_POINTS:
        for angle in ANGLES:
            way = np.array([np.cos(angle), np.sin(angle)])
            middle = point + way * distance + way * box / 2
            there = _boxes(middle[None], box)[0]
            covered = 20 * (_covered(there, taken) + _outside(there, frame)) + _covered(there, soft)
            place = Place(float(middle[0] - point[0]), float(middle[1] - point[1]), distance)
            found.append((covered + distance / 2, place))
    return min(found, key=lambda one: one[0])[1]


def _boxes(middles: Floats, size: Floats) -> Floats:
    """(n, 4) left, bottom, right, top of boxes of one size."""
    return np.concatenate([middles - size / 2, middles + size / 2], axis=1)


def _covered(box: Floats, taken: Floats) -> float:
    """The area of `taken` that `box` covers."""
    sides = np.minimum(box[2:], taken[:, 2:]) - np.maximum(box[:2], taken[:, :2])
    return float(np.prod(np.maximum(sides, 0), axis=1).sum())


def _outside(box: Floats, frame: Floats) -> float:
    """The area of `box` that leaves the frame."""
    inside = np.minimum(box[2:], frame[1]) - np.maximum(box[:2], frame[0])
    return float(np.prod(box[2:] - box[:2]) - np.prod(np.maximum(inside, 0)))
