"""A matrix as a figure: every cell carries its value, its shade only repeats it. Knows no statistic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from analysis.figures import INK, WIDTH_INCHES, in_house_style, label, sheet
from analysis.report_cells import Column, number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@in_house_style
def value_matrix(
    matrix: ArrayLike,
    rows: Sequence[object],
    columns: Sequence[object],
    *,
    name: str,
    digits: int = 2,
    is_diverging: bool = False,
) -> Figure:
    """A matrix whose cells carry their values; darker is more, and around 0 where `is_diverging`. NaN stays blank.

    matrix: (n_rows, n_columns). `name` says what the values are.
    """
    table = np.asarray(matrix, dtype=np.float64)
    n_rows, n_columns = table.shape
    figure, axes = sheet(1.0 + 0.3 * n_rows)
    largest = float(np.nanmax(np.abs(table))) if np.isfinite(table).any() else 1.0
    ends = (-largest, largest) if is_diverging else (float(np.nanmin(table, initial=0.0)), largest)
    drawn = axes.imshow(
        table, cmap="PuOr" if is_diverging else "Blues", vmin=ends[0], vmax=ends[1] or 1.0, aspect="auto"
    )
    column_points = 72 * (WIDTH_INCHES - 2) / max(n_columns, 1)
    size = min(8.0, column_points / (0.65 * (digits + 3)))
    shown = Column(name, digits=digits)
    for row, column in np.argwhere(np.isfinite(table)):
        value = table[row, column]
        red, green, blue, _ = drawn.cmap(drawn.norm(value))
        is_dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45
        text = number_text(float(value), shown)
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color="white" if is_dark else INK)
    axes.set_yticks(range(n_rows), [label(one, 30) for one in rows])
    axes.set_xticks(range(n_columns), [label(one, 24) for one in columns])
    if 6 * max(len(line) for one in columns for line in label(one, 24).split("\n")) > column_points:
        axes.tick_params(axis="x", labelrotation=90)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(label(name, 90))
    return figure
