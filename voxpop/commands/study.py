"""voxpop study: every study of the catalog as a command of its own, with its own flags beside those all share."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_INCOMPLETE
from voxpop.commands import options
from voxpop.studies.catalog import STUDIES, find_study
from voxpop.studies.study import Flag, Study

if TYPE_CHECKING:
    from voxpop.studies.conducting import Conducted


def register(app: typer.Typer) -> None:
    """Add the command group of this module."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Carry out a study: its runs, and a report with figures."
    )
    group.command("list", epilog="Example: voxpop study list")(list_studies)
    for study in STUDIES:
        group.command(study.name, epilog=f"Example: voxpop study {study.name} --n 60 --out studies/small")(
            _command(study)
        )
    app.add_typer(group, name="study")


def list_studies(as_json: options.Json = False) -> int:
    """The studies there are."""
    from voxpop.terminal import plain_text, print_json, stdout

    if as_json:
        print_json([{"name": one.name, "title": one.title, "about": one.about, "n": one.n} for one in STUDIES])
        return EXIT_COMPLETE
    for one in STUDIES:
        stdout().print(plain_text(f"{one.name}: {one.title}", "bold"))
        stdout().print(plain_text(f"{one.about} By default {one.n} respondents.\n"))
    return EXIT_COMPLETE


Number = Annotated[int, typer.Option("--n", min=1, help="Respondents in each run.")]
Seed = Annotated[int, typer.Option(min=0, help="The number every random draw follows from.")]
Out = Annotated[
    Path | None, typer.Option(help="The study's folder: its runs and its report; default studies/NAME.", metavar="DIR")
]
Resamples = Annotated[int, typer.Option(min=1, help="Bootstrap resamples and permutations.")]


def carry_out(
    study: Study,
    *,
    n: int,
    seed: int,
    engine: str | None,
    model: str | None,
    base_url: str | None,
    out: Path | None,
    resamples: int,
    overrides: list[str] | None,
    quiet: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Conduct the study and say where its report is; returns the exit status."""
    from voxpop.studies.conducting import conduct
    from voxpop.studies.study import StudyOptions
    from voxpop.terminal import print_json, say

    folder = out or Path("studies") / study.name
    chosen = StudyOptions(
        folder=folder,
        n=n,
        seed=seed,
        engine=engine,
        model=model,
        base_url=base_url,
        resamples=resamples,
        overrides=tuple(overrides or ()),
        flags=study.flags_with(flags),
        is_quiet=quiet or as_json,
    )
    try:
        conducted = conduct(study, chosen)
    except KeyboardInterrupt:
        stopped = "stopped; nothing that was answered is lost: the same command goes on"
        return say(stopped, "Interrupted", EXIT_INCOMPLETE, as_json=as_json)
    if as_json:
        print_json(conducted.as_json())
    else:
        _print(conducted)
    return EXIT_COMPLETE


def _print(conducted: Conducted) -> None:
    """The main lines of a study, and where to read on."""
    from voxpop.terminal import plain_text, program, stdout

    console = stdout()
    console.print(plain_text(conducted.report.title, "bold"))
    for finding in conducted.report.findings:
        console.print(plain_text(f"- {finding.replace('`', '')}"))
    console.print(plain_text(f"\nReport: {conducted.page}"))
    for record in conducted.as_json()["records"]:
        console.print(plain_text(f"Read an interview: {program()} show {Path(record).parent} r0000"))


def _command(study: Study) -> Any:
    """The command of one study: the shared options, then its own flags, as typer reads them off a signature."""

    def command(**given: Any) -> int:
        return carry_out(find_study(study.name), **given)

    shared: list[tuple[str, Any, Any]] = [
        ("n", Number, study.n),
        ("seed", Seed, 7),
        ("engine", options.EngineName, None),
        ("model", options.Model, None),
        ("base_url", options.BaseUrl, None),
        ("out", Out, None),
        ("resamples", Resamples, 999),
        ("overrides", options.Overrides, None),
        ("quiet", options.Quiet, False),
        ("as_json", options.Json, False),
    ]
    parameters = [*[_parameter(*one) for one in shared], *[_flag(flag) for flag in study.flags]]
    command.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    command.__doc__ = f"{study.title}.\n\n{study.about}"
    return command


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _flag(flag: Flag) -> inspect.Parameter:
    option = typer.Option(f"--{flag.name}", help=flag.help)
    return _parameter(flag.name.replace("-", "_"), Annotated[type(flag.default), option], flag.default)
