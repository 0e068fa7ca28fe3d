"""Options that several verbs share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Run = Annotated[str, typer.Argument(help="A run's name, its folder, or the path of a record (.sqlite).")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override any key of the spec, e.g. --set population.n=50."),
]
SpecFile = Annotated[
    Path | None, typer.Argument(metavar="[SPEC]", help="A run specification (TOML); see docs/spec.md.")
]
Survey = Annotated[str | None, typer.Option(help="A built-in survey's name or the path of a survey file.")]
Strategies = Annotated[
    str | None, typer.Option("--strategies", help="Persona strategies, separated by commas: city,value-anchor,named.")
]
Number = Annotated[int | None, typer.Option("--n", help="Personas in all, split evenly over the strategies.")]
Seed = Annotated[int | None, typer.Option(help="The number every random draw follows from.")]
EngineName = Annotated[
    str | None,
    typer.Option("--engine", help="synthetic, openai_compatible, vllm_inprocess, langchain_model, scripted or replay."),
]
Model = Annotated[str | None, typer.Option(help="The model's id at the server.")]
BaseUrl = Annotated[str | None, typer.Option(help="The server, e.g. http://127.0.0.1:8000/v1.")]
Workers = Annotated[int | None, typer.Option(help="Processes that share the interviews (fieldwork.workers).")]
Name = Annotated[str | None, typer.Option("--name", help="The run's name: its folder under runs/.")]
