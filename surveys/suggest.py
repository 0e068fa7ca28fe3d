"""Naming what is allowed, nearest first, when a name is not known. Knows no survey: only names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MAX_LISTED = 20


def listed(names: Iterable[str]) -> str:
    """The names in their order, quoted, the rest counted: `'a', 'b' and 3 more`; "none" where there are none."""
    quoted = [repr(name) for name in names]
    if not quoted:
        return "none"
    if len(quoted) > MAX_LISTED:
        return f"{', '.join(quoted[:MAX_LISTED])} and {len(quoted) - MAX_LISTED} more"
    return ", ".join(quoted)


def did_you_mean(name: str, allowed: Iterable[str], noun: str = "allowed") -> str:
    """The remedy for an unknown name: the nearest allowed one if there is one near, then all of them."""
    names = list(allowed)
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    near = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    guess = f"did you mean {folded[near[0]]!r}? " if near else ""
    return f"{guess}{noun}: {listed(names)}"
