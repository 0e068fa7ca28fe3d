"""Log-probabilities as they stand in the record: token alternatives and scored texts as compact JSON, six decimals.

Knows nothing of options or labels. Inverse pairs: `positions_to_json` and `positions_from_json`, `scores_to_json` and
`scores_from_json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from simulator.messages import Completion, ScoredText, TokenAlternatives

DIGITS = 6


def positions_to_json(positions: Sequence[TokenAlternatives]) -> str | None:
    """`[[token, logprob, [[token, logprob], ...]], ...]`, or None where the engine returned none."""
    if not positions:
        return None
    rows = [
        [at.token, round(at.logprob, DIGITS), [[token, round(lp, DIGITS)] for token, lp in at.top]] for at in positions
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def as_recorded(completion: Completion) -> Completion:
    """The completion with its log-probabilities as the record keeps them, so that what is read now can be read
    again.
    """
    if not completion.positions and not completion.scored:
        return completion
    scored = tuple(
        one._replace(tokens=tuple((token, round(logprob, DIGITS)) for token, logprob in one.tokens))
        for one in completion.scored
    )
    positions = tuple(
        TokenAlternatives(
            at.token, round(at.logprob, DIGITS), tuple((token, round(lp, DIGITS)) for token, lp in at.top)
        )
        for at in completion.positions
    )
    return replace(completion, positions=positions, scored=scored)


def positions_from_json(stored: str | None) -> tuple[TokenAlternatives, ...]:
    """The alternatives that `positions_to_json` stored."""
    if stored is None:
        return ()
    return tuple(
        TokenAlternatives(token, logprob, tuple((other, lp) for other, lp in top))
        for token, logprob, top in json.loads(stored)
    )


def scores_to_json(scored: Sequence[ScoredText]) -> str | None:
    """`[[text, [[token, logprob], ...], [id, ...]], ...]`, or None where no text was scored."""
    if not scored:
        return None
    rows = [[one.text, [[token, round(lp, DIGITS)] for token, lp in one.tokens], list(one.ids)] for one in scored]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def scores_from_json(stored: str | None) -> tuple[ScoredText, ...]:
    """The scores that `scores_to_json` stored."""
    if stored is None:
        return ()
    return tuple(
        ScoredText(text, tuple((token, logprob) for token, logprob in tokens), tuple(ids))
        for text, tokens, ids in json.loads(stored)
    )
