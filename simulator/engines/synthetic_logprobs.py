"""Exact token probabilities for a written label: every label in two spellings, and tokens that name no option.

A label counts as one token, whatever its length. Knows only labels and their true shares.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.messages import TokenAlternatives

OFF_TOKENS = (("The", 0.5), ("It", 0.3), ("\n", 0.2))
"""Tokens that begin no option, and how the off-option mass is split between them."""

_PIECES = re.compile(r"\s?[^\s]+|\s+")


class LabelText(NamedTuple):
    """A reply whose label stands right after `prefix` (empty, or an answer marker without its last space)."""

    prefix: str
    label: str
    rest: str


def label_tokens(
    labels: Sequence[str],
    shares: Sequence[float],
    off_tokens: Mapping[str, float],
    second_spelling: float,
    spaced: bool,
) -> dict[str, float]:
    """Probability of every token at the label's position; all of them sum to 1.

    `shares` (summing to 1) are those of the options; the two spellings of a label sum to its share of what `off_tokens`
    leave. `spaced` says that the spelling with a leading space is the usual one here.
    """
    usual, other = (" ", "") if spaced else ("", " ")
    tokens = dict(off_tokens)
    left = 1 - sum(off_tokens.values())
    for label, share in zip(labels, shares, strict=True):
        tokens[usual + label] = share * left * (1 - second_spelling)
        tokens[other + label] = share * left * second_spelling
    return tokens


def off_option_tokens(off_mass: float, nonresponse: Mapping[str, float]) -> dict[str, float]:
    """Tokens that begin no option: those of `nonresponse` (first token → share), and `off_mass` of what they leave."""
    tokens = dict(nonresponse)
    left = off_mass * (1 - sum(nonresponse.values()))
    for token, part in OFF_TOKENS:
        tokens[token] = tokens.get(token, 0.0) + left * part
    return tokens


def first_piece(text: str) -> str:
    """The first token of a text (a word with what clings to it)."""
    found = _PIECES.match(text)
    return found.group() if found else ""


def alternatives(token: str, probabilities: Mapping[str, float], top: int) -> TokenAlternatives:
    """One position: the token taken, its logprob, and the `top` likeliest tokens (impossible ones left out)."""
    likeliest = sorted(probabilities.items(), key=lambda pair: (-pair[1], pair[0]))[:top]
    listed = tuple((name, math.log(p)) for name, p in likeliest if p > 0)
    taken = probabilities.get(token, 0.0)
    return TokenAlternatives(token, math.log(taken) if taken > 0 else -math.inf, listed)


def certain(text: str) -> tuple[TokenAlternatives, ...]:
    """Positions of text that was bound to come: each piece with logprob 0 and no rival."""
    return tuple(TokenAlternatives(piece, 0.0, ((piece, 0.0),)) for piece in _PIECES.findall(text))


def label_positions(reply: LabelText, tokens: Mapping[str, float], top: int) -> tuple[TokenAlternatives, ...]:
    """The positions of a whole reply; their tokens joined are the reply."""
    return (*certain(reply.prefix), alternatives(reply.label, tokens, top), *certain(reply.rest))
