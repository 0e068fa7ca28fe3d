"""Single values as SQLite stores them, and back: any text whatever, compact JSON, lists of integers. Knows no row.

Text is stored as TEXT. A text that UTF-8 cannot hold (a lone surrogate, as a broken server may send) is stored as a
BLOB of the bytes that UTF-8 would use for it, and comes back as it was; nothing is replaced. NUL characters are
ordinary.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

StoredText = str | bytes

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def stored_text(text: str) -> StoredText:
    """`text` itself, or its bytes where UTF-8 cannot hold it."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def loaded_text(stored: StoredText) -> str:
    """The text that `stored_text` stored."""
    return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogatepass")


def text_or_null(text: str | None) -> StoredText | None:
    """`stored_text`, NULL for None."""
    return None if text is None else stored_text(text)


def text_or_none(stored: StoredText | None) -> str | None:
    """The text that `text_or_null` stored."""
    return None if stored is None else loaded_text(stored)


def stored_json(data: Any) -> StoredText:
    """`data` as compact JSON; ValueError for numbers that JSON has not (nan, inf)."""
    return stored_text(_encode(data))


def loaded_json(stored: StoredText) -> Any:
    """The data that `stored_json` stored."""
    return json.loads(loaded_text(stored))


def loaded_object(stored: StoredText) -> dict[str, Any]:
    """The object that `stored_json` stored; ValueError for any other JSON."""
    data = loaded_json(stored)
    if not isinstance(data, dict):
        raise ValueError(f"found a JSON {type(data).__name__} where an object belongs")
    return data


def integers(numbers: Sequence[int]) -> str:
    """A JSON list."""
    return f"[{','.join(map(str, numbers))}]"


def integers_or_null(numbers: Sequence[int] | None) -> str | None:
    """A JSON list, NULL for None and for an empty one."""
    return integers(numbers) if numbers else None


def numbers(stored: str | None) -> tuple[int, ...]:
    """The numbers of a JSON list, none for NULL."""
    return () if stored is None else tuple(json.loads(stored))
