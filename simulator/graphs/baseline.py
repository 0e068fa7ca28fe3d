"""The baselines as LangGraph graphs of their own: one node per step, named after who speaks. Wiring only.

    START → respondent → critic → reviser (→ voter) ─┬→ respondent   the next item
            (or lister)               ▲        ▲      ├→ the same step again: unreadable, tries left
                                                     └→ END          last item, or the engine is gone

An average person is the graph with the respondent alone. The steps are in `simulator.protocols.baseline`; services come
in through the runtime context, and a turn is handed to their sink as soon as its item is answered.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from simulator.errors import EngineError, EngineRefused
from simulator.graphs.respondent import Graph, Services
from simulator.interview import NOT_SHOWN
from simulator.messages import Completion
from simulator.positions import as_recorded
from simulator.presentation import Presentation
from simulator.protocols.baseline import (
    Stand,
    after_call,
    answers_alike,
    answers_of,
    current_role,
    hidden_seats,
    is_over,
    present_current,
    request_for,
    row_of,
    settle,
)
from simulator.protocols.steps import steps_of
from simulator.store.records import AnswerRow, Role, TurnRows


class Ended(NamedTuple):
    """Where an interview stood at its end; `failure` is what ended it early."""

    stand: Stand
    failure: EngineError | None = None


class Output(TypedDict, total=False):
    """What a graph run returns."""

    ended: Ended


class State(Output, total=False):
    """The state of one interview."""

    stand: Stand


async def take_step(state: State, runtime: Runtime[Services]) -> Command[str]:
    """Put the current step to the engine, take its reply in, and route to whoever speaks next."""
    services, stand = runtime.context, state["stand"]
    interview = services.interview
    presentation = present_current(interview, stand)
    outcome = await _called(services, stand, presentation)
    row = row_of(interview, stand, presentation, outcome)
    if isinstance(outcome, EngineError) and not isinstance(outcome, EngineRefused):
        # Nothing was learnt at this step: keep the failed call, leave the item open for `resume`.
        services.sink(TurnRows((*stand.pending, row), None))
        return Command(update={"ended": Ended(stand, outcome)}, goto=END)
    after = after_call(interview, stand, presentation, row)
    if isinstance(outcome, EngineError):
        reason = f"{outcome.kind}: {outcome}"
        after = _answered(services, after, answers_alike(interview, after, "error", reason, row.number))
    elif current_role(interview, after) is None:
        after = _answered(services, after, answers_of(interview, after, outcome))
    role = None if is_over(interview, after) else current_role(interview, after)
    if role is None:
        return Command(update={"ended": Ended(after)}, goto=END)
    return Command(update={"stand": after}, goto=role)


async def _called(services: Services, stand: Stand, presentation: Presentation) -> Completion | EngineError:
    """What the call brings; a failed one is an outcome, not an exception, unless it ends the run."""
    request = request_for(services.interview, stand, presentation)
    try:
        return as_recorded(await services.engine.complete(request))
    except BaseException as stopped:
        if isinstance(stopped, EngineError) and not stopped.ends_run:
            return stopped
        # A spent budget, a lost engine, Ctrl-C: the steps taken were paid for, and the item goes on from them.
        kept = stand.pending
        if isinstance(stopped, EngineError) and stopped.failed_tries:
            kept = (*kept, row_of(services.interview, stand, presentation, stopped))
        if kept:
            services.sink(TurnRows(kept, None))
        raise


def _answered(services: Services, stand: Stand, answers: tuple[AnswerRow, ...]) -> Stand:
    """Hand the turn over and go on to the next item that is shown to anybody."""
    services.sink(TurnRows(stand.pending, answers[0], answers[1:]))
    return advance(services, settle(services.interview, stand, answers))


def advance(services: Services, stand: Stand) -> Stand:
    """Pass over items that skip rules hide from everybody, recording each as not applicable."""
    interview = services.interview
    while not stand.said and not is_over(interview, stand) and all(hidden_seats(interview, stand)):
        answers = answers_alike(interview, stand, "not_applicable", NOT_SHOWN)
        services.sink(TurnRows((), answers[0], answers[1:]))
        stand = settle(interview, stand, answers)
    return stand


@cache
def baseline_graph(steps: tuple[Role, ...]) -> Graph:
    """The compiled graph of a protocol with these steps; one serves every interview of the process."""
    graph = StateGraph(State, context_schema=Services, output_schema=Output)
    for place, role in enumerate(steps):
        after = (role, steps[(place + 1) % len(steps)], steps[0], END)
        graph.add_node(role, take_step, destinations=tuple(dict.fromkeys(after)))
    graph.add_conditional_edges(START, _first_role, list(steps))
    return graph.compile(name="-".join(steps))


def _first_role(state: State, runtime: Runtime[Services]) -> str:
    """Whoever speaks next: an interview that was broken off goes on in the middle of an item."""
    return str(current_role(runtime.context.interview, state["stand"]))


async def conduct(services: Services, stand: Stand) -> Ended:
    """Run one interview from `stand` on; returns where it stands and, if it broke off, why."""
    interview = services.interview
    steps = steps_of(interview.condition.protocol)
    stand = advance(services, stand)
    if is_over(interview, stand):
        return Ended(stand)
    limit = (len(steps) * interview.condition.max_tries + 1) * (len(interview.order) - stand.place) + 5
    final = await baseline_graph(steps).ainvoke(
        {"stand": stand}, context=services, config={"recursion_limit": limit}, version="v2"
    )
    ended: Ended = final.value["ended"]
    return ended
