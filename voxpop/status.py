"""How far a run is: respondents, answers by status, calls, tokens, sessions. Reads the record only."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.store.reader import Reader
from voxpop.record_facts import survey_and_engine
from voxpop.terminal import plain_text

if TYPE_CHECKING:
    from rich.console import Console


def run_status(record: Path) -> dict[str, Any]:
    """The state of a run as plain data."""
    with Reader(record) as reader:
        run = reader.run()
        survey, engine = survey_and_engine(reader)
        counts = reader.progress()
        calls = reader.calls()
        return {
            "run": run.name,
            "record": str(record),
            "survey": survey,
            "engine": engine,
            "seed": run.seed,
            "n_respondents": run.n_respondents,
            "interviews_finished": counts.n_finished,
            "interviews_open": counts.n_respondents - counts.n_finished,
            "dispositions": counts.by_disposition,
            "answers": counts.by_status,
            "n_answers": counts.n_answers,
            "n_expected": counts.n_expected,
            "by_condition": [condition._asdict() for condition in counts.by_condition],
            "calls": calls.n_calls,
            "failed_calls": sum(calls.failures.values()),
            "failures": calls.failures,
            "prompt_tokens": calls.prompt_tokens,
            "completion_tokens": calls.completion_tokens,
            "is_complete": counts.is_complete,
            "sessions": [asdict(session) for session in reader.sessions()],
        }


def print_status(console: Console, status: dict[str, Any]) -> None:
    """The same for a reader."""
    from rich.table import Table

    state = "complete" if status["is_complete"] else "incomplete"
    engine = status["engine"]
    console.print(
        plain_text(f"{status['run']}: {state} · {status['survey']} · {engine['name']} ({engine['model']})", "bold")
    )
    table = Table(show_header=False, box=None, pad_edge=False)
    finished = f"{status['interviews_finished']:,} of {status['n_respondents']:,} finished"
    table.add_row("interviews", f"{finished}, {status['interviews_open']:,} open")
    statuses = ", ".join(f"{name} {count:,}" for name, count in status["answers"].items() if count) or "none yet"
    table.add_row("answers", statuses)
    tokens = f"{status['prompt_tokens']:,} + {status['completion_tokens']:,} tokens" if status["prompt_tokens"] else ""
    table.add_row("calls", f"{status['calls']:,} ({status['failed_calls']:,} failed) {tokens}")
    for kind, count in status["failures"].items():
        table.add_row("", plain_text(f"failed, {kind}: {count:,}"))
    table.add_row("record", plain_text(status["record"]))
    console.print(table)
