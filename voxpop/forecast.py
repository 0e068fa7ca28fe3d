"""What a run will ask, before it is spent: calls, tokens, time and cost, and whether its budget will do.

Calls are counted from the design. Tokens come from some interviews carried over to all: conducted with known-truth
respondents and counted by a rule of thumb, or (a pilot) conducted with the run's own engine and counted by its server.
Prices come from the user.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.budget import amount
from simulator.engines.base import Capability, Engine
from simulator.errors import RunSpecError, VoxpopError
from simulator.fieldwork import Task, check_capabilities
from simulator.store.progress import NO_CALLS
from voxpop.budgeting import make_budget
from voxpop.call_bounds import CallBounds, call_bounds, calls_by_role, calls_of
from voxpop.decoding_words import draws_of, unapplied_beams
from voxpop.extrapolation import Estimate, total
from voxpop.pilot import Measured, RuleEngine, chosen, measure, sizes_of
from voxpop.planning import Design, make_design
from voxpop.progress import duration
from voxpop.spec import RunSpec
from voxpop.terminal import plain_text

if TYPE_CHECKING:
    from rich.console import Console

SAMPLED_RESPONDENTS = 40
"""Interviews looked at by the rule of thumb, or four of each condition where that is more."""
MOST_SAMPLED = 400
LEAST_PILOT = 4
"""A line through fewer says nothing about how prompts grow with the memory."""


def forecast(
    spec: RunSpec,
    *,
    price_in: float | None = None,
    price_out: float | None = None,
    latency_seconds: float = 1.0,
    pilot: int = 0,
    engine: Engine | None = None,
    before_pilot: Callable[[str], object] = lambda _words: None,
) -> dict[str, Any]:
    """Calls, tokens, time and (with prices per million tokens) cost of a run, as plain data.

    `pilot` interviews are conducted with the spec's engine (or `engine`), which costs what they cost: `before_pilot` is
    told how much that is. Raises ConfigError for a spec that cannot be run, and what ends a pilot.
    """
    design = make_design(spec)
    lacking = unapplied_beams(design.conditions)
    if lacking is not None:
        design = design.for_engine(_capabilities(spec, engine))
    if 0 < pilot < min(LEAST_PILOT, design.n_respondents):
        raise RunSpecError(
            f"--pilot {pilot}: too few to carry over to {design.n_respondents}; give {LEAST_PILOT} or more"
        )
    bounds = call_bounds(design)
    sizes = sizes_of(design)
    if pilot:
        found, measured = _piloted(design, sizes, pilot, engine, before_pilot)
    else:
        found, measured = {}, _by_rule(design, sizes)
    totals = _totals(measured, sizes, bounds)
    budget = spec.budget
    prices = (budget.price_in if price_in is None else price_in, budget.price_out if price_out is None else price_out)
    taken = [one.seconds / one.calls for one in measured if one.seconds is not None and one.calls]
    latency = sum(taken) / len(taken) if pilot and taken else latency_seconds
    parallel = min(spec.fieldwork.concurrency, len(sizes))
    plan = {
        "run": spec.name,
        "survey": design.instrument.id,
        "n_respondents": design.n_respondents,
        "n_items": len(design.instrument.items),
        "n_conditions": len(design.conditions),
        "calls": bounds.calls,
        "calls_least": bounds.least,
        "calls_most": bounds.most,
        "calls_note": calls_note(
            bounds,
            has_steps=any(one.protocol.is_baseline for one in design.conditions),
            has_lists=any(one.protocol.is_battery for one in design.conditions),
            has_items=any(not one.protocol.is_battery for one in design.conditions),
        ),
        "calls_by_role": [one._asdict() for one in calls_by_role(design)],
        **{name: round(estimate.value) for name, estimate in totals.items()},
        "intervals": {name: [estimate.low, estimate.high] for name, estimate in totals.items()},
        "tokens_note": _tokens_note(len(measured), is_pilot=bool(pilot)),
        "seconds": bounds.calls * latency / parallel,
        "seconds_note": f"at {latency:.3g} s per call, {parallel} at a time",
        "cost": _cost(totals, *prices),
        "draws": draws_of(design.conditions),
        **found,
    }
    unapplied = [] if design.has_beam_search or lacking is None else [lacking]
    return {**plan, "warnings": unapplied + budget_warnings(spec, plan)}


def _capabilities(spec: RunSpec, engine: Engine | None) -> Collection[str]:
    """What the run's engine can do, as far as that can be told without a key: every capability where it cannot."""
    from voxpop.running import build_engine, run_async

    if engine is not None:
        return engine.capabilities
    try:
        built = build_engine(spec)
    except VoxpopError:
        return frozenset(Capability)
    run_async(built.close())
    return built.capabilities


