"""What does LangGraph's machinery cost per answer? Empty nodes, so that nothing but the machinery is timed.

    python benchmarks/langgraph_steps.py [--answers 200] [--concurrency 16]

One graph per way of wiring the same loop; each interview goes round it `answers` times. Printed: CPU time per answer in
milliseconds, best of five. docs/decisions/0002 quotes the result. `loop_with_memory` is the bare interview that the
section known-truth compares with.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

MEMORY = 15


class Output(TypedDict, total=False):
    """What the graph returns, written once at the end."""

    ended: bool


class State(Output, total=False):
    """How often the loop has still to be gone round; what is remembered of earlier rounds."""

    left: int
    memory: tuple[str, ...]
    prompt: list[str]


async def step(_state: State) -> State:
    return {}


async def count(state: State) -> State:
    return {"left": state["left"] - 1}


def loop_with_edges(n_nodes: int) -> Any:
    """`n_nodes` nodes in a circle, left by a conditional edge."""
    graph: Any = StateGraph(State)
    names = [f"node{number}" for number in range(n_nodes)]
    for name in names[:-1]:
        graph.add_node(name, step)
    graph.add_node(names[-1], count)
    graph.add_edge(START, names[0])
    for first, second in pairwise(names):
        graph.add_edge(first, second)
    graph.add_conditional_edges(names[-1], lambda state: names[0] if state["left"] else END, [names[0], END])
    return graph.compile()


def loop_with_command(n_nodes: int) -> Any:
    """`n_nodes` nodes in a circle, left by the last node's Command."""
    graph: Any = StateGraph(State)
    names = [f"node{number}" for number in range(n_nodes)]

    async def turn(state: State) -> Command[Any]:
        left = state["left"] - 1
        return Command(update={"left": left}, goto=names[0] if left else END)

    for name in names[:-1]:
        graph.add_node(name, step)
    graph.add_node(names[-1], turn, destinations=(names[0], END))
    graph.add_edge(START, names[0])
    for first, second in pairwise(names):
        graph.add_edge(first, second)
    return graph.compile()


def loop_with_memory(**schemas: Any) -> Any:
    """The two nodes of an interview and nothing else: a prompt of `MEMORY` turns, one more turn, the oldest out."""
    graph: Any = StateGraph(State, **schemas)

    async def ask(state: State) -> State:
        return {"prompt": ["persona", *state.get("memory", ()), "question"]}

    async def remember(state: State) -> Command[Any]:
        left, memory = state["left"] - 1, state.get("memory", ())
        update: dict[str, Any] = {"left": left, "memory": (*memory, f"turn {left}")[-MEMORY:]}
        return Command(update=update if left else {"ended": True}, goto="ask" if left else END)

    graph.add_node("ask", ask)
    graph.add_node("remember", remember, destinations=("ask", END))
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "remember")
    return graph.compile()


async def interviews(graph: Any, n_nodes: int, answers: int, concurrency: int, **options: Any) -> None:
    config = {"recursion_limit": n_nodes * answers + 5}
    await asyncio.gather(*(graph.ainvoke({"left": answers}, config=config, **options) for _ in range(concurrency)))


def milliseconds(graph: Any, n_nodes: int, answers: int, concurrency: int, rounds: int = 5, **options: Any) -> float:
    """CPU milliseconds per answer, the best of several rounds; `options` are those of `ainvoke`."""
    asyncio.run(interviews(graph, n_nodes, 10, concurrency, **options))
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        asyncio.run(interviews(graph, n_nodes, answers, concurrency, **options))
        best = min(best, time.process_time() - began)
    return 1000 * best / (answers * concurrency)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=16)
    chosen = parser.parse_args()
    makers: dict[str, Callable[[int], Any]] = {"conditional edge": loop_with_edges, "Command": loop_with_command}
    print(f"LangGraph {version('langgraph')}, {chosen.concurrency} interviews at a time, {chosen.answers} answers each")
    print("nodes  routing           ms per answer  ms per node")
    for n_nodes in (1, 2, 4):
        for routing, make in makers.items():
            cost = milliseconds(make(n_nodes), n_nodes, chosen.answers, chosen.concurrency)
            print(f"{n_nodes:5}  {routing:16}  {cost:13.2f}  {cost / n_nodes:11.2f}")
    print("two nodes with a memory           ms per answer")
    whole, once = loop_with_memory(), loop_with_memory(output_schema=Output)
    ways = [
        ("every update and state streamed", whole, "v1"),
        ("state streamed (version 2)", whole, "v2"),
        ("output written once (version 2)", once, "v2"),
    ]
    for way, graph, streaming in ways:
        cost = milliseconds(graph, 2, chosen.answers, chosen.concurrency, version=streaming)
        print(f"  {way:31} {cost:13.2f}")


if __name__ == "__main__":
    main()
