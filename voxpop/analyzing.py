"""What `voxpop analyze` offers: one metric over a run, as a table with n, missing counts and intervals.

A metric is a function from loaded arms to rows; the statistics themselves are in `analysis`. `METRICS` lists them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.comparison import item_distributions
from analysis.dd_divergence import dd_divergence_groups
from analysis.sums import Estimate, Floats, sum_interval
from simulator.errors import RunSpecError
from simulator.seeds import rng_for
from surveys.values import HUMAN_MEANS
from voxpop.arms import Arm, Arms, load_arms
from voxpop.comparing import centered_values, value_rankings
from voxpop.terminal import plain_text, print_json

if TYPE_CHECKING:
    from rich.console import Console

Row = dict[str, Any]


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
    """A metric by name: what it is, and how its rows are made from arms, resamples and a seed."""

    description: str
    rows: Callable[[Arms, int, int], list[Row]]


def statuses(arms: Arms, _resamples: int, _seed: int) -> list[Row]:
    """Answers by status, one row per arm."""
    return [{"arm": arm.name, "n": arm.n_respondents, **arm.statuses} for arm in arms.arms]


def distributions(arms: Arms, _resamples: int, _seed: int) -> list[Row]:
    """Share of every option of every closed item, with Wilson intervals."""
    rows = []
    for arm in arms.arms:
        for at in item_distributions(arm.answers):
            item = arms.instrument.items[arms.positions[at.item]]
            offered = [option for option in item.options if option.missing is None]
            for place, option in enumerate(offered):
                share = Estimate(float(at.shares[place]), float(at.low[place]), float(at.high[place]), at.n)
                text = arms.instrument.text_in(option.text, arms.instrument.language)
                rows.append(
                    {
                        "item": item.id,
                        "arm": arm.name,
                        "code": option.code,
                        "option": text,
                        "share": share,
                        "n": at.n,
                        "missing": at.n_missing,
                    }
                )
    return rows


def value_ranking(arms: Arms, resamples: int, seed: int) -> list[Row]:
    """Spearman correlation of the mean value ranking with the human one, one row per arm."""
    found = value_rankings(arms, resamples=resamples, seed=seed)
    if not found:
        raise RunSpecError(f"survey {arms.instrument.id!r} does not measure the 19 values; choose another metric")
    return [{"arm": name, "rho": estimate, "n": estimate.n} for name, estimate in found.items()]


def value_means(arms: Arms, resamples: int, seed: int) -> list[Row]:
    """Mean centered score of each value with its interval, beside the human mean."""
    rng, rows = rng_for(seed, "value-means"), []
    for arm in arms.arms:
        centered = centered_values(arms, arm)
        if centered is None:
            raise RunSpecError(f"survey {arms.instrument.id!r} does not measure the 19 values; choose another metric")
        for place, (code, human) in enumerate(HUMAN_MEANS.items()):
            scores = centered[:, place]
            known = ~np.isnan(scores)
            estimate = weighted_mean(scores[known], arm.answers.weights[known], rng, resamples)
            rows.append(
                {
                    "arm": arm.name,
                    "value": code,
                    "mean": estimate,
                    "human": human,
                    "n": int(known.sum()),
                    "missing": int((~known).sum()),
                }
            )
    return rows


def weighted_mean(values: Floats, weights: Floats, rng: np.random.Generator, resamples: int) -> Estimate:
    """Weighted mean with a BCa interval over respondents."""
    columns = np.stack([values * weights, weights], axis=1)
    return sum_interval(columns, _ratio, rng, resamples=resamples)


def _ratio(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[:, 0] / sums[:, 1]


def stance_shares(arms: Arms, arm: Arm) -> tuple[Floats, list[int]]:
    """1 where an answer supports its topic, 0 where it opposes, nan otherwise: (n_respondents, n_items), and the items
    used.
    """
    used = [
        place
        for place, position in enumerate(arms.positions)
        if {"supports", "opposes"} <= {option.stance for option in arms.instrument.items[position].options}
    ]
    if not used:
        raise RunSpecError(f"survey {arms.instrument.id!r} codes no stances; choose another metric")
    columns = []
    for place in used:
        item = arms.instrument.items[arms.positions[place]]
        offered = [option for option in item.options if option.missing is None]
        side = np.array([*(_side(option.stance) for option in offered), np.nan])
        columns.append(side[arm.answers.choices[:, place]])
    return np.stack(columns, axis=1), used


def _side(stance: str | None) -> float:
    return {"supports": 1.0, "opposes": 0.0}.get(stance or "", np.nan)


def support(arms: Arms, resamples: int, seed: int) -> list[Row]:
    """Share of answers that support each topic, over all its wordings."""
    rng, rows = rng_for(seed, "support"), []
    for arm in arms.arms:
        sides, used = stance_shares(arms, arm)
        topics = np.array([arms.instrument.items[arms.positions[place]].topic or "" for place in used])
        for topic in dict.fromkeys(topics.tolist()):
            part = sides[:, topics == topic]
            known = ~np.isnan(part)
            weight = arm.answers.weights[:, None]
            columns = np.stack([(np.where(known, part, 0.0) * weight).sum(1), (known * weight).sum(1)], axis=1)
            share = sum_interval(columns, _ratio, rng, resamples=resamples)
            rows.append(
                {
                    "arm": arm.name,
                    "topic": topic,
                    "support": share,
                    "n": int(known.any(1).sum()),
                    "answers": int(known.sum()),
                    "missing": int((~known).sum()),
                }
            )
    return rows


def consistency(arms: Arms, resamples: int, seed: int) -> list[Row]:
    """D-D divergence of each respondent's answers over the wordings of a question, and over the questions of a
    topic.
    """
    rng, rows = rng_for(seed, "consistency"), []
    for arm in arms.arms:
        sides, used = stance_shares(arms, arm)
        items = [arms.instrument.items[arms.positions[place]] for place in used]
        for kind, names in (
            ("paraphrase", [item.question_id for item in items]),
            ("topic", [item.topic or "" for item in items]),
        ):
            estimate, n_groups, n_missing = _consistency(sides, np.array(names), rng, resamples)
            rows.append(
                {
                    "arm": arm.name,
                    "consistency": kind,
                    "dd": estimate,
                    "n": estimate.n,
                    "groups": n_groups,
                    "missing": n_missing,
                }
            )
    return rows


def _consistency(
    sides: Floats, names: NDArray[Any], rng: np.random.Generator, resamples: int
) -> tuple[Estimate, int, int]:
    """Mean distance to the group centroid over all answers of groups with at least two, clustered by respondent."""
    labels, group = np.unique(names, return_inverse=True)
    people, places = np.nonzero(~np.isnan(sides))
    group_ids = people * len(labels) + group[places]
    _, inverse, sizes = np.unique(group_ids, return_inverse=True, return_counts=True)
    several = sizes[inverse] >= 2
    people, places, group_ids = people[several], places[several], group_ids[several]
    n_missing = int(np.isnan(sides).sum())
    if not len(people):
        return Estimate(np.nan, np.nan, np.nan, 0), 0, n_missing
    supports = sides[people, places]
    found = dd_divergence_groups(np.stack([supports, 1 - supports], axis=1), group_ids)
    sums = np.bincount(people, found.distances, minlength=len(sides))
    counts = np.bincount(people, minlength=len(sides)).astype(np.float64)
    asked = counts > 0
    columns = np.stack([sums[asked], counts[asked]], axis=1)
    return sum_interval(columns, _ratio, rng, resamples=resamples), len(found.dd), n_missing


METRICS: dict[str, Metric] = {
    "statuses": Metric("answers by status", statuses),
    "distributions": Metric(
        "share of every option of every closed item, Wilson intervals at the effective n", distributions
    ),
    "value-ranking": Metric(
        "Spearman correlation of the mean value ranking with the human one (19 values)", value_ranking
    ),
    "value-means": Metric("mean centered score of each of the 19 values, beside the human mean", value_means),
    "support": Metric("share of answers that support each topic", support),
    "consistency": Metric(
        "D-D divergence over wordings of a question and over questions of a topic (root, nats; 0 = consistent)",
        consistency,
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
    rows = chosen.rows(load_arms([record], by), resamples, seed)
    return MetricTable(metric, f"{chosen.description}; 95 % intervals over respondents", tuple(rows))


def print_metrics(console: Console, *, as_json: bool) -> None:
    """The metrics there are."""
    if as_json:
        print_json({name: metric.description for name, metric in METRICS.items()})
        return
    for name, metric in METRICS.items():
        console.print(plain_text(f"{name:16} {metric.description}"))


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
