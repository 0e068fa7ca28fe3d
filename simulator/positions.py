"""Token alternatives as they stand in the record: compact JSON, log-probabilities to six decimals.

Knows nothing of options or labels. Inverse pair: `positions_to_json` and `positions_from_json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from simulator.messages import Completion, TokenAlternatives

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
    if not completion.positions:
        return completion
    positions = tuple(
        TokenAlternatives(
            at.token, round(at.logprob, DIGITS), tuple((token, round(lp, DIGITS)) for token, lp in at.top)
        )
        for at in completion.positions
    )
    return replace(completion, positions=positions)


def positions_from_json(stored: str | None) -> tuple[TokenAlternatives, ...]:
    """The alternatives that `positions_to_json` stored."""
    if stored is None:
        return ()
    return tuple(
        TokenAlternatives(token, logprob, tuple((other, lp) for other, lp in top))
        for token, logprob, top in json.loads(stored)
    )
