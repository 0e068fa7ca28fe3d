"""voxpop survey list, show, check and import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_USER
from voxpop.commands import options


def register(app: typer.Typer) -> None:
    """Add the command group of this module."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, show, check and import surveys.")
    group.command("list", epilog="Example: voxpop survey list")(list_surveys)
    group.command("show", epilog="Example: voxpop survey show civic-topics --topic legal-abortion")(show)
    group.command("check", epilog="Example: voxpop survey check my-survey.toml")(check)
    group.command(
        "import",
        epilog="Example: voxpop survey import valueconsistency controversial_english_us.jsonl --out values-us.toml",
    )(import_survey)
    app.add_typer(group, name="survey")


Source = Annotated[str, typer.Argument(metavar="SURVEY", help="A built-in survey's name or the path of a survey file.")]


def list_surveys(as_json: options.Json = False) -> int:
    """The built-in surveys."""
    from voxpop.surveying import print_surveys

    print_surveys(as_json=as_json)
    return EXIT_COMPLETE


def show(
    survey: Source,
    topic: Annotated[str | None, typer.Option(help="Only items on this topic.")] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many items.")] = None,
    as_json: options.Json = False,
) -> int:
    """The items of a survey with options, coding and wordings."""
    from voxpop.surveying import print_survey

    print_survey(survey, topic=topic, limit=limit, as_json=as_json)
    return EXIT_COMPLETE


def check(survey: Source, as_json: options.Json = False) -> int:
    """Every fault of a survey file at once, with place and remedy."""
    from voxpop.surveying import print_check

    return EXIT_COMPLETE if print_check(survey, as_json=as_json) else EXIT_USER


def import_survey(
    file_format: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help="csv (commas, tabs or semicolons), values (texts and a scoring key) or valueconsistency.",
        ),
    ],
    files: Annotated[list[Path], typer.Argument(help="The files to import.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write the survey (TOML); default: beside the first file's name here.")
    ] = None,
    key: Annotated[
        str, typer.Option(help="For values: a scoring key, pvq-rr-57, ess-21, pvq-40 or a file.", show_default=False)
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: options.Json = False,
) -> int:
    """Turn a published or tabular format into a survey file."""
    from voxpop.surveying import print_import

    print_import(file_format, files, out, key=key, force=force, as_json=as_json)
    return EXIT_COMPLETE
