"""How many tokens a text is, by rule of thumb: today's tokenizers without any of them.

A text is cut as byte-pair tokenizers cut it beforehand (a word with the character before it, digits in groups of three,
runs of punctuation with the line break after it, white space), and each piece costs what it costs on average. Its
errors by tokenizer and language are measured by `benchmarks/token_rule.py` and stand in docs/costs.md. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from simulator.messages import Message

PER_MESSAGE = 4
"""Tokens that a chat template puts around one message."""
PER_PROMPT = 3
"""Tokens with which a chat template opens the reply."""

_PIECES = re.compile(r"[^\r\n\w]?[^\W\d_]+|\d{1,3}| ?(?:[^\w\s]|_)+[\r\n]*|\s*[\r\n]+|\s+(?=\S)|\s+")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


class WordCosts(NamedTuple):
    """A word is one token; each letter beyond `free` adds `per_letter`. `wide` is per East Asian character."""

    free: int
    per_letter: float
    wide: float


ENGLISH = WordCosts(6, 0.05, 0.8)
OTHER = WordCosts(5, 0.205, 0.8)
BY_LANGUAGE = {"en": ENGLISH, "zh": OTHER._replace(wide=0.83), "ja": OTHER._replace(wide=0.77)}
"""Vocabularies hold English words whole, and other languages' long words in parts."""


@lru_cache(maxsize=8192)  # in an interview with memory, most texts come again and again
def tokens_in(text: str, language: str = "en") -> float:
    """Tokens of a text in this language, on average over texts: a fraction for each piece."""
    costs = BY_LANGUAGE.get(language.partition("-")[0], OTHER)
    return sum(_cost(piece, costs) for piece in _PIECES.findall(text))


def prompt_tokens(messages: Sequence[Message], language: str = "en") -> float:
    """Tokens of a chat prompt, with what the chat template adds."""
    return PER_PROMPT + sum(PER_MESSAGE + tokens_in(message.content, language) for message in messages)


def _cost(piece: str, costs: WordCosts) -> float:
    n_wide = 0 if piece.isascii() else len(_WIDE.findall(piece))
    if n_wide:
        return max(1.0, costs.wide * n_wide)
    if not piece[-1].isalpha():
        return 1.0
    letters = len(piece) - (not piece[0].isalpha())
    return 1.0 + costs.per_letter * max(0, letters - costs.free)
