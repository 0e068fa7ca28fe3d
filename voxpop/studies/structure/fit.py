"""Section: whether the values go together as they do in people, beside what people show among themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.figure_intervals import Band, interval_plot
from analysis.report import Figure, Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from voxpop.studies.structure.measured import Measured, floor_cell, shown
from voxpop.studies.structure.measures import SOLUTIONS, Fit, Measures
from voxpop.studies.structure.order import order_table
from voxpop.studies.structure.pictures import circles, matrices

ONLY_NOISE = "the correlations differ by no more than sampling noise"
NO_RESAMPLE = "no resample has variance in every value"
SAMPLE, CORRECTED = "in the sample", "noise taken out"
BAND = "what as many other people show (95 %)"


def structure_section(found: Measured) -> Section:
    """Agreement of the correlations, fit of the shapes, order around the circle; circles and matrices as pictures."""
    people = found.choices.people
    parts: list[Any] = [
        f"Values that go together lie side by side on a circle. Scores centered within person are correlated over the "
        f"respondents of a cell, and the matrix is held against that of people: {people.label}, {people.n_text}. "
        "`matrix r` correlates the two off the diagonal. It needs no map and is far steadier than the fit of two maps, "
        "which is shown because it was published.",
        "Two samples of people are not alike either. Beside every fit stands what as many other people of the same "
        "human population show, what two halves of the human sample show, and what remains when the names of the "
        "values are shuffled. A cell in the range of as many people is not told from people by this measure.",
        _agreement(found),
        *_agreement_figure(found),
        _shapes(found),
        order_table(found),
        _floors(found),
        *(circles(found, arm) for arm in found.ways),
        *(matrices(found, arm) for arm in found.ways),
        _correlations(found),
    ]
    return Section("value-structure", "Do the values go together as in people?", tuple(parts))


def _agreement(found: Measured) -> Table:
    truth = [Column("planted", "planted truth")] if found.is_planted else []
    columns = (
        Column("cell"),
        Column("matrix_r", "matrix r"),
        Column("people", "as many people"),
        Column("corrected", "noise taken out"),
        *truth,
        Column("p", "p (Mantel)", digits=3, at_least=1 / (1 + found.choices.options.resamples)),
        Column("n", "valid"),
        Column("matrix_rho", "Spearman"),
        Column("halves", "human halves"),
        Column("pairs"),
    )
    rows = [_agreement_row(found, one) for one in found.cells]
    note = (
        "`matrix r` is of the sample, and so is what as many other people of the human population show: sampling noise "
        "lowers both. With the noise taken out it is to be held against 1. p: how often shuffled values agree as well."
    )
    return Table("matrix-agreement", "Agreement of the correlations with those of people", columns, rows, note)


def _agreement_row(found: Measured, one: Measures) -> tuple[Any, ...]:
    truth = [planted_r(one)] if found.is_planted else []
    if one.structure_missing:
        gap = Missing(one.structure_missing)
        return (one.cell.name, gap, gap, gap, *truth, gap, one.n, gap, gap, gap)
    at = one.agreement
    return (
        one.cell.name,
        at.sample_pearson,
        floor_cell(found.floor(one.n, "other-sample", "matrix_r")),
        shown(at.pearson, ONLY_NOISE),
        *truth,
        one.mantel,
        one.n,
        at.sample_spearman,
        floor_cell(found.floor(one.n, "half-half", "matrix_r")),
        at.n_pairs,
    )


def planted_r(one: Measures) -> Cell:
    """The matrix agreement that was planted in a cell."""
    if one.planted is None or one.planted.reason:
        return Missing(one.planted.reason if one.planted else "nothing was planted")
    return Missing("no variance was planted in some value") if np.isnan(one.planted.matrix_r) else one.planted.matrix_r


def _agreement_figure(found: Measured) -> Iterator[Figure]:
    cells = [one for one in found.cells if not one.structure_missing]
    if not cells:
        return
    rows: list[tuple[Any, ...]] = []
    for one in cells:
        band = found.floor(one.n, "other-sample", "matrix_r")
        rows.append((one.cell.name, SAMPLE, one.agreement.sample_pearson, np.nan, np.nan, band.low, band.high))
        rows.append((one.cell.name, CORRECTED, *one.agreement.pearson[:3], band.low, band.high))
    frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high", "floor_low", "floor_high"])
    yield Figure(
        "matrix-agreement-figure",
        "Agreement of the correlations with those of people",
        interval_plot(
            frame, xlabel="matrix r with people", band=Band("floor_low", "floor_high", BAND), hollow=[SAMPLE]
        ),
        "One row per cell: agreement in the sample as an outline, with the noise taken out as a dot with its interval, "
        "and a grey band where as many other people lie.",
        found.n_of(tuple(cells)),
        caption="The outline is to be held against the band, the dot against 1.",
    )


def _shapes(found: Measured) -> Table:
    columns = (
        Column("cell"),
        Column("solution"),
        Column("ssd", "SSD"),
        Column("people", "as many people"),
        Column("halves", "human halves"),
        Column("shuffled", "names shuffled"),
        Column("corrected", "noise taken out"),
        Column("p", digits=3, at_least=1 / (1 + found.choices.options.resamples)),
        Column("n", "valid"),
        Column("r", "r (Procrustes)"),
        Column("stress"),
    )
    rows = [_shape_row(found, one, solution) for one in found.cells for solution in SOLUTIONS]
    note = (
        "SSD: standardized Procrustes sum of squares of the map and people's, 0 the same shape, 1 none in common; r is "
        "√(1 − SSD). The published numbers are of people from 49 cultural groups, whose matrix is not public: with "
        "another reference, sums of squares are not strictly comparable with them."
    )
    return Table("shapes", "Fit of the maps to that of people", columns, rows, note, n_headers=2)


def _shape_row(found: Measured, one: Measures, solution: str) -> tuple[Any, ...]:
    if one.structure_missing:
        gap = Missing(one.structure_missing)
        return (one.cell.name, solution, *[gap] * 6, one.n, gap, gap)
    fit: Fit = one.fits[solution]
    floors = [found.floor(one.n, name, "ssd", solution) for name in ("other-sample", "half-half", "permuted")]
    return (
        one.cell.name,
        solution,
        fit.ssd_raw,
        *map(floor_cell, floors),
        shown(fit.ssd, NO_RESAMPLE),
        fit.p,
        one.n,
        fit.r_procrustes,
        fit.stress,
    )


def _floors(found: Measured) -> Table:
    """Every comparison of people with people, for the sizes of the cells."""
    sizes = sorted({one.n for one in found.cells if not one.structure_missing})
    rows = [
        (f"{n:,}", row.comparison, f"{row.statistic} {row.solution}".strip(), floor_cell(row))
        for n in sizes
        for row in found.floors(n)
    ]
    columns = (Column("n"), Column("comparison"), Column("statistic"), Column("people", "mean and 95 % of draws"))
    note = (
        f"Drawn from the correlations of {found.choices.people.floor_of.label} (docs/values.md): resample-all, n of "
        "the sample against all of it; other-sample, n other people against the sample; half-half; permuted, shuffled "
        "names; independent, people whose values have nothing to do with each other."
    )
    return Table("human-floor", "What people show beside people", columns, rows, note, n_headers=3, folded=True)


def _correlations(found: Measured) -> Table:
    codes, people = found.choices.people.values, found.choices.people.correlations
    rows = [
        (
            codes[first],
            codes[second],
            float(people[first, second]),
            *(_entry(one, int(first), int(second)) for one in found.cells),
        )
        for first, second in zip(*np.triu_indices(len(codes), k=1), strict=True)
    ]
    cells = (Column(f"cell_{place}", one.cell.name) for place, one in enumerate(found.cells, start=1))
    columns = (Column("first"), Column("second"), Column("people"), *cells)
    return Table("correlations", "Correlations of every two values", columns, rows, n_headers=2, folded=True)


def _entry(one: Measures, first: int, second: int) -> Cell:
    if one.structure_missing:
        return Missing(one.structure_missing)
    value = float(one.correlations[first, second])
    return Missing("one of the two does not vary") if np.isnan(value) else value
