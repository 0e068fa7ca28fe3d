"""Beam search over whoever can tell the likeliest next tokens. Knows no engine and no tokenizer, only token ids.

The search that vLLM's server does, so that both ways of reaching a model give the same texts: 2 * width candidates a
step, a sequence that ends leaves the beam, and the best are those of the highest log probability per token, prompt
tokens counted. Source: vLLM's beam search; Freitag and Al-Onaizan 2017 (width); Wu et al. 2016 (length).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

NextTokens = Callable[[tuple[int, ...], int], Awaitable[Sequence[tuple[int, float]]]]
"""Tokens so far (the prompt's too) and how many to tell -> the likeliest next ones with their log probabilities."""


class Beam(NamedTuple):
    """One sequence: the tokens after the prompt, without the end; their log probability; whether it came to its end."""

    tokens: tuple[int, ...]
    logprob: float
    is_finished: bool = False


async def beam_search(
    prompt: Sequence[int], next_tokens: NextTokens, *, width: int, max_tokens: int, end: int | None
) -> list[Beam]:
    """The `width` best continuations of `prompt`, the best first; `end` is the token that ends a sequence."""
    start, beams, finished = tuple(prompt), [Beam((), 0.0)], list[Beam]()
    for _ in range(max_tokens):
        told = await asyncio.gather(*(next_tokens(start + beam.tokens, 2 * width) for beam in beams))
        going: list[Beam] = []
        for beam, tokens in zip(beams, told, strict=True):
            for token, logprob in tokens:
                total = beam.logprob + logprob
                if token == end:
                    finished.append(Beam(beam.tokens, total, is_finished=True))
                else:
                    going.append(Beam((*beam.tokens, token), total))
        beams = sorted(going, key=lambda beam: -beam.logprob)[:width]
        if not beams:
            break
    ranked = sorted([*finished, *beams], key=lambda beam: -beam.logprob / max(len(start) + len(beam.tokens), 1))
    return ranked[:width]
