"""A reply made ready for reading: thinking cut, typography unified, JSON opened, the restated question taken out.

Knows no label and no code, only text. Everything is linear in the length of the reply.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, NamedTuple

from simulator.markers import Markers, answer_pattern, explanation_pattern, strip_thinking
from simulator.numerals import with_our_digits

_MARKUP = "*`#_"
# From here on are the signs of Chinese and Japanese, which are written without blanks.
_FIRST_WIDE = "\u2e80"
# What goes on from a word without a blank of its own to be put in: nothing, a blank, punctuation, "n't".
_GOES_ON = re.compile(r"\Z|\s|[.,:;!?]|n['’]t\b")
_UNIFIED = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»「」『』″＂", '"'),
        **dict.fromkeys("‘’‚‛′＇", "'"),
        **dict.fromkeys("【〔〖", "["),
        **dict.fromkeys("】〕〗", "]"),
        **dict.fromkeys("–—−‐‑‒―〜～∼", "-"),
        "。": ". ",
        "、": ", ",
        # Its lower case has two characters; with one, positions in a text and in its lower case agree.
        "İ": "I",
        **dict.fromkeys(f"{_MARKUP}\u200b\u200c\u200d\ufeff\u2060\ufe0f\u20e3"),
    }
)
# A single space is left alone: nearly all blanks are.
_BLANKS = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_ASCII_MARKUP = re.compile(f"[{_MARKUP}]")
_LINE_ENDS = re.compile(r" ?\n[ \n]*")
_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?([^{}\n]{1,80})\}{1,2}")
_ANSWER_TAG = re.compile(r"<(/?)(?:answer|antwort|choice)>", re.IGNORECASE)
# Circled numbers written together are several; unified, they would be one number.
_BETWEEN_CIRCLED = re.compile(r"(?<=[①-⑳])(?=[①-⑳])")
_FENCE = re.compile(r"```(?:json|text)?", re.IGNORECASE)
_JSON_KEYS = (
    *("answer", "answers", "choice", "choices", "option", "selected_option", "selection", "selected", "label", "code"),
    *("response", "rating", "value", "antwort", "respuesta", "réponse", "回答", "答案", "选择", "答え"),
)


def clean(text: str) -> str:
    """One spelling for what has many: width, digits, quotes, dashes, blanks, markdown, boxes, answer tags."""
    text = strip_thinking(text)
    if "\\boxed" in text:
        text = _BOXED.sub(r"\nAnswer: \1\n", text)
    if "<" in text:
        text = _ANSWER_TAG.sub(lambda tag: "\n" if tag[1] else "\nAnswer: ", text)
    # Of ASCII, `_UNIFIED` changes nothing but markup, and takes five times as long.
    is_plain = text.isascii()
    if is_plain:
        text = _ASCII_MARKUP.sub("", text)
    else:
        text = unicodedata.normalize("NFKC", _BETWEEN_CIRCLED.sub(" ", text)).translate(_UNIFIED)
        text = with_our_digits(text)
    return _LINE_ENDS.sub("\n", _BLANKS.sub(" ", text)).strip()


def whole_reply(prefix: str | None, completion: str) -> str:
    """A reply that was begun for the model, whole: `prefix`, where there is one, and what the model went on with.

    Servers differ in whether they return the blank between the two; where the writing has blanks, one is there.
    """
    if not prefix:
        return completion
    is_joined = prefix[-1] >= _FIRST_WIDE or _GOES_ON.match(completion) is not None
    return prefix + ("" if is_joined else " ") + completion


class JsonReply(NamedTuple):
    """What a JSON reply holds as its answer: None where it has no such key; `is_broken` where it cannot be read."""

    value: Any
    is_broken: bool = False


def open_json(text: str) -> JsonReply | None:
    """The answer inside a reply that is a JSON object (in a code fence or not); None for any other reply."""
    bare = _FENCE.sub("", text).strip() if "```" in text else text
    start = bare.find("{")
    if start < 0 or (start > 0 and bare[:start].strip() and "```" not in text):
        return None
    try:
        data, _ = json.JSONDecoder().raw_decode(bare, start)
    except RecursionError:
        return JsonReply(None, is_broken=True)
    except ValueError:
        # "{3}" is a label in braces, not JSON; a quoted key says that JSON was meant.
        return JsonReply(None, is_broken=True) if re.match(r'\{\s{0,9}"', bare[start : start + 12]) else None
    folded = {str(key).strip().lower(): value for key, value in data.items()} if isinstance(data, dict) else {}
    for key in _JSON_KEYS:
        if key in folded:
            return JsonReply(folded[key])
    return JsonReply(None)


class Segments(NamedTuple):
    """The parts of a reply that hold the answer; `is_marked` where an answer marker set them off."""

    parts: tuple[str, ...]
    is_marked: bool


def answer_segments(text: str, markers: Markers) -> Segments:
    """What stands between each answer marker and the next marker; without one, everything before the explanation.

    `text` is clean. Markers of all our languages count, and the style's own.
    """
    answer = answer_pattern(markers.answer)
    explanation = explanation_pattern(markers.explanation)
    starts = [found.span() for found in answer.finditer(text)]
    stops = sorted([start for start, _ in starts] + [found.start() for found in explanation.finditer(text)])
    parts = []
    pending = 0
    for _, end in starts:
        while pending < len(stops) and stops[pending] < end:
            pending += 1
        parts.append(text[end : stops[pending] if pending < len(stops) else len(text)].strip())
    filled = tuple(part for part in parts if part)
    if filled:
        return Segments(filled, True)
    if starts:
        return Segments((answer.sub(" ", text).strip(),), False)
    before = text[: stops[0]].strip() if stops else text
    return Segments((before or text,), False)
