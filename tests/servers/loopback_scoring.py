"""What the loopback server says of prompts, as vLLM does: their tokens and how likely each was; and raw completions.

Tokens are words with the blanks before them; a token's id comes from its text, its log probability from a hash of all
text up to it, so that a test can work out both. Knows no HTTP.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

from loopback_replies import reply, unit

PIECE = re.compile(r"\s*\S+|\s+")
MARK = {"system": "<s>", "user": "<u>", "assistant": "<a>"}


def prompt_text(body: dict[str, Any]) -> str:
    """The whole prompt as a chat template would write it."""
    if "prompt" in body:
        return str(body["prompt"])
    parts = [f"\n{MARK[message['role']]}\n{message['content']}" for message in body["messages"]]
    return "".join(parts) if body.get("continue_final_message") else "".join(parts) + f"\n{MARK['assistant']}\n"


def pieces(text: str) -> list[str]:
    """The tokens of a text; joined they are the text."""
    return PIECE.findall(text)


def token_id(piece: str) -> int:
    """A number that only this token has."""
    return int.from_bytes(blake2b(piece.encode(), digest_size=4).digest(), "little")


def logprob(before: str, piece: str) -> float:
    """How likely a token is after this text."""
    return -0.1 - 4 * unit("scored", before, piece)


def scored_prompt(text: str) -> list[dict[str, Any] | None]:
    """One entry per token, the first without a probability."""
    entries: list[dict[str, Any] | None] = []
    before = ""
    for piece in pieces(text):
        found = {"logprob": logprob(before, piece), "rank": 1, "decoded_token": piece}
        entries.append({str(token_id(piece)): found} if before else None)
        before += piece
    return entries


def with_prompt(whole: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The reply with what was asked for about its prompt."""
    text = prompt_text(body)
    told: dict[str, Any] = {}
    if body.get("return_token_ids"):
        told["prompt_token_ids"] = [token_id(piece) for piece in pieces(text)]
    if body.get("prompt_logprobs") is not None:
        told["prompt_logprobs"] = scored_prompt(text)
    if "prompt" not in body:
        return whole | told
    return whole | {"choices": [choice | told for choice in whole["choices"]]}


def raw_reply(body: dict[str, Any]) -> dict[str, Any]:
    """A whole raw completion: the chat reply to the prompt as a user's message, in the other shape."""
    asked = {key: value for key, value in body.items() if key not in ("prompt", "logprobs")}
    wanted = body.get("logprobs")
    asked |= {"logprobs": True, "top_logprobs": wanted} if wanted is not None else {}
    whole = reply(asked | {"messages": [{"role": "user", "content": body["prompt"]}]})
    choices = [
        {
            "index": choice["index"],
            "text": choice["message"]["content"],
            "finish_reason": choice["finish_reason"],
            "logprobs": raw_logprobs(choice["logprobs"]),
        }
        for choice in whole["choices"]
    ]
    return whole | {"object": "text_completion", "choices": choices}


def raw_logprobs(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Log probabilities as raw completions have them: lists of tokens, and a table for each position."""
    if found is None:
        return None
    rows = found["content"]
    return {
        "tokens": [row["token"] for row in rows],
        "token_logprobs": [row["logprob"] for row in rows],
        "top_logprobs": [{one["token"]: one["logprob"] for one in row["top_logprobs"]} for row in rows],
    }
