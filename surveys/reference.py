"""How people answered: human answer distributions by item, country and group, as frozen facts with their source.

A reference stands beside a run and is compared with it. Knows no run, persona or statistic; reading tables and
microdata is `surveys.importers`, holding a reference against a questionnaire is `surveys.reference_check`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from simulator.errors import InstrumentError

EVERYBODY = "all"
"""The group that holds everybody of a country."""


@dataclass(frozen=True, slots=True)
class ReferenceCell:
    """The answers of one group of people to one item.

    `item` is the item's id; `country` a two-letter code (US, CN), empty where the reference knows no countries; `group`
    "all", or conditions such as "sex=female" or "age=30-49 & sex=female" (names in alphabetical order). `shares` by
    canonical option code: of those who chose a substantive option, so they sum to 1; for a multiple-choice item
    (`is_multiple`) the share of people who picked each option, so they need not. `n` is how many people answered
    (unweighted; None where the source does not say), `n_missing` how many did not; `note` what the source says of this
    cell.
    """

    item: str
    shares: Mapping[int, float]
    n: float | None = None
    country: str = ""
    group: str = EVERYBODY
    is_multiple: bool = False
    n_missing: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        where = f"human reference, item {self.item!r}, country {self.country or '-'}, group {self.group!r}"
        if not self.shares:
            raise InstrumentError(f"{where}: there are no shares; give the share of each option")
        for name, number in (("n", self.n), ("n_missing", self.n_missing)):
            if number is not None and not (math.isfinite(number) and number >= 0):
                raise InstrumentError(f"{where}: {name} is {number}; give a number of people, or leave it out")
        for code, share in self.shares.items():
            if not (math.isfinite(share) and 0 <= share <= 1):
                raise InstrumentError(f"{where}: the share of option {code} is {share}; give a number from 0 to 1")
        total = sum(self.shares.values())
        if not self.is_multiple and abs(total - 1) > 1e-6:
            raise InstrumentError(f"{where}: the shares sum to {total:.4f}; they must sum to 1")

    @property
    def key(self) -> tuple[str, str, str]:
        """Item, country and group: there is one cell of each."""
        return self.item, self.country, self.group


@dataclass(frozen=True)
class HumanReference:
    """Human answers from one source. `weighted` says whether shares are weighted; `year` is that of fieldwork."""

    id: str
    title: str
    source: str
    cells: tuple[ReferenceCell, ...]
    year: int | None = None
    licence: str = ""
    weighted: bool = False
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self._by_key) < len(self.cells):
            seen = set[tuple[str, str, str]]()
            for cell in self.cells:
                if cell.key in seen:
                    item, country, group = cell.key
                    raise InstrumentError(
                        f"human reference {self.id!r}: item {item!r}, country {country or '-'}, group {group!r} is "
                        "there twice; keep one"
                    )
                seen.add(cell.key)

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str, str], ReferenceCell]:
        return {cell.key: cell for cell in self.cells}

    def cell(self, item: str, country: str = "", group: str = EVERYBODY) -> ReferenceCell | None:
        """The answers of this group, or None where the reference has none."""
        return self._by_key.get((item, country, group))

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Item ids in the order of the cells."""
        return tuple(dict.fromkeys(cell.item for cell in self.cells))

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Countries in the order of the cells."""
        return tuple(dict.fromkeys(cell.country for cell in self.cells))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Groups in the order of the cells."""
        return tuple(dict.fromkeys(cell.group for cell in self.cells))
