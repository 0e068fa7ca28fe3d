"""Plain data as TOML text: strings, numbers, booleans, lists and tables, on one line each. Knows no survey.

Written by hand because the standard library only reads TOML. Strings are basic strings with every control character
escaped, so that what is read back is equal to the character.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


DEEPEST = 64
"""How deep tables and lists may lie in each other in any file of ours: no sense needs more, and Python has an end."""


def is_too_deep(data: Any, deepest: int = DEEPEST) -> bool:
    """Whether plain data is nested deeper than that; itself without recursion."""
    level = [data]
    for _ in range(deepest + 1):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, Mapping):
                inner += value.values()
            elif isinstance(value, (list, tuple)):
                inner += value
        if not inner:
            return False
        level = inner
    return True


def toml_string(text: str) -> str:
    """A TOML basic string. JSON's escapes are TOML's, except that TOML also wants DEL escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_key(key: str) -> str:
    """A key, quoted where it has to be."""
    return key if _BARE_KEY.fullmatch(key) else toml_string(key)


def toml_inline(value: Any) -> str:
    """`value` as it stands right of an equals sign; TypeError for what TOML cannot hold (None, inf, other classes)."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return toml_string(value)
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case list() | tuple():
            return "[" + ", ".join(map(toml_inline, value)) + "]"
        case Mapping():
            return "{" + ", ".join(f"{toml_key(key)} = {toml_inline(one)}" for key, one in value.items()) + "}"
        case _:
            raise TypeError(f"TOML cannot hold {value!r}")
