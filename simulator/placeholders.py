"""Placeholders of a template: which stand in it, which must, which may. Knows no style and no protocol."""

from __future__ import annotations

import string
from typing import Any

from simulator.errors import Fault


def text_faults(place: str, value: Any, required: frozenset[str], optional: frozenset[str]) -> list[Fault]:
    """What is wrong with `value` as a template: no string, broken braces, a placeholder missing, unknown or dressed."""
    if not isinstance(value, str):
        return [Fault(place, f"is {type(value).__name__}", "give a string")]
    try:
        parsed = list(string.Formatter().parse(value))
    except ValueError as error:
        return [Fault(place, f"broken braces ({error})", "write a literal brace as {{ or }}")]
    used = {name for _, name, _, _ in parsed if name is not None}
    # "{question!r:>4}" would pass a name check and still change the text.
    plain = all(not spec and not conversion for _, name, spec, conversion in parsed if name is not None)
    allowed = ", ".join(f"{{{name}}}" for name in sorted(required | optional)) or "none"
    faults = [
        Fault(place, f"unknown placeholder {{{name}}}", f"allowed: {allowed}") for name in used - required - optional
    ]
    faults += [Fault(place, f"placeholder {{{name}}} is missing", "add it") for name in sorted(required - used)]
    if not plain:
        faults.append(Fault(place, "a placeholder has a format or conversion", "write only its name in braces"))
    return faults
