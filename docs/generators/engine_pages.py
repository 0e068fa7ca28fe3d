"""The options and capabilities of every engine, from the factory, the constructors and the engines themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from generators.markdown import code, table
from simulator.engines.base import Capability
from simulator.engines.factory import ENGINE_OPTIONS, Option
from simulator.engines.langchain_model import DECLARABLE, LangChainEngine
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.openai_wire import DIALECT_CAPABILITIES
from simulator.engines.replay import ReplayEngine
from simulator.engines.scripted import ScriptedEngine
from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_judge import SyntheticJudge
from simulator.engines.vllm_inprocess import VllmEngine

CONSTRUCTORS: dict[str, Any] = {
    "openai_compatible": OpenAICompatibleEngine,
    "scripted": ScriptedEngine,
    "replay": ReplayEngine,
    "vllm_inprocess": VllmEngine,
    "langchain_model": LangChainEngine,
}
MEANINGS = {
    Capability.SAMPLING: "several completions of one prompt, drawn at random",
    Capability.SEED: "takes a seed with each request",
    Capability.TOP_LOGPROBS: "log probabilities of the likeliest tokens at each place (probe `token-logit`)",
    Capability.PROMPT_LOGPROBS: "log probabilities of the prompt's own tokens: whole texts scored as replies",
    Capability.STRUCTURED_CHOICE: 'can be made to answer one of the given strings (`answer_format = "structured"`)',
    Capability.BEAM_SEARCH: "beam search (`settings.beams` above 1)",
    Capability.ASSISTANT_PREFIX: "goes on from the beginning of an answer",
    Capability.RAW_COMPLETION: "completes a bare text without chat roles",
}
WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", dict: "table", list: "list"}


def engine_options() -> str:
    """One table per engine; known-truth engines point at their parameters."""
    parts = []
    for name, options in ENGINE_OPTIONS.items():
        parts.append(f"### {name}")
        if options:
            parts.append(table(["option", "is", "default", "means"], [_row(name, *at) for at in options.items()]))
        else:
            whose = "judges" if name.endswith("judge") else "respondents"
            parts.append(f"Every parameter of known-truth {whose}: [known-truth.md](known-truth.md).")
    return "\n\n".join(parts)


def _row(engine: str, name: str, option: Option) -> list[str]:
    kinds = [WORDS[kind] for kind in option.types if kind is not tuple]
    words = "number" if set(option.types) == {int, float} else " or ".join(kinds)
    return [code(name), words, "needed" if option.is_needed else _default(engine, name), option.about]


def _default(engine: str, name: str) -> str:
    parameter = inspect.signature(CONSTRUCTORS[engine]).parameters[name]
    if name == "capabilities":
        return "see below"
    default = parameter.default
    if default is None or default is inspect.Parameter.empty:
        return ""
    return code(str(default).lower() if isinstance(default, bool) else f"{default}")


def capability_table() -> str:
    """Which engine declares what. `(+)`: may be declared with `capabilities`."""
    declared: dict[str, Iterable[Capability]] = {
        **{f"openai_compatible (dialect {dialect})": found for dialect, found in DIALECT_CAPABILITIES.items()},
        "vllm_inprocess": VllmEngine.capabilities,
        "synthetic": SyntheticEngine.capabilities,
        "synthetic_judge": SyntheticJudge.capabilities,
    }
    rows = []
    for capability in Capability:
        has = [name for name, found in declared.items() if capability in found]
        if capability in DECLARABLE:
            has.append("langchain_model (if declared)")
        rows.append([code(capability.value), MEANINGS[capability], ", ".join(has) or "none yet"])
    return table(["capability", "means", "declared by"], rows)
