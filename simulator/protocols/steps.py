"""The steps of each protocol, and the messages of one step: pure, from interview, item, options and what was said.

A prompt is the whole conversation so far, so that it can be rebuilt from the record's completions to the byte. The
question itself is worded by the condition's prompt style. Knows no engine, store or reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from personas.places import countries
from simulator.conditions import Condition, Protocol, ProtocolKind
from simulator.interview import Interview
from simulator.messages import Message, ShownOption, hash_messages
from simulator.presentation import Presentation, present, wants_reminder
from simulator.protocols.wording import StepWording, wording_named
from simulator.store.records import Role
from simulator.styles import fill
from surveys.instrument import Item

STEPS: Mapping[ProtocolKind, tuple[Role, ...]] = {
    "interview": ("respondent",),
    "battery": ("respondent",),
    "critique-single": ("respondent", "critic", "reviser", "voter"),
    "critique-list": ("lister", "critic", "reviser", "voter"),
    "average-person": ("respondent",),
}
"""Who speaks at each step, in order; the voter only where there is a vote."""

_TEMPLATES: Mapping[Role, str] = {
    "respondent": "draft",
    "lister": "draft",
    "critic": "critique",
    "reviser": "revise",
    "voter": "vote",
}
ABOUT_THE_ITEM: frozenset[Role] = frozenset({"respondent", "lister", "reviser"})
"""Who is shown the item and its options."""


class Said(NamedTuple):
    """What one step of the current item came to: who spoke, in which exchange, and the text."""

    role: Role
    exchange: int
    text: str


def steps_of(protocol: Protocol) -> tuple[Role, ...]:
    """Who speaks, step by step, on one item."""
    return tuple(role for role in STEPS[protocol.kind] if role != "voter" or protocol.vote)


def retried_roles(protocol: Protocol) -> frozenset[Role]:
    """Whose replies are asked for again where they cannot be read: those that the answer is read from in the end."""
    steps = steps_of(protocol)
    return frozenset(role for role in steps if role in ("reviser", "voter") or role == steps[-1])


def country_name(code: str, language: str) -> str:
    """The name of a country in a language; what stands there already where the catalog does not know it."""
    known = countries().get(code)
    return code if known is None else known.names.get(language, known.names["en"])


def candidates_of(words: StepWording) -> tuple[ShownOption, ...]:
    """What a vote is between: draft (1) and revision (2)."""
    return tuple(ShownOption(str(code), code, text) for code, text in enumerate(words.candidates, 1))


def present_step(
    interview: Interview,
    item: Item,
    options: tuple[ShownOption, ...],
    said: Sequence[Said],
    role: Role,
    try_number: int,
) -> Presentation:
    """What is put to `role` after `said`; `options` are those of the item as shown.

    The presentation is that of the item for whoever answers it, an open question for a critic, and a choice between two
    candidates for a voter.
    """
    condition, instrument = interview.condition, interview.instrument
    words = wording_named(condition.protocol.name).in_language(condition.language)
    base = present(instrument, item, condition, "", options, (), 0)
    values = _values(interview, words, base)
    title = instrument.text_in(instrument.title, condition.language)
    instruction = instrument.text_in(instrument.instruction, condition.language)
    messages = [Message("system", fill(words.system, title=title, instruction=instruction, **values))]
    for earlier in said:
        messages.append(Message("user", _text(words, condition, earlier.role, values)))
        messages.append(Message("assistant", earlier.text))
    text = _text(words, condition, role, values)
    if wants_reminder(condition, try_number):
        text = f"{text}\n\n{fill(words.reminder, **values)}"
    messages.append(Message("user", text))
    whole = replace(base, question=text, messages=tuple(messages), prompt_hash=hash_messages(messages))
    return _as_shown(whole, words, condition, role)


def _values(interview: Interview, words: StepWording, base: Presentation) -> dict[str, str]:
    condition = interview.condition
    values = {
        "country": country_name(str(interview.persona.attributes.get("country", "")), condition.language),
        "n": str(len(interview.seats)),
        "asked": base.messages[-1].content,
        "candidates": "\n".join(f"{option.label}. {option.text}" for option in candidates_of(words)),
    }
    markers = {"answer": base.markers.answer, "explanation": base.markers.explanation}
    return values | {"answering": words.answering[condition.answer_format].format(**values, **markers)}


def _text(words: StepWording, condition: Condition, role: Role, values: Mapping[str, str]) -> str:
    return fill(words.steps[condition.protocol.form or _TEMPLATES[role]], **values)


def _as_shown(whole: Presentation, words: StepWording, condition: Condition, role: Role) -> Presentation:
    """The presentation with the options that this role chooses from."""
    if role in ABOUT_THE_ITEM:
        return whole
    if role == "critic":
        return replace(whole, options=(), format="open", max_picks=None, choices=None)
    candidates = candidates_of(words)
    labels = tuple(option.label for option in candidates) if condition.answer_format == "structured" else None
    return replace(whole, options=candidates, format="single", max_picks=None, choices=labels)
