"""voxpop run, plan, resume, status and demo: everything that carries a run out or looks at how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_INCOMPLETE
from voxpop.commands import options

if TYPE_CHECKING:
    from voxpop.running import Carried
    from voxpop.spec import RunSpec


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: voxpop run runs/demo.toml --n 60 --name small")(run)
    app.command(
        epilog="Example: voxpop plan runs/demo.toml --price-in 0.15 --price-out 0.60\n\n"
        "Example: voxpop plan my-run.toml --pilot 5"
    )(plan)
    app.command(epilog="Example: voxpop resume demo\n\nExample: voxpop resume demo --set budget.calls=1000")(resume)
    app.command(epilog="Example: voxpop status demo --json")(status)
    app.command(epilog="Example: voxpop demo --n 60")(demo)


def spec_from(
    path: Path | None,
    overrides: list[str] | None,
    *,
    survey: str | None = None,
    strategies: str | None = None,
    n: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    name: str | None = None,
    workers: int | None = None,
) -> RunSpec:
    """The spec of a file (or the defaults) with command-line options applied; options win over --set over the file."""
    from voxpop.spec import make_spec, read_spec
    from voxpop.spec_source import names_in

    named: dict[str, Any] = {
        "survey.instrument": survey,
        "population.strategies": None if strategies is None else names_in(strategies, "--strategies"),
        "population.n": n,
        "seed": seed,
        "engine.name": engine,
        "engine.model": model,
        "engine.base_url": base_url,
        "name": name,
        "fieldwork.workers": workers,
    }
    given: list[str | tuple[str, Any]] = [*(overrides or [])]
    everything = given + [(key, value) for key, value in named.items() if value is not None]
    return make_spec({}, source="command line", overrides=everything) if path is None else read_spec(path, everything)


def run(
    spec: options.SpecFile = None,
    survey: options.Survey = None,
    strategies: options.Strategies = None,
    n: options.Number = None,
    seed: options.Seed = None,
    engine: options.EngineName = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    name: options.Name = None,
    workers: options.Workers = None,
    overrides: options.Overrides = None,
    replace: Annotated[bool, typer.Option("--replace", help="Start over if the run exists.")] = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> int:
    """Draw a population, interview everyone and record it."""
    from voxpop.folders import record_path
    from voxpop.progress import shown
    from voxpop.running import launch

    read = spec_from(
        spec,
        overrides,
        survey=survey,
        strategies=strategies,
        n=n,
        seed=seed,
        engine=engine,
        model=model,
        base_url=base_url,
        name=name,
        workers=workers,
    )
    record = record_path(read.name)
    carried = launch(read, record, replace=replace, watch=lambda tally: shown(tally, read.name, quiet=quiet or as_json))
    return report(carried, read.name, as_json=as_json)


def resume(
    run: options.Run,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Go on with another budget, concurrency or server address: what cannot change an answer.",
        ),
    ] = None,
    workers: options.Workers = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> int:
    """Go on with a run that was stopped; it ends with the answers of an uninterrupted run."""
    from voxpop import running
    from voxpop.folders import find_record
    from voxpop.progress import shown

    record = find_record(run)
    overrides: list[str | tuple[str, Any]] = [*(changes or [])]
    if workers is not None:
        overrides.append(("fieldwork.workers", workers))
    carried = running.resume(record, overrides=overrides, watch=lambda tally: shown(tally, run, quiet=quiet or as_json))
    return report(carried, run, as_json=as_json)


def report(carried: Carried, name: str, *, as_json: bool) -> int:
    """Say how a run ended; returns the exit status."""
    from voxpop.status import print_status, run_status
    from voxpop.terminal import plain_text, print_json, program, say, stdout

    found = run_status(carried.record, name)
    if as_json:
        print_json(found)
    else:
        print_status(stdout(), found)
        if carried.outcome.is_complete:
            if not carried.tally.items_expected:
                stdout().print("Nothing was left to do.")
            steps = (f"compare {name}", f"show {name} r0000", f"export {name} answers.csv")
            stdout().print(plain_text("Next: " + " · ".join(f"{program()} {step}" for step in steps)))
    if carried.outcome.is_complete:
        return EXIT_COMPLETE
    n_open = carried.outcome.n_open
    left = f"{n_open:,} {'interview is' if n_open == 1 else 'interviews are'} open"
    if carried.outcome.stopped_by is None:
        left = f"{left}: {carried.outcome.last_failure}; go on with voxpop resume {name}"
        return say(left, "Incomplete", EXIT_INCOMPLETE, as_json=as_json)
    left = f"stopped by its budget ({carried.outcome.stopped_by}); {left}, and all that was answered is recorded"
    return say(f"{left}; go on with {found['go_on_with']}", "BudgetSpent", EXIT_INCOMPLETE, as_json=as_json)


def status(run: options.Run, as_json: options.Json = False) -> int:
    """How far a run is: respondents, answers by status, calls and tokens, what its budget has left, how it ended."""
    from voxpop.folders import find_record
    from voxpop.soundness import blaming_the_record
    from voxpop.status import print_status, run_status
    from voxpop.terminal import print_json, stdout

    record = find_record(run)
    with blaming_the_record(record):
        found = run_status(record, run)
    if as_json:
        print_json(found)
    else:
        print_status(stdout(), found)
    return EXIT_COMPLETE if found["is_complete"] else EXIT_INCOMPLETE


def plan(
    spec: options.SpecFile = None,
    survey: options.Survey = None,
    strategies: options.Strategies = None,
    n: options.Number = None,
    seed: options.Seed = None,
    engine: options.EngineName = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    overrides: options.Overrides = None,
    price_in: Annotated[
        float | None, typer.Option(min=0, help="Price per million prompt tokens, in your currency.")
    ] = None,
    price_out: Annotated[float | None, typer.Option(min=0, help="Price per million completion tokens.")] = None,
    latency: Annotated[float, typer.Option(min=0, help="Seconds per call that you expect from the server.")] = 1.0,
    pilot: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Conduct N interviews with the run's own engine and measure: not recorded, but paid for.",
        ),
    ] = 0,
    as_json: options.Json = False,
) -> int:
    """What a run would ask, before it is spent: calls, tokens, time and cost, and whether its budget will do."""
    from voxpop.forecast import forecast, print_forecast
    from voxpop.terminal import plain_text, print_json, stderr, stdout

    read = spec_from(
        spec,
        overrides,
        survey=survey,
        strategies=strategies,
        n=n,
        seed=seed,
        engine=engine,
        model=model,
        base_url=base_url,
    )
    found: dict[str, Any] = forecast(
        read,
        price_in=price_in,
        price_out=price_out,
        latency_seconds=latency,
        pilot=pilot,
        before_pilot=lambda words: stderr().print(plain_text(words)),
    )
    if as_json:
        print_json(found)
    else:
        print_forecast(stdout(), found)
    return EXIT_COMPLETE


def demo(
    n: Annotated[int, typer.Option("--n", min=3, help="Respondents in all.")] = 300,
    seed: Annotated[int, typer.Option(help="The number every random draw follows from.")] = 7,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> int:
    """The main job in one go, without network or model: simulate three populations, compare them, read a transcript."""
    from voxpop.demo import run_demo

    return run_demo(n=n, seed=seed, quiet=quiet, as_json=as_json)
