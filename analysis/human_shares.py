"""A human reference placed on the options of an instrument, item by item, with the reason wherever it cannot be.

Knows no run. An option that the reference does not list has share 0 (Liu et al. 2025); a reference with answers that
the item does not offer is about another question, and the item is left out with that reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray
from analysis.option_grid import OptionGrid
from surveys.reference import EVERYBODY, HumanReference, ReferenceCell

N_UNKNOWN = "the reference does not say how many people answered; its shares are taken as exact"


@dataclass(frozen=True)
class HumanShares:
    """The answers of one country and group.

    rates: (n_items, width) shares, of people who picked each option where `is_rate`; NaN where there is no reference.
    n: (n_items,) people who answered, inf where the reference does not say (its shares are then taken as exact).
    reasons: item id → why it has no shares.
    """

    country: str
    group: str
    rates: FloatArray
    is_rate: NDArray[np.bool_]
    n: FloatArray
    reasons: Mapping[str, str]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """(n_items,): whether there are shares."""
        return ~np.isnan(self.rates[:, 0])


def human_shares(reference: HumanReference, grid: OptionGrid, country: str = "", group: str = EVERYBODY) -> HumanShares:
    """The reference's shares of this country and group on the grid."""
    shape = grid.codes.shape
    rates, n, reasons = np.full(shape, np.nan), np.full(shape[0], np.inf), dict[str, str]()
    is_rate = np.zeros(shape[0], dtype=bool)
    for row, item in enumerate(grid.items):
        cell = reference.cell(item.id, country, group)
        reason = _reason(cell, {option.code for option in item.substantive_options}, country, group)
        if cell is None or reason:
            reasons[item.id] = reason
            continue
        rates[row] = [cell.shares.get(int(code), 0.0) if code >= 0 else 0.0 for code in grid.codes[row]]
        is_rate[row] = cell.is_multiple
        n[row] = np.inf if cell.n is None else cell.n
    return HumanShares(country, group, rates, is_rate, n, reasons)


def _reason(cell: ReferenceCell | None, offered: set[int], country: str, group: str) -> str:
    """Why the cell cannot be used, or nothing."""
    if cell is None:
        return f"no human reference for country {country or '-'}, group {group!r}"
    if not any(share > 0 for share in cell.shares.values()):
        return "nobody in the reference chose an option"
    foreign = {code: share for code, share in cell.shares.items() if code not in offered and share > 0}
    if foreign and not offered & cell.shares.keys():
        return "reference and item have no option in common"
    if foreign:
        codes = ", ".join(str(code) for code in sorted(foreign))
        return f"{sum(foreign.values()):.1%} of the reference chose options that the item does not offer: {codes}"
    if cell.n is not None and not cell.n > 0:
        return "nobody in the reference answered"
    return ""
