"""Texts scored as replies by known-truth respondents: exact, from the true distribution over the options shown.

A label is one token, in two spellings; in "label. text" the stop and the text are a token each, certain once the label
stands; a text by itself is one token. A text that is no answer to the question is impossible. Source: as
the exact token alternatives of `synthetic_logprobs`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.engines.synthetic_question import Question, distribution
from simulator.engines.synthetic_text import goes_on
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked, Request, ScoredText, ShownOption

CERTAIN = 0.0


def scored_texts(
    texts: Sequence[str],
    options: Sequence[ShownOption],
    shares: Sequence[float],
    *,
    left: float,
    second_spelling: float,
    spaced: bool,
) -> tuple[ScoredText, ...]:
    """The score of every text.

    `shares` (summing to 1) are those of the options among replies that choose one, `left` the probability of such a
    reply; `spaced` says that the spelling with a leading space is the usual one here.
    """
    known: dict[str, tuple[str, float, tuple[str, ...]]] = {}
    for option, share in zip(options, shares, strict=True):
        known[option.text.strip()] = (option.text.strip(), share * left, ())
        known[option.label] = (option.label, share * left, ())
        known[f"{option.label}. {option.text.strip()}"] = (option.label, share * left, (".", f" {option.text.strip()}"))
    return tuple(_scored(text, known, second_spelling=second_spelling, spaced=spaced) for text in texts)


def _scored(
    text: str, known: dict[str, tuple[str, float, tuple[str, ...]]], *, second_spelling: float, spaced: bool
) -> ScoredText:
    bare = text.removeprefix(" ")
    found = known.get(bare)
    if found is None:
        return ScoredText(text, ((text, -math.inf),))
    first, probability, rest = found
    has_blank = bare != text
    probability *= 1 - second_spelling if has_blank == spaced else second_spelling
    token = f" {first}" if has_blank else first
    logprob = math.log(probability) if probability > 0 else -math.inf
    return ScoredText(text, ((token, logprob), *((one, CERTAIN) for one in rest)))


def scores_of(request: Request, asked: Asked, question: Question | None, truth: KnownTruth) -> tuple[ScoredText, ...]:
    """The score of every continuation of a request; each is impossible where the question offers no options."""
    if question is None:
        return tuple(ScoredText(text, ((text, -math.inf),)) for text in request.continuations)
    answering = 1 - question.refused - question.unreadable
    return scored_texts(
        request.continuations,
        asked.options,
        distribution(asked, question).answered,
        left=answering * (1 - truth.off_mass),
        second_spelling=truth.second_spelling,
        spaced=asked.answer_format == "explained" or goes_on(request),
    )
