"""What may stand in a cell of a report's table, and how it is said: the one place where numbers are rounded.

A number that could not be formed has a reason or is an error. Knows no page and no file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from analysis.sums import Estimate
from simulator.errors import ReportError

DASH = "–"
Mark = Literal["ok", "misprint", "suspicious", "figure", "recomputed"]
SIGNS: dict[str, str] = {"ok": "", "misprint": "†", "suspicious": "‡", "figure": "§", "recomputed": "¶"}
MEANINGS: dict[str, str] = {
    "ok": "as printed",
    "misprint": "contradicted by its own table, text or arithmetic; the value after the arrow is the likely one",
    "suspicious": "printed so, and doubtful",
    "figure": "read off a published figure",
    "recomputed": "recomputed from what was printed",
}
"""Mark of a published cell → what the legend says of it."""


class Missing(NamedTuple):
    """Stands where there is no number, and says why."""

    reason: str


class Unformed(NamedTuple):
    """A number of which a part may be missing (NaN or infinite), and why it would be: `interval of one respondent`."""

    value: float | Estimate
    reason: str


class Published(NamedTuple):
    """A number from a paper as printed. `corrected` is the likely value of a misprint; it never replaces the other.

    `is_comparable` is false where ours follows another convention: then it stands in brackets.
    """

    value: float
    mark: Mark = "ok"
    corrected: float | None = None
    is_comparable: bool = True

    @property
    def likely(self) -> float:
        """What ours is compared with: the corrected value of a misprint, else the printed one."""
        return self.value if self.corrected is None else self.corrected


Cell = str | bool | int | float | Estimate | Missing | Unformed | Published | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the CSV, its heading on the page, and how its numbers are shown.

    `percent` shows shares (0 to 1) as per cent. `at_least` is the smallest number that can be resolved, as of a
    permutation test: shown as "≤ 0.001". `why` is the reason where a number of this column could not be formed.
    """

    name: str
    heading: str = ""
    digits: int = 2
    percent: bool = False
    at_least: float | None = None
    why: str | None = None

    @property
    def title(self) -> str:
        """The heading, else the name."""
        return self.heading or self.name


class Shown(NamedTuple):
    """A cell as it is read: its text, what it is about (a tooltip), why it is empty, and its mark."""

    text: str
    about: str = ""
    reason: str = ""
    mark: str = "ok"
    is_number: bool = True


def plain_cell(cell: Any) -> Cell:
    """A cell of a pandas frame or numpy array as a cell of a table. Raises ReportError for anything else."""
    if isinstance(cell, (str, bool, int, Estimate, Missing, Unformed, Published)) or type(cell) is float:
        return str(cell) if isinstance(cell, str) else cell  # a numpy text is a text
    kind = getattr(getattr(cell, "dtype", None), "kind", "")
    if kind == "b":
        return bool(cell)
    if kind in "iu" and kind:
        return int(cell)
    if kind == "f":
        return float(cell)
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return None
    raise ReportError(f"{cell!r} of type {type(cell).__name__} cannot stand in a table; give a text or a number")


def checked_cell(cell: Any, column: Column, place: str) -> Cell:
    """The cell with the column's reason where it needs one. Raises ReportError for a gap without any reason."""
    found = plain_cell(cell)
    if isinstance(found, (Missing, Unformed)):
        if not found.reason.strip():
            raise ReportError(f"{place}: a missing number with an empty reason; say why it could not be formed")
        return found
    if isinstance(found, Published):
        _check_published(found, place)
        return found
    if not has_gap(found):
        return found
    if column.why is None:
        raise ReportError(
            f"{place}: {_said(found)} without a reason; give Missing(reason) or Unformed(number, reason), or let the "
            "column say why"
        )
    return Missing(column.why) if found is None else Unformed(found, column.why)  # type: ignore[arg-type]


def _said(cell: Cell) -> str:
    return "an empty cell" if cell is None else f"the number {cell!r}"


def _check_published(cell: Published, place: str) -> None:
    if cell.mark not in get_args(Mark):
        raise ReportError(f"{place}: a published cell has the mark {cell.mark!r}; allowed: {', '.join(get_args(Mark))}")
    if not math.isfinite(cell.likely) or not math.isfinite(cell.value):
        raise ReportError(f"{place}: a published cell that was not printed; give Missing(reason)")


def has_gap(cell: Cell) -> bool:
    """Whether a number of the cell is missing: NaN, infinite, or None."""
    if isinstance(cell, Unformed):
        return has_gap(cell.value)
    if isinstance(cell, Estimate):
        return not all(math.isfinite(part) for part in cell[:3])
    return cell is None or isinstance(cell, Missing) or (isinstance(cell, float) and not math.isfinite(cell))


def number_text(value: float, column: Column) -> str:
    """A finite number, rounded to the column's digits."""
    if column.at_least is not None and value <= column.at_least:
        return f"≤ {column.at_least:.{column.digits}f}"
    text = f"{100 * value if column.percent else value:,.{column.digits}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.removeprefix("-")  # -0.00
    return text.replace("-", "−")


def shown(cell: Cell, column: Column) -> Shown:
    """A checked cell as it is read."""
    if isinstance(cell, Missing):
        return Shown(DASH, reason=cell.reason)
    if isinstance(cell, Unformed):
        return _unformed(cell, column) if has_gap(cell.value) else shown(cell.value, column)
    if isinstance(cell, Published):
        return _published(cell, column)
    if isinstance(cell, Estimate):
        low, high = number_text(cell.low, column), number_text(cell.high, column)
        return Shown(f"{number_text(cell.value, column)} [{low}, {high}]", about=f"n = {cell.n:,}")
    return _simple(cell, column)


def _simple(cell: str | bool | int | float | None, column: Column) -> Shown:
    if isinstance(cell, bool):
        return Shown("yes" if cell else "no", is_number=False)
    if isinstance(cell, int):
        return Shown(f"{cell:,}".replace("-", "−"))
    if isinstance(cell, float):
        return Shown(number_text(cell, column))
    return Shown(str(cell), is_number=False)


def _unformed(cell: Unformed, column: Column) -> Shown:
    value = cell.value.value if isinstance(cell.value, Estimate) else cell.value
    about = f"n = {cell.value.n:,}" if isinstance(cell.value, Estimate) else ""
    if not math.isfinite(value):
        return Shown(DASH, about, cell.reason)
    return Shown(f"{number_text(value, column)} [{DASH}]", about, cell.reason)


def _published(cell: Published, column: Column) -> Shown:
    text = number_text(cell.value, column)
    if cell.corrected is not None:
        text = f"{text} → {number_text(cell.corrected, column)}"
    return Shown(text if cell.is_comparable else f"({text})", about=MEANINGS[cell.mark], mark=cell.mark)
