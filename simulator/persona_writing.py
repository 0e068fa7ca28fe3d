"""A model writes the persona that it is then interviewed as: one call before the first question.

The text is stored like every other persona's, and the call as exchange 0 of the interview. Knows no store.
"""

from __future__ import annotations

from dataclasses import replace

from personas.persona import Persona
from personas.strategies.generated import persona_request, read_persona, with_generated_text
from simulator.engines.base import Engine
from simulator.errors import MalformedCompletion, PopulationError
from simulator.interview import Interview
from simulator.messages import Asked, Message, Request, hash_messages
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
        attributes=persona.attributes,
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


async def write_persona(interview: Interview, engine: Engine) -> tuple[Interview, TurnRows]:
    """Have the persona written; returns the interview with its text, and the stored call.

    Raises MalformedCompletion if no usable text came in three tries, and whatever EngineError the engine raises.
    """
    unusable = PopulationError("no reply")
    for try_number in range(TRIES):
        request = writing_request(interview, try_number)
        completion = await engine.complete(request)
        try:
            text = read_persona(completion.text)
        except PopulationError as error:
            unusable = error
            continue
        language = interview.condition.language
        persona = with_generated_text(interview.persona, text, language)
        persona = replace(persona, attributes={**persona.attributes, "written": language})
        row = ExchangeRow(
            respondent=interview.number,
            number=0,
            item=None,
            condition=interview.condition_id,
            try_number=try_number,
            remembered=(),
            order=None,
            labels=None,
            prompt_hash=hash_messages(request.messages),
            completion=completion.text,
            finish_reason=completion.finish_reason,
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            latency_seconds=completion.latency_seconds,
            attempts=completion.attempts,
            settings=request.settings.as_json(),
            role="generator",
            failed_tries=completion.failed_tries,
        )
        return replace(interview, persona=persona), TurnRows((row,), None)
    raise MalformedCompletion(
        f"engine {engine.name!r} wrote no usable persona for {interview.respondent_id} in {TRIES} tries ({unusable}); "
        "look at what the model returns, or choose another persona strategy"
    )


async def with_persona(interview: Interview, engine: Engine) -> tuple[Interview, TurnRows | None]:
    """The interview with its persona complete: written first where it waits for that, else as it is."""
    return await write_persona(interview, engine) if needs_writing(interview.persona) else (interview, None)
