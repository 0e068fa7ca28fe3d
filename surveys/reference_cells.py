"""Numbers of a source as sound cells: shares that sum to 1, or a fault that says why there are none. Knows no file.

`Cells` collects the cells and faults of one import. A sum off by no more than rounding or cutting to two decimals can
explain is made 1 and counted; anything further off is no distribution of these options and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from surveys.reference import EVERYBODY, HumanReference, ReferenceCell
from surveys.reference_faults import FaultKind, ReferenceFault

EXACT = 1e-6
"""A sum this near to 1 is 1."""

ROUNDING = 0.01
"""Cutting a share to two decimals moves it by at most this much, rounding by half of it; a sum by that per option."""


@dataclass
class Cells:
    """The cells found so far, by key, and what was wrong on the way."""

    found: dict[tuple[str, str, str], ReferenceCell] = field(default_factory=dict)
    faults: list[ReferenceFault] = field(default_factory=list)

    def fault(
        self, kind: FaultKind, what: str, remedy: str, *, item: str = "", country: str = "", group: str = ""
    ) -> None:
        """Note one fault."""
        self.faults.append(ReferenceFault(kind, item, country, group, what, remedy))

    def add_shares(
        self,
        item: str,
        shares: Mapping[int, float],
        *,
        country: str = "",
        group: str = EVERYBODY,
        n: float | None = None,
        n_missing: float | None = None,
        is_multiple: bool = False,
        note: str = "",
    ) -> None:
        """A cell of these shares, renormalised where rounding keeps them from 1; a fault where they are unsound."""
        place = {"item": item, "country": country, "group": group}
        fault = self._unsound(shares, n, n_missing, is_multiple)
        if fault is not None:
            self.faults.append(ReferenceFault(fault[0], item, country, group, *fault[1:]))
            return
        total = math.fsum(shares.values())
        if not is_multiple and abs(total - 1) > EXACT:
            what = f"the shares sum to {total:.4f}; they were divided by it"
            self.fault("renormalised", what, "nothing, if the source rounds", **place)
            shares = {code: share / total for code, share in shares.items()}
        cell = ReferenceCell(item, dict(shares), n, country, group, is_multiple, n_missing, note)
        if cell.key in self.found:
            self.fault("doubled", "is there a second time; the first was kept", "keep one of them", **place)
            return
        self.found[cell.key] = cell

    def add_counts(
        self,
        item: str,
        counts: Mapping[int, float],
        *,
        country: str = "",
        group: str = EVERYBODY,
        n: float | None = None,
        n_missing: float | None = None,
        is_multiple: bool = False,
        note: str = "",
    ) -> None:
        """A cell of these counts; `n` (needed for multiple choice) is their sum where it is not given."""
        place = {"item": item, "country": country, "group": group}
        for code, count in counts.items():
            if not (math.isfinite(count) and count >= 0):
                what = f"the count of option {code} is {count}"
                self.fault("unsound_shares", what, "give counts from 0 upwards", **place)
                return
        total = math.fsum(counts.values())
        base = n if is_multiple else total
        if base is None:
            what = "counts of a multiple-choice item do not say how many people answered"
            self.fault("unsound_shares", what, "give n, the number of people who answered", **place)
            return
        if base <= 0:
            self.fault("no_cases", "nobody answered", "leave the cell out, or add the missing counts", **place)
            return
        if n is not None and not is_multiple and abs(n - total) > 0.5:
            what = f"the counts sum to {total:g} and n is {n:g}"
            self.fault("unsound_shares", what, "correct the counts or n", **place)
            return
        shares = {code: count / base for code, count in counts.items()}
        self.add_shares(
            item, shares, country=country, group=group, n=base, n_missing=n_missing, is_multiple=is_multiple, note=note
        )

    def _unsound(
        self, shares: Mapping[int, float], n: float | None, n_missing: float | None, is_multiple: bool
    ) -> tuple[FaultKind, str, str] | None:
        """Kind, what and remedy of the first thing that makes these shares no cell; None where they are sound."""
        if not shares:
            return "no_cases", "has no options", "give the share of each option"
        for code, share in shares.items():
            if not (math.isfinite(share) and 0 <= share <= 1):
                return "unsound_shares", f"the share of option {code} is {share:g}", "give a number from 0 to 1"
        for name, number in (("n", n), ("n_missing", n_missing)):
            if number is not None and not (math.isfinite(number) and number >= 0):
                return "unreadable", f"{name} is {number:g}", "give a number of people, or leave it out"
        total, allowed = math.fsum(shares.values()), ROUNDING * len(shares) + EXACT
        if not is_multiple and abs(total - 1) > allowed:
            what = f"the shares sum to {total:.4f}, off by more than the {allowed:.3f} that rounding explains"
            return "unsound_shares", what, "add the missing options, or give shares of those who answered"
        return None

    def reference(self, id: str, title: str, source: str, **facts: object) -> HumanReference:
        """The cells as a reference; `facts` are its year, licence, weighted and notes."""
        return HumanReference(id, title, source, tuple(self.found.values()), **facts)  # type: ignore[arg-type]
