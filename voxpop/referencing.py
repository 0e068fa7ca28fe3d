"""What `voxpop reference` does and prints: an import, the faults of a reference, its shares, its place beside a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from surveys.catalog import find_instrument
from surveys.reference import HumanReference, ReferenceCell
from surveys.reference_file import cell_to_json, head_to_json, read_reference, read_what_is_usable, write_reference
from surveys.serialize import instrument_to_toml
from voxpop.folders import find_record
from voxpop.references import add_reference, recorded_references
from voxpop.terminal import plain_text, print_json, stdout

if TYPE_CHECKING:
    from surveys.importers.reference_report import ImportedReference, Wanted

Targets = tuple[Path, Path | None]
"""Where the reference goes, and the questions if they are wanted."""


def read_import(
    file_format: str,
    files: Sequence[Path],
    targets: Targets,
    wanted: Wanted,
    codebook: Path | None,
    survey: str | None,
    *,
    force: bool,
) -> ImportedReference:
    """Import human answers. Raises InstrumentError for faults in the files, RunSpecError for a target that exists."""
    from surveys.importers.references import import_reference

    _check_free([path for path in targets if path is not None], files, force=force)
    instrument = None if survey is None else find_instrument(survey)
    return import_reference(file_format, files, wanted=wanted, instrument=instrument, codebook=codebook)


def print_import(found: ImportedReference, targets: Targets, facts: Mapping[str, str], *, as_json: bool) -> None:
    """Write what was imported, with `facts` (id, source) in place of its own, and the report."""
    found = found._replace(reference=replace(found.reference, **facts))  # type: ignore[arg-type]
    _write(found, targets)
    report = found.report
    if as_json:
        print_json(
            {
                "reference": found.reference.id,
                "file": str(targets[0]),
                "survey_file": None if targets[1] is None else str(targets[1]),
                "n_cells": len(found.reference.cells),
                "files": [one._asdict() for one in report.files],
                "counts": report.counts,
                "faults": [fault._asdict() for fault in report.faults],
                "warnings": list(report.warnings),
            }
        )
        return
    console = stdout()
    console.print(plain_text(f"{found.reference.id}: {len(found.reference.cells)} cells written to {targets[0]}"))
    if targets[1] is not None and found.instrument is not None:
        console.print(plain_text(f"{len(found.instrument.items)} items written to {targets[1]}"))
    for line in report.lines():
        console.print(plain_text(f"  {line}"))


def _check_free(paths: Sequence[Path], sources: Sequence[Path], *, force: bool) -> None:
    for path in paths:
        if path in sources:
            raise RunSpecError(f"{path} is one of the files to import; write to another")
        if path.exists() and not force:
            raise RunSpecError(f"{path}: this file exists; choose another name, or overwrite it with --force")


def _write(found: ImportedReference, targets: Targets) -> None:
    path, survey_path = targets
    if survey_path is not None:
        if found.instrument is None:
            raise RunSpecError(
                "this format holds no questions; leave --survey-out away and name the survey with --survey"
            )
        try:
            survey_path.write_text(instrument_to_toml(found.instrument), encoding="utf-8")
        except OSError as error:
            raise RunSpecError(f"{survey_path}: cannot be written ({error.strerror}); choose another place") from error
    write_reference(found.reference, path, force=True)


def print_check(path: Path, survey: str, countries: Sequence[str], groups: Sequence[str], *, as_json: bool) -> bool:
    """Every fault of the reference in a file for a questionnaire; True if nothing has to be mended."""
    from surveys.reference_check import check_reference

    instrument = find_instrument(survey)
    reference, faults = read_what_is_usable(path)
    if countries:
        reference = _only(reference, (), countries)
    check = check_reference(reference, instrument, countries=countries, groups=groups, unusable=faults)
    if as_json:
        print_json(
            {
                "reference": reference.id,
                "survey": instrument.id,
                "is_sound": check.is_sound,
                "n_cells": check.n_cells,
                "n_usable": len(check.usable.cells),
                "counts": check.counts,
                "faults": [fault._asdict() for fault in check.faults],
            }
        )
    else:
        console = stdout()
        console.print(
            plain_text(f"{reference.id} for {instrument.id}: {'sound' if check.is_sound else 'faulty'}", "bold")
        )
        for line in check.lines():
            console.print(plain_text(line))
    return check.is_sound


def find_references(source: str) -> tuple[HumanReference, ...]:
    """The references in a file or beside a run. Raises RunSpecError where a run has none, or there is no such thing."""
    path = Path(source)
    if path.suffix.lower() == ".json" or (path.is_file() and path.suffix.lower() != ".sqlite"):
        return (read_reference(path),)
    with Reader(find_record(source)) as reader:
        found = recorded_references(reader)
    if not found:
        raise RunSpecError(
            f"run {source!r} has no human answers beside it; add some with voxpop reference add {source} FILE"
        )
    return found


def print_references(source: str, items: Sequence[str], countries: Sequence[str], *, as_json: bool) -> None:
    """The shares of each reference, those of these items and countries alone where any are named."""
    found = [_only(one, items, countries) for one in find_references(source)]
    if as_json:
        print_json([head_to_json(one) | {"cells": [cell_to_json(cell) for cell in one.cells]} for one in found])
        return
    for reference in found:
        _show(reference)


def _only(reference: HumanReference, items: Sequence[str], countries: Sequence[str]) -> HumanReference:
    cells = [
        cell
        for cell in reference.cells
        if (not items or cell.item in items) and (not countries or cell.country in countries)
    ]
    return replace(reference, cells=tuple(cells))


def _show(reference: HumanReference) -> None:
    from rich.table import Table

    console = stdout()
    console.print(plain_text(f"{reference.id} · {reference.title}", "bold"))
    facts = [reference.source, str(reference.year or ""), reference.licence, *reference.notes]
    facts += ["weighted" if reference.weighted else "unweighted"]
    console.print(plain_text(" · ".join(fact for fact in facts if fact), "dim"))
    table = Table(box=None, pad_edge=False)
    for heading in ("item", "country", "group", "n", "missing", "shares", "note"):
        table.add_column(heading)
    for cell in reference.cells:
        table.add_row(*map(plain_text, _cells_of(cell)))
    console.print(table)


def _cells_of(cell: ReferenceCell) -> list[str]:
    shares = "  ".join(f"{code} {share:.3f}" for code, share in cell.shares.items())
    numbers = ["?" if number is None else f"{number:,.0f}" for number in (cell.n, cell.n_missing)]
    return [cell.item, cell.country, cell.group, *numbers, shares + " (several)" * cell.is_multiple, cell.note]


def print_added(run: str, path: Path, *, as_json: bool) -> None:
    """Put the reference in a file into the record of a run."""
    record, reference = find_record(run), read_reference(path)
    add_reference(record, reference)
    facts: dict[str, Any] = {
        "run": run,
        "record": str(record),
        "reference": reference.id,
        "n_cells": len(reference.cells),
    }
    if as_json:
        print_json(facts)
    else:
        stdout().print(plain_text(f"{reference.id} ({len(reference.cells)} cells) stands beside {run} in {record}"))


def print_export(source: str, out: Path, *, force: bool, as_json: bool) -> None:
    """Write the references of a file or a run as one tidy CSV."""
    from voxpop.reference_table import write_tidy

    references = find_references(source)
    _check_free([out], [Path(source)], force=force)
    rows = write_tidy(references, out)
    if as_json:
        print_json({"file": str(out), "rows": rows})
    else:
        stdout().print(plain_text(f"{rows:,} rows written to {out}"))
