"""Decoding settings that differ between respondents, said in words: what is drawn, what was, what is not applied.

Knows ranges and what is recorded of them; no engine and no terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.conditions import Condition
from simulator.decoding import DecodingRanges


def drawn_words(drawn: Mapping[str, Any]) -> str:
    """What was drawn for one respondent, as recorded: "temperature 0.83, beams 3 (not applied), sampling on"."""
    names = [name for name in ("temperature", "top_p", "beams", "sampling") if name in drawn]
    lacking = drawn.get("not_applied", ())
    return ", ".join(f"{name} {_value(drawn[name])}{' (not applied)' if name in lacking else ''}" for name in names)


def ranges_words(ranges: DecodingRanges) -> str:
    """What is drawn for every respondent: "temperature 0.6 to 1.2, beams 1 to 4, sampling on or off"."""
    named = {"temperature": ranges.temperature, "top_p": ranges.top_p, "beams": ranges.beams}
    parts = [f"{name} {ends[0]:g} to {ends[1]:g}" for name, ends in named.items() if ends is not None]
    return ", ".join([*parts, *(["sampling on or off"] if ranges.sampling else [])])


def draws_of(conditions: Sequence[Condition]) -> list[str]:
    """What is drawn under any of the conditions, each set of ranges once."""
    return list(dict.fromkeys(ranges_words(one.draws) for one in conditions if one.draws is not None))


def unapplied_beams(conditions: Sequence[Condition]) -> str | None:
    """What becomes of drawn beams without beam search; None where no condition draws more than one."""
    drawn = [one.draws for one in conditions if one.draws is not None and one.draws.beams and one.draws.beams[1] > 1]
    if not drawn:
        return None
    instead = drawn[0].beams_instead
    words = "nothing takes their place" if instead == "nothing" else f"{instead} is drawn in their place"
    return f"beams are drawn and cannot be applied by this engine: they are recorded as not applied, and {words}"


def _value(drawn: Any) -> str:
    return {True: "on", False: "off"}[drawn] if isinstance(drawn, bool) else f"{drawn:g}"
