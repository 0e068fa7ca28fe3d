"""What an importer of human answers hands back: the reference, the items where their texts come with it, a report.

Knows no format.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.errors import InstrumentError
from surveys.importers.report import counted
from surveys.instrument import Instrument
from surveys.reference import HumanReference
from surveys.reference_cells import Cells
from surveys.reference_faults import FaultKind, ReferenceFault, fault_counts, fault_lines


class ReferenceFile(NamedTuple):
    """One file as read: how many rows (records, respondents) it holds and how many cells came of them."""

    file: str
    n_rows: int
    n_cells: int


class ReferenceReport(NamedTuple):
    """Counts per file, every fault met on the way, and warnings: what was taken but deserves a look."""

    files: tuple[ReferenceFile, ...]
    faults: tuple[ReferenceFault, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[FaultKind, int]:
        """How many faults there are of each kind that occurs."""
        return fault_counts(self.faults)

    def lines(self, most: int = 5) -> list[str]:
        """The report for people: a line per file, the faults by kind, the warnings."""
        lines = [f"{one.file}: {counted(one.n_rows, 'row')}, {counted(one.n_cells, 'cell')}" for one in self.files]
        return [*lines, *fault_lines(self.faults, most), *(f"warning: {warning}" for warning in self.warnings)]


class ImportedReference(NamedTuple):
    """Human answers, the questionnaire where the file holds its texts (else None), and how it was read."""

    reference: HumanReference
    instrument: Instrument | None
    report: ReferenceReport


class Wanted(NamedTuple):
    """What of a file is wanted: items by id, countries and languages by code; nothing named means all."""

    items: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def is_item(self, item: str) -> bool:
        """Whether this item is wanted."""
        return not self.items or item in self.items

    def is_country(self, country: str) -> bool:
        """Whether this country is wanted."""
        return not self.countries or country in self.countries

    def note_absent(self, items: Sequence[str], cells: Cells) -> None:
        """A fault for everything that was asked for by name and is not in the file."""
        for item in self.items:
            if item not in items:
                cells.fault("unknown_item", "is not in the file", "check its id", item=item)
        there = {country for _, country, _ in cells.found}
        for country in self.countries:
            if country not in there:
                what, remedy = "the file holds no data of it", "check its two-letter code, or leave it out"
                cells.fault("country_without_data", what, remedy, country=country)


EVERYTHING = Wanted()


def require_cells(cells: Cells, name: str) -> None:
    """InstrumentError with what went wrong where nothing at all came of a file."""
    if not cells.found:
        told = "\n".join(f"  {line}" for line in fault_lines(cells.faults)) or "  it holds no rows"
        raise InstrumentError(f"{name}: no human answers could be taken from it:\n{told}")
