"""Section: the published tables beside ours, by the published conventions, with misprints marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.published_tables import published_table
from analysis.report import Section
from analysis.report_published import Beside
from analysis.report_published import published_table as beside_table
from analysis.report_tables import Table
from analysis.sums import Estimate
from voxpop.studies.alignment.choices import FULL
from voxpop.studies.alignment.distance import overall
from voxpop.studies.alignment.material import ARM, Material
from voxpop.studies.cells import rows_of

CONVENTION = "kl:masses;failures:infinite;overall:dimensions;unweighted"
DIVERSITY = "diversity:distinct-whole-replies"
ABLATIONS = {
    "DEF": FULL,
    "without memory": "no-memory",
    "without config": "no-decoding",
    "without prompt": "no-location",
    "none": "none",
}
METHODS = {"Cao-style": "average-person", "CCSV-single": "critique-single", "CCSV-list": "critique-list", "DEF": FULL}
NOTE = (
    "Published numbers are of other models and other items, so no match is to be expected. Signs: † misprint, with "
    "the likely value after it; ‡ doubtful."
)


def published_section(material: Material) -> Section:
    """Tables 1, 2 and 4 of Liu et al. 2025 beside the arms that correspond to their rows."""
    ours = _ours(material)
    parts: list[Any] = [
        "Liu et al. 2025, as printed. Ours follows the published conventions: ordinary KL of normalized shares, one "
        "failed reply makes an item infinitely far, mean of nine dimensions, mean of the countries.",
        _table(
            "published-df-2",
            "Table 2: KL by model and dimension, beside the full procedure",
            "DF-2",
            ours,
            lambda _: FULL,
        ),
        _table("published-df-1", "Table 1: diversity and KL by method", "DF-1", ours, _method),
        _table("published-df-4", "Table 4: the ablation", "DF-4", ours, ABLATIONS.get),
    ]
    return Section("published", "Beside the published numbers", tuple(parts))


def _method(row: str) -> str | None:
    return METHODS.get(row.rpartition(", ")[2])


def _ours(material: Material) -> dict[tuple[str, str], tuple[Estimate, int, str]]:
    """(arm, column) → our number with its n, failures and, if it has none, why."""
    scores = material.published_alignment.scores
    found: dict[tuple[str, str], tuple[Estimate, int, str]] = {}
    whole = set(overall(scores, "kl")["country"])
    wanted = scores[(scores["metric"] == "kl") & scores["country"].isin(list(whole))]
    for row in rows_of(wanted[wanted["level"].isin(["dimension", "overall"])]):
        column = row.name if row.level == "dimension" else "average"
        nan = float("nan")
        own = Estimate(row.value, nan, nan, int(row.n_respondents))
        why = row.reason or "the interval is that of the distance with the noise taken out (above)"
        for name in (column, "kl") if column == "average" else (column,):
            found[str(getattr(row, ARM)), name] = own, int(row.n_failed), why
    for row in rows_of(material.diversity.arms):
        own = Estimate(100 * row.diversity, 100 * row.low, 100 * row.high, int(row.n_respondents))
        found[str(getattr(row, ARM)), "diversity_percent"] = own, int(row.n_missing), "too few respondents"
    return found


def _table(
    id: str, title: str, table_id: str, ours: dict[tuple[str, str], tuple[Estimate, int, str]], arm_of: Any
) -> Table:
    cells = list(_cells(published_table(table_id), ours, arm_of))
    return beside_table(id, title, cells, row="published row", column="column", digits=2, note=NOTE)


def _cells(
    table: pd.DataFrame, ours: dict[tuple[str, str], tuple[Estimate, int, str]], arm_of: Any
) -> Iterator[Beside]:
    nan = float("nan")
    for row in rows_of(table):
        arm, name = arm_of(str(row.row)), str(row.column)
        missing = (
            Estimate(nan, nan, nan, 0),
            0,
            f"no arm {arm!r} in this study" if arm else "no arm corresponds to this row",
        )
        own, n_failed, why = ours.get((arm, name), missing)
        convention = DIVERSITY if name == "diversity_percent" else CONVENTION
        corrected = float(row.corrected) if row.corrected == row.corrected else None
        yield Beside(
            str(row.row), name, own, float(row.value), convention, convention, n_failed, row.mark, corrected, why
        )
