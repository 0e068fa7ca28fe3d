"""Section: whether the probes say the same of the same presentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.figure_intervals import interval_plot
from analysis.report import Figure, Section
from analysis.report_cells import Column, Missing
from analysis.report_tables import Table
from voxpop.studies.probing.measured import Measured, shown

NO_INTERVAL = "fewer than two questions (topics) with both distributions"
OBSERVED, CHANCE, CORRECTED = "as observed", "by chance alone", "corrected"


def agreement_section(found: Measured) -> Section:
    """Mismatch and Jensen-Shannon between every two probes, and between each and the truth where it is known."""
    parts: list[Any] = [
        "The same presentation, read by two probes. Sampled replies lie apart from probabilities by chance; "
        "`corrected` says what remains. The sequence probe takes each answer's probability per token, which draws long "
        "answers together: it is flatter than the others even where all of them read the same model.",
        *_figure(found),
        _table(found),
    ]
    return Section("between-probes", "Do the probes agree?", tuple(parts))


def _table(found: Measured) -> Table:
    columns = (
        Column("first"),
        Column("second"),
        Column("mismatch"),
        Column("mismatch_chance", "by chance"),
        Column("mismatch_corrected", "corrected"),
        Column("js", "JS", digits=3),
        Column("js_chance", "by chance", digits=3),
        Column("js_corrected", "corrected", digits=3),
        Column("n", "questions"),
        Column("missing"),
    )
    rows = []
    for one in found.disagreements:
        parts = []
        for part in (one.mismatch, one.js):
            chance = Missing("no presentation that both have") if np.isnan(part.by_chance) else float(part.by_chance)
            parts += [shown(part.observed, NO_INTERVAL), chance, shown(part.corrected, NO_INTERVAL)]
        rows.append((one.first, one.second, *parts, one.mismatch.observed.n, one.n_missing))
    note = (
        "Averaged over all presentations; missing: presentations of a question left out, as one of the two has no "
        f"distribution. Intervals are over {found.over}. A corrected mismatch below 0: first choices agree more often "
        "than those of replies drawn from the other's probabilities."
    )
    return Table("between-probes-table", "Disagreement between probes", columns, rows, note, n_headers=2)


def _figure(found: Measured) -> Iterator[Figure]:
    rows: list[tuple[Any, ...]] = []
    for one in found.disagreements:
        name = f"{one.first} – {one.second}"
        rows.append((name, OBSERVED, *one.js.observed[:3]))
        rows.append((name, CHANCE, one.js.by_chance, np.nan, np.nan))
        rows.append((name, CORRECTED, *one.js.corrected[:3]))
    frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high"])
    if frame["value"].isna().all():
        return
    yield Figure(
        "between-probes-figure",
        "How far probes lie apart on the same presentation",
        interval_plot(frame, xlabel="Jensen-Shannon distance", reference=0.0, hollow=[CHANCE]),
        "One row for each pair of probes: the distance as observed, what chance alone shows, and what remains.",
        found.material.n_text,
        f"Intervals are 95 %, over {found.over}.",
    )
