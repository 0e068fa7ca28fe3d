"""Correlation matrices side by side, to be told apart in grey: size is strength, filled is positive, outlined negative.

Knows no statistic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.figures import COLORS, INK, LINE, in_house_style, label, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
PANEL_INCHES = 2.5
POSITIVE, NEGATIVE = COLORS[0], COLORS[1]


class Signs(NamedTuple):
    """One panel: what stands over it, its matrix (None: none could be formed), and why not."""

    title: str
    matrix: ArrayLike | None
    remark: str = ""


@in_house_style
def sign_matrices(panels: Sequence[Signs], names: Sequence[str]) -> Figure:
    """A panel for each matrix (n, n): a square in every cell, its side in proportion to the root of the correlation.

    Filled squares are positive, outlined ones negative, the largest stand for 1; the diagonal stays empty, so does NaN.
    """
    from matplotlib.patches import Patch

    n_columns = min(COLUMNS, max(len(panels), 1))
    n_rows = math.ceil(max(len(panels), 1) / n_columns)
    figure, grid = sheet(0.5 + (PANEL_INCHES + 0.3) * n_rows, n_rows, n_columns, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place < len(panels):
            _panel(axes, panels[place], names)
        else:
            axes.set_axis_off()
    shapes = [Patch(facecolor=POSITIVE), Patch(facecolor="white", edgecolor=NEGATIVE)]
    words = ["positive correlation", "negative; a full square is 1"]
    figure.legend(shapes, words, loc="outside upper left", ncols=2, handlelength=1.0, handleheight=1.0)
    return figure


def _panel(axes: Axes, panel: Signs, names: Sequence[str]) -> None:
    n = len(names)
    axes.set_title(label(panel.title, 34, 2), fontsize=8)
    axes.set_aspect("equal")
    axes.set_xlim(-0.5, n - 0.5)
    axes.set_ylim(n - 0.5, -0.5)
    axes.set_xticks(range(n), list(names), rotation=90, fontsize=5.5)
    axes.set_yticks(range(n), list(names), fontsize=5.5)
    axes.tick_params(length=0, pad=1.5)
    axes.spines[:].set_color(LINE)
    axes.spines[:].set_visible(True)
    if panel.matrix is None:
        axes.text((n - 1) / 2, (n - 1) / 2, label(panel.remark, 30, 4), ha="center", va="center", fontsize=7, color=INK)
        return
    _squares(axes, np.asarray(panel.matrix, dtype=np.float64))


def _squares(axes: Axes, matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    for is_positive in (True, False):
        squares = []
        for row, column in np.argwhere(np.isfinite(matrix)):
            value = float(matrix[row, column])
            if row != column and (value > 0) == is_positive:
                side = 0.92 * math.sqrt(abs(value)) * (1.0 if is_positive else 0.94)
                squares.append(Rectangle((column - side / 2, row - side / 2), side, side))
        style: dict[str, Any] = {"facecolor": POSITIVE, "edgecolor": "none"}
        if not is_positive:
            style = {"facecolor": "white", "edgecolor": NEGATIVE, "linewidth": 0.7}
        axes.add_collection(PatchCollection(squares, **style))
