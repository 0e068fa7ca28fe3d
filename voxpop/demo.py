"""`voxpop demo`: the main job from start to end on known-truth respondents, with one transcript and what to type
next.
"""

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from simulator.errors import EXIT_COMPLETE, EXIT_INCOMPLETE
from simulator.store.reader import Reader
from voxpop.comparing import compare_runs, print_comparison
from voxpop.conversation import print_transcript
from voxpop.folders import record_path
from voxpop.progress import duration, shown
from voxpop.running import launch
from voxpop.spec import RunSpec, read_spec
from voxpop.terminal import print_json, program, stdout
from voxpop.transcript import make_transcript

TRANSCRIPT = "r0001"
ITEMS_SHOWN = 4

WHAT_IT_IS = (
    "These respondents are neither people nor a language model: they are drawn from a model whose every parameter is "
    "known, so that what the analysis reports can be checked against what was planted (docs/known-truth.md)."
)


def demo_spec(n: int, seed: int) -> RunSpec:
    """The spec of the demo: `demo.toml` in this package, the same file as runs/demo.toml."""
    with_path = files("voxpop") / "demo.toml"
    from importlib.resources import as_file

    with as_file(with_path) as path:
        return read_spec(path, [f"population.n={n}", f"seed={seed}"])


def run_demo(*, n: int, seed: int, quiet: bool, as_json: bool) -> int:
    """Run, compare, show; returns the exit status."""
    spec = demo_spec(n, seed)
    record = record_path(spec.name)
    began = time.monotonic()
    carried = launch(
        spec, record, replace=True, watch=lambda tally: shown(tally, "interviewing", quiet=quiet or as_json)
    )
    found = compare_runs([record])
    seconds = time.monotonic() - began
    with Reader(record) as reader:
        transcript = make_transcript(reader, TRANSCRIPT)
    if as_json:
        print_json(
            {"run": spec.name, "record": str(record), "comparison": found.as_json(), "transcript": transcript.as_json()}
        )
        return EXIT_COMPLETE if carried.outcome.is_complete else EXIT_INCOMPLETE
    _print(spec, record, found, transcript, seconds)
    return EXIT_COMPLETE if carried.outcome.is_complete else EXIT_INCOMPLETE


def _print(spec: RunSpec, record: Path, found: Any, transcript: Any, seconds: float) -> None:
    console = stdout()
    answers = sum(sum(arm.statuses.values()) for arm in found.arms)
    console.print(
        f"\n{sum(arm.n_respondents for arm in found.arms)} respondents answered {answers:,} items of "
        f"{spec.survey.instrument} in {duration(seconds)}; every answer is in {record}.\n"
    )
    print_comparison(console, found)
    console.print(f"\n{WHAT_IT_IS}\n", style="dim")
    print_transcript(console, transcript, limit=ITEMS_SHOWN)
    voxpop = program()
    rows = [
        (f"{voxpop} show {spec.name} {transcript.respondent}", "the whole interview"),
        (f"{voxpop} show {spec.name} --status refused", "respondents worth reading"),
        (f"{voxpop} compare {spec.name} --items", "every item's distribution"),
        (f"{voxpop} export {spec.name} demo.sav", "for SPSS, R or Stata"),
    ]
    width = max(len(command) for command, _ in rows)
    lines = [f"  {command:{width}}   {purpose}" for command, purpose in rows]
    own = f"{voxpop} run runs/demo.toml --name mine --engine openai_compatible --model NAME --base-url URL"
    console.print("\n".join(["\nNext:", *lines, "The same on your own model:", f"  {own}"]), markup=False)
