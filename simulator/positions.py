"""Token alternatives as they stand in the record: compact JSON, log-probabilities to six decimals.

Knows nothing of options or labels. Inverse pair: `positions_to_json` and `positions_from_json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from simulator.messages import TokenAlternatives


def positions_to_json(positions: Sequence[TokenAlternatives]) -> str | None:
    """`[[token, logprob, [[token, logprob], ...]], ...]`, or None where the engine returned none."""
    if not positions:
        return None
    rows = [[at.token, round(at.logprob, 6), [[token, round(lp, 6)] for token, lp in at.top]] for at in positions]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def positions_from_json(stored: str | None) -> tuple[TokenAlternatives, ...]:
    """The alternatives that `positions_to_json` stored."""
    if stored is None:
        return ()
    return tuple(
        TokenAlternatives(token, logprob, tuple((other, lp) for other, lp in top))
        for token, logprob, top in json.loads(stored)
    )
