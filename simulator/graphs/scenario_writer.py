"""The writing of scenarios as a LangGraph graph: one run asks for the scenarios of one item. LangGraph wiring only.

    START → ask → read ─┬→ ask    fewer complete blocks than asked for, tries left
                        └→ END    the blocks, or the call failed

Services come in through the runtime context; what is asked and how it is read is in `simulator.scenarios.steps`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NamedTuple, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from simulator.errors import EngineError
from simulator.scenarios.asking import Services, called
from simulator.scenarios.steps import WRITER_TRIES, Blocks, fuller, read_blocks, writer_messages

Graph = Any  # LangGraph's CompiledStateGraph is generic in four ways that say nothing here.


class Written(NamedTuple):
    """The blocks of the fuller reply, None where there was no reply; and the failure that ended the writing, if any."""

    blocks: Blocks | None
    failure: EngineError | None


class Output(TypedDict, total=False):
    """What a graph run returns."""

    blocks: Blocks
    failure: EngineError | None


class State(Output, total=False):
    """The state of one item's writing. `outcome` is what the last call brought."""

    try_number: int
    outcome: str | EngineError


async def ask(state: State, runtime: Runtime[Services]) -> State:
    """Ask for the scenarios. A failed call is an outcome, unless it ends everything."""
    services = runtime.context
    messages = writer_messages(services.wording, services.item, services.n)
    return {"outcome": await called(services, "writer", "", state["try_number"], messages)}


async def read(state: State, runtime: Runtime[Services]) -> Command[Literal["ask", "__end__"]]:
    """Take the blocks out of the reply, and ask once more where there are too few."""
    services, outcome = runtime.context, state["outcome"]
    if isinstance(outcome, EngineError):
        return Command(update={"failure": outcome}, goto="__end__")
    blocks = fuller(state.get("blocks"), read_blocks(outcome, services.item.id, services.source))
    again = len(blocks.scenarios) < services.n and state["try_number"] + 1 < WRITER_TRIES
    update: State = {"blocks": blocks, "try_number": state["try_number"] + 1, "failure": None}
    return Command(update=update, goto="ask" if again else "__end__")


@cache
def writer_graph() -> Graph:
    """The compiled graph; one serves every item of the process."""
    graph = StateGraph(State, context_schema=Services, output_schema=Output)
    graph.add_node("ask", ask)
    graph.add_node("read", read, destinations=("ask", END))
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "read")
    return graph.compile(name="scenario-writer")


async def write_scenarios(services: Services) -> Written:
    """What a model wrote for one item."""
    final = await writer_graph().ainvoke(
        {"try_number": 0}, context=services, config={"recursion_limit": 2 * WRITER_TRIES + 5}, version="v2"
    )
    return Written(final.value.get("blocks"), final.value.get("failure"))
