"""The words that set off an answer, its explanation and a request, and the thinking that precedes a reply.

Shared by the prompt styles (which print markers), the parser (which looks for them) and memory (which trims at them).
Knows no item and no engine. Method: Liu et al. 2025, in our own words; thinking blocks as reasoning models write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple


class Markers(NamedTuple):
    """What stands before the answer, the explanation and the request, with its colon; empty where a style has none."""

    answer: str = "Answer:"
    explanation: str = "Explanation:"
    request: str = ""


ANSWER_NAMES = (
    "answer",
    "my choice",
    "final choice",
    "antwort",
    "respuesta",
    "réponse",
    "回答",
    "答案",
    "答え",
    "选择",
)
EXPLANATION_NAMES = (
    "explanation",
    "justification",
    "reasoning",
    "reason",
    "rationale",
    "begründung",
    "erklärung",
    "explicación",
    "justificación",
    "explication",
    "解释",
    "理由",
    "説明",
    "说明",
    "原因",
)
REQUEST_NAMES = ("request", "frage", "问题", "質問")

_OPEN_THINKING = re.compile(r"<(?:think|thinking|reasoning)>", re.IGNORECASE)
_CLOSED_THINKING = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)


def strip_thinking(text: str) -> str:
    """`text` without thinking blocks; a block that never closes takes the rest, one that never opened what precedes.

    Pure and idempotent; linear in the length of the text.
    """
    if "<" not in text:
        return text.strip()
    parts = []
    position = 0
    while opened := _OPEN_THINKING.search(text, position):
        parts.append(text[position : opened.start()])
        closed = _CLOSED_THINKING.search(text, opened.end())
        if closed is None:
            position = len(text)
            break
        position = closed.end()
    parts.append(text[position:])
    # A newline in place of the block, so that what remains cannot join into a new tag.
    left = "\n".join(parts)
    start = 0
    for closed in _CLOSED_THINKING.finditer(left):
        start = closed.end()
    return left[start:].strip()


def _every(names: tuple[str, ...], own: str) -> list[str]:
    """All names and the style's own, the longest first."""
    own_name = own.strip().rstrip(":：").strip().lower()
    return sorted({*names, *([own_name] if own_name else [])}, key=len, reverse=True)


def _named(names: Sequence[str]) -> str:
    # A Latin word may not continue another word; Chinese and Japanese do not separate words.
    latin = "|".join(re.escape(name) for name in names if name[0] < "\u2e80")
    other = "|".join(re.escape(name) for name in names if name[0] >= "\u2e80")
    return f"(?:(?<![^\\W_])(?:{latin}))" if not other else f"(?:(?<![^\\W_])(?:{latin})|(?:{other}))"


def _set_off(names: Sequence[str]) -> re.Pattern[str]:
    # The look-ahead changes nothing but speed: most places cannot begin a marker, and one character says so.
    first = re.escape("".join(sorted({name[0] for name in names})))
    return re.compile(
        rf"(?=[*_#>{first}])(?:[*_#>]{{1,4}}[ \t]?)?{_named(names)}[ \t]?[*_]{{0,3}}[ \t]?[:：]", re.IGNORECASE
    )


@lru_cache(maxsize=64)
def marker_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of these names where it is set off as a marker: a colon behind it, markup around it or not."""
    return _set_off(sorted({name.strip().rstrip(":：").strip().lower() for name in names}, key=len, reverse=True))


@lru_cache(maxsize=64)
def answer_pattern(own: str = "") -> re.Pattern[str]:
    """Finds an answer marker in any of our languages, or the style's own."""
    return _set_off(_every(ANSWER_NAMES, own))


@lru_cache(maxsize=64)
def explanation_pattern(own: str = "") -> re.Pattern[str]:
    """Finds an explanation marker in any of our languages, or the style's own."""
    return _set_off(_every(EXPLANATION_NAMES, own))


@lru_cache(maxsize=64)
def request_pattern(own: str = "") -> re.Pattern[str]:
    """Finds a request marker at the start of a line."""
    return re.compile(rf"^{_named(_every(REQUEST_NAMES, own))}[ \t]?[:：]", re.IGNORECASE | re.MULTILINE)
