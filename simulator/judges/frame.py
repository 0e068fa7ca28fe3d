"""The wording around a criterion: which texts there are, what may be filled into them, and the ones that come with us.

Knows no rubric file and no reply, only templates and their placeholders.
"""

from __future__ import annotations

import copy
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from simulator.errors import Fault
from surveys.suggest import did_you_mean

_ANSWER = frozenset({"rationale", "verdict", "labels"})
_STYLES: Mapping[str, frozenset[str]] = {"words": _ANSWER, "letters": _ANSWER}
_KIND: frozenset[str] = frozenset()
FRAME: Mapping[str, Any] = {
    "system": frozenset({"fence"}),
    **dict.fromkeys(("persona", "memory", "question", "options", "told", "reply", "choices"), frozenset()),
    "criterion": frozenset({"title"}),
    "choice": frozenset({"label", "text"}),
    "kinds": {
        **dict.fromkeys(("single", "scale", "multiple", "open"), _KIND),
        "multiple_up_to": frozenset({"max_picks"}),
    },
    "answering": {"rationale-first": _STYLES, "label-first": _STYLES},
    "reminders": {"rationale-first": _STYLES, "label-first": _STYLES},
    "between": {"labels": frozenset(), "asked": frozenset({"text"}), "answered": frozenset({"text"})},
}
"""Every text of a frame with what may be filled into it; nested as in the file."""


@cache
def _built_in() -> Mapping[str, Any]:
    text = (resources.files("simulator.judges") / "frame.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def frame_in(language: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """The frame in `language`: ours, with what a rubric brings of its own in place of it."""
    return _merged(copy.deepcopy(dict(_built_in().get(language, {}))), own)


def _merged(base: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in own.items():
        ours = base.get(key)
        base[key] = _merged(ours, value) if isinstance(ours, dict) and isinstance(value, Mapping) else value
    return base


def frame_faults(place: str, frame: Mapping[str, Any], wanted: Mapping[str, Any] = FRAME) -> Iterator[Fault]:
    """Every text that is missing, unknown, or filled with something that there is not."""
    for key in frame:
        if key not in wanted:
            yield Fault(f"{place}.{key}", "is not known", did_you_mean(key, wanted))
    for key, rule in wanted.items():
        here = f"{place}.{key}"
        if key not in frame:
            yield Fault(here, "is missing", "write it: voxpop brings the texts around a criterion in en and zh only")
        elif isinstance(rule, Mapping):
            if isinstance(frame[key], Mapping):
                yield from frame_faults(here, frame[key], rule)
            else:
                yield Fault(here, "is no table", f"give a table with {', '.join(rule)}")
        elif not isinstance(frame[key], str):
            yield Fault(here, "is no text", "give a text, in quotes")
        else:
            yield from _placeholder_faults(here, frame[key], rule)


def _placeholder_faults(place: str, template: str, allowed: frozenset[str]) -> Iterator[Fault]:
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        yield Fault(place, f"broken braces ({error})", "write a literal brace as {{ or }}")
        return
    names = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
    for _, name, spec, conversion in parsed:
        if name is not None and name not in allowed:
            yield Fault(place, f"unknown placeholder {{{name}}}", f"allowed: {names}")
        elif spec or conversion:
            yield Fault(place, "a placeholder has a format or conversion", "write only its name in braces")