def _by_rule(design: Design, sizes: Mapping[int, int]) -> list[Measured]:
    n = min(max(SAMPLED_RESPONDENTS, 4 * len(design.conditions)), MOST_SAMPLED)
    return asyncio.run(measure(chosen(design, sizes, n), RuleEngine(design.spec.seed), concurrency=1))


def _piloted(
    design: Design, sizes: Mapping[int, int], n: int, engine: Engine | None, before: Callable[[str], object]
) -> tuple[dict[str, Any], list[Measured]]:
    """Conduct `n` interviews with the run's engine, within its budget; what they needed is part of the result."""
    from voxpop.running import build_engine, run_async

    spec, interviews = design.spec, chosen(design, sizes, n)
    engine = engine or build_engine(spec)
    check_capabilities([Task(interview) for interview in interviews], {"default": engine})
    foreseen = _by_rule(design, sizes)
    share = len(interviews) / len(sizes)
    calls = calls_of(interviews)
    tokens = sum(one.prompt_tokens + one.completion_tokens for one in foreseen) / len(foreseen) * len(interviews)
    before(
        f"pilot: {len(interviews)} interviews ({share:.1%} of the run) with {engine.name} ({engine.model}): about "
        f"{calls:,} calls and {round(tokens):,} tokens by rule of thumb; they are paid for and not recorded"
    )
    work = measure(
        interviews,
        engine,
        concurrency=spec.fieldwork.concurrency,
        passes=spec.fieldwork.passes,
        budget=make_budget(spec, NO_CALLS),
    )
    measured = run_async(work)
    asked = sum(one.calls for one in measured)
    again = sum(one.asked_again for one in measured)
    used = {
        "respondents": [one.respondent for one in measured],
        "calls": asked,
        "prompt_tokens": round(sum(one.prompt_tokens for one in measured)),
        "completion_tokens": round(sum(one.completion_tokens for one in measured)),
        "asked_again_share": again / asked if asked else 0.0,
    }
    return {"pilot": used}, measured


def _totals(measured: Sequence[Measured], sizes: Mapping[int, int], bounds: CallBounds) -> dict[str, Estimate]:
    """Totals of the whole run. Only prompts follow the memory; the rest is carried over by the mean."""
    own, flat = [float(sizes[one.respondent]) for one in measured], [0.0] * len(measured)
    level = [0.0] * len(sizes)
    made = total([one.calls for one in measured], flat, level)
    return {
        "prompt_tokens": total([one.prompt_tokens for one in measured], own, list(sizes.values())),
        "completion_tokens": total([one.completion_tokens for one in measured], flat, level),
        "calls_expected": made if any(one.asked_again for one in measured) or bounds.skippable else _exactly(bounds),
    }


def _exactly(bounds: CallBounds) -> Estimate:
    return Estimate(bounds.calls, bounds.calls, bounds.calls)


def calls_note(bounds: CallBounds, *, has_steps: bool = False, has_lists: bool = False, has_items: bool = True) -> str:
    """What the number of calls counts, and what can add to it or take away."""
    counted = ["one per item put" + (" and step of its protocol" if has_steps else "")] if has_items else []
    parts = [", ".join([*counted, *(["one per list of a battery"] if has_lists else [])])]
    if bounds.writing:
        parts[0] += " and one per persona to be written"
    if bounds.skippable:
        parts.append(f"skip rules take away up to {bounds.skippable:,}")
    if bounds.again:
        parts.append(f"asking again adds up to {bounds.again:,}")
    return "; ".join([*parts, "failed calls come on top"])


