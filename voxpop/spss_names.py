"""Names and texts that SPSS accepts. Knows no run.

Names (IBM SPSS Statistics Command Syntax Reference, "Variable Names"): at most 64 bytes, a letter first, letters,
digits and . _ $ # @ after it, no period or underscore at the end, no reserved word, unique without regard to case.
Texts know no NUL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_BYTES = 64
RESERVED = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])


def spss_names(names: Iterable[str]) -> list[str]:
    """A valid name for each of `names`, in order, all different: characters that are not allowed become underscores."""
    taken: set[str] = set()
    found = []
    for name in names:
        base = _valid(name)
        candidate, count = base, 1
        while candidate.upper() in taken:
            count += 1
            tail = f"_{count}"
            candidate = base[: MAX_BYTES - len(tail)] + tail
        taken.add(candidate.upper())
        found.append(candidate)
    return found


def _valid(name: str) -> str:
    base = re.sub(r"[^A-Za-z0-9._]", "_", name)
    if not base[:1].isalpha():
        base = f"v{base}" if base.startswith("_") else f"v_{base}"
    base = base[:MAX_BYTES].rstrip("._")
    return f"{base}_v" if base.upper() in RESERVED else base


def spss_text(text: str, max_bytes: int) -> str:
    """`text` with NUL made visible (U+2400), cut and ended with an ellipsis where its UTF-8 is longer than
    `max_bytes`.
    """
    text = text.replace("\x00", "\u2400").encode("utf-8", "backslashreplace").decode()
    raw = text.encode()
    return text if len(raw) <= max_bytes else raw[: max_bytes - 3].decode("utf-8", "ignore") + "…"
