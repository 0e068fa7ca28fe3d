"""A model writes the persona that it is then interviewed as: one call before the first question.

The text is stored like every other persona's, and the calls as the first exchanges of the interview: one, numbered 0,
unless a reply was unusable or a call failed. Knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from personas.persona import Persona
from personas.strategies.generated import persona_request, read_persona, with_generated_text
from simulator.engines.base import Engine
from simulator.errors import EngineError, MalformedCompletion, PopulationError
from simulator.interview import Interview
from simulator.messages import Asked, Completion, Message, Request, hash_messages
from simulator.seeds import seed_for
from simulator.store.records import ExchangeRow, TurnRows

WRITING_TEMPERATURE = 0.7
"""As published for generated personas (Rozen et al. 2025)."""

TRIES = 3


def needs_writing(persona: Persona) -> bool:
    """Whether this persona waits for a model to write it."""
    return bool(persona.attributes.get("generated")) and not persona.attributes.get("written")


def writing_request(interview: Interview, try_number: int) -> Request:
    """The call that asks for a persona."""
    persona, language = interview.persona, interview.condition.language
    settings = replace(interview.condition.settings, temperature=WRITING_TEMPERATURE, max_tokens=200, beams=None)
    asked = Asked(
        run_seed=interview.run_seed,
        respondent_id=interview.respondent_id,
        persona_id=persona.id,
        strategy=persona.strategy,
        attributes=interview.told_attributes,
        item_id="",
        format="persona",
        options=(),
        language=language,
        try_number=try_number,
    )
    return Request(
        messages=(Message("user", persona_request(language, persona.text_in(language))),),
        settings=settings,
        seed=seed_for(interview.run_seed, interview.respondent_id, "persona", try_number),
        asked=asked,
    )


async def write_persona(
    interview: Interview, engine: Engine, sink: Callable[[TurnRows], None], earlier: Sequence[ExchangeRow] = ()
) -> Interview:
    """Have the persona written; returns the interview with its text. Every call goes to `sink`, usable or not.

    `earlier` are the calls that the record already holds for this persona: a usable one is not asked for again. Raises
    MalformedCompletion if no usable text came in three further tries, and whatever EngineError the engine raises.
    """
    rows, unusable = list(earlier), PopulationError("no reply")
    try_number = sum(row.completion is not None for row in rows)
    last_try = try_number + TRIES
    while True:
        if rows and rows[-1].completion is not None:
            try:
                return _written(interview, read_persona(rows[-1].completion))
            except PopulationError as error:
                unusable = error
        if try_number == last_try:
            break
        request = writing_request(interview, try_number)
        outcome: Completion | EngineError
        try:
            outcome = await engine.complete(request)
        except EngineError as error:
            outcome = error
        rows.append(_row(interview, request, len(rows), try_number, outcome))
        if not (isinstance(outcome, EngineError) and outcome.ends_run) or outcome.failed_tries:
            sink(TurnRows((rows[-1],), None))
        if isinstance(outcome, EngineError):
            raise outcome
        try_number += 1
    raise MalformedCompletion(
        f"engine {engine.name!r} wrote no usable persona for {interview.respondent_id} in {TRIES} tries ({unusable}); "
        "look at what the model returns, or choose another persona strategy"
    )


def _written(interview: Interview, text: str) -> Interview:
    language = interview.condition.language
    persona = with_generated_text(interview.persona, text, language)
    return replace(interview, persona=replace(persona, attributes={**persona.attributes, "written": language}))


def _row(
    interview: Interview, request: Request, number: int, try_number: int, outcome: Completion | EngineError
) -> ExchangeRow:
    """The record of one call, whether it came back with a text or failed."""
    completion = outcome if isinstance(outcome, Completion) else None
    error = outcome if isinstance(outcome, EngineError) else None
    return ExchangeRow(
        respondent=interview.number,
        number=number,
        item=None,
        condition=interview.condition_id,
        try_number=try_number,
        remembered=(),
        order=None,
        labels=None,
        prompt_hash=hash_messages(request.messages),
        completion=completion.text if completion else None,
        finish_reason=completion.finish_reason if completion else None,
        prompt_tokens=completion.prompt_tokens if completion else None,
        completion_tokens=completion.completion_tokens if completion else None,
        latency_seconds=completion.latency_seconds if completion else None,
        attempts=outcome.attempts,
        error_kind=error.kind if error else None,
        error=str(error) if error else None,
        settings=request.settings.as_json(),
        role="generator",
        failed_tries=outcome.failed_tries,
    )
