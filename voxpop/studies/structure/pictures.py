"""Figures of the structure: every cell's circle laid over people's, and its correlations beside theirs."""

from __future__ import annotations

import re

import pandas as pd

from analysis.distributions import FloatArray
from analysis.figure_circles import Ring, circle_multiples
from analysis.figure_signs import Signs, sign_matrices
from analysis.report import NO_INTERVAL, Figure
from surveys.values import VALUES
from voxpop.studies.structure.choices import Arm
from voxpop.studies.structure.measured import Measured
from voxpop.studies.structure.measures import Measures

POLES = {value.code: value.poles[0] for value in VALUES}


def circles(found: Measured, arm: Arm) -> Figure:
    """The SMACOF configuration of every cell asked in one way, over that of people."""
    cells, people = found.of(arm), found.choices.people
    codes = people.values
    reference = _points(codes, cells[0].people_points["smacof"])
    return Figure(
        f"circles-{slug(found.way(arm))}",
        f"The circle of values over that of people{found.where(arm)}",
        circle_multiples(
            [_ring(one, codes) for one in cells],
            reference,
            people=f"people: {people.label}, {people.n_text}",
            groups=POLES if set(codes) <= set(POLES) else None,
        ),
        "A panel for people and one for each strategy: every value as a point in the plane, filled for the strategy "
        "and outlined for people, the two joined by a line. Without noise and in human structure the lines are short.",
        found.n_of(cells),
        "No intervals are drawn; those of the sums of squares are in the table above.",
        "Metric SMACOF from Torgerson's start, turned, mirrored and scaled onto people's; a value between two poles "
        "has the color of the first.",
    )


def _ring(one: Measures, codes: tuple[str, ...]) -> Ring:
    if one.structure_missing:
        return Ring(one.cell.strategy, None, f"not computed: {one.structure_missing}")
    fit = one.fits["smacof"]
    return Ring(one.cell.strategy, _points(codes, fit.points), f"SSD {fit.ssd_raw:.2f}, n = {one.n:,}")


def _points(codes: tuple[str, ...], points: FloatArray) -> pd.DataFrame:
    return pd.DataFrame({"label": codes, "x": points[:, 0], "y": points[:, 1]})


def matrices(found: Measured, arm: Arm) -> Figure:
    """The correlations of every cell asked in one way, beside those of people."""
    cells, people = found.of(arm), found.choices.people
    panels = [Signs(f"people: {people.label}, {people.n_text}", people.correlations), *map(_signs, cells)]
    return Figure(
        f"correlations-{slug(found.way(arm))}",
        f"Correlations of the values{found.where(arm)}",
        sign_matrices(panels, people.values),
        "A panel for people and one for each strategy: a square for every two values, filled where they correlate "
        "positively and outlined where negatively, larger for stronger correlations. In human structure neighbors on "
        "the circle are filled and opposites outlined.",
        found.n_of(cells),
        NO_INTERVAL,
        "Values in the order of the circle; correlations of scores centered within person, which are negative on "
        "average.",
    )


def _signs(one: Measures) -> Signs:
    if one.structure_missing:
        return Signs(one.cell.strategy, None, f"not computed: {one.structure_missing}")
    return Signs(f"{one.cell.strategy}, n = {one.n:,}", one.correlations)


def slug(text: str) -> str:
    """A text as part of an id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
