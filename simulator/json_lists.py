"""A list of answers that a reply gives as JSON, as pairs of key and answer. What an answer says is not read here.

Knows no option, no item and no number: a key is text, None where an answer has none. Bounded in depth and linear in
the length of the reply.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

_FENCE = re.compile(r"```[a-z]*", re.IGNORECASE)
_START = re.compile(r"^\s*([\[{])", re.MULTILINE)
_NEXT = re.compile(r"\s*,?\s*(?=\{)")
_DIGIT = re.compile(r"\d")
_SAYS = (
    *("answer", "choice", "label", "option", "response", "value", "rating", "score", "selection", "code"),
    *("antwort", "wert", "bewertung", "回答", "答案", "选择", "评分", "答え"),
)
_NUMBERS = (
    *("item", "number", "id", "question", "no", "nr", "item_id", "item_number", "index", "q", "question_number"),
    *("frage", "nummer", "aussage", "题号", "题目", "问题", "编号", "序号", "番号", "問", "問題", "質問", "項目"),
)
_LISTS = ("answers", "respondents", "responses", "list", "antworten", "回答", "受访者", "答案")
_DEPTH = 2


class Entry(NamedTuple):
    """One answer of a JSON list: the key or number that it stands under, or None; "" where it says nothing."""

    key: str | None
    said: str


class _Object(list[tuple[str, Any]]):
    """A JSON object with every pair as written: a key that comes twice is there twice."""

    def of(self, names: tuple[str, ...]) -> tuple[Any, ...]:
        """The value under the first of these names that it has, in a tuple; () where it has none."""
        folded = {key.strip().lower(): value for key, value in self}
        return next(((folded[name],) for name in names if name in folded), ())


_DECODER = json.JSONDecoder(object_pairs_hook=_Object)


def entries_in_json(text: str) -> list[Entry] | None:
    """The entries of a JSON list, an object, or objects one after another; None where the reply is no JSON.

    A code fence may stand around it and prose before it. `text` is without thinking.
    """
    bare = _FENCE.sub("", text).strip() if "```" in text else text
    start = _START.search(bare)
    if start is None:
        return None
    try:
        data, end = _DECODER.raw_decode(bare, start.start(1))
        # "[1] 4" is a numbered line and "{3}" a label, not JSON.
        if isinstance(data, list) and not isinstance(data, _Object) and len(data) < 2 and bare[end:].strip():
            return None
        several = [data]
        while isinstance(data, _Object) and (following := _NEXT.match(bare, end)):
            data, end = _DECODER.raw_decode(bare, following.end())
            several.append(data)
    except (ValueError, RecursionError):
        return None
    return [entry for part in several for entry in _entries(part)]


def _entries(data: Any, depth: int = 0) -> list[Entry]:
    if isinstance(data, _Object):
        if data.of(_SAYS) and data.of(_NUMBERS):
            return [_entry(data)]
        inner = data.of(_LISTS) or ((data[0][1],) if len(data) == 1 else ())
        if inner and isinstance(inner[0], list) and depth < _DEPTH and not _DIGIT.search(data[0][0]):
            return _entries(inner[0], depth + 1)
        return [Entry(key, _said(value)) for key, value in data]
    return [_entry(part) for part in data]


def _entry(part: Any) -> Entry:
    """One element of a list: an object with a number and an answer, an object of one pair, or an answer alone."""
    if isinstance(part, _Object):
        number = part.of(_NUMBERS)
        if number and part.of(_SAYS):
            return Entry(str(number[0]), _said(part))
        if len(part) == 1 and _DIGIT.search(part[0][0]):
            return Entry(part[0][0], _said(part[0][1]))
    return Entry(None, _said(part))


def _said(value: Any, depth: int = 0) -> str:
    """The answer in one entry; "" where it holds none."""
    if depth > _DEPTH or value is None or isinstance(value, bool):
        return ""
    if isinstance(value, _Object):
        held = value.of(_SAYS)
        return _said(held[0], depth + 1) if held else ""
    if isinstance(value, list):
        return ", ".join(_said(part, depth + 1) for part in value)
    return str(value)
