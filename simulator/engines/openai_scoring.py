"""Scoring a text as a reply, on the wire: vLLM's log probabilities of prompt tokens. Pure; opens no connection.

The text is sent as the end of the prompt (an assistant's message to be gone on with, or the end of a raw text), so that
it is tokenized together with what stands before it. Which tokens are the text's follows from the ids of the prompt
without it; where a tokenizer joins the end of the prompt with one text, all are scored from before that, so that their
probabilities are of one kind. Source: docs.vllm.ai (`prompt_logprobs`, `continue_final_message`, `return_token_ids`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from simulator.engines.base import Capability
from simulator.engines.foreign_text import encodable
from simulator.engines.openai_wire import MalformedReply, MissingLogprobs, logprob_of
from simulator.messages import Request, ScoredText

ASKS_FOR_IDS = {"return_token_ids": True}
"""What the request for the reply itself carries where texts are to be scored as well."""


def scoring_body(request: Request, text: str, model: str) -> dict[str, Any]:
    """The JSON body that scores `text` as the reply to `request`; one token is generated and not looked at."""
    body: dict[str, Any] = {"model": model, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 0, **ASKS_FOR_IDS}
    if request.is_raw:
        return body | {"prompt": request.raw_prompt + text}
    messages = [{"role": role, "content": content} for role, content in request.messages]
    messages.append({"role": "assistant", "content": (request.assistant_prefix or "") + text})
    return body | {"messages": messages, "add_generation_prompt": False, "continue_final_message": True}


def prompt_ids(reply: dict[str, Any]) -> tuple[int, ...]:
    """The ids of the prompt's tokens that a reply tells; raises MissingLogprobs where it tells none."""
    found = reply.get("prompt_token_ids")
    if found is None:
        choices = reply.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        found = first.get("prompt_token_ids") if isinstance(first, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(one, int) for one in found):
        raise _unscored("the reply does not tell the prompt's tokens")
    return tuple(found)


class ScoredPrompt(NamedTuple):
    """A prompt with a text at its end: the ids of all tokens, from which one on they are not the prompt's alone, and
    what the reply lists for each.
    """

    text: str
    ids: tuple[int, ...]
    start: int
    listed: list[Any]

    def tokens_from(self, start: int) -> tuple[tuple[str, float], ...]:
        """The tokens from there on; raises MissingLogprobs where one has no log probability."""
        return tuple(_token(entry, one) for entry, one in zip(self.listed[start:], self.ids[start:], strict=True))


def read_scored(reply: dict[str, Any], text: str, before: Sequence[int]) -> ScoredPrompt:
    """What the reply to a `scoring_body` tells of `text`; `before` are the ids of the prompt without it.

    Raises MissingLogprobs where the reply has no log probabilities of its prompt, MalformedReply where what it has
    does not fit the prompt.
    """
    ids = prompt_ids(reply)
    listed = reply.get("prompt_logprobs")
    if listed is None:
        choices = reply.get("choices")
        listed = choices[0].get("prompt_logprobs") if isinstance(choices, list) and choices else None
    if not isinstance(listed, list):
        raise _unscored("the reply has no log probabilities of the prompt")
    if len(listed) != len(ids):
        raise MalformedReply(f"the prompt has {len(ids)} tokens and log probabilities of {len(listed)}", "scored")
    found = ScoredPrompt(text, ids, shared_length(before, ids), listed)
    found.tokens_from(found.start)
    return found


def scored_texts(prompts: Sequence[ScoredPrompt]) -> tuple[ScoredText, ...]:
    """The texts with their scores, all from the same token on; a text that adds no token to its prompt has none."""
    start = min((one.start for one in prompts if one.start < len(one.ids)), default=0)
    return tuple(
        ScoredText(one.text, one.tokens_from(start), one.ids[start:])
        if one.start < len(one.ids)
        else ScoredText(one.text, ())
        for one in prompts
    )


def shared_length(before: Sequence[int], ids: Sequence[int]) -> int:
    """How many tokens a prompt and the same prompt with a text behind it begin with in common."""
    length = 0
    for left, right in zip(before, ids, strict=False):
        if left != right:
            break
        length += 1
    return length


def _token(entry: object, token_id: int) -> tuple[str, float]:
    found = entry.get(str(token_id)) if isinstance(entry, dict) else None
    if not isinstance(found, dict):
        raise _unscored("one of their tokens has no log probability")
    said = found.get("decoded_token")
    return encodable(said) if isinstance(said, str) else "", logprob_of(found.get("logprob"))


def _unscored(why: str) -> MissingLogprobs:
    return MissingLogprobs(f"texts were to be scored and {why}", Capability.PROMPT_LOGPROBS)
