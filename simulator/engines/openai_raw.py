"""The wire format of raw completions: a text goes out as it is and comes back continued. Pure; opens no connection.

For base models, which have no chat template. Extras are asked for as in `openai_wire`; log probabilities come as a
table, token to log probability, for each position. Source: docs.vllm.ai (`/v1/completions`).
"""

from __future__ import annotations

from typing import Any

from simulator.engines.foreign_text import encodable
from simulator.engines.openai_wire import MalformedReply, MissingLogprobs, logprob_of
from simulator.messages import Request, TokenAlternatives


def raw_body(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """The body of a chat request (`openai_wire.request_body`) as one for a text to be completed."""
    kept = {key: value for key, value in body.items() if key not in ("messages", "top_logprobs", "logprobs")}
    if request.top_logprobs is not None:
        kept["logprobs"] = request.top_logprobs
    return kept | {"prompt": request.raw_prompt}


def as_chat_reply(reply: dict[str, Any]) -> dict[str, Any]:
    """The reply in the shape of a chat completion, so that one reader reads both; raises MalformedReply."""
    choices = reply.get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise MalformedReply("the reply has no list of choices", "foreign")
    return reply | {"choices": [_as_chat_choice(choice) for choice in choices]}


def _as_chat_choice(choice: dict[str, Any]) -> dict[str, Any]:
    content = choice.get("text")
    message = {"role": "assistant", "content": content if isinstance(content, str) else None}
    return choice | {"message": message, "logprobs": None}


def read_raw_positions(choice: dict[str, Any], top_logprobs: int) -> tuple[TokenAlternatives, ...]:
    """The generated positions of a raw choice. Raises MissingLogprobs where they are missing or incomplete.

    Tokens that read alike are one entry of such a table, so a position may list fewer alternatives than asked for.
    """
    found = choice.get("logprobs")
    if not isinstance(found, dict):
        raise MissingLogprobs("log probabilities were asked for and the reply has none")
    parts = [found.get(key) for key in ("tokens", "token_logprobs", "top_logprobs")]
    if not all(isinstance(part, list) for part in parts) or len({len(part) for part in parts if part is not None}) != 1:
        raise MissingLogprobs("log probabilities were asked for and the reply has them for a part of its text only")
    tokens, logprobs, tables = parts
    assert tokens is not None and logprobs is not None and tables is not None
    return tuple(
        _position(token, logprob, table, top_logprobs)
        for token, logprob, table in zip(tokens, logprobs, tables, strict=True)
    )


def _position(token: object, logprob: object, table: object, top_logprobs: int) -> TokenAlternatives:
    if not isinstance(token, str) or not isinstance(table, dict) or (top_logprobs and not table):
        raise MissingLogprobs(f"the {top_logprobs} likeliest tokens were asked for and a position has none")
    listed = [(encodable(str(name)), logprob_of(value)) for name, value in table.items()]
    listed.sort(key=lambda pair: -pair[1])
    return TokenAlternatives(encodable(token), logprob_of(logprob), tuple(listed))
