"""voxpop scenarios: situations with opposed actions; list, show, check and write them, have them rated, hold the
ratings against answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_INCOMPLETE, EXIT_USER
from voxpop.commands import options


def register(app: typer.Typer) -> None:
    """Add the command group of this module."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Situations in which the poles of an item lead to opposed actions: list, show, check, write, rate, agree.",
    )
    group.command("list", epilog="Example: voxpop scenarios list")(list_sets)
    group.command("show", epilog="Example: voxpop scenarios show social-attitudes --item work-safe-or-risky")(show)
    group.command("check", epilog="Example: voxpop scenarios check my-scenarios.toml")(check)
    group.command(
        "write",
        epilog="Example: voxpop scenarios write social-attitudes --items law-cameras,science-fifty-years --engine "
        "openai_compatible --base-url http://127.0.0.1:8000/v1 --model my-model --out written.toml",
    )(write)
    group.command("survey", epilog="Example: voxpop scenarios survey social-attitudes --out actions.toml")(survey)
    group.command(
        "agree",
        epilog="Examples: voxpop scenarios agree attitudes actions · voxpop scenarios agree attitudes actions "
        "--by strategy --middle drop",
    )(agree)
    app.add_typer(group, name="scenarios")


Scenarios = Annotated[
    str, typer.Argument(metavar="SCENARIOS", help="A built-in set's name or the path of a scenario file.")
]
Items = Annotated[str | None, typer.Option(help="Only these items, separated by commas.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]


def list_sets(as_json: options.Json = False) -> int:
    """The built-in sets of scenarios."""
    from voxpop.scenario_words import print_sets

    print_sets(as_json=as_json)
    return EXIT_COMPLETE


def show(
    scenarios: Scenarios,
    item: Annotated[str | None, typer.Option(help="Only those of this item.")] = None,
    as_json: options.Json = False,
) -> int:
    """The scenarios of a set, under the items whose poles their actions imply."""
    from voxpop.scenario_words import print_scenarios

    print_scenarios(scenarios, item=item, as_json=as_json)
    return EXIT_COMPLETE


def check(scenarios: Scenarios, as_json: options.Json = False) -> int:
    """Every fault of a scenario file at once, with place and remedy."""
    from voxpop.scenario_words import print_check

    return EXIT_COMPLETE if print_check(scenarios, as_json=as_json) else EXIT_USER


def write(
    survey: Annotated[str, typer.Argument(metavar="SURVEY", help="A built-in survey's name or the path of a file.")],
    items: Annotated[str, typer.Option(help="The items to write scenarios for, separated by commas.")],
    out: Annotated[Path, typer.Option(help="Where to write the scenarios (TOML).")],
    log: Annotated[
        Path | None,
        typer.Option(
            help="Where every prompt and reply is kept (JSON lines); default: beside --out. What is there is "
            "not asked for again."
        ),
    ] = None,
    wording: Annotated[
        str, typer.Option(help="How it is asked: everyday, or the path of a wording file.")
    ] = "everyday",
    n: Annotated[int, typer.Option(min=1, help="Scenarios asked for per item.")] = 10,
    seed: options.Seed = None,
    engine: options.EngineName = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    overrides: options.Overrides = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Calls under way at once.")] = 8,
    force: Force = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> int:
    """Have a model write scenarios for items of a survey, and a critic drop those that fail one of four checks."""
    from voxpop.commands.run import spec_from
    from voxpop.scenario_writing import Order, carry_out, print_written
    from voxpop.spec_source import names_in

    order = Order(
        survey=survey,
        items=tuple(names_in(items, "--items")),
        out=out,
        log=log or out.with_suffix(".calls.jsonl"),
        wording=wording,
        n=n,
        concurrency=concurrency,
    )
    spec = spec_from(None, overrides, seed=seed, engine=engine, model=model, base_url=base_url)
    written = carry_out(order, spec, force=force, quiet=quiet or as_json)
    print_written(written, order, as_json=as_json)
    return EXIT_COMPLETE if written.is_complete else EXIT_INCOMPLETE


def survey(
    scenarios: Scenarios,
    out: Annotated[Path, typer.Option(help="Where to write the survey (TOML).")],
    items: Items = None,
    names: Annotated[
        str | None, typer.Option(help="Given names for the main character, separated by commas, taking turns.")
    ] = None,
    force: Force = False,
    as_json: options.Json = False,
) -> int:
    """Write the survey that has every action rated from 1 to 10, each shown by itself with its situation."""
    from voxpop.scenario_words import print_survey_written

    print_survey_written(scenarios, out, items=items, names=names, force=force, as_json=as_json)
    return EXIT_COMPLETE


def agree(
    values: Annotated[str, typer.Argument(metavar="RUN", help="The run that answered the survey.")],
    actions: Annotated[str, typer.Argument(metavar="RATINGS", help="The run that rated the actions.")],
    by: Annotated[
        str | None, typer.Option(help="What arms are told apart by, in both runs: strategy, population, engine.")
    ] = None,
    probe: Annotated[
        str | None,
        typer.Option(
            help="What this probe found, averaged over styles and ways of showing the options: text, token-logit or "
            "sequence; default: what each answer rests on."
        ),
    ] = None,
    middle: Annotated[str, typer.Option(help="What becomes of the middle of an odd scale: split, or drop.")] = "split",
    resamples: Annotated[int, typer.Option(min=1, help="Resamples of items for intervals.")] = 1_999,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.")] = 0,
    as_json: options.Json = False,
) -> int:
    """Value-action agreement: are the actions of the poles that answers lean to the ones that are approved of?"""
    from voxpop.folders import find_record
    from voxpop.value_action import agreement_of_runs, print_agreement

    found = agreement_of_runs(
        find_record(values), find_record(actions), by=by, probe=probe, middle=middle, resamples=resamples, seed=seed
    )
    print_agreement(found, as_json=as_json)
    return EXIT_COMPLETE
