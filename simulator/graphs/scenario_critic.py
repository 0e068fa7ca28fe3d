"""The self-critic of scenarios as a LangGraph graph: one run checks one scenario. LangGraph wiring only.

    START → ask → read → END    kept, dropped with the checks that failed, or the reply cannot be used

There is no second try: a reply that is no JSON drops the scenario (Shen et al. 2025). Services come in through the
runtime context; what is asked and how it is read is in `simulator.scenarios.steps`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from simulator.errors import EngineError
from simulator.scenarios.asking import Services, called
from simulator.scenarios.steps import Checked, critic_messages, read_checks
from surveys.scenarios import Scenario

Graph = Any  # LangGraph's CompiledStateGraph is generic in four ways that say nothing here.


class Output(TypedDict, total=False):
    """What a graph run returns."""

    checked: Checked


class State(Output, total=False):
    """The state of one check. `outcome` is what the call brought."""

    scenario: Scenario
    outcome: str | EngineError


async def ask(state: State, runtime: Runtime[Services]) -> State:
    """Put the four checks to the critic. A failed call is an outcome, unless it ends everything."""
    services, scenario = runtime.context, state["scenario"]
    messages = critic_messages(services.wording, services.item, scenario)
    return {"outcome": await called(services, "critic", scenario.id, 0, messages)}


async def read(state: State) -> State:
    """What the critic said, or that it said nothing."""
    outcome = state["outcome"]
    return {"checked": Checked("call_failed") if isinstance(outcome, EngineError) else read_checks(outcome)}


@cache
def critic_graph() -> Graph:
    """The compiled graph; one serves every scenario of the process."""
    graph = StateGraph(State, context_schema=Services, output_schema=Output)
    graph.add_node("ask", ask)
    graph.add_node("read", read)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "read")
    graph.add_edge("read", END)
    return graph.compile(name="scenario-critic")


async def check_scenario(services: Services, scenario: Scenario) -> Checked:
    """What the critic makes of one scenario."""
    final = await critic_graph().ainvoke({"scenario": scenario}, context=services, version="v2")
    checked: Checked = final.value["checked"]
    return checked
