"""What `voxpop survey` prints: the list, an instrument, its faults, an import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.errors import InstrumentError, RunSpecError
from surveys.catalog import catalog_names, find_instrument
from surveys.check import check_warnings
from surveys.instrument import Instrument, Item
from surveys.serialize import instrument_to_json, instrument_to_toml
from voxpop.terminal import plain_text, print_json, stdout


def print_surveys(*, as_json: bool) -> None:
    """The built-in surveys with their size."""
    from rich.table import Table

    found = [summary(find_instrument(name)) for name in catalog_names()]
    if as_json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("survey", "title", "items", "questions", "topics", "dimensions", "languages"):
        table.add_column(heading)
    for row in found:
        table.add_row(*(plain_text(str(row[key])) for key in ("id", "title")), *_sizes(row))
    stdout().print(table)


def _sizes(row: dict[str, Any]) -> list[str]:
    keys = ("n_items", "n_questions", "n_topics", "n_dimensions")
    return [*(str(row[key] or "") for key in keys), ", ".join(row["languages"])]


def summary(instrument: Instrument) -> dict[str, Any]:
    """An instrument in a few facts."""
    return {
        "id": instrument.id,
        "title": instrument.text_in(instrument.title, instrument.language),
        "version": instrument.version,
        "n_items": len(instrument.items),
        "n_questions": len({item.question_id for item in instrument.items}),
        "n_topics": len(instrument.topics),
        "n_dimensions": len(instrument.dimensions),
        "languages": list(instrument.languages),
        "source": instrument.source,
        "licence": instrument.licence,
        "hash": instrument.content_hash,
    }


def print_survey(survey: str, *, topic: str | None, limit: int | None, as_json: bool) -> None:
    """The items of a survey; with `topic`, those on it. Raises InstrumentError for an unknown survey or topic."""
    from surveys.variants import select

    instrument = find_instrument(survey)
    if topic is not None or limit is not None:
        instrument = select(instrument, topics=[topic] if topic else None, limit=limit)
    if as_json:
        print_json(instrument_to_json(instrument))
        return
    console, facts = stdout(), summary(instrument)
    console.print(plain_text(f"{facts['id']} · {facts['title']} · version {facts['version']}", "bold"))
    console.print(plain_text(f"{facts['n_items']} items, {facts['n_questions']} questions. {facts['source']}", "dim"))
    instruction = instrument.text_in(instrument.instruction, instrument.language)
    if instruction:
        console.print(plain_text(instruction))
    titles = {one.id: instrument.text_in(one.title, instrument.language) for one in instrument.topics}
    last: str | None = None
    for item in instrument.items:
        if item.topic != last and item.topic is not None:
            console.print(plain_text(f"\n{item.topic} · {titles.get(item.topic, '')}", "bold cyan"))
        last = item.topic
        console.print(plain_text(item_lines(instrument, item)))


def item_lines(instrument: Instrument, item: Item) -> str:
    """One item as text: id, wording, coding; options unless it is a paraphrase."""
    facts = [", ".join(item.dimensions), "reverse-keyed" if item.reverse_keyed else ""]
    facts += [f"only if {rule.item_id} {'not ' * rule.negate}in {list(rule.codes)}" for rule in item.show_if]
    noted = " · ".join(fact for fact in facts if fact)
    text = f"  {item.id}  {instrument.item_text(item, instrument.language)}" + (f"  [{noted}]" if noted else "")
    for form, wording in item.forms.items():
        text += f"\n      {form}: {instrument.text_in(wording, instrument.language)}"
    if item.wording > 0:
        return text
    options = " | ".join(
        f"{option.code} {instrument.text_in(option.text, instrument.language)}"
        + (f" ({option.stance})" if option.stance else "")
        for option in item.options
    )
    return f"{text}\n      {options}" if options else f"{text}\n      ({item.format.value})"


def print_check(survey: str, *, as_json: bool) -> bool:
    """Every fault and warning of a survey; True if it can be administered."""
    try:
        instrument = find_instrument(survey)
    except InstrumentError as error:
        if as_json:
            faults = [fault._asdict() for fault in error.faults] or [
                {"place": survey, "what": str(error), "remedy": ""}
            ]
            print_json({"survey": survey, "is_valid": False, "faults": faults, "warnings": []})
        else:
            stdout().print(plain_text(str(error)))
        return False
    warnings = check_warnings(instrument)
    if as_json:
        warned = [fault._asdict() for fault in warnings]
        print_json({"survey": instrument.id, "is_valid": True, "faults": [], "warnings": warned})
        return True
    console = stdout()
    console.print(plain_text(f"{instrument.id}: {len(instrument.items)} items, no faults, {len(warnings)} warnings"))
    for fault in warnings:
        console.print(plain_text(f"  {fault}"))
    return True


def print_import(
    file_format: str, files: list[Path], out: Path | None, *, key: str = "", force: bool, as_json: bool
) -> None:
    """Import survey files and write them as TOML. Raises InstrumentError for faults in them."""
    from surveys.importers import run_importer

    target = out or Path(files[0].stem + ".toml")
    if target.exists() and not force:
        raise RunSpecError(f"{target}: this file exists; choose another with --out, or overwrite it with --force")
    imported = run_importer(file_format, files, key=key)
    try:
        target.write_text(instrument_to_toml(imported.instrument), encoding="utf-8")
    except OSError as error:
        raise RunSpecError(
            f"{target}: cannot be written ({error.strerror}); choose another place with --out"
        ) from error
    report = imported.report
    if as_json:
        counts = [{**one._asdict()} for one in report.files]
        said = {"notes": list(report.notes), "warnings": list(report.warnings)}
        print_json({"survey": imported.instrument.id, "file": str(target), "counts": counts, **said})
        return
    console = stdout()
    console.print(plain_text(f"{imported.instrument.id} written to {target}"))
    for line in report.lines():
        console.print(plain_text(f"  {line}"))
    console.print(plain_text(f"Next: voxpop run --survey {target} --strategies city --n 40 --name imported", "dim"))
