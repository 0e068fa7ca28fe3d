"""How many calls a design makes: exactly where nothing can add or take away, else between which bounds.

Knows the design, no engine.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator import persona_writing
from simulator.interview import Interview
from voxpop.planning import Design


class CallBounds(NamedTuple):
    """`put`: one call per item in an order; `writing`: one per persona to be written; `skippable`: items put that a
    skip rule may leave out; `again`: most calls that unreadable replies and unusable personas can add in one pass.
    """

    put: int
    writing: int
    skippable: int
    again: int

    @property
    def calls(self) -> int:
        """Every item put once, every persona written at once."""
        return self.put + self.writing

    @property
    def least(self) -> int:
        """With every item left out that has a skip rule (there may be no such respondent)."""
        return self.calls - self.skippable

    @property
    def most(self) -> int:
        """With every item asked as often as `max_tries` allows."""
        return self.calls + self.again


def call_bounds(design: Design) -> CallBounds:
    """The calls of a whole run of this design, failures apart."""
    has_rule = [bool(item.show_if) for item in design.instrument.items]
    put = writing = skippable = again = 0
    for interview in design.interviews():
        n_items, needs_writing = len(interview.order), persona_writing.needs_writing(interview.persona)
        put += n_items
        writing += needs_writing
        skippable += sum(has_rule[position] for position in interview.order)
        again += n_items * (interview.condition.max_tries - 1) + needs_writing * (persona_writing.TRIES - 1)
    return CallBounds(put, writing, skippable, again)


def remembered_turns(interview: Interview) -> int:
    """Turns in memory summed over the items, every reply readable: what makes one interview's prompts longer than
    another's.
    """
    n, bound = len(interview.order), interview.memory_length
    if bound is None or bound >= n:
        return n * (n - 1) // 2
    return bound * (bound - 1) // 2 + bound * (n - bound)
