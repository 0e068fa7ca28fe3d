"""voxpop reference import, check, show, add and export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_USER
from voxpop.commands import options


def register(app: typer.Typer) -> None:
    """Add the command group of this module."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Read, check and keep human answers to compare a run with."
    )
    group.command(
        "import",
        epilog="Examples: voxpop reference import wvs wvs7.json --countries US,CN --out wvs7.reference.json "
        "--survey-out wvs7.toml · voxpop reference import microdata survey.sav --codebook codes.toml --out us.json",
    )(import_reference)
    group.command("check", epilog="Example: voxpop reference check wvs7.reference.json --survey wvs7.toml")(check)
    group.command("show", epilog="Examples: voxpop reference show wvs7.reference.json · voxpop reference show demo")(
        show
    )
    group.command("add", epilog="Example: voxpop reference add demo wvs7.reference.json")(add)
    group.command("export", epilog="Example: voxpop reference export wvs7.reference.json human.csv")(export)
    app.add_typer(group, name="reference")


Reference = Annotated[
    Path, typer.Argument(metavar="FILE", help="A reference file, as voxpop reference import writes it.")
]
Source = Annotated[str, typer.Argument(metavar="FILE|RUN", help="A reference file, or a run that has references.")]
Countries = Annotated[str | None, typer.Option(help="Only these, as two-letter codes: US,CN.")]
Items = Annotated[str | None, typer.Option(help="Only these, by id: Q1,Q27.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]


def import_reference(
    file_format: Annotated[
        str, typer.Argument(metavar="FORMAT", help="tidy, microdata, wvs, opinionqa or globalopinionqa.")
    ],
    files: Annotated[list[Path], typer.Argument(help="The files to import.")],
    out: Annotated[Path, typer.Option(help="Where to write the reference (JSON).")],
    survey_out: Annotated[
        Path | None, typer.Option(help="Where to write the questions (TOML), for formats that hold them.")
    ] = None,
    codebook: Annotated[Path | None, typer.Option(help="For microdata: what its variables mean (TOML).")] = None,
    countries: Countries = None,
    items: Items = None,
    languages: Annotated[
        str | None, typer.Option(help="For wvs: only items with whole texts in all of these: en,zh.")
    ] = None,
    survey: options.Survey = None,
    reference_id: Annotated[str | None, typer.Option("--id", help="What to call the reference.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the answers come from, in words.")] = None,
    force: Force = False,
    as_json: options.Json = False,
) -> int:
    """Turn published or own human answers into a reference file."""
    from surveys.importers.reference_report import Wanted
    from voxpop.referencing import print_import, read_import

    wanted = Wanted(_names(items), _names(countries), _names(languages))
    facts = {key: text for key, text in (("id", reference_id), ("source", source)) if text}
    found = read_import(file_format, files, (out, survey_out), wanted, codebook, survey, force=force)
    print_import(found, (out, survey_out), facts, as_json=as_json)
    return EXIT_COMPLETE


def check(
    file: Reference,
    survey: Annotated[str, typer.Option(help="A built-in survey's name or the path of a survey file.")],
    countries: Countries = None,
    groups: Annotated[str | None, typer.Option(help="Groups that must have data: sex=female,age=18-29.")] = None,
    as_json: options.Json = False,
) -> int:
    """Every fault of a reference for a questionnaire, named and counted; status 2 if something has to be mended."""
    from voxpop.referencing import print_check

    is_sound = print_check(file, survey, _names(countries), _names(groups), as_json=as_json)
    return EXIT_COMPLETE if is_sound else EXIT_USER


def show(source: Source, items: Items = None, countries: Countries = None, as_json: options.Json = False) -> int:
    """The human answers in a file, or beside a run."""
    from voxpop.referencing import print_references

    print_references(source, _names(items), _names(countries), as_json=as_json)
    return EXIT_COMPLETE


def add(run: options.Run, file: Reference, as_json: options.Json = False) -> int:
    """Put a reference into the record of a run; the same one again changes nothing, another of its id is refused."""
    from voxpop.referencing import print_added

    print_added(run, file, as_json=as_json)
    return EXIT_COMPLETE


def export(
    source: Source,
    out: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    force: Force = False,
    as_json: options.Json = False,
) -> int:
    """Write human answers as a tidy CSV: one row per reference, item, country, group and option."""
    from voxpop.referencing import print_export

    print_export(source, out, force=force, as_json=as_json)
    return EXIT_COMPLETE


def _names(text: str | None) -> tuple[str, ...]:
    """The names of a list separated by commas."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
