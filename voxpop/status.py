"""How far a run is: respondents, answers by status, calls, tokens, its budget, how sessions ended.

Reads the record only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.store.reader import Reader
from simulator.store.records import SessionRow
from voxpop.budgeting import budget_words, how_to_go_on, spent_of_limits
from voxpop.changes import changed_spec
from voxpop.record_facts import survey_and_engine
from voxpop.terminal import plain_text

if TYPE_CHECKING:
    from rich.console import Console


_ENDINGS = {
    "complete": "ended complete",
    "incomplete": "ended with interviews open",
    "budget": "stopped by its budget",
    "interrupted": "interrupted",
    "failed": "ended by an error",
    "closed": "ended",
}
"""Outcome of a session → how it is said."""


def run_status(record: Path, called: str | None = None) -> dict[str, Any]:
    """The state of a run as plain data; `called` is what the user calls it, for the command that goes on with it."""
    with Reader(record) as reader:
        run = reader.run()
        survey, engine = survey_and_engine(reader)
        counts = reader.progress()
        calls = reader.calls()
        sessions = reader.sessions()
        spec, _ = changed_spec(reader)
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
            "calls_by_role": role_counts(reader),
            "failed_calls": sum(calls.failures.values()),
            "failures": calls.failures,
            "failed_tries": {one.fault: {"n": one.n, "mended": one.n_mended} for one in reader.failed_tries()},
            "prompt_tokens": calls.prompt_tokens,
            "completion_tokens": calls.completion_tokens,
            "not_applied": not_applied(reader),
            "is_complete": counts.is_complete,
            "budget": spent_of_limits(spec, calls),
            "ended": ending_words(sessions),
            "go_on_with": None if counts.is_complete else how_to_go_on(called or run.name, spec, sessions),
            "sessions": [asdict(session) for session in sessions],
        }


def not_applied(reader: Reader) -> dict[str, int]:
    """Drawn settings that the engine cannot do. Where no arm draws any, nobody's row has to be read for that."""
    draws = any(row.settings.get("draws") is not None for row in reader.conditions())
    return reader.not_applied() if draws else {}


def role_counts(reader: Reader) -> list[dict[str, Any]]:
    """Calls and tokens by protocol, arm and role, where a run has a baseline; elsewhere respondents make them all."""
    protocols = {row.id: row.settings.get("protocol", {}).get("name", "interview") for row in reader.conditions()}
    if set(protocols.values()) <= {"interview"}:
        return []
    return [
        {"protocol": protocols[one.condition], **one._asdict(), "calls": one.n_calls} for one in reader.calls_by_role()
    ]


def role_lines(counts: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each protocol: "critique-single: respondent 40, critic 40, reviser 43"."""
    lines: dict[str, dict[str, int]] = {}
    for one in counts:
        by_role = lines.setdefault(one["protocol"], {})
        by_role[one["role"]] = by_role.get(one["role"], 0) + one["calls"]
    return [f"{name}: {', '.join(f'{role} {n:,}' for role, n in by_role.items())}" for name, by_role in lines.items()]


def ending_words(sessions: Sequence[SessionRow]) -> str:
    """How and why the last session that asked anybody ended: "stopped by its budget: calls: 500 of 500 used"."""
    asked = [session for session in sessions if session.kind not in ("judge", "reference")]
    if not asked:
        return "not begun"
    last = asked[-1]
    if last.outcome is None:
        return "no end recorded: at work, or killed"
    words = _ENDINGS.get(last.outcome, last.outcome)
    return f"{words}: {last.detail}" if last.detail else words


def failed_tries_words(counts: dict[str, dict[str, int]]) -> list[str]:
    """Failed tries, a line for each fault: "throttled/429: 12, mended 12"; none where nothing failed."""
    lines = [f"{fault}: {count['n']:,}, mended {count['mended']:,}" for fault, count in counts.items()]
    if len(lines) > 1:
        n, mended = (sum(count[key] for count in counts.values()) for key in ("n", "mended"))
        lines.insert(0, f"{n:,}, of which an answer followed after all: {mended:,}")
    return lines


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
    for line in role_lines(status["calls_by_role"]):
        table.add_row("", plain_text(line))
    for kind, count in status["failures"].items():
        table.add_row("", plain_text(f"failed, {kind}: {count:,}"))
    for place, line in enumerate(failed_tries_words(status["failed_tries"])):
        table.add_row("" if place else "failed tries", plain_text(line))
    for name, count in status["not_applied"].items():
        table.add_row("not applied", f"{name}: drawn for {count:,} respondents, and the engine cannot do it")
    for place, line in enumerate(budget_words(status["budget"])):
        table.add_row("" if place else "budget", line)
    table.add_row("last session", plain_text(status["ended"]))
    if status["go_on_with"]:
        table.add_row("go on with", plain_text(status["go_on_with"]))
    table.add_row("record", plain_text(status["record"]))
    console.print(table)
