"""The judge as a LangGraph graph: LangGraph wiring only, the steps are in `simulator.judges.judging`.

    START → present → ask → read ─┬→ present   again: unreadable, tries left
               ▲                  │
               └──────────────────┴→ END       a verdict, or the call failed

One run of the graph is one verdict: one criterion, one reply, one judge, one repeat. State is small and serialisable;
services come in through the runtime context. Every call is recorded the moment it is read, with the verdict it led to.
Knows no store and no concrete engine: a call is handed to `Services.sink`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from simulator.engines.base import Engine
from simulator.errors import EngineError, EngineRefused
from simulator.judges.judge_prompt import JudgePrompt
from simulator.judges.judging import (
    Judging,
    Standing,
    ask_again,
    judgement_row,
    may_ask_again,
    present_current,
    read_completion,
    request_for,
    verdict_row,
)
from simulator.judges.verdict import Verdict
from simulator.messages import Completion
from simulator.store.records import JudgementRow, VerdictRow


@dataclass(frozen=True, slots=True)
class Services:
    """What the graph needs and does not store: the judgement's fixed facts, who judges, where calls go."""

    judging: Judging
    engine: Engine
    sink: Callable[[JudgementRow, VerdictRow | None], None]


class Output(TypedDict, total=False):
    """What a graph run returns: the failure that left the judgement open, None where there is a verdict."""

    failure: EngineError | None


class State(Output, total=False):
    """The state of one judgement. `outcome` is what the last call brought."""

    standing: Standing
    prompt: JudgePrompt
    outcome: Completion | EngineError


Graph = Any  # LangGraph's CompiledStateGraph is generic in four ways that say nothing here.


async def present(state: State, runtime: Runtime[Services]) -> State:
    """What the judge is shown now."""
    return {"prompt": present_current(runtime.context.judging, state["standing"])}


async def ask(state: State, runtime: Runtime[Services]) -> State:
    """Put it to the engine. A failed call is an outcome, not an exception, unless nobody is there to be asked."""
    services = runtime.context
    outcome: Completion | EngineError
    try:
        outcome = await services.engine.complete(request_for(services.judging, state["standing"], state["prompt"]))
    except EngineError as error:
        if error.ends_run:
            if error.failed_tries:
                services.sink(judgement_row(services.judging, state["standing"], state["prompt"], error), None)
            raise
        outcome = error
    return {"outcome": outcome}


async def read(state: State, runtime: Runtime[Services]) -> Command[Literal["present", "__end__"]]:
    """Read what came back, record it, and route to the next step."""
    services, standing, outcome = runtime.context, state["standing"], state["outcome"]
    judging = services.judging
    call = judgement_row(judging, standing, state["prompt"], outcome)
    if isinstance(outcome, EngineError) and not isinstance(outcome, EngineRefused):
        # Nothing was learnt about this reply: keep the failed call, leave the judgement open.
        services.sink(call, None)
        return Command(update={"failure": outcome}, goto="__end__")
    if isinstance(outcome, EngineError):
        verdict = Verdict("error", None, f"{outcome.kind}: {outcome}")
    else:
        verdict = read_completion(judging, state["prompt"], outcome)
        if may_ask_again(judging, standing, verdict):
            services.sink(call, None)
            return Command(update={"standing": ask_again(standing)}, goto="present")
    services.sink(call, verdict_row(judging, verdict))
    return Command(update={"failure": None}, goto="__end__")


@cache
def judge_graph() -> Graph:
    """The compiled graph; one serves every judgement of the process."""
    graph = StateGraph(State, context_schema=Services, output_schema=Output)
    graph.add_node("present", present)
    graph.add_node("ask", ask)
    graph.add_node("read", read, destinations=("present", END))
    graph.add_edge(START, "present")
    graph.add_edge("present", "ask")
    graph.add_edge("ask", "read")
    return graph.compile(name="judge")


async def judge_once(services: Services, standing: Standing) -> EngineError | None:
    """Bring one judgement to its verdict, from `standing` on; the failure that left it open, if one did."""
    limit = 3 * services.judging.rubric.max_tries + 5  # three super-steps per try
    final = await judge_graph().ainvoke(
        {"standing": standing}, context=services, config={"recursion_limit": limit}, version="v2"
    )
    failure: EngineError | None = final.value["failure"]
    return failure
