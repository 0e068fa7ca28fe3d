"""An option to give no answer: offered where an item has none, or withheld where it has one.

Knows no order, label or style: the words come from the style.
"""

from __future__ import annotations

from typing import NamedTuple, get_args

from simulator.conditions import Abstain
from surveys.instrument import Item, MissingReason, ResponseOption

REASONS: tuple[MissingReason, ...] = get_args(MissingReason)
HIGHEST_CODE = -2
"""The code of an offered "no answer", as in the World Values Survey; lower where an item has codes down there."""


class Abstention(NamedTuple):
    """An option to give no answer: its text in one language, and what choosing it is counted as."""

    text: str
    missing: MissingReason = "refused"


def abstention_code(item: Item) -> int:
    """The code of an option that the survey file does not have: below zero, and below every code of the item."""
    return min([HIGHEST_CODE, *(option.code - 1 for option in item.options)])


def missing_options(
    item: Item, abstain: Abstain, abstention: Abstention | None, language: str
) -> tuple[ResponseOption, ...]:
    """The options behind the substantive ones: the item's own missing categories, none, or an offered "no answer".

    `abstention` is the style's, needed where one is offered; an open item has no options, offered or not.
    """
    own = tuple(option for option in item.options if option.missing is not None)
    if abstain == "withheld":
        return ()
    if abstain == "as-is" or own or not item.options or abstention is None:
        return own
    return (ResponseOption(abstention_code(item), {language: abstention.text}, missing=abstention.missing),)
