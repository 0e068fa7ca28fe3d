"""What is wrong with values given for known-truth parameters. Knows no parameter: only names, ranges and kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from simulator.errors import Fault


def data_faults(name: str, value: Any) -> list[Fault]:
    """What is wrong with a parameter that holds a reference as data."""
    if isinstance(value, Mapping):
        return []
    # Whoever makes engines from a specification reads the file; an engine reads none.
    return [Fault(name, f"is {value!r:.60}", "give item → country → group → code → share, or run it from a spec")]


def text_faults(name: str, value: Any, choices: Sequence[str]) -> list[Fault]:
    """What is wrong with a parameter in words; `choices` are those allowed, none for any."""
    if choices and value not in choices:
        return [Fault(name, f"is {value!r:.60}", f"allowed: {', '.join(choices)}")]
    return [] if isinstance(value, str) else [Fault(name, f"is {value!r:.60}", "give a text")]


def table_faults(name: str, value: Any, metadata: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a parameter that maps names to numbers."""
    if not isinstance(value, Mapping):
        return [Fault(name, f"is {value!r}", "give a table of names and numbers")]
    allowed = metadata["names"]
    faults = [
        Fault(f"{name}.{key}", "is no name known here", f"allowed: {', '.join(allowed)}")
        for key in value
        if allowed and key not in allowed
    ]
    low, high = metadata["low"], metadata["high"]
    return faults + [fault for key, part in value.items() for fault in number_faults(f"{name}.{key}", part, low, high)]


def number_faults(place: str, value: Any, low: float, high: float) -> list[Fault]:
    """What is wrong with a number that must lie between `low` and `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return [Fault(place, f"is {value!r}", f"give a number from {low:g} to {high:g}")]
    return []


def unknown_names(options: Mapping[str, Any], known: Mapping[str, Any], whose: str) -> list[Fault]:
    """A fault for every name in `options` that is none of the `known` parameters, with the nearest that is."""
    faults = []
    for name in options:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            faults.append(Fault(name, f"is no parameter of {whose}", f"{hint}allowed: {', '.join(known)}"))
    return faults
