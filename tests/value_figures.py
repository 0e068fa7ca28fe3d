"""Figures of values as the study of value structure draws them, from made-up numbers: for the tests of figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.figure_circles import Ring, circle_multiples
from analysis.figure_intervals import curve_plot
from analysis.figure_rankings import ranking_plot
from analysis.figure_signs import Signs, sign_matrices
from surveys.values import VALUES

CODES = [value.code for value in VALUES]
GROUPS = {value.code: value.poles[0] for value in VALUES}
NO_POINTS = "not computed: 4 of 12 administrations valid, fewer than 80%; 4 valid administrations, fewer than 20"


def scattered(seed: int, scale: float) -> pd.DataFrame:
    """The values on their circle, moved at random: 0.15 as people scatter, 1.0 without any structure."""
    turn = 2 * np.pi * np.arange(len(CODES)) / len(CODES)
    shift = np.random.default_rng(seed).normal(scale=scale, size=(len(CODES), 2))
    return pd.DataFrame({"label": CODES, "x": np.cos(turn) + shift[:, 0], "y": np.sin(turn) + shift[:, 1]})


def circles_figure(seed: int = 1) -> Figure:
    rings = [Ring("value-anchor", scattered(seed, 0.2), "SSD 0.21, n = 300"), Ring("basic", None, NO_POINTS)]
    rings += [Ring(f"demographic {place}", scattered(seed + place, 0.6), "SSD 0.80, n = 300") for place in (2, 3)]
    return circle_multiples(rings, scattered(0, 0.15), people="people: Germany 2022, n = 714", groups=GROUPS)


def ranking_figure() -> Figure:
    rng = np.random.default_rng(3)
    people = pd.DataFrame({"row": [value.name for value in VALUES], "value": rng.normal(size=len(CODES))})
    arms, panels = ("battery T 0", "battery T 0.7", "serial T 0.7"), ("basic", "value-anchor", "demographic", "named")
    rows = [
        (panel, arm, row, value, value - 0.2, value + 0.2)
        for panel in panels
        for arm in arms
        for row, value in zip(people["row"], people["value"] + rng.normal(scale=0.3, size=len(CODES)), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["panel", "arm", "row", "value", "low", "high"])
    frame.loc[3, ["low", "high"]] = np.nan
    return ranking_plot(frame, people, xlabel="mean score, centered within person", people_name="people")


def signs_figure() -> Figure:
    table = np.corrcoef(np.random.default_rng(6).normal(size=(19, 60)))
    broken = table.copy()
    broken[3] = broken[:, 3] = np.nan
    panels = [
        Signs("people: Germany 2022, n = 714", table),
        Signs("named, n = 300", broken),
        Signs("basic", None, NO_POINTS),
    ]
    return sign_matrices([*panels, Signs("generated, n = 300", -table)], CODES)


def anchor_figure() -> Figure:
    steps = np.arange(-9, 10)
    rows = [
        (step, arm, np.cos(step / 3), np.cos(step / 3) - 0.1, np.cos(step / 3) + 0.1) for arm in "ab" for step in steps
    ]
    wave = [(step, arm, np.cos(step / 3)) for arm in "ab" for step in np.linspace(-9, 9, 50)]
    return curve_plot(
        pd.DataFrame(rows, columns=["x", "arm", "value", "low", "high"]),
        xlabel="steps from the anchored value",
        ylabel="mean score",
        reference=0,
        fitted=pd.DataFrame(wave, columns=["x", "arm", "value"]),
    )
