"""The protocols in a design: which ones a spec crosses, whom baselines are asked about, who sits on which panel.

Knows spec and conditions, no engine and no record; the protocols themselves are `simulator.protocols`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from personas.persona import Persona
from personas.population import DrawnPopulation
from simulator.conditions import Condition, MemoryPolicy, Protocol
from simulator.errors import RunSpecError
from simulator.protocols.wording import ProtocolWording, load_wording
from simulator.styles import style_named
from voxpop.spec import RunSpec

Assignment = tuple[tuple[Persona, int], ...]


def protocols_of(spec: RunSpec) -> list[Protocol]:
    """The protocols that the spec crosses; an average person is asked about in every form, each an arm of its own.

    Raises RunSpecError for an unknown protocol or form.
    """
    found: list[Protocol] = []
    for name in spec.arms.protocol or [spec.protocol.name]:
        if name == "interview":
            found.append(Protocol())
            continue
        wording = load_wording(name)
        list_size = spec.protocol.list_size if wording.kind == "critique-list" else 0
        vote = spec.protocol.vote and wording.kind in ("critique-single", "critique-list")
        battery_size = spec.protocol.battery_size if wording.kind == "battery" else 0
        forms = _forms(spec, wording) or ("",)
        found += [Protocol(wording.kind, name, list_size, vote, form, battery_size) for form in forms]
    return found


def _forms(spec: RunSpec, wording: ProtocolWording) -> tuple[str, ...]:
    unknown = [form for form in spec.protocol.forms if wording.forms and form not in wording.forms]
    if unknown:
        raise RunSpecError(
            f"protocol.forms: protocol {wording.name!r} has no form {unknown[0]!r}; it has {', '.join(wording.forms)}"
        )
    return tuple(spec.protocol.forms) or wording.forms if wording.forms else ()


def as_baseline(arm: Condition) -> Condition:
    """The arm as a baseline has it: no memory, and nothing drawn, told or taken away respondent by respondent."""
    return replace(arm, memory=MemoryPolicy("none"), draws=None, ablation="full", tells_place=True)


def as_battery(arm: Condition) -> Condition:
    """The arm as a battery has it: nobody remembers what stands in the same list."""
    return replace(arm, memory=MemoryPolicy("none"))


def check_protocol(condition: Condition) -> None:
    """Raise RunSpecError where this condition's protocol cannot be combined with language, probe or answer format."""
    protocol = condition.protocol
    if not protocol.is_worded:
        return
    load_wording(protocol.name).in_language(condition.language)
    if style_named(condition.style).wording(condition.language).asks_alone:
        raise RunSpecError(
            f"asking.style: {condition.style!r} begins the reply, gives an example or is one text, which protocol "
            f'{protocol.name!r} has no place for; use a style such as "default" with it, or run it by itself'
        )
    if condition.labels == "plain":
        raise RunSpecError(
            f'asking.labels: protocol {protocol.name!r} asks for labels, and "plain" shows none; use another set with '
            "it, or run it by itself"
        )
    if protocol.kind == "average-person":
        return
    if condition.probe != "text" or condition.samples > 1:
        raise RunSpecError(
            f"probe: protocol {protocol.name!r} reads one text per {'list' if protocol.is_battery else 'step'}; use "
            'probe.name = "text" and probe.samples = 1 with it, or run it by itself'
        )
    if protocol.kind in ("critique-list", "battery") and condition.answer_format == "structured":
        raise RunSpecError(
            f"asking.answer_format: protocol {protocol.name!r} asks for a list, which no structured choice can be; "
            'use "label" or "explained" with it'
        )


def with_baselines(
    assignment: Assignment, conditions: Sequence[Condition], populations: Sequence[DrawnPopulation]
) -> Assignment:
    """The assignment, with personas of which baselines know the country alone."""
    n_arms = len(conditions) // len(populations)
    return tuple(
        (as_country_alone(persona, populations[arm // n_arms]), arm)
        if conditions[arm].protocol.is_baseline
        else (persona, arm)
        for persona, arm in assignment
    )


def as_country_alone(persona: Persona, drawn: DrawnPopulation) -> Persona:
    """Whom a baseline is asked about: somebody of the persona's country, else of the population's one country.

    Raises RunSpecError where neither is known.
    """
    country = persona.attributes.get("country")
    if country is None and len(drawn.population.country) == 1:
        country = drawn.population.country[0]
    if country is None:
        raise RunSpecError(
            f"population: a baseline asks about the people of a country, and persona {persona.id!r} has no `country`; "
            "give the population one country, or personas that have one"
        )
    return Persona(persona.id, persona.strategy, attributes={"country": country})


def panels_of(assignment: Assignment, conditions: Sequence[Condition]) -> dict[int, tuple[int, ...]]:
    """First respondent → everybody on its panel: those of one arm and country, in order, `list_size` at a time.

    The last panel of an arm and country has whoever is left.
    """
    together: dict[tuple[int, str], list[int]] = {}
    for number, (persona, arm) in enumerate(assignment):
        if conditions[arm].protocol.kind == "critique-list":
            together.setdefault((arm, str(persona.attributes["country"])), []).append(number)
    panels = {}
    for (arm, _), numbers in together.items():
        size = conditions[arm].protocol.list_size
        for start in range(0, len(numbers), size):
            members = tuple(numbers[start : start + size])
            panels[members[0]] = members
    return panels
