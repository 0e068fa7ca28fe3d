"""How many people stand behind WVS shares: a CSV of country, question, option, p, n_valid, n_dk_na. Knows no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulator.errors import InstrumentError
from surveys.countries import find_country
from surveys.importers.csv_rows import read_rows
from surveys.reference_cells import Cells

AGREES = 1e-4
"""Shares of four decimals that differ by no more than this are the same."""


@dataclass
class Counts:
    """Shares, n and missing by question and country; `n_rows` of each file."""

    shares: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], tuple[float, float | None]] = field(default_factory=dict)
    n_rows: dict[str, int] = field(default_factory=dict)

    def behind(
        self, item: str, country: str, shares: Mapping[int, float], cells: Cells
    ) -> tuple[float | None, float | None]:
        """n and missing where this table has the same shares; neither, and a fault if they differ, where it has not."""
        known = self.shares.get((item, country))
        if known is None:
            return None, None
        if any(abs(known.get(code, 0.0) - share) > AGREES for code, share in shares.items()):
            what = "the table of counts has other shares for it, so its n was not taken"
            remedy = "nothing, if the shares are of another sample"
            cells.fault("n_unknown", what, remedy, item=item, country=country)
            return None, None
        return self.numbers[item, country]


def read_counts(paths: Sequence[Path], cells: Cells) -> Counts:
    """The tables, put together. InstrumentError for one that cannot be read or lacks a column."""
    counts = Counts()
    for path in paths:
        table = read_rows(path)
        lacking = [name for name in ("country", "question", "option", "p", "n_valid") if name not in table.columns]
        if lacking:
            raise InstrumentError(f"{path}: column {', '.join(lacking)} is missing; a table of counts has them")
        counts.n_rows[str(path)] = len(table.rows)
        for row in table.rows:
            place = find_country(row.get("country"))
            try:
                key = (row.get("question"), "" if place is None else place.code)
                counts.shares.setdefault(key, {})[int(row.get("option"))] = float(row.get("p"))
                missing = row.get("n_dk_na")
                counts.numbers[key] = (float(row.get("n_valid")), float(missing) if missing else None)
            except ValueError as error:
                what = f"{path.name}, row {row.line}: {error}"
                cells.fault("unreadable", what, "give whole codes and numbers", item=row.get("question"))
    return counts
