"""The table of ratios, for a terminal and as Markdown. Knows rows, not how they were measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rows import Row

HEADER = ("", "measured", "baseline", "ratio", "target", "met")


def cells(row: Row) -> tuple[str, ...]:
    """The row as texts under `HEADER`."""
    baseline = "" if row.baseline is None else f"{number(row.baseline)} {row.unit} ({row.baseline_what})"
    ratio = "" if row.ratio is None else number(row.ratio)
    target = ""
    if row.target is not None:
        sense = {"<=": "≤", ">=": "≥"}[row.target.sense]
        unit = f" {row.unit}" if row.target.of == "value" else "×"
        target = f"{sense} {number(row.target.bound)}{unit}".rstrip()
    met = {None: "", True: "yes", False: "no"}[row.is_met]
    return row.what, f"{number(row.value)} {row.unit}".rstrip(), baseline, ratio, target, met


def number(value: float) -> str:
    """Three significant digits, and thousands with commas."""
    if not abs(value) < 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table_text(found: Mapping[str, Sequence[Row]]) -> str:
    """All sections as one table of fixed columns."""
    lines = [HEADER, *(cells(row) for rows in found.values() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]

    def laid_out(line: Iterable[str]) -> str:
        return "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()

    text = [laid_out(HEADER)]
    for title, rows in found.items():
        text += ["", f"{title}", *(laid_out(cells(row)) for row in rows)]
    return "\n".join(text)


def table_markdown(found: Mapping[str, Sequence[Row]]) -> str:
    """All sections as one table of a page; a section's name is a row of its own."""
    lines = [HEADER, ("---",) * len(HEADER)]
    for title, rows in found.items():
        lines += [(f"**{title}**", *("",) * (len(HEADER) - 1)), *(cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
