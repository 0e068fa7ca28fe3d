"""Which form of sex-specific items a respondent gets: that of the persona's gender or title, else the two in turn.

Knows personas and conditions, no item. Rozen et al. 2025 say that appropriate forms were assigned; that whoever has
none alternates is ours (docs/surveys.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from personas.persona import Persona
from surveys.instrument import ITEM_FORMS, ItemForm

_GENDERS: Mapping[str, ItemForm] = {"female": "female", "woman": "female", "male": "male", "man": "male"}
_TITLES: Mapping[str, ItemForm] = {"ms": "female", "mrs": "female", "miss": "female", "mr": "male"}


def form_of_persona(attributes: Mapping[str, Any]) -> ItemForm | None:
    """The form that fits a persona: by `gender` where it is told, else by `title`; None where neither settles it.

    A gender that is neither male nor female settles nothing, whatever the title.
    """
    if "gender" in attributes:
        return _GENDERS.get(str(attributes["gender"]).casefold())
    return _TITLES.get(str(attributes.get("title", "")).casefold().rstrip("."))


def assign_forms(assignment: Sequence[tuple[Persona, int]], interviewed: Iterable[int]) -> dict[int, ItemForm]:
    """Respondent → form, for the `interviewed` of an assignment of personas to conditions, in order.

    Those whose persona has no form of its own take the two in turn, within each condition: how often each occurs among
    them differs by one at most, and a persona asked under several conditions has the same form in all of them.
    """
    turns: dict[int, int] = {}
    forms: dict[int, ItemForm] = {}
    for number in interviewed:
        persona, condition = assignment[number]
        form = form_of_persona(persona.attributes)
        if form is None:
            turn = turns.get(condition, 0)
            turns[condition] = turn + 1
            form = ITEM_FORMS[turn % len(ITEM_FORMS)]
        forms[number] = form
    return forms
