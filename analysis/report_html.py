"""A report as one page that needs nothing else: style inside, figures inside, no script, nothing fetched.

Every text is escaped, and control characters in it are made visible. Knows no folder.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from itertools import count

from analysis.report import Figure, Part, Points, Report, Section
from analysis.report_cells import MEANINGS, SIGNS, Column, Published, Shown, has_gap, shown
from analysis.report_tables import Table
from analysis.sums import Estimate
from analysis.visible_text import safe

Svg = Callable[[Figure], str]
"""Gives the SVG of a figure."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CODE = re.compile(r"`([^`]+)`")
# A page may not hold these at all, even escaped: they are no characters.
_NO_CHARACTER = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")


def escaped(text: str) -> str:
    """Untrusted text as it may stand in a page, also inside an attribute."""
    return html.escape(_NO_CHARACTER.sub("\ufffd", safe(text)), quote=True)


def prose(text: str) -> str:
    """A paragraph's text; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escaped(text))


def page(report: Report, svg: Svg) -> str:
    """The whole page."""
    style = (files("analysis") / "report.css").read_text(encoding="utf-8")
    numbers = _Numbers()
    body = [
        f"<h1>{escaped(report.title)}</h1>",
        *(f"<p>{prose(text)}</p>" for text in report.lead),
        *_points(report.findings),
        '<div class="limits" role="note" aria-label="What this does not show">',
        *(f"<p>{prose(text)}</p>" for text in report.limits),
        "</div>",
        "<dl>",
        *(f"<dt>{escaped(fact.name)}</dt><dd>{escaped(fact.value)}</dd>" for fact in report.facts),
        "</dl>",
        *_contents(report),
        *(line for section in report.sections for line in _section(section, numbers, svg)),
        "<footer>The same numbers, not rounded, are in tables/*.csv, the figures in figures/*.svg and *.png, beside "
        "this page.</footer>",
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="voxpop">',
            f"<title>{escaped(report.title)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


class _Numbers:
    """Counts tables and figures as they come."""

    def __init__(self) -> None:
        self.table = count(1)
        self.figure = count(1)


def _contents(report: Report) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ol>'
    yield from (f'<li><a href="#{one.id}">{escaped(one.title)}</a></li>' for one in report.sections)
    yield "</ol></nav>"


def _section(section: Section, numbers: _Numbers, svg: Svg) -> Iterator[str]:
    yield f'<section id="{section.id}">'
    yield f'<h2><a href="#{section.id}">{escaped(section.title)}</a></h2>'
    for part in section.parts:
        yield from _part(part, numbers, svg)
    yield "</section>"


def _part(part: Part, numbers: _Numbers, svg: Svg) -> Iterator[str]:
    if isinstance(part, Table):
        yield from _table(part, next(numbers.table))
    elif isinstance(part, Figure):
        yield from _figure(part, next(numbers.figure), svg(part))
    elif isinstance(part, Points):
        yield from _points(part.texts)
    else:
        yield f"<p>{prose(part)}</p>"


def _points(texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield "<ul>"
        yield from (f"<li>{prose(text)}</li>" for text in texts)
        yield "</ul>"


def _figure(figure: Figure, number: int, svg: str) -> Iterator[str]:
    data = b64encode(svg.encode("utf-8")).decode("ascii")
    width, height = (round(96 * inches) for inches in figure.drawing.get_size_inches())
    caption = f" {prose(figure.caption)}" if figure.caption else ""
    yield f'<figure id="{figure.id}">'
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="Figure {number}">'
    yield f'<img src="data:image/svg+xml;base64,{data}" width="{width}" height="{height}" alt="{escaped(figure.alt)}">'
    yield "</div>"
    yield f"<figcaption><strong>Figure {number}. {escaped(figure.title)}.</strong>{caption}"
    yield f'<span class="n">n: {escaped(figure.n)}. {escaped(figure.interval)}</span></figcaption>'
    yield "</figure>"


def _table(table: Table, number: int) -> Iterator[str]:
    title = f"Table {number}. {escaped(table.title)}"
    if table.folded:
        yield f"<details><summary>{title} ({len(table.cells):,} rows)</summary>"
    yield f'<div class="table" id="{table.id}">'
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="Table {number}">'
    yield "<table>"
    yield f"<caption>{title}</caption>"
    cells = [[shown(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.cells]
    numeric = [_is_numeric([row[place] for row in cells]) for place in range(len(table.columns))]
    reasons = list(dict.fromkeys(cell.reason for row in cells for cell in row if cell.reason))
    yield "<thead><tr>"
    yield from (_heading(column, is_number) for column, is_number in zip(table.columns, numeric, strict=True))
    yield "</tr></thead>"
    yield "<tbody>"
    for row in cells:
        yield (
            "<tr>"
            + "".join(
                _cell(cell, numeric[place], reasons, is_header=place < table.n_headers)
                for place, cell in enumerate(row)
            )
            + "</tr>"
        )
    yield "</tbody>"
    yield "</table>"
    yield "</div>"
    yield from _below(table, reasons)
    yield "</div>"
    if table.folded:
        yield "</details>"


def _is_numeric(cells: list[Shown]) -> bool:
    return bool(cells) and all(cell.is_number for cell in cells)


def _heading(column: Column, is_number: bool) -> str:
    unit = " (%)" if column.percent else ""
    place = ' class="number"' if is_number else ""
    return f'<th scope="col"{place}>{escaped(column.title + unit)}</th>'


def _cell(cell: Shown, is_number: bool, reasons: list[str], *, is_header: bool) -> str:
    tag = 'th scope="row"' if is_header else "td"
    place = ' class="number"' if is_number else ""
    about = f' title="{escaped(cell.about)}"' if cell.about else ""
    note = letter(reasons.index(cell.reason)) if cell.reason else SIGNS[cell.mark]
    sign = f"<sup>{note}</sup>" if note else ""
    return f"<{tag}{place}{about}>{escaped(cell.text)}{sign}</{tag[:2]}>"


def letter(place: int) -> str:
    """The sign of the footnote at a place: a, b, … z, aa, ab."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("a") + place % 26)


def _below(table: Table, reasons: list[str]) -> Iterator[str]:
    """What stands under a table: its note, what the brackets are, the marks used and why numbers are missing."""
    if table.note:
        yield f'<p class="note">{prose(table.note)}</p>'
    marks = {cell.mark: cell for row in table.cells for cell in row if isinstance(cell, Published)}
    words = [f"{SIGNS[mark]} {mark}: {MEANINGS[mark]}" for mark in MEANINGS if mark in marks and mark != "ok"]
    if any(not cell.is_comparable for row in table.cells for cell in row if isinstance(cell, Published)):
        words.append("(in brackets): published with another convention, not compared")
    if any(isinstance(cell, Estimate) and not has_gap(cell) for row in table.cells for cell in row):
        words.insert(0, "[lower, upper]: 95 % interval")
    words += [f"{letter(place)} – {reason}" for place, reason in enumerate(reasons)]
    if words:
        yield f'<p class="legend">{"<br>".join(escaped(text) for text in words)}</p>'
    yield f'<p class="legend"><a href="tables/{table.id}.csv">tables/{table.id}.csv</a></p>'
