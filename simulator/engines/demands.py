"""What one request demands of an engine: checked against its declaration before anything is sent.

Knows no concrete engine. `seed` demands nothing: it is a wish, and an engine without the capability answers unseeded.
"""

from __future__ import annotations

from simulator.engines.base import Capability, Engine, require
from simulator.messages import Request


def demanded(request: Request) -> list[tuple[Capability, str]]:
    """The capabilities `request` needs, each with the words for what it is needed for."""
    needs: list[tuple[Capability, str]] = []
    if request.samples > 1:
        needs.append((Capability.SAMPLING, f"taking {request.samples} samples of one prompt"))
    if request.top_logprobs is not None:
        needs.append((Capability.TOP_LOGPROBS, f"reading the {request.top_logprobs} likeliest tokens"))
    if request.choices is not None:
        needs.append((Capability.STRUCTURED_CHOICE, f"restricting the reply to {len(request.choices)} choices"))
    if request.assistant_prefix is not None:
        needs.append((Capability.ASSISTANT_PREFIX, "beginning the reply for the model"))
    if request.continuations:
        needs.append((Capability.PROMPT_LOGPROBS, f"scoring {len(request.continuations)} texts as replies"))
    if request.is_raw:
        needs.append((Capability.RAW_COMPLETION, "completing a text without a chat template"))
    if (request.settings.beams or 1) > 1:
        needs.append((Capability.BEAM_SEARCH, f"a beam search of width {request.settings.beams}"))
    return needs


def require_all(engine: Engine, request: Request) -> None:
    """Raise MissingCapability for the first thing `request` demands and `engine` does not declare."""
    if request.samples < 1:
        raise ValueError(f"a request asks for at least one sample, not {request.samples}")
    for capability, purpose in demanded(request):
        require(engine, capability, purpose)
