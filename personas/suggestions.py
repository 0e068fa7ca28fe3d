"""What somebody may have meant: the sentence that follows an unknown name. Knows no particular names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """The end of an error message: the closest allowed name if one is close, then all of them."""
    names = list(allowed)
    close = get_close_matches(found.lower(), [name.lower() for name in names], n=1, cutoff=0.6)
    meant = next((name for name in names if close and name.lower() == close[0]), None)
    hint = f"did you mean {meant!r}? " if meant else ""
    return f"{hint}allowed are: {', '.join(names) or 'none'}"
