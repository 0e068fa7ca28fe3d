"""voxpop show, compare and analyze: everything that reads a record and prints it."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.errors import EXIT_COMPLETE
from voxpop.commands import options


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog="Examples: voxpop show demo r0004 · voxpop show demo --status refused · voxpop show demo r0001 r0002"
        " · voxpop show demo r0004 --judge strict"
    )(show)
    app.command(
        epilog="Examples: voxpop compare demo · voxpop compare demo --by memory --items · voxpop compare one two"
    )(compare)
    app.command(epilog="Examples: voxpop analyze demo value-ranking · voxpop analyze demo distributions --json")(
        analyze
    )


def show(
    run: options.Run,
    respondents: Annotated[
        list[str] | None, typer.Argument(help="One respondent, or several side by side: r0004 r0007.")
    ] = None,
    persona: Annotated[
        str | None, typer.Option(help="All respondents of this persona, side by side (its arms).")
    ] = None,
    grep: Annotated[str | None, typer.Option(help="Only respondents who said this (searches their replies).")] = None,
    strategy: Annotated[str | None, typer.Option(help="Only respondents of this strategy.")] = None,
    status: Annotated[str | None, typer.Option(help="Only respondents with an answer of this status.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many items (or respondents in a list).")] = None,
    prompts: Annotated[
        bool, typer.Option("--prompts", help="Show every message that was sent, to judges too.")
    ] = False,
    judge: Annotated[
        str | None, typer.Option(help="What this judge was sent about the respondent, and what it replied.")
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Read a transcript as a conversation, or find respondents worth reading."""
    from voxpop.folders import find_record
    from voxpop.showing import show_respondents
    from voxpop.soundness import blaming_the_record

    record = find_record(run)
    with blaming_the_record(record):
        show_respondents(
            record,
            tuple(respondents or ()),
            persona=persona,
            grep=grep,
            strategy=strategy,
            status=status,
            limit=limit,
            prompts=prompts,
            judge=judge,
            as_json=as_json,
        )
    return EXIT_COMPLETE


def compare(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="One run, or several to compare with each other.")
    ],
    by: Annotated[
        str, typer.Option(help="What to compare: population, strategy, memory, option_order, labels, run, ...")
    ] = "population",
    items: Annotated[bool, typer.Option("--items", help="Also print every item's answer distribution.")] = False,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples and permutations.")] = 999,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
    as_json: options.Json = False,
) -> int:
    """Put arms side by side: distributions, distances, variance, diversity, status counts, effective n."""
    from voxpop.comparing import compare_runs, print_comparison
    from voxpop.folders import find_record
    from voxpop.soundness import blaming_the_record
    from voxpop.terminal import print_json, stdout

    records = [find_record(run) for run in runs]
    with blaming_the_record(*records):
        found = compare_runs(records, by=by, resamples=resamples, seed=seed)
    if as_json:
        print_json(found.as_json())
    else:
        print_comparison(stdout(), found, items=items)
    return EXIT_COMPLETE


def analyze(
    run: options.Run,
    metric: Annotated[str | None, typer.Argument(help="The metric; without one, all of them are listed.")] = None,
    by: Annotated[str, typer.Option(help="Arm to split by.")] = "population",
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples.")] = 999,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
    as_json: options.Json = False,
) -> int:
    """One metric over a run, with n, missing counts and intervals."""
    from voxpop.analyzing import analyze_run, print_metric, print_metrics
    from voxpop.folders import find_record
    from voxpop.soundness import blaming_the_record
    from voxpop.terminal import print_json, stdout

    record = find_record(run)
    if metric is None:
        print_metrics(stdout(), as_json=as_json)
        return EXIT_COMPLETE
    with blaming_the_record(record):
        table = analyze_run(record, metric, by=by, resamples=resamples, seed=seed)
    if as_json:
        print_json(table.as_json())
    else:
        print_metric(stdout(), table)
    return EXIT_COMPLETE
