"""What a respondent carries from item to item: keeping, trimming and pruning of earlier turns.

Knows no engine, store or graph. Memory is a tuple of `Remembered` in chronological order; every function is pure.
Method: Liu et al. 2025 (bounded memory, removal at random without replacement, only question and answer kept), with
the text's intent where its printed algorithm is faulty: trimming is idempotent, and unreadable turns are cleaned out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from simulator.conditions import MemoryPolicy
from simulator.markers import Markers, answer_pattern, explanation_pattern, request_pattern, strip_thinking
from simulator.seeds import draw_index

NO_MARKERS = Markers("", "", "")


class Remembered(NamedTuple):
    """One remembered turn: exchange number, item, canonical codes, and request and answer as they stand in memory."""

    exchange: int
    item_id: str
    codes: tuple[int, ...]
    request: str
    answer: str


# The end of a sentence: a full stop that ends a word (with closing quotes), one of Chinese and Japanese, or a line end.
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]*_]{0,3}(?=\s|\Z)|[。！？]+[”’」』）]{0,2}|(?=\n)")
_GAP = re.compile(r"[\s*_]*")


def memory_length(policy: MemoryPolicy, run_seed: int, respondent_id: str) -> int | None:
    """How many turns this respondent can carry; None for no bound.

    `random-prune`: uniform on min_length..max_length, both ends included, drawn once per respondent; `window`:
    max_length.
    """
    if policy.kind == "full":
        return None
    if policy.kind == "none":
        return 0
    if policy.kind == "window":
        return policy.max_length
    n_lengths = policy.max_length - policy.min_length + 1
    return policy.min_length + draw_index(run_seed, respondent_id, "memory_length", n=n_lengths)


def trim_request(text: str, markers: Markers = NO_MARKERS) -> str:
    """A request from its request marker on (the first at the start of a line); whole where it has none. Idempotent."""
    found = request_pattern(markers.request).search(text)
    return text[found.start() :].strip() if found else text.strip()


def trim_answer(
    text: str,
    answer_format: str,
    keep: str,
    language: str,  # noqa: ARG001  (part of the turn's description; markers of every language are recognized)
    markers: Markers = NO_MARKERS,
) -> str:
    """A reply as it stands in memory: from its answer marker to the end of the first sentence of its explanation.

    `keep` "answer" stops before the explanation. Thinking blocks go; a reply without an explanation marker is kept
    whole (from its answer marker, if it has one). Markers are recognized in all our languages, because replies do not
    always keep to `language`; `markers` adds a style's own. A structured reply is its label. Idempotent.
    """
    text = strip_thinking(text)
    if answer_format == "structured":
        return text
    answer = answer_pattern(markers.answer).search(text)
    start = answer.start() if answer else 0
    explanation = explanation_pattern(markers.explanation).search(text, answer.end() if answer else 0)
    if explanation is None:
        return text[start:].strip()
    if keep == "answer" and text[start : explanation.start()].strip():
        return text[start : explanation.start()].strip()
    gap = _GAP.match(text, explanation.end())
    first = gap.end() if gap else explanation.end()
    ended = _SENTENCE_END.search(text, first)
    return text[start : ended.end() if ended else len(text)].strip()


def _prune(
    memory: tuple[Remembered, ...], length: int, run_seed: int, respondent_id: str, item_id: str
) -> tuple[Remembered, ...]:
    """At most `length` turns, removed one by one uniformly without replacement, order kept; fewer pass unchanged."""
    kept = list(memory)
    while len(kept) > length:
        del kept[draw_index(run_seed, respondent_id, item_id, "memory_prune", len(kept), n=len(kept))]
    return tuple(kept)


def remember(
    memory: tuple[Remembered, ...],
    turn: Remembered | None,
    policy: MemoryPolicy,
    length: int | None,
    run_seed: int,
    respondent_id: str,
    item_id: str,
) -> tuple[Remembered, ...]:
    """The memory after one more turn. `turn` None is an unreadable one: it is cleaned out, nothing is added.

    `length` is what `memory_length` drew (None: no bound). Pruning draws from the stream of respondent and item, so
    that the same step gives the same memory whenever it is taken, and a second pass changes nothing.
    """
    if policy.kind == "none":
        return ()
    if turn is not None and not any(held.exchange == turn.exchange for held in memory):
        memory = (*memory, turn)
    if length is None or len(memory) <= length:
        return memory
    if policy.kind == "window":
        return memory[len(memory) - length :]
    return _prune(memory, length, run_seed, respondent_id, item_id)


def forgotten(readable: Iterable[int], memory: Sequence[Remembered] | Sequence[int]) -> tuple[int, ...]:
    """The earlier readable exchanges, by number and in order, that are not in memory now.

    `memory` is a memory, or the exchange numbers in it as the record holds them.
    """
    held = {turn if isinstance(turn, int) else turn.exchange for turn in memory}
    return tuple(sorted(set(readable) - held))
