"""Small helpers for Markdown. Knows nothing of voxpop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell's line breaks become spaces and its bars are escaped."""
    lines = [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]
    lines += [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join(lines)


def cell(text: str) -> str:
    """`text` fit for a table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """`text` as inline code, nothing for nothing."""
    return f"`{text}`" if text else ""


def fenced(text: str, language: str = "") -> str:
    """`text` as a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"
