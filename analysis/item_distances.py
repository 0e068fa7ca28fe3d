"""How far the answers to each item lie from the human ones: KL, Jensen-Shannon, EMD, total variation, for stacks.

A stack holds many versions of the same survey (resamples, simulated samples), so everything here works on arrays
(m, n_items, width) padded with zeros beyond an item's last option. Knows no respondent and no noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray
from analysis.divergence import emd, js_divergence, kl_divergence, total_variation
from analysis.option_grid import OptionGrid

__all__ = ["METRICS", "AlignmentRules", "Metric", "item_distances", "replace_infinite"]

Metric: TypeAlias = Literal["kl", "js", "emd", "tv"]
METRICS: tuple[Metric, ...] = ("kl", "js", "emd", "tv")

Distances: TypeAlias = Mapping[Metric, FloatArray]


@dataclass(frozen=True, slots=True)
class AlignmentRules:
    """The conventions of an alignment; the defaults are the published ones.

    failures: "infinite" makes an item with a failed reply infinitely far from the humans, under KL alone (a failed
    reply is one more option, which no human chose); "exclude" leaves failed replies out, and is the better rule for
    new studies. divergence: "masses" is the ordinary KL, "literal" has cumulative shares inside the logarithm.
    overall: "dimensions" is the unweighted mean of the dimension scores, "items" that of the items. weighted: whether
    respondents count by their weights. smoothing: added to every share of both sides before they are normalized again,
    so that KL stays finite; anything above 0 is not published and must be named. resamples: of the bootstrap and of
    the null distribution; level: of the intervals. Source: Liu et al. 2025, but for "exclude" and smoothing.
    """

    failures: Literal["infinite", "exclude"] = "infinite"
    divergence: Literal["masses", "literal"] = "masses"
    overall: Literal["dimensions", "items"] = "dimensions"
    weighted: bool = True
    smoothing: float = 0.0
    resamples: int = 999
    level: float = 0.95

    def __post_init__(self) -> None:
        allowed = {"failures": ("infinite", "exclude"), "divergence": ("masses", "literal")}
        for name, values in (allowed | {"overall": ("dimensions", "items")}).items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is {getattr(self, name)!r}; use {' or '.join(values)}")
        if not (self.smoothing >= 0 and self.resamples >= 1 and 0 < self.level < 1):
            raise ValueError("smoothing must be 0 or more, resamples 1 or more, level between 0 and 1")

    @property
    def convention(self) -> str:
        """The rules in one line, to stand beside every number."""
        weights = "weighted" if self.weighted else "unweighted"
        parts = [f"kl:{self.divergence}", f"failures:{self.failures}", f"overall:{self.overall}", weights]
        return ";".join([*parts, *([f"smoothing:{self.smoothing:g} (not published)"] if self.smoothing else [])])


def item_distances(
    model: FloatArray, human: FloatArray, grid: OptionGrid, rules: AlignmentRules, has_failed: NDArray[np.bool_]
) -> Distances:
    """Every distance of every item, before infinite ones are replaced.

    model, human: (m, n_items, width) counts or shares, broadcast against each other; has_failed: (n_items,) whether
    someone failed to answer. → (m, n_items) each. "kl" in nats, `inf` where the model has an option that no human
    chose; "js" the divergence in nats; "emd" as a share of the largest possible, so in [0, 1], NaN for items without
    an order; "tv" in [0, 1]. NaN for an item without answers on either side. Source: Liu et al. 2025.
    """
    p, q = np.broadcast_arrays(_smoothed(model, grid, rules), _smoothed(human, grid, rules))
    kl = np.array(kl_divergence(p, q, convention=rules.divergence), dtype=np.float64)
    if rules.failures == "infinite":
        kl[:, has_failed & ~np.isnan(human[..., 0]).all(axis=0)] = np.inf
    steps = np.where(grid.is_ordered & (grid.n_options > 1), grid.n_options - 1.0, np.nan)
    return {
        "kl": kl,
        "js": np.asarray(js_divergence(p, q), dtype=np.float64),
        "emd": np.asarray(emd(p, q) / steps, dtype=np.float64),
        "tv": np.asarray(total_variation(p, q), dtype=np.float64),
    }


def _smoothed(values: FloatArray, grid: OptionGrid, rules: AlignmentRules) -> FloatArray:
    totals = values.sum(axis=-1, keepdims=True)
    shares = values / np.where(totals > 0, totals, np.nan)
    return np.asarray(shares + rules.smoothing * grid.is_option if rules.smoothing else shares, dtype=np.float64)


def replace_infinite(kl: FloatArray) -> FloatArray:
    """The infinite rule for stacks: in every row, infinite and NaN become the largest finite value plus 1.

    kl: (m, n_items), the items of one model in one survey file. As `divergence.penalize_infinite`, row by row: 1 where
    none is finite, never below 1. Source: Liu et al. 2025.
    """
    finite = np.isfinite(kl)
    largest = np.where(finite, kl, 0.0).max(axis=1, initial=0.0, keepdims=True)
    return np.where(finite, kl, largest + 1.0)
