"""Section: how scores fall off around the circle from the value that a persona was anchored on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.anchor_intervals import AnchorAnalysis, anchor_analysis
from analysis.anchors import CosineFit, anchor_profile, cosine_fit, distance_correlation, own_anchor_effect
from analysis.distributions import FloatArray
from analysis.figure_intervals import curve_plot
from analysis.report import Figure, Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from simulator.seeds import rng_for
from surveys.values import VALUE_CODES
from voxpop.studies.structure.material import NO_ANCHOR
from voxpop.studies.structure.measured import Measured, shown
from voxpop.studies.structure.measures import Measures

TITLE = "How an anchored value spreads around the circle"
ALIKE = "too few respondents on an anchor"


def anchor_section(found: Measured) -> Section:
    """Profiles by distance on the circle, the cosine fitted to them, and what was planted."""
    cells = [one for one in found.cells if (one.cell.anchors != NO_ANCHOR).any()]
    if not cells:
        is_wider = len(found.choices.values) != len(VALUE_CODES)
        why = (
            "the survey measures the ten values, and anchors are of the 19" if is_wider else "nobody was value-anchored"
        )
        return Section("anchors", TITLE, (f"Not computed: {why}.",))
    computed = {one.cell.name: _analysis(found, one) for one in cells if not one.missing}
    truths = {
        name: profile for one in cells if (profile := _planted_profile(one)) is not None for name in [one.cell.name]
    }
    parts: list[Any] = [
        "Personas of `value-anchor` hold one value above all others. If their scores follow the circle, they fall off "
        "with the cosine of the distance from that value: highest at 0 steps, lowest half way around. Means are taken "
        "within each anchor first, then over anchors; the phase is where the fitted cosine has its top, in steps from "
        "the anchor. Amplitude, R² and rank correlation have their bias from noise taken out.",
        *([_figure(computed)] if computed else []),
        _fits(cells, computed, truths),
        _curve(cells, computed, truths),
    ]
    return Section("anchors", TITLE, tuple(parts))


def _analysis(found: Measured, one: Measures) -> AnchorAnalysis:
    anchors = one.cell.anchors[one.exclusions.kept]
    held = anchors != NO_ANCHOR
    rng = rng_for(found.choices.options.seed, "value-structure", one.cell.name, "anchors")
    return anchor_analysis(one.scores[held], anchors[held], rng, resamples=found.choices.options.resamples)


def _planted_profile(one: Measures) -> FloatArray | None:
    """The profile that the planted truth leads to: expected scores of everybody asked, by offset."""
    if one.planted is None or one.planted.reason:
        return None
    held = one.cell.anchors != NO_ANCHOR
    return anchor_profile(one.planted.expected[held], one.cell.anchors[held])


def _figure(computed: dict[str, AnchorAnalysis]) -> Figure:
    rows: list[tuple[Any, ...]] = []
    fitted: list[tuple[Any, ...]] = []
    for name, at in computed.items():
        rows += [(point.offset, name, *point.mean[:3]) for point in at.curve]
        n = len(at.curve)
        turn = np.linspace(at.curve[0].offset, at.curve[-1].offset, 97)
        fit = cosine_fit(_profile(at))
        wave = fit.elevation + fit.amplitude * np.cos(2 * np.pi * (turn - fit.phase_steps) / n)
        fitted += [(x, name, y) for x, y in zip(turn, wave, strict=True)]
    n_people = sorted({at.n for at in computed.values()})
    return Figure(
        "anchor-profile",
        "Mean scores by steps from the anchored value",
        curve_plot(
            pd.DataFrame(rows, columns=["x", "arm", "value", "low", "high"]),
            xlabel="steps from the anchored value around the circle",
            ylabel="mean score, centered within person",
            reference=0,
            fitted=pd.DataFrame(fitted, columns=["x", "arm", "value"]),
        ),
        "A curve per cell over steps from -9 to 9, with intervals, and the cosine fitted to it as a dashed line.",
        f"{' and '.join(map(str, n_people))} respondents with an anchor in a cell",
        "Intervals are 95 %, over respondents within anchors.",
        "Dashed: the cosine fitted to the means.",
    )


def _profile(at: AnchorAnalysis) -> FloatArray:
    """(n_values,) means by offset 0 .. n_values - 1."""
    by_offset = {point.offset % len(at.curve): point.mean.value for point in at.curve}
    return np.array([by_offset[offset] for offset in range(len(at.curve))])


def _fits(cells: list[Measures], computed: dict[str, AnchorAnalysis], truths: dict[str, FloatArray]) -> Table:
    rows = []
    for one in cells:
        at, truth = computed.get(one.cell.name), truths.get(one.cell.name)
        why = one.missing
        rows.append(
            (one.cell.name, *_fit_row(at, why), at.n_anchors if at else Missing(why), at.n if at else Missing(why))
        )
        if one.planted is not None:
            rows.append(
                (
                    f"{one.cell.name}: planted",
                    *_planted_row(truth, one.planted.reason),
                    len(one.choices.values),
                    one.cell.n,
                )
            )
    columns = (
        Column("cell"),
        Column("amplitude"),
        Column("phase", "phase (steps)"),
        Column("r_squared", "R²", digits=3),
        Column("distance_rho", "rank correlation with distance"),
        Column("own", "own anchor less the others"),
        Column("elevation"),
        Column("anchors"),
        Column("n"),
    )
    return Table("anchor-fit", "The cosine fitted to the anchor profile", columns, rows)


def _fit_row(at: AnchorAnalysis | None, why: str) -> Iterator[Cell]:
    if at is None:
        yield from [Missing(why)] * 6
        return
    flat = "the amplitude is not told from 0, so the profile points nowhere"
    yield shown(at.amplitude, at.reason or ALIKE)
    yield shown(at.phase_steps, at.reason or flat)
    for part in (at.r_squared, at.distance_correlation, at.own_anchor_effect, at.elevation):
        yield shown(part, at.reason or ALIKE)


def _planted_row(truth: FloatArray | None, reason: str) -> Iterator[Cell]:
    if truth is None:
        yield from [Missing(reason)] * 6
        return
    fit: CosineFit = cosine_fit(truth)
    for number in (
        fit.amplitude,
        fit.phase_steps,
        fit.r_squared,
        distance_correlation(truth),
        own_anchor_effect(truth),
        fit.elevation,
    ):
        yield number if np.isfinite(number) else Missing("the planted profile is flat")


def _curve(cells: list[Measures], computed: dict[str, AnchorAnalysis], truths: dict[str, FloatArray]) -> Table:
    rows = []
    for one in cells:
        at, truth = computed.get(one.cell.name), truths.get(one.cell.name)
        if at is None:
            continue
        for point in at.curve:
            planted: Cell = "not planted" if one.planted is None else Missing(one.planted.reason or "not worked out")
            if truth is not None:
                planted = float(truth[point.offset % len(truth)])
            rows.append((one.cell.name, point.offset, shown(point.mean, at.reason or ALIKE), planted, point.mean.n))
    columns = (Column("cell"), Column("steps"), Column("mean", "mean score"), Column("planted"), Column("n"))
    return Table(
        "anchor-curve", "Mean scores by steps from the anchored value", columns, rows, n_headers=2, folded=True
    )
