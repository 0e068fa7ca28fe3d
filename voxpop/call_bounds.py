"""How many calls a design makes: exactly where nothing can add or take away, else between which bounds.

Knows the design, no engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from simulator import persona_writing
from simulator.interview import Interview
from simulator.protocols.battery import count_lists
from simulator.protocols.steps import retried_roles, steps_of
from simulator.store.records import Role
from voxpop.planning import Design


class CallBounds(NamedTuple):
    """`put`: one call per item in an order and step of its protocol, or per list of a battery; `writing`: one per
    persona to be written; `skippable`: calls for items that a skip rule may leave out; `again`: most calls that
    unreadable replies and unusable personas can add in one pass.
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
        needs_writing = persona_writing.needs_writing(interview.persona)
        protocol = interview.condition.protocol
        n_steps, n_retried = len(steps_of(protocol)), len(retried_roles(protocol))
        n_put = puttings(interview)
        put += n_put * n_steps
        writing += needs_writing
        if protocol.is_battery:
            skippable += n_put - count_lists(interview, with_rules=False)
        else:
            skippable += n_steps * sum(has_rule[position] for position in interview.order)
        again += n_put * n_retried * (interview.condition.max_tries - 1)
        again += needs_writing * (persona_writing.TRIES - 1)
    return CallBounds(put, writing, skippable, again)


def puttings(interview: Interview) -> int:
    """How often something is put, every item being shown: each item, or each list of a battery."""
    if interview.condition.protocol.is_battery:
        return count_lists(interview, with_rules=True)
    return len(interview.order)


class RoleCalls(NamedTuple):
    """How many calls somebody speaks in, in the arms of one protocol."""

    protocol: str
    role: Role
    calls: int


def calls_by_role(design: Design) -> list[RoleCalls]:
    """The calls of a whole run by protocol and role, every item put and everything readable."""
    counts: dict[tuple[str, Role], int] = {}
    for interview in design.interviews():
        protocol = interview.condition.protocol
        if persona_writing.needs_writing(interview.persona):
            counts["interview", "generator"] = counts.get(("interview", "generator"), 0) + 1
        for role in steps_of(protocol):
            key = protocol.name, role
            counts[key] = counts.get(key, 0) + puttings(interview)
    return [RoleCalls(protocol, role, calls) for (protocol, role), calls in counts.items()]


def calls_of(interviews: Iterable[Interview]) -> int:
    """The calls of these interviews, every item put and everything readable; writing of personas apart."""
    return sum(puttings(one) * len(steps_of(one.condition.protocol)) for one in interviews)


def remembered_turns(interview: Interview) -> int:
    """Turns in memory summed over the items, every reply readable: what makes one interview's prompts longer than
    another's.
    """
    n, bound = len(interview.order), interview.memory_length
    if bound is None or bound >= n:
        return n * (n - 1) // 2
    return bound * (bound - 1) // 2 + bound * (n - bound)
