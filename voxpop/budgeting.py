"""The budget of a run: its limits out of the spec, what its record says was spent, and how both are said.

Counts and decisions are in `simulator.budget`. Knows the spec and the record, no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.budget import Budget, Counters, Limits, Use, uses
from simulator.store.progress import CallCounts
from simulator.store.records import SessionRow
from voxpop.spec import RunSpec


def limits_of(spec: RunSpec) -> Limits:
    """The limits that the spec sets, with its prices."""
    budget = spec.budget
    return Limits(
        calls=budget.calls,
        tokens=budget.tokens,
        cost=budget.cost,
        price_in=budget.price_in or 0.0,
        price_out=budget.price_out or 0.0,
        wall_seconds=budget.wall_seconds,
    )


def make_budget(spec: RunSpec, spent: CallCounts, counters: Counters | None = None) -> Budget:
    """The budget of a session that begins now, after `spent` earlier in the run; `counters` where it is shared."""
    counters = counters or Counters()
    counters.start_from(spent.n_calls, spent.prompt_tokens, spent.completion_tokens)
    return Budget(limits_of(spec), counters)


def spent_of_limits(spec: RunSpec, spent: CallCounts) -> dict[str, dict[str, float]]:
    """Limit by limit what was used of it, as plain data; wall time is counted anew in each session."""
    limits = limits_of(spec)
    found: dict[str, dict[str, float]] = {
        use.kind: {"used": use.used, "limit": use.limit}
        for use in uses(limits, spent.n_calls, spent.prompt_tokens, spent.completion_tokens, None)
    }
    if limits.wall_seconds is not None:
        found["wall_seconds"] = {"limit": limits.wall_seconds}
    return found


def budget_words(found: dict[str, Any]) -> list[str]:
    """The same as lines to read: "calls: 480 of 500 used"."""
    return [
        str(Use(kind, one["used"], one["limit"])) if "used" in one else f"wall time: {one['limit']:,g} s per session"
        for kind, one in found.items()
    ]


def nearest_limit(budget: Budget | None) -> str:
    """The limit that is used up furthest, in words; nothing where none is set."""
    found = budget.uses() if budget is not None else []
    return str(max(found, key=lambda use: use.used / use.limit)) if found else ""


def how_to_go_on(run: str, spec: RunSpec, sessions: Sequence[SessionRow]) -> str:
    """The command that goes on with an open run; one that its budget stopped needs a limit twice as high, unless that
    was time, which is counted anew.
    """
    last = sessions[-1] if sessions else None
    kind = (last.detail or "").partition(":")[0] if last is not None and last.outcome == "budget" else ""
    limit = getattr(spec.budget, kind, None) if kind in ("calls", "tokens", "cost") else None
    return f"voxpop resume {run}" + (f" --set budget.{kind}={2 * limit:.15g}" if limit is not None else "")
