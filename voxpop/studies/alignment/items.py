"""Section: item by item: answers beside those of people, distances, and everything that could not be compared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.figure_shares import distribution_multiples
from analysis.option_shares import item_distributions
from analysis.report import Figure, Points, Section
from analysis.report_cells import Cell, Column, Missing, Unformed
from analysis.report_tables import Table
from analysis.sums import Estimate
from analysis.uncertainty import proportion_interval
from surveys.reference import ReferenceCell
from voxpop.studies.alignment.choices import FULL
from voxpop.studies.alignment.material import ARM, COUNTRY, Material
from voxpop.studies.cells import estimate, number, rows_of

SHOWN = 12


def item_section(material: Material) -> Section:
    """The items farthest from people as pictures, all of them as tables, and what was left out."""
    parts: list[Any] = [_figure(material, country) for country in material.choices.countries]
    parts += [_shares(material), _distances(material), _left_out(material)]
    parts += ["The human answers, held against the survey:", Points(tuple(material.check.lines()))]
    return Section("item-by-item", "Item by item", tuple(parts))


def _figure(material: Material, country: str) -> Figure:
    items = material.alignment.items
    mine = items[(items[ARM].astype(str) == FULL) & (items["country"] == country) & (items["metric"] == "js")]
    chosen = mine.sort_values("value", ascending=False, kind="stable")["item"].astype(str).tolist()[:SHOWN]
    frame = material.frame[(material.frame[ARM].astype(str) == FULL) & (material.frame[COUNTRY].astype(str) == country)]
    shares = item_distributions(frame, material.choices.instrument)
    rows: list[tuple[Any, ...]] = []
    for row in rows_of(shares[shares["item"].astype(str).isin(chosen)]):
        cell = material.reference.cell(str(row.item), country if material.reference.countries != ("",) else "")
        rows.append((str(row.item), str(row.code), FULL, row.share, row.low, row.high))
        human = cell.shares.get(int(row.code), 0.0) if cell is not None else float("nan")
        rows.append((str(row.item), str(row.code), material.people, human, float("nan"), float("nan")))
    drawn = pd.DataFrame(rows, columns=["item", "option", "arm", "share", "low", "high"])
    return Figure(
        f"items-{country.lower()}",
        f"The items farthest from {material.people}, {country}",
        distribution_multiples(drawn, reference=material.people),
        "A small panel per item: the share of each option as bars for people and as dots for the full procedure.",
        material.n_by_arm,
        "Intervals are 95 % (Wilson, at the effective n).",
    )


def _shares(material: Material) -> Table:
    """The answers of every arm and of people, option by option."""
    shares = item_distributions(material.frame, material.choices.instrument, by=[ARM, COUNTRY])
    rows = []
    for row in rows_of(shares):
        country = str(getattr(row, COUNTRY))
        cell = material.reference.cell(str(row.item), country if material.reference.countries != ("",) else "")
        rows.append(
            (
                str(getattr(row, ARM)),
                country,
                row.item,
                int(row.code),
                row.text,
                estimate(row.share, row.low, row.high, row.n_answered, "nobody answered"),
                _human(cell, int(row.code)),
                int(row.n_missing),
            )
        )
    columns = (
        Column(ARM),
        Column("country"),
        Column("item"),
        Column("code"),
        Column("option"),
        Column("share", percent=True, digits=0),
        Column("people", material.people, percent=True, digits=0),
        Column("n_missing", "without an answer"),
    )
    note = "Wilson intervals. Of a multiple-choice item: the share of those who picked the option."
    return Table("option-shares", "Answers option by option", columns, rows, note, n_headers=5, folded=True)


def _human(cell: ReferenceCell | None, code: int) -> Cell:
    """The share of people who chose an option, with its interval where it is known how many answered."""
    if cell is None:
        return Missing("no human answers to this item")
    share = cell.shares.get(code, 0.0)
    if cell.n is None:
        return Unformed(Estimate(share, float("nan"), float("nan"), 0), "the source does not say how many answered")
    bounds = proportion_interval(share * cell.n, cell.n)
    return Estimate(share, float(bounds[0]), float(bounds[1]), int(cell.n))


def _distances(material: Material) -> Table:
    rows = []
    items = material.alignment.items
    for row in rows_of(items[items["metric"].isin(["kl", "js", "emd"])]):
        why = row.reason
        rows.append(
            (
                str(getattr(row, ARM)),
                row.country,
                row.item,
                row.metric.upper(),
                number(row.value, why),
                estimate(row.corrected, row.low, row.high, row.n_answered, why),
                number(row.by_chance, why),
                number(row.p_value, why),
                int(row.n_answered),
                int(row.n_failed),
                int(row.n_infinite),
                number(row.human_n, "the source does not say how many people answered"),
            )
        )
    columns = (
        Column(ARM),
        Column("country"),
        Column("item"),
        Column("metric"),
        Column("value", "as sampled", digits=3),
        Column("corrected", "noise taken out", digits=3),
        Column("by_chance", "by chance", digits=3),
        Column("p_value", "p", digits=3),
        Column("n_answered", "answered"),
        Column("n_failed", "failed"),
        Column("n_infinite", "infinite"),
        Column("human_n", "people", digits=0),
    )
    note = "Infinite: the largest finite KL plus 1 stands in its place, as where nobody answered."
    return Table("distance-by-item", "Distance by item", columns, rows, note, n_headers=4, folded=True)


def _left_out(material: Material) -> Table:
    frame = material.alignment.left_out
    names = [str(name) for name in frame.columns]
    rows = [["–" if pd.isna(value) else str(value) for value in row] for row in frame.itertuples(index=False)]
    columns = tuple(Column("why" if name == "reason" else name) for name in names)  # a table's own column says `reason`
    note = "" if rows else "Nothing was left out."
    return Table("left-out", "What could not be compared, and why", columns, rows, note, folded=len(rows) > 40)
