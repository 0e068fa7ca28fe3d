"""Section: how far each arm lies from people, in all, by dimension and by topic, with what chance alone would show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.alignment import MEAN
from analysis.figure_intervals import interval_plot
from analysis.report import Figure, Section
from analysis.report_cells import Column
from analysis.report_tables import Table
from voxpop.studies.alignment.material import ARM, Material
from voxpop.studies.cells import estimate, number, rows_of

OVERALL = "overall"
_METRICS = {"kl": "KL (nats)", "js": "JS (nats)", "emd": "EMD (share)"}
_COLUMNS = (
    Column("metric"),
    Column("value", "as sampled", digits=3),
    Column("corrected", "noise taken out", digits=3),
    Column("by_chance", "by chance", digits=3),
    Column("p_value", "p", digits=3),
    Column("n_items", "items"),
    Column("n_respondents", "respondents"),
    Column("n_failed", "failed"),
    Column("n_infinite", "infinite"),
    Column("verdict"),
)


def distance_from_people(material: Material) -> Section:
    """Overall distances, the picture by dimension, and the long tables."""
    scores = material.alignment.scores
    together = _of(scores, OVERALL)
    together = together[together["country"] == _whole(together)]
    parts: list[Any] = [
        f"Every item's answers are held against those of {material.people}. Kullback-Leibler divergence (KL) is the "
        "published measure; it is ruled by rare options and becomes infinite where a respondent chose what no one of "
        "the people did (then the largest finite value plus 1 stands for it). Jensen-Shannon divergence (JS) and the "
        "earth mover's distance (EMD, ordered options alone, as a share of the largest possible) are bounded.",
        "Two samples of one population are never 0 apart. `by chance` is the distance that samples of these sizes "
        "show where there is no difference, and p how often they show as much as was seen; with the noise taken out "
        "stands the distance of the populations, with its interval. Failed replies are left out here and counted.",
        _table("distance-overall", "Distance from people, all countries and dimensions together", together, ()),
        _figure(material, scores),
        _table("distance-by-country", "Distance by country", _of(scores, OVERALL), ("country",), True),
        _table("distance-by-dimension", "Distance by dimension", _of(scores, "dimension"), ("country", "name"), True),
        _table("distance-by-topic", "Distance by topic", _of(scores, "topic"), ("country", "name"), True),
    ]
    return Section("distance-from-people", "How far from people", tuple(parts))


def verdicts(material: Material) -> list[str]:
    """One sentence per arm: whether more than sampling noise is seen, and how far it is."""
    scores = _of(material.alignment.scores, OVERALL)
    lines = []
    for row in rows_of(scores[(scores["metric"] == "js") & (scores["country"] == _whole(scores))]):
        arm = getattr(row, ARM)
        if row.verdict:
            lines.append(
                f"{arm}: {row.verdict} (JS {row.corrected:.3f} [{row.low:.3f}, {row.high:.3f}] with the noise taken "
                f"out, {row.value:.3f} as sampled, {row.by_chance:.3f} by chance, p = {row.p_value:.3f})."
            )
        else:
            lines.append(f"{arm}: no verdict, {row.reason or 'nothing could be compared'}.")
    return lines


def _whole(scores: pd.DataFrame) -> str:
    """The row of all countries together: their mean, or the only one."""
    countries = list(dict.fromkeys(scores["country"]))
    return MEAN if MEAN in countries else str(countries[0]) if countries else ""


def overall(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One row per arm: the overall score of all countries together."""
    found = _of(scores, OVERALL)
    return found[(found["metric"] == metric) & (found["country"] == _whole(found))]


def _of(scores: pd.DataFrame, level: str) -> pd.DataFrame:
    return scores[(scores["level"] == level) & scores["metric"].isin(list(_METRICS))]


def _table(id: str, title: str, scores: pd.DataFrame, names: Sequence[str], folded: bool = False) -> Table:
    rows = []
    for row in rows_of(scores):
        heads = [str(getattr(row, name)) for name in (ARM, *names)]
        why = row.reason
        rows.append(
            (
                *heads,
                _METRICS[row.metric],
                number(row.value, why),
                estimate(row.corrected, row.low, row.high, row.n_respondents, why),
                number(row.by_chance, why),
                number(row.p_value, why),
                int(row.n_items),
                int(row.n_respondents),
                int(row.n_failed),
                int(row.n_infinite),
                row.verdict or "–",
            )
        )
    columns = (Column(ARM), *(Column(name) for name in names), *_COLUMNS)
    return Table(id, title, columns, rows, n_headers=len(names) + 2, folded=folded)


def _figure(material: Material, scores: pd.DataFrame) -> Figure:
    wanted = scores[scores["level"].isin(["dimension", OVERALL]) & (scores["metric"] == "js")]
    wanted = wanted[wanted["country"] == _whole(wanted)]
    frame = pd.DataFrame(
        {
            "row": wanted["name"].where(wanted["level"] == "dimension", OVERALL).astype(str),
            "arm": wanted[ARM].astype(str),
            "value": wanted["corrected"],
            "low": wanted["low"],
            "high": wanted["high"],
        }
    )
    return Figure(
        "distance-by-dimension-figure",
        "Distance from people by value dimension",
        interval_plot(frame, xlabel="Jensen-Shannon divergence (nats), noise taken out", reference=0.0),
        "One row per value dimension and one for all together; a dot with its interval for every arm; 0 is no "
        "difference.",
        material.n_by_arm,
        "Intervals are 95 %, over respondents and the people they are compared with.",
        "Mean of the countries. An interval that reaches 0 leaves open that there is no difference.",
    )
