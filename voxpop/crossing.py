"""The arms of a run: every combination of what the spec crosses, and what an ablation takes away from one.

Knows the spec and conditions; no survey, persona or engine.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from simulator.conditions import Ablation, Condition, MemoryPolicy
from simulator.decoding import DecodingRanges
from simulator.errors import RunSpecError
from simulator.option_orders import all_shifts
from voxpop.baselines import as_baseline, as_battery, protocols_of
from voxpop.spec import RunSpec


def make_arms(spec: RunSpec, longest: int = 1) -> list[Condition]:
    """Every combination of the arms the spec crosses, without strategy; one where it crosses none.

    `longest` is the number of options that the longest list has, of which "all-shifts" makes arms.

    A baseline is one arm, whatever memory, drawn settings and ablations the interviews differ in; so is a battery,
    whatever memory they differ in. Raises RunSpecError for an ablation that takes nothing away.
    """
    base = base_condition(spec)
    arms = spec.arms
    axes: list[list[dict[str, Any]]] = [
        [{"memory_kind": kind} for kind in arms.memory],
        [{"memory_length": length} for length in arms.memory_length],
        [{"temperature": temperature} for temperature in arms.temperature],
        *([{name: value} for value in getattr(arms, name)] for name in ("style", "answer_format")),
        [{"option_order": order} for order in _orders(arms.option_order, longest)],
        *([{name: value} for value in getattr(arms, name)] for name in ("labels", "abstain", "language", "probe")),
        [{"protocol": protocol} for protocol in protocols_of(spec)],
    ]
    crossed = [
        _with(base, {key: value for part in cell for key, value in part.items()})
        for cell in itertools.product(*(axis for axis in axes if axis))
    ]
    ablations: list[Ablation] = arms.ablation or ["full"]
    found: list[Condition] = []
    for arm in crossed:
        if arm.protocol.is_baseline:
            found.append(as_baseline(arm))
        elif arm.protocol.is_battery:  # which has no memory that could be taken away
            found += [ablated(as_battery(arm), "full" if what == "no-memory" else what) for what in ablations]
        else:
            found += [ablated(arm, what) for what in ablations]
    return list(dict.fromkeys(found))


def _orders(named: list[str], longest: int) -> list[str]:
    """The orders named, each once, with every shift in place of "all-shifts"."""
    orders = [all_shifts(longest) if order == "all-shifts" else (order,) for order in named]
    return list(dict.fromkeys(itertools.chain.from_iterable(orders)))


def _with(base: Condition, changes: dict[str, Any]) -> Condition:
    """`base` with arm values put where they belong: memory policy, decoding settings, or the condition itself."""
    memory, settings, draws = base.memory, base.settings, base.draws
    plain = dict(changes)
    if "memory_kind" in plain:
        memory = replace(memory, kind=plain.pop("memory_kind"))
    if "memory_length" in plain:
        memory = replace(memory, max_length=plain.pop("memory_length"))
    if "temperature" in plain:
        settings = replace(settings, temperature=plain.pop("temperature"))
        draws = replace(draws, temperature=None, sampling=False) if draws is not None else None
        if draws == DecodingRanges():
            draws = None
    return replace(base, memory=memory, settings=settings, draws=draws, **plain)


def base_condition(spec: RunSpec) -> Condition:
    """The condition that the spec's sections describe, before strategy and arms."""
    asking, memory, probe = spec.asking, spec.memory, spec.probe
    return Condition(
        strategy="",
        memory=MemoryPolicy(memory.kind, memory.max_length, memory.keep, memory.min_length),
        style=asking.style,
        answer_format=asking.answer_format,
        option_order=asking.option_order,
        labels=asking.labels,
        abstain=asking.abstain,
        language=asking.language,
        probe=probe.name,
        samples=probe.samples,
        top_logprobs=probe.top_logprobs,
        exact_labels=probe.exact_labels,
        sequence_form=probe.sequence_form,
        sequence_score=probe.sequence_score,
        max_tries=asking.max_tries,
        reminder=asking.reminder,
        settings=spec.settings.fixed(),
        draws=spec.settings.ranges(),
    )


def ablated(arm: Condition, what: Ablation) -> Condition:
    """The arm without memory, without decoding of the respondent's own, without the place told, or without all three.

    RunSpecError where the arm has no memory or draws no decoding settings to begin with. Whether a persona tells a
    place is for the population to say (`voxpop.planning`).
    """
    if what == "no-memory" and arm.memory.kind == "none":
        raise RunSpecError(
            f'arms.ablation: {what!r} takes nothing away, because memory.kind is "none"; leave it out, or give '
            "respondents a memory"
        )
    if what == "no-decoding" and arm.draws is None and (arm.settings.beams or 1) == 1:
        raise RunSpecError(
            f"arms.ablation: {what!r} takes nothing away, because no decoding setting is drawn; leave it out, or give "
            'a range (settings.temperature = {low = 0.5, high = 1.2}) or a preset (settings.draws = "sane")'
        )
    changed = replace(arm, ablation=what)
    if what in ("no-memory", "none"):
        changed = replace(changed, memory=replace(arm.memory, kind="none"))
    if what in ("no-decoding", "none"):
        changed = _without_drawn_decoding(changed)
    return replace(changed, tells_place=what not in ("no-location", "none"))


def _without_drawn_decoding(arm: Condition) -> Condition:
    """One beam; what is drawn is left to the server, no sampling where sampling is drawn; what is fixed stays."""
    settings = replace(arm.settings, beams=None)
    if arm.draws is not None and arm.draws.sampling:
        settings = replace(settings, temperature=0.0, top_p=None)
    return replace(arm, settings=settings, draws=None)
