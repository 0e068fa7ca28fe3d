"""voxpop population: draw a population and look at it before anything is spent."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.errors import EXIT_COMPLETE
from voxpop.commands import options
from voxpop.commands.run import spec_from


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog="Example: voxpop population runs/demo.toml --examples 5")(population)


def population(
    spec: options.SpecFile = None,
    strategies: options.Strategies = None,
    n: options.Number = None,
    seed: options.Seed = None,
    overrides: options.Overrides = None,
    examples: Annotated[int, typer.Option(min=0, help="How many personas to print per population.")] = 3,
    as_json: options.Json = False,
) -> int:
    """Draw the population of a spec and show it: shares against targets, weights, design effect, example personas."""
    from voxpop.populating import print_populations

    print_populations(
        spec_from(spec, overrides, strategies=strategies, n=n, seed=seed), examples=examples, as_json=as_json
    )
    return EXIT_COMPLETE
