"""Human references beside a run: put into its record, and taken out of it as they were put in.

Knows rows and cells; what a reference is worth for a questionnaire is `surveys.reference_check`'s business.
"""

from __future__ import annotations

from pathlib import Path

from simulator.store.reader import Reader
from simulator.store.records import ReferenceCellRow, ReferenceRow
from simulator.store.writer import Writer
from surveys.reference import HumanReference, ReferenceCell


def as_row(reference: HumanReference) -> ReferenceRow:
    """The reference as the record holds it."""
    cells = tuple(
        ReferenceCellRow(
            item=cell.item,
            country=cell.country,
            group=cell.group,
            shares=dict(cell.shares),
            n=cell.n,
            n_missing=cell.n_missing,
            is_multiple=cell.is_multiple,
            note=cell.note,
        )
        for cell in reference.cells
    )
    return ReferenceRow(
        id=reference.id,
        title=reference.title,
        source=reference.source,
        cells=cells,
        year=reference.year,
        licence=reference.licence,
        is_weighted=reference.weighted,
        notes=reference.notes,
    )


def from_row(row: ReferenceRow) -> HumanReference:
    """The reference that `as_row` put down."""
    cells = tuple(
        ReferenceCell(
            item=cell.item,
            shares=cell.shares,
            n=cell.n,
            country=cell.country,
            group=cell.group,
            is_multiple=cell.is_multiple,
            n_missing=cell.n_missing,
            note=cell.note,
        )
        for cell in row.cells
    )
    return HumanReference(
        id=row.id,
        title=row.title,
        source=row.source,
        cells=cells,
        year=row.year,
        licence=row.licence,
        weighted=row.is_weighted,
        notes=row.notes,
    )


def recorded_references(reader: Reader) -> tuple[HumanReference, ...]:
    """The human references that stand beside the run, in the order of their adding."""
    return tuple(map(from_row, reader.references()))


def add_reference(record: Path, reference: HumanReference) -> None:
    """Put `reference` beside the run in `record`, whose tables are brought up to date; the same one again does nothing.

    Raises StoreError if a reference of that id is there with other content, and what `Writer.open` raises.
    """
    with Writer.open(record, kind="reference") as writer:
        writer.append_reference(as_row(reference))
