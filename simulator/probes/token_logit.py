"""The token-logit probe: the probability of each option's label among the alternatives of one generated position.

Knows no engine: it reads a completion. Methods: Moore et al. 2024 (position, equality of stripped tokens, missing
labels), Shen et al. 2025 (spellings are summed, labels that begin alike).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from simulator.errors import RunSpecError
from simulator.messages import Completion, ShownOption, TokenAlternatives
from simulator.presentation import Presentation
from simulator.probes.distribution import OptionProbabilities, option_probabilities

Position = Literal["best", "first"]
MissingLabels = Literal["zero", "bound"]

MAX_POSITIONS = 5
"""How many generated positions are looked at: a label comes early, and an "A" in prose does not count."""

# Blanks, word-boundary marks of the common tokenizers (▁ Ġ Ċ ĉ), brackets, colon, full stop.
_STRIPPED = " \t\r\n\u00a0\u3000▁ĠĊĉ()[]{}（）【】:：.．。"


def stripped(token: str) -> str:
    """A token as it is compared with a label: without blanks, boundary marks and brackets, up to its first blank."""
    bare = token.strip(_STRIPPED)
    for blank in (" ", "\n", "▁", "Ġ"):
        bare = bare.partition(blank)[0]
    return bare.strip(_STRIPPED)


def collisions(labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs (shorter, longer) of labels of which one begins with the other, as "1" and "10" or "I" and "II"."""
    return tuple((short, long) for short in labels for long in labels if short != long and long.startswith(short))


def check_labels(options: Sequence[ShownOption], item_id: str = "") -> None:
    """Raise RunSpecError where options have no labels, or labels that begin alike, as the tokens of "1" and "10" may.

    To be called before a run that uses the token-logit probe, for every item as it will be shown.
    """
    which = f"item {item_id!r}: " if item_id else ""
    if any(not option.label for option in options):
        raise RunSpecError(
            f"{which}the probe 'token-logit' reads labels, and these options have none; use labels 'letters', score "
            "the texts (probe.exact_labels = true), or use the probe 'text'"
        )
    pairs = collisions([option.label for option in options])
    if pairs:
        raise RunSpecError(
            f"{which}the probe 'token-logit' cannot tell label {pairs[0][0]!r} from {pairs[0][1]!r} by one token;"
            " use labels 'letters' (or 'numbers-from-0' for up to ten options), score labels exactly"
            " (probe.exact_labels = true), or use the probe 'text'"
        )


def _listed(position: TokenAlternatives) -> list[tuple[str, float]]:
    """(token, probability) of the alternatives; the token taken counts even where it is not among them."""
    listed = [(token, math.exp(logprob)) for token, logprob in position.top]
    if all(token != position.token for token, _ in listed):
        listed.append((position.token, math.exp(position.logprob)))
    return listed


def _masses(position: TokenAlternatives) -> dict[str, float]:
    """Summed probability by stripped token."""
    masses: dict[str, float] = {}
    for token, probability in _listed(position):
        key = stripped(token)
        masses[key] = masses.get(key, 0.0) + probability
    return masses


def _bound(position: TokenAlternatives) -> float:
    """The most that a token not listed can have: the smallest listed probability, or what is left to 1."""
    listed = [probability for _, probability in _listed(position)]
    return max(0.0, min(*listed, 1.0 - sum(listed)))


def _unseparated(position: TokenAlternatives, labels: Sequence[str]) -> tuple[str, str] | None:
    """A listed token that is a label's and may begin a longer one, with the token that would tell them apart."""
    # Counted: with and without a blank before them, two tokens may be shown alike.
    listed = Counter(token for token, _ in _listed(position))
    for short, long in collisions(labels):
        for token, count in listed.items():
            longer = token + long[len(short) :]
            if stripped(token) == short and token.endswith(short) and listed[longer] < count:
                return token, longer
    return None


def _chosen_position(rows: Sequence[dict[str, float]], labels: Sequence[str], position: Position) -> tuple[int, float]:
    totals = [sum(row.get(label, 0.0) for label in labels) for row in rows]
    index = 0 if position == "first" else max(range(len(totals)), key=totals.__getitem__)
    return index, totals[index]


def _nothing(codes: Sequence[int], reason: str, mass: float | None, position: int | None) -> OptionProbabilities:
    return OptionProbabilities(dict.fromkeys(codes, float("nan")), mass, tuple(codes), position, reason)


def read_option_probabilities(
    completion: Completion,
    presentation: Presentation,
    position: Position = "best",
    missing: MissingLabels = "zero",
) -> OptionProbabilities:
    """The distribution over the shown options in the token alternatives of `completion`.

    `position` "best" takes, among the first five generated positions, the one with the most probability on labels (the
    earliest of equals), "first" the first. All spellings of a label are summed; a token counts only if it equals the
    label once stripped. A label outside the alternatives gets 0 ("zero") or the smaller of the smallest listed
    probability and what is left to 1 ("bound"), and its code stands in `truncated`. nan with a reason: `no_logprobs`,
    `no_label`, or `collision` where one label begins another and the position does not separate them.
    """
    by_code = sorted(presentation.options, key=lambda option: option.code)
    codes = [option.code for option in by_code]
    labels = [option.label for option in by_code]
    if not completion.positions or not labels:
        return _nothing(codes, "no_logprobs: the completion carries no token alternatives", None, None)
    rows = [_masses(alternatives) for alternatives in completion.positions[:MAX_POSITIONS]]
    index, mass = _chosen_position(rows, labels, position)
    row = rows[index]
    if mass <= 0.0:
        return _nothing(codes, "no_label: no label among the alternatives", 0.0, index)
    unseparated = _unseparated(completion.positions[index], labels)
    if unseparated:
        token, longer = unseparated
        reason = f"collision: the token {token!r} may begin {longer!r}, and no token {longer!r} is listed"
        return _nothing(codes, reason, mass, index)
    truncated = tuple(code for code, label in zip(codes, labels, strict=True) if label not in row)
    left = _bound(completion.positions[index]) if missing == "bound" else 0.0
    raw = [row.get(label, left) for label in labels]
    logs = {code: math.log(value) if value > 0 else -math.inf for code, value in zip(codes, raw, strict=True)}
    return OptionProbabilities(option_probabilities(logs), mass, truncated, index)
