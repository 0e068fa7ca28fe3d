"""Section: what each part of the procedure contributes: diversity and distance of every arm beside the full one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.figure_intervals import measure_panels
from analysis.report import Figure, Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from analysis.sums import Estimate, sum_interval
from simulator.seeds import rng_for
from voxpop.studies.alignment.choices import FULL
from voxpop.studies.alignment.distance import overall
from voxpop.studies.alignment.material import ARM, Material, shown_arms
from voxpop.studies.alignment.panel_replies import LISTED
from voxpop.studies.cells import estimate, number, rows_of


def what_each_part_does(material: Material) -> Section:
    """Diversity and distance by arm; differences from the full procedure, item by item."""
    parts: list[Any] = [
        "Diversity is the share of replies that differ from every other reply to the same item (whole replies, "
        "explanations included; its ceiling is 1 less the share that each item's first reply takes). The differences "
        "compare an arm with the full procedure on the same items.",
    ]
    if LISTED in material.choices.baselines:
        parts.append(
            "The entries of one list were written together and are not independent: the intervals of `critique-list` "
            "are narrower than they should be. The average person is asked in two forms, which are taken together "
            "here."
        )
    table = _by_arm(material)
    parts += [table, _figure(material)]
    differences = _differences(material)
    if differences.rows:
        parts.append(differences)
    return Section("arms", "What each part of the procedure does", tuple(parts))


def _by_arm(material: Material) -> Table:
    diversity = {str(getattr(row, ARM)): row for row in rows_of(material.diversity.arms)}
    kl, js = (_by_name(overall(material.alignment.scores, metric)) for metric in ("kl", "js"))
    published = _by_name(overall(material.published_alignment.scores, "kl"))
    rows = []
    for arm in shown_arms(material.frame):
        at = diversity[arm]
        rows.append(
            (
                arm,
                estimate(at.diversity, at.low, at.high, at.n_respondents, "too few respondents"),
                number(at.ceiling, "no replies"),
                number(at.compression_matched, "too few replies"),
                _value(published.get(arm)),
                _value(kl.get(arm)),
                _corrected(js.get(arm)),
                int(at.n_replies),
            )
        )
    columns = (
        Column(ARM),
        Column("diversity", digits=3),
        Column("ceiling", digits=3),
        Column("compression", "compression ratio"),
        Column("kl_published", "KL, published rule", digits=3),
        Column("kl", "KL, failures left out", digits=3),
        Column("js_corrected", "JS, noise taken out", digits=3),
        Column("n_replies", "replies"),
    )
    note = (
        "KL as sampled, mean of the dimensions and countries. Compression: bytes of all replies over their gzip bytes, "
        "of equally many replies in every arm; higher is less diverse."
    )
    return Table("diversity-and-distance", "Diversity and distance by arm", columns, rows, note)


def _by_name(scores: pd.DataFrame) -> dict[str, Any]:
    return {str(getattr(row, ARM)): row for row in rows_of(scores)}


def _value(row: Any) -> Cell:
    return Missing("nothing could be compared") if row is None else number(row.value, row.reason)


def _corrected(row: Any) -> Cell:
    if row is None:
        return Missing("nothing could be compared")
    return estimate(row.corrected, row.low, row.high, row.n_respondents, row.reason)


def _figure(material: Material) -> Figure:
    rows: list[tuple[Any, ...]] = []
    for row in rows_of(material.diversity.arms):
        rows.append((str(getattr(row, ARM)), "diversity of replies", row.diversity, row.low, row.high))
    for row in rows_of(overall(material.alignment.scores, "js")):
        rows.append((str(getattr(row, ARM)), "JS divergence from people", row.corrected, row.low, row.high))
    frame = pd.DataFrame(rows, columns=["row", "measure", "value", "low", "high"])
    return Figure(
        "diversity-and-distance-figure",
        "Diversity and distance from people by arm",
        measure_panels(frame, baseline=FULL),
        "One row per arm in two panels: how much replies differ from each other, and how far the answers lie from "
        "people.",
        material.n_by_arm,
        "Intervals are 95 %: jackknife over respondents, and over respondents and people.",
        "The dashed line is the full procedure.",
    )


def _differences(material: Material) -> Table:
    """Each arm's KL and JS less those of the full procedure: means over items, with an interval over items."""
    items = material.alignment.items
    rows = []
    for arm in shown_arms(material.frame):
        if arm == FULL:
            continue
        for metric in ("kl", "js"):
            cell, n, n_out = _difference(material, items[items["metric"] == metric], arm, metric)
            rows.append((arm, metric.upper(), cell, n, n_out))
    columns = (
        Column(ARM),
        Column("metric"),
        Column("difference", "more than full", digits=3),
        Column("n", "items × countries"),
        Column("left_out", "without a value"),
    )
    note = (
        "Mean over items of the arm's divergence less that of the full procedure, as sampled; intervals are over items."
    )
    return Table(
        "difference-from-full", "How each arm differs from the full procedure", columns, rows, note, n_headers=2
    )


def _difference(material: Material, items: pd.DataFrame, arm: str, metric: str) -> tuple[Cell, int, int]:
    key = ["country", "item"]
    both = items[items[ARM] == arm].merge(items[items[ARM] == FULL], on=key, suffixes=("", "_full"))
    gaps = (both["value"] - both["value_full"]).to_numpy(dtype=np.float64)
    known = gaps[np.isfinite(gaps)]
    if len(known) < 2:
        return Missing("fewer than two items with a value in both arms"), len(known), len(gaps) - len(known)
    rng = rng_for(material.choices.options.seed, "difference", arm, metric)
    columns = np.stack([known, np.ones(len(known))], axis=1)
    found = sum_interval(
        columns, lambda sums: sums[:, 0] / sums[:, 1], rng, resamples=material.choices.options.resamples
    )
    return Estimate(*found[:3], len(known)), len(known), len(gaps) - len(known)
