"""Scores of one subject beside the humans: item distances put together by dimension, topic and overall.

A score is a mean of item distances; the overall score is the mean of the dimension scores or of the items. Works on
stacks of item distances, so that resamples get scores in the same way. Knows no respondent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray
from analysis.item_distances import AlignmentRules, Distances, Metric, item_distances, replace_infinite
from analysis.option_grid import OptionGrid

Level: TypeAlias = Literal["item", "dimension", "topic", "overall"]


class Unit(NamedTuple):
    """What a score is of."""

    level: Level
    name: str


@dataclass(frozen=True)
class ScorePlan:
    """Which items make up which score. membership: (n_units, n_items) bool; the overall score comes last."""

    units: tuple[Unit, ...]
    membership: NDArray[np.bool_]
    overall: Literal["dimensions", "items"]

    def scores(self, distances: FloatArray) -> FloatArray:
        """(m, n_items) distances → (m, n_units) scores over the items that have one; NaN where none has."""
        n_items = distances.shape[1]
        members = self.membership[n_items:].astype(np.float64)
        known = ~np.isnan(distances)
        means = _ratio(np.where(known, distances, 0.0) @ members.T, known @ members.T)
        found = np.concatenate([distances, means], axis=1)
        dimensions = [place for place, unit in enumerate(self.units) if unit.level == "dimension"]
        if self.overall == "dimensions" and dimensions:
            part = found[:, dimensions]
            scored = ~np.isnan(part)
            found[:, -1] = _ratio(np.where(scored, part, 0.0).sum(axis=1), scored.sum(axis=1))
        return found


def score_plan(grid: OptionGrid, used: NDArray[np.bool_], rules: AlignmentRules) -> ScorePlan:
    """Every item of its own, then every dimension and topic of a used item, then all.

    An item of several dimensions counts in each. Under `overall="dimensions"` an item without a dimension counts in no
    overall score, unless no item has one.
    """
    dimensions = dict.fromkeys(d for item, use in zip(grid.items, used, strict=True) if use for d in item.dimensions)
    topics = dict.fromkeys(item.topic for item, use in zip(grid.items, used, strict=True) if use and item.topic)
    units = [Unit("item", item.id) for item in grid.items]
    rows = [np.eye(len(grid.items), dtype=bool) & used]
    units += [Unit("dimension", name) for name in dimensions] + [Unit("topic", name) for name in topics]
    rows += [_row(used, [name in item.dimensions for item in grid.items]) for name in dimensions]
    rows += [_row(used, [name == item.topic for item in grid.items]) for name in topics]
    in_overall = [not dimensions or rules.overall == "items" or bool(item.dimensions) for item in grid.items]
    rows.append(_row(used, in_overall))
    return ScorePlan((*units, Unit("overall", "overall")), np.concatenate(rows), rules.overall)


def unit_scores(
    model: FloatArray,
    human: FloatArray,
    grid: OptionGrid,
    plan: ScorePlan,
    rules: AlignmentRules,
    has_failed: NDArray[np.bool_],
) -> dict[Metric, FloatArray]:
    """Scores (m, n_units) under every metric, infinite and missing KL replaced over the items in use."""
    return scored(item_distances(model, human, grid, rules, has_failed), plan)


def scored(distances: Distances, plan: ScorePlan) -> dict[Metric, FloatArray]:
    """Scores (m, n_units) from the item distances."""
    used = plan.membership[: distances["kl"].shape[1]].diagonal()
    found: dict[Metric, FloatArray] = {}
    for metric, values in distances.items():
        filled = np.full(values.shape, np.nan)
        filled[:, used] = replace_infinite(values[:, used]) if metric == "kl" else values[:, used]
        found[metric] = plan.scores(filled)
    return found


def _row(used: NDArray[np.bool_], belongs: list[bool]) -> NDArray[np.bool_]:
    return np.asarray(used & np.array(belongs, dtype=bool))[None, :]


def _ratio(sums: FloatArray, counts: FloatArray | NDArray[np.int64]) -> FloatArray:
    return np.asarray(sums / np.where(counts > 0, counts, np.nan), dtype=np.float64)
