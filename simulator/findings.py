"""What a label or an option text says in the place where an answer stands: the answer, several, or nothing.

Knows no rule for where to look: those are `simulator.read_single` and `simulator.read_multiple`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from simulator import reply_words as words
from simulator.option_reader import Mention, OptionReader, TextMention

_BESIDE = re.compile(r"[\"']?\s?[-:,.=]?\s?")
_SENTENCE = re.compile(r"[^.!?\n]*")
EDGES = " .\"'()[]{}<>:,!;\n"


class Finding(NamedTuple):
    """What a rule made of a reply: `codes` where it found an answer, else only the detail code and the words for it."""

    codes: tuple[int, ...]
    detail: str
    words: str


def ambiguous(what: str) -> Finding:
    """The reply names several answers."""
    return Finding((), "ambiguous", what)


def join_labels(labels: Iterable[str]) -> str:
    """Labels for a message, each once: "A and B"."""
    return " and ".join(dict.fromkeys(labels))


def second_label(text: str, reader: OptionReader, first: Mention) -> Mention | None:
    """Another label that follows directly, joined by a comma, "or", "maybe" and the like."""
    end = reader.own_text_end(text, first) or first.end
    unit = words.UNIT.match(text, end)
    end = unit.end() if unit else end
    gap = words.HEDGE_GAP.match(text, end)
    if gap is None or gap.end() == end:
        return None
    other = reader.label_at(text, gap.end())
    if other is None or other.code in {None, first.code}:
        return None
    if reader.is_word(other, text) and not reader.ends_well(text, other):
        # "II, I think" goes on in prose; "II, I, III" goes on with labels.
        onward = words.HEDGE_GAP.match(text, other.end)
        third = reader.label_at(text, onward.end()) if onward and onward.end() > other.end else None
        return other if third is not None and not reader.is_word(third, text) else None
    return other


def judge_label(text: str, reader: OptionReader, mention: Mention) -> Finding | None:
    """The finding for a label in a place where an answer stands; None where what follows says it is none."""
    if mention.code is None:
        return (
            Finding((), "out_of_range", f"{mention.label} is not offered") if reader.ends_well(text, mention) else None
        )
    if (other := second_label(text, reader, mention)) is not None:
        return ambiguous(f"names {mention.label} and {other.label}")
    if reader.conflict_after(text, mention) is not None:
        return ambiguous(f"puts another option's text beside label {mention.label}")
    if not reader.ends_well(text, mention):
        return None
    return Finding((mention.code,), "label", f"label {mention.label}")


def is_one_word(text: str) -> bool:
    """Whether an option text is a single word, which prose may contain by chance."""
    # Chinese and Japanese write without blanks: up to two characters are as easily part of another word.
    return len(text) <= 2 if text and text[0] >= "\u2e80" else " " not in text


def judge_text(text: str, reader: OptionReader, found: TextMention, led: bool = False) -> Finding | None:
    """The finding for an option text where an answer stands; a single word must also end there, unless `led` by "I"."""
    own = reader.text_of[found.code]
    rest = text[found.end : found.end + 400]
    if words.MODIFIED_AFTER.match(rest):
        return None
    gap = words.HEDGE_GAP.match(text, found.end)
    if gap is not None and gap.end() > found.end:
        other = reader.text_at(text, gap.end())
        if other is not None and other.code != found.code:
            return ambiguous(f"names {own!r} and {reader.text_of[other.code]!r}")
    label = reader.label_at(text, _BESIDE.match(text, found.end).end())  # type: ignore[union-attr]
    bracketed = label is not None and text[label.start] in "(["
    if label is not None and not bracketed:
        unit = words.UNIT.match(text, label.end)
        end = unit.end() if unit else label.end
        label = None if text[end : end + 40].strip(EDGES) else label
    if label is not None and label.code not in {None, found.code}:
        return ambiguous(f"puts label {label.label} beside the text {own!r}")
    ends = not rest.strip() or rest.lstrip(" ")[0] in ".,:;!)(]\n\"'" or rest.startswith((" -", "- "))
    if not ends:
        if not led and is_one_word(own) and not (words.CONJUNCTION.match(rest) or words.SUBJECT.match(rest)):
            return None
        sentence = _SENTENCE.match(rest)
        others = reader.texts_in(sentence[0] if sentence else rest, limit=4)
        if any(other.code != found.code and not other.is_denied for other in others):
            return ambiguous(f"names {own!r} and another option's text")
    return Finding((found.code,), "option_text", f"option text {own!r}")
