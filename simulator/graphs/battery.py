"""The battery as a LangGraph graph: wiring only, the steps are in `simulator.protocols.battery`.

    START → ask (list the items, then call the engine) → take_in (read item by item) ─┬→ ask   the next list
                     ▲                                                                ├→ ask   again: what is unreadable
                     └────────────────────────────────────────────────────────────────┘→ END   last item, or the engine
                                                                                              is gone

Services come in through the runtime context, and what a call brought is handed to their sink at once, so that nothing
readable is asked for twice.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from simulator.errors import EngineError, EngineRefused
from simulator.graphs.respondent import Graph, Services
from simulator.messages import Completion
from simulator.positions import as_recorded
from simulator.protocols.battery import (
    BatteryStand,
    after_call,
    answers_alike,
    answers_in,
    is_over,
    open_list,
    present_current,
    request_for,
    row_of,
)
from simulator.protocols.battery_prompt import BatteryPresentation
from simulator.store.records import AnswerRow, ExchangeRow, TurnRows


class Ended(NamedTuple):
    """Where an interview stood at its end; `failure` is what ended it early."""

    stand: BatteryStand
    failure: EngineError | None = None


class Output(TypedDict, total=False):
    """What a graph run returns."""

    ended: Ended


class State(Output, total=False):
    """The state of one interview. `outcome` is what the last call brought."""

    stand: BatteryStand
    presentation: BatteryPresentation
    outcome: Completion | EngineError


async def ask(state: State, runtime: Runtime[Services]) -> State:
    """List what is open and put it to the engine; a failed call is an outcome, not an exception."""
    services, stand = runtime.context, state["stand"]
    shown = present_current(services.interview, stand)
    request = request_for(services.interview, stand, shown)
    outcome: Completion | EngineError
    try:
        outcome = as_recorded(await services.engine.complete(request))
    except EngineError as error:
        if error.ends_run:
            if error.failed_tries:
                _hand_over(services, row_of(services.interview, stand, shown, error), ())
            raise
        outcome = error
    return {"presentation": shown, "outcome": outcome}


async def take_in(state: State, runtime: Runtime[Services]) -> Command[Literal["ask", "__end__"]]:
    """Read what came back, hand it over, and route: the rest again, the next list, or the end."""
    services, stand = runtime.context, state["stand"]
    interview, shown, outcome = services.interview, state["presentation"], state["outcome"]
    row = row_of(interview, stand, shown, outcome)
    if isinstance(outcome, EngineError) and not isinstance(outcome, EngineRefused):
        # Nothing was learnt about these items: keep the failed call, leave them open for `resume`.
        _hand_over(services, row, ())
        return Command(update={"ended": Ended(stand, outcome)}, goto="__end__")
    if isinstance(outcome, EngineError):
        answers = answers_alike(interview, stand, "error", f"{outcome.kind}: {outcome}")
    else:
        answers = answers_in(interview, stand, shown, outcome)
    _hand_over(services, row, answers)
    stand = advance(services, after_call(interview, stand, row, answers))
    if is_over(interview, stand):
        return Command(update={"ended": Ended(stand)}, goto="__end__")
    return Command(update={"stand": stand}, goto="ask")


def _hand_over(services: Services, row: ExchangeRow, answers: tuple[AnswerRow, ...]) -> None:
    services.sink(TurnRows((row,), answers[0] if answers else None, answers[1:]))


def advance(services: Services, stand: BatteryStand) -> BatteryStand:
    """Go on to the next list where this one is done, recording what skip rules hide as not applicable."""
    stand, passed = open_list(services.interview, stand)
    if passed:
        services.sink(TurnRows((), passed[0], passed[1:]))
    return stand


@cache
def battery_graph() -> Graph:
    """The compiled graph; one serves every interview of the process."""
    graph = StateGraph(State, context_schema=Services, output_schema=Output)
    graph.add_node("ask", ask)
    graph.add_node("take_in", take_in, destinations=("ask", END))
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "take_in")
    return graph.compile(name="battery")


async def conduct(services: Services, stand: BatteryStand) -> Ended:
    """Run one interview from `stand` on; returns where it stands and, if it broke off, why."""
    interview = services.interview
    stand = advance(services, stand)
    if is_over(interview, stand):
        return Ended(stand)
    # Two super-steps per try of a list, of which there are at most as many as open items, plus the first.
    limit = 2 * interview.condition.max_tries * (len(interview.order) - len(stand.settled)) + 5
    final = await battery_graph().ainvoke(
        {"stand": stand}, context=services, config={"recursion_limit": limit}, version="v2"
    )
    ended: Ended = final.value["ended"]
    return ended
