"""The wire format of chat completions: request to JSON body, JSON reply to completion. Pure; opens no connection.

Knows two dialects. `vllm` (vLLM 0.12 or newer): `structured_outputs`, `continue_final_message`, `use_beam_search`;
`openai`: a JSON-schema answer with one enumerated field stands in for a structured choice. Log probabilities are
natural logs in both. Sources: platform.openai.com/docs/api-reference/chat and docs.vllm.ai (OpenAI-compatible server).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from simulator.engines.base import Capability
from simulator.engines.foreign_text import encodable, excerpt
from simulator.engines.model_names import is_same_model
from simulator.errors import MalformedCompletion, MissingCapability
from simulator.messages import Completion, Request, TokenAlternatives

Dialect = Literal["vllm", "openai"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)

_COMMON = frozenset(
    {Capability.SAMPLING, Capability.SEED, Capability.TOP_LOGPROBS, Capability.STRUCTURED_CHOICE},
)
DIALECT_CAPABILITIES: Mapping[Dialect, frozenset[Capability]] = {
    "openai": _COMMON,
    "vllm": frozenset(Capability),
}

# A server may end a reply without text for these reasons: an empty text is then what it said, not a fault.
_SILENT_FINISHES = frozenset({"length", "content_filter"})
# What the record keeps of a log probability. Rounding at the border makes every later number follow from the record, so
# that a replayed run is the same to the byte; servers compute with far less than six exact decimals.
_DECIMALS = 6
_TOO_MANY_TOKENS = 2**40
_HIGHEST_LOGPROB = 0.01  # rounding in the server may lift a certain token just above 0


class MalformedReply(MalformedCompletion):
    """The body is no completion as it was asked for; `fault` says in one word why."""

    def __init__(self, message: str, fault: str) -> None:
        self.fault = fault
        super().__init__(message)


class MissingLogprobs(MalformedReply):
    """Log probabilities were asked for and some are missing: once a fault, every time a server without `capability`.

    `n_given` is how many alternatives there were, where there were some and too few.
    """

    def __init__(self, message: str, capability: Capability = Capability.TOP_LOGPROBS, n_given: int = 0) -> None:
        self.capability, self.n_given = capability, n_given
        super().__init__(message, "logprobs")


def request_body(
    request: Request, model: str, dialect: Dialect, *, max_tokens_field: str, seeded: bool
) -> dict[str, Any]:
    """The JSON body for `request`. Assumes that the engine declares what the request demands."""
    settings = request.settings
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": content} for role, content in request.messages],
    }
    if settings.temperature is not None:
        body["temperature"] = settings.temperature
    if settings.top_p is not None:
        body["top_p"] = settings.top_p
    if settings.max_tokens is not None:
        body[max_tokens_field] = settings.max_tokens
    if settings.stop:
        body["stop"] = list(settings.stop)
    if request.seed is not None and seeded:
        body["seed"] = request.seed
    if request.samples > 1:
        body["n"] = request.samples
    if request.top_logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if request.choices is not None:
        body |= _choice_fields(request.choices, dialect, request.top_logprobs)
    if request.assistant_prefix is not None:
        body["messages"].append({"role": "assistant", "content": request.assistant_prefix})
        body |= {"add_generation_prompt": False, "continue_final_message": True}
    if (settings.beams or 1) > 1:
        body |= {"use_beam_search": True, "n": max(settings.beams or 1, request.samples)}
    return body


def _choice_fields(choices: tuple[str, ...], dialect: Dialect, top_logprobs: int | None) -> dict[str, Any]:
    if dialect == "vllm":
        return {"structured_outputs": {"choice": list(choices)}}
    if top_logprobs is not None:
        raise MissingCapability(
            "a structured choice with top_logprobs: in the dialect 'openai' the choice comes wrapped in JSON, so its"
            " tokens are not those of the option; use dialect 'vllm', or ask for one of the two"
        )
    field = {"type": "string", "enum": list(choices)}
    schema = {"type": "object", "properties": {"choice": field}, "required": ["choice"], "additionalProperties": False}
    return {
        "response_format": {"type": "json_schema", "json_schema": {"name": "choice", "strict": True, "schema": schema}}
    }


def read_reply(
    reply: dict[str, Any],
    request: Request,
    model: str,
    dialect: Dialect,
    *,
    latency_seconds: float | None = None,
    answers_as: str | None = None,
) -> Completion:
    """The completion in a reply (from `decode_reply`); `model` stands where the reply names none.

    A reply that names another model than `model` and `answers_as` is none. Raises MalformedReply for anything that is
    no completion, with what is wrong; MissingCapability where a structured choice was asked for and the text is none of
    the choices. The messages quote nothing of the reply but its model: the caller, who knows server and key, adds an
    excerpt.
    """
    answered_by = _answered_by(reply, model, answers_as)
    choices = _choices(reply, request.samples)
    texts, refusal = [], None
    for number, choice in enumerate(choices):
        text, declined = _text(choice)
        refusal = declined if number == 0 else refusal
        if request.choices is not None and declined is None:
            text = _chosen(text, choice, request.choices, dialect)
        texts.append(text)
    positions: tuple[TokenAlternatives, ...] = ()
    if request.top_logprobs is not None:
        positions = read_positions(choices[0].get("logprobs"), request.top_logprobs, texts[0])
    usage = reply.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    finish = choices[0].get("finish_reason")
    return Completion(
        texts=tuple(texts),
        model=answered_by,
        finish_reason=encodable(finish) if isinstance(finish, str) else None,
        refusal=refusal,
        positions=positions,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        latency_seconds=latency_seconds,
    )


def decode_reply(content: bytes) -> dict[str, Any]:
    """The JSON object in a reply's body, or MalformedReply."""
    try:
        # Decoded here: json.loads(bytes) lets half a surrogate pass, which is no UTF-8.
        reply = json.loads(content.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError:
        raise MalformedReply("the reply is not UTF-8", "utf-8") from None
    except (ValueError, RecursionError):
        fault = "html" if content.lstrip()[:1] == b"<" else "json"
        raise MalformedReply("the reply is not JSON", fault) from None
    if not isinstance(reply, dict):
        raise MalformedReply(f"the reply is a JSON {type(reply).__name__}, not an object", "foreign")
    if reply.get("error") and not reply.get("choices"):
        raise MalformedReply("the reply has status 200 and reports an error", "error")
    return reply


def _answered_by(reply: dict[str, Any], model: str, answers_as: str | None) -> str:
    """The model that the reply names; MalformedReply if that is another one than was asked for."""
    said = reply.get("model")
    if not isinstance(said, str) or not said:
        return model
    if said in (model, answers_as) or is_same_model(said, model):
        return encodable(said)
    raise MalformedReply(f"the reply is from the model {excerpt(said, limit=80)!r}, not {model!r}", "model")


def _choices(reply: dict[str, Any], samples: int) -> list[dict[str, Any]]:
    choices = reply.get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise MalformedReply("the reply has no list of choices", "foreign")
    if not choices:
        raise MalformedReply("the reply's list of choices is empty", "choices")
    if len(choices) < samples:
        raise MalformedReply(f"{samples} samples were asked for and {len(choices)} came back", "samples")
    # Servers may finish the samples in any order; `index` says which is which.
    if all(isinstance(choice.get("index"), int) for choice in choices):
        choices = sorted(choices, key=lambda choice: int(choice["index"]))
    return choices[:samples]


def _text(choice: dict[str, Any]) -> tuple[str, str | None]:
    """The text of one choice and the server's refusal, if it gave one."""
    message = choice.get("message")
    if not isinstance(message, dict):
        raise MalformedReply("a choice has no message", "message")
    content, refusal = message.get("content"), message.get("refusal")
    declined = refusal if isinstance(refusal, str) and refusal else None
    if isinstance(content, str):
        return encodable(content), declined and encodable(declined)
    if content is None and (declined is not None or choice.get("finish_reason") in _SILENT_FINISHES):
        return "", declined and encodable(declined)
    raise MalformedReply(f"a message's content is {'missing' if content is None else 'no text'}", "message")


def _chosen(text: str, choice: dict[str, Any], allowed: tuple[str, ...], dialect: Dialect) -> str:
    """The choice in `text`, unwrapped from its JSON in the dialect `openai`."""
    cut = choice.get("finish_reason") in _SILENT_FINISHES
    picked: object = text
    if dialect == "openai":
        try:
            wrapped = json.loads(text)
        except ValueError:
            wrapped = None
        picked = wrapped.get("choice") if isinstance(wrapped, dict) else None
    if isinstance(picked, str) and picked.strip() in {option.strip() for option in allowed}:
        return picked
    if cut:
        return text
    raise MissingCapability(
        "a structured choice was asked for and the reply is none of the choices: the server seems to ignore the"
        f" dialect {dialect!r} (vLLM understands 'vllm' from 0.12 on); change `dialect`, or ask without choices"
    )


def read_positions(logprobs: object, top_logprobs: int, text: str) -> tuple[TokenAlternatives, ...]:
    """The generated positions in a choice's `logprobs` object, each with at least `top_logprobs` alternatives.

    Raises MissingLogprobs where they are missing (unless `text` is empty), end before `text` does, list fewer
    alternatives than were asked for, or are no log probabilities.
    """
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(content, list) or (text and not content):
        raise MissingLogprobs("log probabilities were asked for and the reply has none")
    positions = tuple(_position(entry, top_logprobs) for entry in content)
    # Characters beyond ASCII may be spread over tokens that are no text by themselves.
    if text.isascii() and sum(len(position.token) for position in positions) < len(text.strip()):
        raise MissingLogprobs("log probabilities were asked for and the reply has them for a part of its text only")
    return positions


def _position(entry: object, top_logprobs: int) -> TokenAlternatives:
    token, logprob = _token(entry)
    listed = entry.get("top_logprobs") if isinstance(entry, dict) else None
    n_listed = len(listed) if isinstance(listed, list) else 0
    if n_listed < top_logprobs:
        what = f"the {top_logprobs} likeliest tokens were asked for and a position has {n_listed or 'none'}"
        raise MissingLogprobs(what, n_given=n_listed)
    return TokenAlternatives(token, logprob, tuple(_token(alternative) for alternative in listed or ()))


def _token(entry: object) -> tuple[str, float]:
    if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
        raise MissingLogprobs("a log probability has no token")
    return encodable(entry["token"]), logprob_of(entry.get("logprob"))


def logprob_of(value: object) -> float:
    """A log probability as the record keeps it; raises MissingLogprobs for anything else."""
    # Also false for NaN; minus infinity is a legitimate "never".
    if isinstance(value, bool) or not isinstance(value, int | float) or not value <= _HIGHEST_LOGPROB:
        raise MissingLogprobs("a log probability is no number at or below 0")
    return round(float(value), _DECIMALS)


def _count(value: object) -> int | None:
    """A count of tokens; None for anything else, and for numbers that no reply could have and no record could hold."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _TOO_MANY_TOKENS:
        return value
    return None
