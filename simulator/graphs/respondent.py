"""The respondent as a LangGraph graph: LangGraph wiring only, the steps are in `simulator.interview`.

    START → ask (present, then call the engine) → remember (interpret, then remember) ─┬→ ask   the next item
                     ▲                                                                 ├→ ask   again: unreadable, tries
                     left └─────────────────────────────────────────────────────────────────┘→ END   last item, or the
                     engine is gone

present → ask → interpret → remember are four functions in two nodes, because a LangGraph super-step costs as much as
all four together (docs/decisions/0002). State is small and serialisable; services come in through the runtime context.
Knows no survey, no store and no concrete engine: a turn is handed to `Services.sink`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from simulator.engines.base import Engine
from simulator.errors import EngineError, EngineRefused
from simulator.interview import (
    Interview,
    Progress,
    ask_again,
    exchange_row,
    may_ask_again,
    pass_over_hidden,
    present_current,
    read_reply,
    remembered_turn,
    request_for,
    settle,
)
from simulator.messages import Completion
from simulator.positions import as_recorded
from simulator.presentation import Presentation
from simulator.store.records import AnswerRow, TurnRows


@dataclass(frozen=True, slots=True)
class Services:
    """What the graph needs and does not store: the interview's fixed facts, who answers, where turns go."""

    interview: Interview
    engine: Engine
    sink: Callable[[TurnRows], None]


class Ended(NamedTuple):
    """Where an interview stood at its end; `failure` is what ended it early."""

    progress: Progress
    failure: EngineError | None = None


class Output(TypedDict, total=False):
    """What a graph run returns. Written once, at the end: LangGraph reports every change of what is returned."""

    ended: Ended


class State(Output, total=False):
    """The state of one interview. `outcome` is what the last call brought."""

    progress: Progress
    presentation: Presentation
    outcome: Completion | EngineError


Graph = Any  # LangGraph's CompiledStateGraph is generic in four ways that say nothing here.


async def ask(state: State, runtime: Runtime[Services]) -> State:
    """Present the current item and put it to the engine; a failed call is an outcome, not an exception."""
    services, progress = runtime.context, state["progress"]
    presentation = present_current(services.interview, progress)
    request = request_for(services.interview, progress, presentation)
    outcome: Completion | EngineError
    try:
        outcome = as_recorded(await services.engine.complete(request))
    except BaseException as stopped:
        if isinstance(stopped, EngineError) and not stopped.ends_run:
            outcome = stopped
        else:  # a spent budget, a lost engine, Ctrl-C: unreadable tries were paid for, and the item goes on from them
            kept = progress.pending
            if isinstance(stopped, EngineError) and stopped.failed_tries:
                kept = (*kept, exchange_row(services.interview, progress, presentation, stopped))
            if kept:
                services.sink(TurnRows(kept, None))
            raise
    return {"presentation": presentation, "outcome": outcome}


async def remember(state: State, runtime: Runtime[Services]) -> Command[Literal["ask", "__end__"]]:
    """Interpret what came back, keep what may be kept, and route to the next step."""
    services, progress = runtime.context, state["progress"]
    interview, presentation, outcome = services.interview, state["presentation"], state["outcome"]
    exchange = exchange_row(interview, progress, presentation, outcome)
    if isinstance(outcome, EngineError) and not isinstance(outcome, EngineRefused):
        # Nothing was learnt about this item: keep the failed call, leave the item open for `resume`.
        services.sink(TurnRows((*progress.pending, exchange), None))
        return Command(update={"ended": Ended(progress, outcome)}, goto="__end__")
    if isinstance(outcome, EngineError):
        answer = AnswerRow(
            interview.number, exchange.item or 0, exchange.number, "error", reason=f"{outcome.kind}: {outcome}"
        )
        turn = None
    else:
        answer = read_reply(interview, presentation, exchange.number, outcome)
        if may_ask_again(interview, progress, answer):
            return Command(update={"progress": ask_again(progress, exchange)}, goto="ask")
        turn = remembered_turn(interview, presentation, exchange.number, outcome.text, answer)
    services.sink(TurnRows((*progress.pending, exchange), answer))
    progress = advance(services, settle(interview, progress, answer, turn))
    if is_over(interview, progress):
        return Command(update={"ended": Ended(progress)}, goto="__end__")
    return Command(update={"progress": progress}, goto="ask")


def advance(services: Services, progress: Progress) -> Progress:
    """Pass over items that skip rules hide, recording each as not applicable."""
    progress, passed = pass_over_hidden(services.interview, progress)
    for answer in passed:
        services.sink(TurnRows((), answer))
    return progress


def is_over(interview: Interview, progress: Progress) -> bool:
    """Whether every item has been dealt with."""
    return progress.place >= len(interview.order)


@cache
def respondent_graph() -> Graph:
    """The compiled graph; one serves every interview of the process."""
    graph = StateGraph(State, context_schema=Services, output_schema=Output)
    graph.add_node("ask", ask)
    graph.add_node("remember", remember, destinations=("ask", END))
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "remember")
    return graph.compile(name="respondent")


async def conduct(services: Services, progress: Progress) -> Ended:
    """Run one interview from `progress` on; returns where it stands and, if it broke off, why."""
    interview = services.interview
    progress = advance(services, progress)
    if is_over(interview, progress):
        return Ended(progress)
    # Two super-steps per try, plus the first; LangGraph's default limit of 25 would end any real interview.
    limit = 2 * interview.condition.max_tries * (len(interview.order) - progress.place) + 5
    # Version 2 streams the output alone; version 1 streams every node's update beside it.
    final = await respondent_graph().ainvoke(
        {"progress": progress}, context=services, config={"recursion_limit": limit}, version="v2"
    )
    ended: Ended = final.value["ended"]
    return ended
