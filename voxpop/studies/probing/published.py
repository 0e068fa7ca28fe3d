"""Section: the published tables beside ours, and what the paper says in words, which holds here or does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from analysis.published_tables import published_table
from analysis.report import Section
from analysis.report_cells import Column
from analysis.report_published import Beside
from analysis.report_published import published_table as beside_table
from analysis.report_tables import Table
from analysis.sums import Estimate
from voxpop.studies.cells import rows_of
from voxpop.studies.probing.measured import Measured

NAN = float("nan")
NOTE = (
    "Published numbers are of other models, questions and styles, so no match is to be expected. In brackets: another "
    "convention."
)
HOLDS, FAILS, OPEN = "as published", "not as published", "not told here"


class Own(NamedTuple):
    """Our number for a published cell, and why there is none or no interval."""

    found: Estimate
    reason: str
    convention: str
    published_convention: str


Find = Callable[[str, str], Own]


def published_section(found: Measured) -> Section:
    """Every published table of Shen et al. 2025, then their statements."""
    parts: list[Any] = [
        "Shen et al. 2025, as printed: ten instruction-tuned models of 3 to 72 billion parameters, some base models, "
        "206 questions of the World Values Survey. Most of their results are bars without numbers; what the text says "
        "of them is held against ours as a direction, which holds or does not.",
        _directions(found),
        _table("PR-1", "Correlation of the two kinds of fragility over models", lambda row, _: _link(row), digits=6),
        _table("PR-2", "Questions by topic", lambda row, _: _questions(found, row), digits=0),
        _table("PR-3", "Why sampling misses options", lambda *_: _missed()),
        _table("PR-4", "Numbers said in the text", lambda row, column: _said(found, row, column)),
    ]
    return Section("published", "Beside the published numbers", tuple(parts))


def _table(table_id: str, title: str, own_of: Find, digits: int = 3) -> Table:
    cells = list(_cells(table_id, own_of))
    name = f"published-{table_id.lower()}"
    return beside_table(name, f"{table_id}. {title}", cells, row="published row", digits=digits, note=NOTE)


def _cells(table_id: str, own_of: Find) -> Iterator[Beside]:
    for row in rows_of(published_table(table_id)):
        own = own_of(str(row.row), str(row.column))
        corrected = float(row.corrected) if math.isfinite(row.corrected) else None
        yield Beside(
            row=str(row.row),
            column=str(row.column),
            own=own.found,
            published=float(row.value),
            convention=own.convention,
            published_convention=own.published_convention,
            n_failures=0,
            mark=row.mark,
            corrected=corrected,
            reason=own.reason,
            note=str(row.note) or "not published",
        )


def _link(row: str) -> Own:
    kind = "js:base not stated" if row.startswith("JS") else "mismatch"
    why = "one model was probed; a correlation over models needs at least three"
    return Own(Estimate(NAN, NAN, NAN, 1), why, kind, kind)


def _questions(found: Measured, row: str) -> Own:
    if row != "total":
        return Own(
            Estimate(NAN, NAN, NAN, 0), "another questionnaire, with topics of its own", "questions", "questions"
        )
    n = len(found.choices.items)
    return Own(Estimate(float(n), NAN, NAN, n), "a count has no interval", "questions", "questions")


def missing_chance(probability: float, temperature: float, draws: int) -> float:
    """How probably an option of this probability against one other is absent from so many draws at a temperature.

    Source: Shen et al. 2025.
    """
    kept, other = probability ** (1 / temperature), (1 - probability) ** (1 / temperature)
    return float((other / (kept + other)) ** draws)


def _missed() -> Own:
    value = missing_chance(0.1, 0.7, 5)
    convention = "two options;draws independent"
    return Own(Estimate(value, NAN, NAN, 0), "worked out by formula; no interval", convention, convention)


def _said(found: Measured, row: str, column: str) -> Own:
    ours, theirs = "pearson;approval:1-10", "bars, said in the text"
    if not row.startswith("value-action"):
        why = "all spellings of a label are summed here; none is scored alone"
        return Own(Estimate(NAN, NAN, NAN, 0), why, "all spellings", theirs)
    known = {name: found.agreement[name] for name in found.probes if name in found.agreement}
    known = {name: one for name, one in known.items() if np.isfinite(one.pearson.r)}
    if not known or (column == "about" and "text" not in known):
        return Own(Estimate(NAN, NAN, NAN, 0), "no correlation was formed here", ours, theirs)
    pick = (
        "text" if column == "about" else (min if column == "from" else max)(known, key=lambda it: known[it].pearson.r)
    )
    one = known[pick]
    estimate = Estimate(one.pearson.r, one.pearson.low, one.pearson.high, one.n_pairs)
    return Own(estimate, "the pairs are of one question alone", f"{ours};probe:{pick}", theirs)


def _directions(found: Measured) -> Table:
    columns = (Column("statement", "the paper says"), Column("ours", "here"), Column("verdict"))
    rows = list(directions(found))
    note = (
        "Held against the point estimates as observed, without regard to intervals, as the paper does. "
        "One model says nothing about models."
    )
    return Table("directions", "What the paper says in words", columns, rows, note)


def directions(found: Measured) -> Iterator[tuple[str, str, str]]:
    """Statement, our numbers in words, verdict."""
    style = {name: found.style[name].js.observed.value for name in found.probes}
    selection = {name: found.selection[name].average.js.observed.value for name in found.probes}
    flips = {name: found.selection[name].average.mismatch.observed.value for name in found.probes}
    yield _least("The sequence probe moves least with the style (JS).", style, "sequence")
    yield _least("The sequence probe is most stable under selection bias (JS).", selection, "sequence")
    two = {name: flips[name] for name in ("text", "token-logit")}
    yield _least("Text beats token under selection bias (mismatch; Llama and Qwen).", two, "text")
    yield ("Larger models are more robust.", "one model", OPEN)
    yield ("Scoring the wrong spelling of a label can exceed .5 mismatch.", "all spellings are summed", OPEN)
    gains = {name: found.steering[name].normalized.value for name in found.probes if name in found.steering}
    everywhere = "Naming the country improves alignment with every probe (but one)."
    yield (everywhere, _numbers(gains), _verdict(gains, lambda it: all(one > 0 for one in it.values())))
    most = "It improves most with the token probe."
    yield (most, _numbers(gains), _verdict(gains, lambda it: max(it, key=lambda name: it[name]) == "token-logit"))
    known = {name: found.agreement[name].pearson.r for name in found.probes if name in found.agreement}
    within = "Value-action correlations are mostly .1 to .3."
    yield (
        within,
        _numbers(known),
        _verdict(known, lambda it: sum(0.1 <= one <= 0.3 for one in it.values()) > len(it) / 2),
    )


def _least(statement: str, values: dict[str, float], expected: str) -> tuple[str, str, str]:
    return statement, _numbers(values), _verdict(values, lambda it: min(it, key=lambda name: it[name]) == expected)


def _verdict(values: dict[str, float], test: Callable[[dict[str, float]], bool]) -> str:
    if not values or any(not np.isfinite(one) for one in values.values()):
        return OPEN
    return HOLDS if test(values) else FAILS


def _numbers(values: dict[str, float]) -> str:
    said: Sequence[str] = [f"{name} {one:.3f}".replace("-0", "−0") for name, one in values.items() if np.isfinite(one)]
    return ", ".join(said) or "not measured"
