"""One call of scenario writing: looked up in the log first, then put to the engine, and kept whatever it brings.

Knows no graph and no concrete engine.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from simulator.engines.base import Capability, Engine
from simulator.errors import EngineError
from simulator.messages import Asked, Completion, Message, Request, Settings
from simulator.scenarios.calls import CallLog, ScenarioCall, Step
from simulator.scenarios.steps import N_SCENARIOS
from simulator.scenarios.wording import AskedItem, ScenarioWording
from simulator.seeds import seed_for

MAX_TOKENS = {"writer": 4_000, "critic": 300}
"""Room for ten blocks and for four checks; a model that thinks aloud needs settings of its own."""
TEMPERATURE = {"writer": 0.7, "critic": 0.0}


@dataclass(frozen=True, slots=True)
class Services:
    """What the graphs need and do not store: the item, the wording, who answers, where calls go.

    `source` is noted in every scenario; `n` is how many are asked for; `places` bounds the calls under way at once.
    `settings` by step are for what the caller decides; ours hold where they say nothing.
    """

    item: AskedItem
    wording: ScenarioWording
    engine: Engine
    log: CallLog
    places: asyncio.Semaphore
    seed: int = 0
    source: str = ""
    n: int = N_SCENARIOS
    settings: Settings = field(default_factory=Settings)


async def called(
    services: Services, step: Step, scenario_id: str, try_number: int, messages: tuple[Message, ...]
) -> str | EngineError:
    """What the call brought: a reply, from the log if it holds one, or the failure. Raises what ends everything."""
    request = _request(services, step, scenario_id, try_number, messages)
    call = ScenarioCall(
        step=step,
        item=services.item.id,
        scenario=scenario_id,
        try_number=try_number,
        messages=messages,
        seed=request.seed,
        settings=request.settings.as_json(),
        model=services.engine.model,
    )
    earlier = services.log.earlier(call)
    if earlier is not None:
        return earlier
    async with services.places:
        outcome: Completion | EngineError
        try:
            outcome = await services.engine.complete(request)
        except EngineError as error:
            outcome = error
        services.log.add(call.ended(outcome))
    if isinstance(outcome, EngineError):
        if outcome.ends_run:
            raise outcome
        return outcome
    return outcome.text


def _request(
    services: Services, step: Step, scenario_id: str, try_number: int, messages: tuple[Message, ...]
) -> Request:
    given, has_seed = services.settings, Capability.SEED in services.engine.capabilities
    settings = Settings(
        temperature=TEMPERATURE[step] if given.temperature is None else given.temperature,
        top_p=given.top_p,
        max_tokens=MAX_TOKENS[step] if given.max_tokens is None else given.max_tokens,
    )
    name = scenario_id or services.item.id
    asked = Asked(
        run_seed=services.seed,
        respondent_id="",
        persona_id="",
        strategy="",
        attributes={},
        item_id=name,
        format="scenarios",
        options=(),
        question_id=services.item.id,
        try_number=try_number,
        protocol="scenarios",
        step=step,
    )
    seed = seed_for(services.seed, name, step, try_number) if has_seed else None
    return Request(messages=messages, settings=settings, seed=seed, asked=asked)
