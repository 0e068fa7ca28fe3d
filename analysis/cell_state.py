"""What may be reported of a cell: one population under one condition. Knows only the value scores of its people.

A cell without enough readable questionnaires has no mean values, and one whose values do not vary has no structure.
Neither is silently dropped nor filled in: it is reported with the reason. Source: Rozen et al. 2025, who report a cell
with a value of zero variance, and one with unreadable replies, as not available; the shares and numbers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.circumplex import SMALLEST_SPREAD

__all__ = ["CellState", "cell_state"]

MIN_VALID_SHARE = 0.8
MIN_VALID = 20
MIN_VALUES = 3
"""Two correlations cannot be correlated with others: fewer values leave no structure."""


@dataclass(frozen=True, slots=True)
class CellState:
    """How many administrations of a cell count, and why its means or its structure may not be reported.

    `constant` are the values everybody scores alike; `n_values` is how many are left for the structure. The reasons are
    empty where a measure may be reported: `first_order` means and ranking, `second_order` correlations and maps.
    """

    n: int
    n_valid: int
    constant: tuple[str, ...]
    n_values: int
    first_order_reasons: tuple[str, ...]
    second_order_reasons: tuple[str, ...]

    @property
    def valid_share(self) -> float:
        """Share of administrations that are valid; NaN if there were none."""
        return self.n_valid / self.n if self.n else float("nan")

    @property
    def first_order(self) -> bool:
        """Whether means and ranking may be reported."""
        return not self.first_order_reasons

    @property
    def second_order(self) -> bool:
        """Whether correlations, their agreement and maps may be reported."""
        return not self.second_order_reasons


def cell_state(
    scores: ArrayLike,
    values: Sequence[str],
    *,
    n_administered: int | None = None,
    weights: ArrayLike | None = None,
    drop_constant: bool = False,
    min_valid_share: float = MIN_VALID_SHARE,
    min_valid: int = MIN_VALID,
) -> CellState:
    """What may be reported of one cell, and if not, why.

    scores: (n_people, n_values), a person with a NaN is no valid administration (nor is one of weight 0); values:
    (n_values,) names; n_administered: how many questionnaires were put, if `scores` leaves some out; weights:
    (n_people,). Nothing is reported below `min_valid_share` valid administrations or without any; structure needs
    `min_valid` of them, and every value to vary, or with `drop_constant` three values that do. Source: Rozen et al.
    2025.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(values):
        raise ValueError(
            f"scores has shape {table.shape} but {len(values)} values are named; give one column per value"
        )
    n = len(table) if n_administered is None else n_administered
    if n < len(table):
        raise ValueError(f"n_administered = {n}, but there are scores of {len(table)}; count every administration")
    valid = ~np.isnan(table).any(axis=1)
    if weights is not None:
        valid &= np.asarray(weights, dtype=np.float64) > 0
    n_valid = int(valid.sum())
    spread = np.ptp(table[valid], axis=0) if n_valid else np.zeros(len(values))
    constant = tuple(value for value, gap in zip(values, spread, strict=True) if gap <= SMALLEST_SPREAD)
    n_values = len(values) - len(constant)
    first = _validity(n_valid, n, min_valid_share)
    second = list(first)
    if n_valid < min_valid:
        second.append(f"{n_valid} valid administrations, fewer than {min_valid}")
    if constant and n_valid > 1:
        second += _constancy(constant, n_values, drop_constant)
    return CellState(n, n_valid, constant if n_valid > 1 else (), n_values, tuple(first), tuple(second))


def _validity(n_valid: int, n: int, min_valid_share: float) -> list[str]:
    if n_valid == 0:
        return ["no valid administration"]
    if n_valid < min_valid_share * n - 1e-9:
        return [f"{n_valid} of {n} administrations valid, fewer than {min_valid_share:.0%}"]
    return []


def _constancy(constant: tuple[str, ...], n_values: int, drop_constant: bool) -> list[str]:
    if not drop_constant:
        return [f"no variance: {', '.join(constant)}"]
    return [f"{n_values} values vary, fewer than {MIN_VALUES}"] if n_values < MIN_VALUES else []
