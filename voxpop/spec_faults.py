"""What is wrong with a specification, in our words: where, what was found, what to write instead.

Turns the validator's errors into faults. Knows pydantic and the names a section allows, not what the keys mean.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from simulator.errors import Fault
from simulator.option_orders import SHIFT_PATTERN

VALUE, RANGE = "(value)", "(range)"
"""What the validator calls the two ways of giving a setting; nobody writes these, so they are left out of places."""

FOUND_LENGTH = 60
"""Longest excerpt of what was found; a specification may hold a whole table where a number belongs."""

_REMEDIES = {
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "dict_type": "give a table of key = value",
    "finite_number": "give a number that is finite",
    "float_parsing": "give a number",
    "float_type": "give a number",
    "greater_than": "give a number greater than {gt}",
    "greater_than_equal": "give a number of at least {ge}",
    "int_from_float": "give a whole number (an integer)",
    "int_parsing": "give a whole number (an integer)",
    "int_parsing_size": "give a whole number (an integer) of fewer digits",
    "int_type": "give a whole number (an integer)",
    "less_than": "give a number less than {lt}",
    "less_than_equal": "give a number of at most {le}",
    "list_type": 'give a list such as ["a", "b"]',
    "literal_error": "allowed: {expected}",
    "model_type": "give a section of key = value",
    "string_pattern_mismatch": "use letters, digits, '.', '_' and '-', a letter or digit first",
    "string_too_long": "give at most {max_length} characters",
    "string_type": "give a text in quotes",
    "too_short": "give at least one",
}
"""Error type of pydantic → what to do, filled in with the error's own limits."""


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """One fault per place: alternatives that were all refused there are joined with "or"."""
    faults: dict[str, Fault] = {}
    is_single = {detail["loc"][1] for detail in error.errors() if _in_list_of_sections(detail["loc"])} == {0}
    for detail in error.errors():
        fault = _fault(dict(detail), model, drop_index=is_single)
        before = faults.get(fault.place)
        if before is not None and before.remedy != fault.remedy:
            fault = before._replace(remedy=f"{before.remedy}, or {fault.remedy.removeprefix('allowed: ')}")
        faults[fault.place] = fault
    return list(faults.values())


def near(name: str, allowed: Sequence[str]) -> str:
    """`did you mean 'x'? ` for a name that is close to, or part of, an allowed one; else nothing."""
    close = difflib.get_close_matches(name, allowed, n=1)
    close += [one for one in allowed if len(name) > 2 and (name in one or one in name)]
    return f"did you mean {close[0]!r}? " if close else ""


def _in_list_of_sections(loc: tuple[int | str, ...]) -> bool:
    return len(loc) > 1 and loc[0] == "population" and isinstance(loc[1], int)


def _fault(detail: dict[str, Any], model: type[BaseModel], *, drop_index: bool) -> Fault:
    """One of pydantic's errors."""
    keys = _without_alternatives(detail["loc"], model)
    kind, found, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    parts = [str(part) for part in keys if not (drop_index and _in_list_of_sections(keys) and part == 0)]
    place = ".".join(part if part.strip() else repr(part) for part in parts) or "spec"
    if kind == "extra_forbidden":
        allowed = sorted(_section_at(keys[:-1], model).model_fields)
        return Fault(place, "unknown key", f"{near(str(keys[-1]), allowed)}allowed here: {', '.join(allowed)}")
    if kind == "value_error":  # a check of ours across keys: "key: what is wrong; what to do"
        where, _, rest = str(detail["msg"]).removeprefix("Value error, ").partition(": ")
        what, _, remedy = rest.partition("; ")
        return Fault(where, what, remedy)
    if kind == "missing":
        return Fault(place, "is missing", "give it")
    shift = "a shift by so many options: shift-1, shift-2, ..." if context.get("pattern") == SHIFT_PATTERN else ""
    remedy = shift or _REMEDIES.get(kind, "").format(**context) or f"see docs/spec.md ({detail['msg']})"
    if kind == "literal_error" and isinstance(found, str):
        allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        remedy = near(found, allowed) + remedy
    return Fault(place, f"found {_shown(found)}", remedy)


def _shown(found: Any) -> str:
    if isinstance(found, dict):
        return "a table"
    text = repr(found)
    return text if len(text) <= FOUND_LENGTH else f"{text[: FOUND_LENGTH - 1]}…"


def _section_at(keys: Sequence[int | str], model: type[BaseModel]) -> type[BaseModel]:
    """The section that a path of keys leads into."""
    for key in keys:
        if isinstance(key, str):
            inner = _section_in(model.model_fields[key].annotation)
            model = inner if inner is not None else model
    return model


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as `Section`, `list[Section]` or one of several alternatives."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_in(inner) for inner in get_args(annotation))
    return next((section for section in found if section is not None), None)


def _without_alternatives(loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[int | str, ...]:
    """`loc` without the names that pydantic gives to the alternatives of a union, which nobody wrote."""
    kept: list[int | str] = []
    section: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int):
            kept.append(part)
        elif part in (VALUE, RANGE):
            continue
        elif section is not None:
            kept.append(part)
            field = section.model_fields.get(part)
            section = _section_in(field.annotation) if field is not None else None
    return tuple(kept)
