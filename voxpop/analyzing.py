"""What `voxpop analyze` offers: one metric over a run, as a table with n, missing counts and intervals.

`METRICS` lists them; how their rows are made is `voxpop.metrics`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.sums import Estimate
from simulator.errors import RunSpecError
from voxpop import metrics, value_metrics
from voxpop.arms import load_arms
from voxpop.metrics import Inquiry, Row
from voxpop.terminal import plain_text, print_json

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class MetricTable:
    """Rows of one metric; every number with an interval is an `Estimate`."""

    metric: str
    note: str
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """The table as JSON-able data."""
        rows = [
            {key: value._asdict() if isinstance(value, Estimate) else value for key, value in row.items()}
            for row in self.rows
        ]
        return {"metric": self.metric, "note": self.note, "rows": rows}


@dataclass(frozen=True)
class Metric:
    """A metric by name: what it is, and how its rows are made."""

    description: str
    rows: Callable[[Inquiry], list[Row]]


METRICS: dict[str, Metric] = {
    "statuses": Metric("answers by status", metrics.statuses),
    "list-faults": Metric("what was wrong with the lists that answered batteries", metrics.faults_of_lists),
    "distributions": Metric(
        "share of every option of every closed item, Wilson intervals at the effective n", metrics.distributions
    ),
    "value-ranking": Metric(
        "Spearman correlation of the mean value ranking with the human one (19 or ten values)", metrics.value_ranking
    ),
    "value-means": Metric(
        "mean centered score of each of the 19 values, or of the ten, beside the human mean", metrics.value_means
    ),
    "value-structure": Metric(
        "agreement of value correlations with human ones (r, rho: sampling noise taken out; p: relabelled values) and "
        "circular order (correspondence index; values out of order on the map)",
        value_metrics.value_structure,
    ),
    "value-reliability": Metric(
        "Cronbach's alpha and McDonald's omega of each value", value_metrics.reliability_by_value
    ),
    "anchor-profile": Metric(
        "mean centered score by steps on the circle from the respondent's anchor", value_metrics.anchor_profiles
    ),
    "anchor-fit": Metric(
        "cosine of the anchor profile (sampling noise taken out), and how scores fall with distance from the anchor",
        value_metrics.anchor_fits,
    ),
    "support": Metric("share of answers that support each topic", metrics.support),
    "consistency": Metric(
        "D-D divergence over wordings of a question and over questions of a topic (root, nats; 0 = consistent)",
        metrics.consistency,
    ),
    "response-styles": Metric(
        "share of answers given to say yes, to what is shown first, or by repeating a remembered answer",
        metrics.response_styles,
    ),
}


def analyze_run(
    record: Path, metric: str, *, by: str = "population", resamples: int = 999, seed: int = 0
) -> MetricTable:
    """One metric over one run. Raises RunSpecError for an unknown metric, or one that the survey gives no data for."""
    if metric not in METRICS:
        near = difflib.get_close_matches(metric, METRICS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise RunSpecError(f"metric {metric!r}: there is no such metric; {hint}metrics: {', '.join(METRICS)}")
    chosen = METRICS[metric]
    rows = chosen.rows(Inquiry(load_arms([record], by), record, resamples, seed))
    return MetricTable(metric, f"{chosen.description}; 95 % intervals over respondents", tuple(rows))


def print_metrics(console: Console, *, as_json: bool) -> None:
    """The metrics there are."""
    if as_json:
        print_json({name: metric.description for name, metric in METRICS.items()})
        return
    for name, metric in METRICS.items():
        console.print(plain_text(f"{name:17} {metric.description}"))


def print_metric(console: Console, table: MetricTable) -> None:
    """The table for a reader."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    columns: Sequence[str] = list(table.rows[0]) if table.rows else []
    for column in columns:
        numeric = not isinstance(table.rows[0][column], str)
        shown.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(plain_text(_cell(row[column])) for column in columns))
    console.print(shown)
    console.print(plain_text(table.note, "dim"))


def _cell(value: Any) -> str:
    from voxpop.comparing import interval

    if isinstance(value, Estimate):
        return interval(value, 3)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
