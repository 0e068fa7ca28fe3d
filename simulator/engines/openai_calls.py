"""The calls that one request takes on the wire: one for the reply, and one for each text to be scored as a reply.

Says where each goes, with which body, and how what comes back is read. Pure; opens no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from simulator.engines.openai_raw import as_chat_reply, raw_body, read_raw_positions
from simulator.engines.openai_scoring import (
    ASKS_FOR_IDS,
    ScoredPrompt,
    prompt_ids,
    read_scored,
    scored_texts,
    scoring_body,
)
from simulator.engines.openai_wire import Dialect, read_reply, request_body
from simulator.messages import Completion, Request

CHAT, RAW = "/chat/completions", "/completions"


class Replied(NamedTuple):
    """What one call brought. `prompt_ids` are the ids of the prompt's tokens, where texts are to be scored after it;
    `scored` is the prompt with the text that the call was to score.
    """

    completion: Completion
    prompt_ids: tuple[int, ...] = ()
    scored: ScoredPrompt | None = None


class Call(NamedTuple):
    """One call: path, body, and how to read the JSON of the reply, given the seconds it took."""

    path: str
    body: dict[str, Any]
    read: Callable[[dict[str, Any], float], Replied]


@dataclass(frozen=True, slots=True)
class Wire:
    """How an engine's calls are put: the model, the dialect and what else they have in common."""

    model: str
    dialect: Dialect
    max_tokens_field: str
    seeded: bool
    answers_as: str | None = None

    def for_reply(self, request: Request) -> Call:
        """The call for the reply itself."""
        body = request_body(
            request, self.model, self.dialect, max_tokens_field=self.max_tokens_field, seeded=self.seeded
        )
        if request.is_raw:
            body = raw_body(body, request)
        if request.continuations:
            body |= ASKS_FOR_IDS
        return Call(RAW if request.is_raw else CHAT, body, partial(self._read_reply, request))

    def for_scoring(self, request: Request, text: str, before: tuple[int, ...]) -> Call:
        """The call that scores one text; `before` are the ids of the prompt's tokens without it."""
        body = scoring_body(request, text, self.model)
        return Call(RAW if request.is_raw else CHAT, body, partial(self._read_scored, request, text, before))

    def _read_reply(self, request: Request, reply: dict[str, Any], seconds: float) -> Replied:
        if request.is_raw:
            completion = self._completion(replace(request, top_logprobs=None), as_chat_reply(reply), seconds)
            if request.top_logprobs is not None:
                positions = read_raw_positions(reply["choices"][0], request.top_logprobs)
                completion = replace(completion, positions=positions)
        else:
            completion = self._completion(request, reply, seconds)
        return Replied(completion, prompt_ids(reply) if request.continuations else ())

    def _read_scored(
        self, request: Request, text: str, before: tuple[int, ...], reply: dict[str, Any], seconds: float
    ) -> Replied:
        scored = read_scored(reply, text, before)
        plain = Request(request.messages)
        found = self._completion(plain, as_chat_reply(reply) if request.is_raw else reply, seconds)
        return Replied(found, scored=scored)

    def _completion(self, request: Request, reply: dict[str, Any], seconds: float) -> Completion:
        return read_reply(reply, request, self.model, self.dialect, latency_seconds=seconds, answers_as=self.answers_as)


def with_scores(completion: Completion, outcomes: Sequence[Replied | BaseException]) -> Completion:
    """The completion with what scoring its continuations brought, their tokens counted in; raises their first error."""
    if not outcomes:
        return completion
    calls, prompts = [completion], []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        calls.append(outcome.completion)
        if outcome.scored is not None:
            prompts.append(outcome.scored)
    failed = tuple(slug for call in calls for slug in call.failed_tries)
    return replace(
        completion,
        scored=scored_texts(prompts),
        prompt_tokens=_sum([call.prompt_tokens for call in calls]),
        completion_tokens=_sum([call.completion_tokens for call in calls]),
        attempts=len(failed) + 1,
        failed_tries=failed,
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    """The sum, or None where one call did not tell."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