def _tokens_note(n: int, *, is_pilot: bool) -> str:
    interviews = f"{n} interview{'' if n == 1 else 's'}"
    if is_pilot:
        return f"measured in {interviews} with the run's own engine; 95 % interval in brackets"
    return f"rule of thumb, {interviews} of known-truth respondents; --pilot 5 measures with the run's own engine"


def _cost(totals: dict[str, Estimate], price_in: float | None, price_out: float | None) -> float | None:
    if price_in is None and price_out is None:
        return None
    needed_in, needed_out = totals["prompt_tokens"].value, totals["completion_tokens"].value
    return (needed_in * (price_in or 0.0) + needed_out * (price_out or 0.0)) / 1e6


def budget_warnings(spec: RunSpec, plan: dict[str, Any]) -> list[str]:
    """Each limit of the spec's budget that will not do for what was foreseen, or may not."""
    limits = spec.budget
    calls, tokens = max(plan["calls_expected"], plan["calls_least"]), plan["prompt_tokens"] + plan["completion_tokens"]
    needs = {"calls": calls, "tokens": tokens, "cost": plan["cost"], "wall_seconds": plan["seconds"]}
    warnings = []
    for kind, needed in needs.items():
        limit = getattr(limits, kind)
        if limit is None or needed is None:
            continue
        if needed > limit:
            warnings.append(f"budget.{kind} = {amount(limit)} will not do: about {amount(needed)} is foreseen")
        elif kind == "calls" and plan["calls_most"] > limit:
            warnings.append(f"budget.calls = {amount(limit)} may not do if replies have to be asked for again")
    return warnings


def print_forecast(console: Console, found: dict[str, Any]) -> None:
    """The same for a reader."""
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("respondents", f"{found['n_respondents']:,} under {found['n_conditions']} conditions")
    table.add_row("items", plain_text(f"{found['n_items']:,} in {found['survey']}"))
    table.add_row("calls", plain_text(_calls_words(found)))
    for line in role_lines(found["calls_by_role"]):
        table.add_row("", plain_text(line))
    tokens = f"about {_with_interval(found, 'prompt_tokens')} in, {_with_interval(found, 'completion_tokens')} out"
    table.add_row("tokens", plain_text(f"{tokens} ({found['tokens_note']})"))
    table.add_row("time", f"about {duration(found['seconds'])} ({found['seconds_note']})")
    cost = "give --price-in and --price-out per million tokens" if found["cost"] is None else amount(found["cost"])
    table.add_row("cost", cost)
    for words in found["draws"]:
        table.add_row("drawn", f"{words}, for each respondent")
    if "pilot" in found:
        pilot = found["pilot"]
        words = (
            f"{pilot['calls']:,} calls, {pilot['prompt_tokens']:,} + {pilot['completion_tokens']:,} tokens were used"
        )
        table.add_row("pilot", f"{words}; {pilot['asked_again_share']:.1%} of calls asked again")
    for warning in found["warnings"]:
        table.add_row("warning", plain_text(warning, "yellow"))
    console.print(table)


def role_lines(by_role: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each protocol, saying who speaks how often; none where nobody but respondents and generators does."""
    if all(one["role"] in ("respondent", "generator") and one["protocol"] == "interview" for one in by_role):
        return []
    lines: dict[str, list[str]] = {}
    for one in by_role:
        lines.setdefault(one["protocol"], []).append(f"{one['role']} {one['calls']:,}")
    return [f"{protocol}: {', '.join(parts)}" for protocol, parts in lines.items()]


def _calls_words(found: dict[str, Any]) -> str:
    expected = "" if found["calls_expected"] == found["calls"] else f", about {found['calls_expected']:,} expected"
    least = f"{found['calls_least']:,} to " if found["calls_least"] < found["calls"] else ""
    return f"{least}{found['calls']:,}{expected} ({found['calls_note']})"


def _with_interval(found: dict[str, Any], name: str) -> str:
    low, high = found["intervals"][name]
    if "pilot" not in found or math.isnan(low) or low == high:  # nan: too few interviews to tell
        return f"{found[name]:,}"
    return f"{found[name]:,} [{round(low):,} to {round(high):,}]"
