"""voxpop doctor: does this installation work, and what can an engine really do?"""

from __future__ import annotations

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_ENGINE
from voxpop.commands import options
from voxpop.commands.run import spec_from


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        epilog="Example: voxpop doctor --engine openai_compatible --base-url http://127.0.0.1:8000/v1 --model my-model"
    )(doctor)


def doctor(
    spec: options.SpecFile = None,
    engine: options.EngineName = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    overrides: options.Overrides = None,
    as_json: options.Json = False,
) -> int:
    """Check the installation and try every capability of an engine for real."""
    from voxpop.diagnosing import diagnose, print_diagnosis

    found = diagnose(spec_from(spec, overrides, engine=engine, model=model, base_url=base_url))
    print_diagnosis(found, as_json=as_json)
    return EXIT_COMPLETE if found["is_well"] else EXIT_ENGINE
