"""voxpop export: the answers of a run, or the verdicts on them, as a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import EXIT_COMPLETE
from voxpop.commands import options


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog="Examples: voxpop export demo answers.csv · voxpop export demo demo.sav · "
        "voxpop export demo verdicts.csv --table verdicts"
    )(export)


def export(
    run: options.Run,
    out: Annotated[Path, typer.Argument(help="The file to write; its ending chooses the format.")],
    file_format: Annotated[
        str | None,
        typer.Option("--format", help="csv, csv-wide, parquet, jsonl or sav; default: by the file's ending."),
    ] = None,
    table: Annotated[str, typer.Option(help="answers, or verdicts: one row for each verdict of a judge.")] = "answers",
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: options.Json = False,
) -> int:
    """Write the answers as CSV, Parquet, JSONL or SPSS .sav, or the verdicts of judges."""
    from simulator.store.reader import Reader
    from voxpop.export import export as write
    from voxpop.folders import find_record
    from voxpop.soundness import blaming_the_record
    from voxpop.terminal import plain_text, print_json, stdout

    record = find_record(run)
    with blaming_the_record(record), Reader(record) as reader:
        rows = write(reader, out, file_format, force=force, table=table)
    if as_json:
        print_json({"file": str(out), "rows": rows})
    else:
        stdout().print(plain_text(f"{rows:,} rows written to {out}"))
    return EXIT_COMPLETE
