"""An engine from its name and the options of a run specification, every mistake named at once.

Imports an engine's module only when it is asked for, so that a run on one engine needs the libraries of that one alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from simulator.engines.base import Capability, Engine
from simulator.engines.secrets import secret_places
from simulator.errors import Fault, RunSpecError


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an engine: what it may be, whether the engine needs it, and whether a run may go on with another
    value: no answer depends on it, only how the engine is reached.
    """

    types: tuple[type, ...]
    about: str
    is_needed: bool = False
    is_changeable: bool = False

    def accepts(self, value: object) -> bool:
        """Whether `value` has one of the types; true and false are not numbers."""
        return isinstance(value, self.types) and (bool in self.types or not isinstance(value, bool))


_CAPABILITIES = Option((list, tuple), f"what it can do, of: {', '.join(Capability)}")

ENGINE_OPTIONS: Mapping[str, Mapping[str, Option]] = {
    "openai_compatible": {
        "model": Option((str,), "the name of the model on the server", is_needed=True),
        "base_url": Option(
            (str,), "as in http://127.0.0.1:8000/v1; else OPENAI_BASE_URL, else the OpenAI API", is_changeable=True
        ),
        "api_key_env": Option((str,), "the environment variable that holds the key", is_changeable=True),
        "dialect": Option((str,), 'how extras are asked for: "openai" or "vllm"'),
        "capabilities": _CAPABILITIES,
        "answers_as": Option((str,), "the name the server answers under, where that is another than `model`"),
        "timeout_seconds": Option((int, float), "limit for one try as a whole", is_changeable=True),
        "max_attempts": Option((int,), "tries of one request, the first included", is_changeable=True),
        "retry_seconds": Option(
            (int, float), "longest wait before the second try; doubles with each further one", is_changeable=True
        ),
        "longest_retry_seconds": Option((int, float), "longest such wait, and between probes", is_changeable=True),
        "concurrency": Option((int,), "requests under way at once", is_changeable=True),
        "max_tokens_field": Option((str,), 'what the token limit is called: "max_tokens" or "max_completion_tokens"'),
        "extra_body": Option((dict,), "further fields for every request's JSON"),
        "max_reply_bytes": Option((int,), "limit for one reply", is_changeable=True),
        "client": Option(
            (str,), 'who sends the requests: "aiohttp", or "openai" for the official SDK (slower)', is_changeable=True
        ),
    },
    "synthetic": {},  # its options are the parameters of known-truth respondents, checked there
    "synthetic_judge": {},  # likewise, of known-truth judges
    "scripted": {
        "replies": Option((str, list, dict), "a TOML or JSON file, a list, or a table by item id", is_needed=True),
        "capabilities": _CAPABILITIES,
    },
    "replay": {
        "record": Option((str,), "the SQLite file of an earlier run", is_needed=True),
        "verify_prompt": Option((bool,), "whether the prompt must be the one that was answered then"),
    },
    "vllm_inprocess": {
        "model": Option((str,), "a folder, or the name of a model that vLLM can load", is_needed=True),
        "options": Option((dict,), "options of vLLM's engine, as in {max_model_len = 4096}"),
    },
    "langchain_model": {
        "chat_model": Option((str,), "as in langchain_openai:ChatOpenAI(model='gpt-4o-mini')", is_needed=True),
        "capabilities": _CAPABILITIES,
        "setting_names": Option((dict,), 'what settings are called there, as in {max_tokens = "max_output_tokens"}'),
    },
}
"""Engine name → option name → option; `synthetic` takes the fields of `KnownTruth`, `synthetic_judge` of `KnownJudge`.
"""

MODEL_ENGINES = frozenset({"openai_compatible", "vllm_inprocess", "langchain_model"})
"""The engines behind which a model answers, whatever it is asked."""


def changeable_options(name: str) -> list[str]:
    """The options of engine `name` that a run may go on with another value of."""
    return [option for option, spec in ENGINE_OPTIONS.get(name, {}).items() if spec.is_changeable]


def make_engine(name: str, options: Mapping[str, Any], *, seed: int) -> Engine:
    """The engine `name` with these options; `seed` is the run's (only known-truth engines draw).

    Raises RunSpecError naming every unknown or unusable option and what is allowed, or the engines that there are.
    """
    if name not in ENGINE_OPTIONS:
        near = get_close_matches(name, ENGINE_OPTIONS, n=1) or [one for one in ENGINE_OPTIONS if name and name in one]
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise RunSpecError(f"there is no engine {name!r}; {hint}there are {', '.join(ENGINE_OPTIONS)}")
    if name in _KNOWN_TRUTH:
        _check_owners(name, options)
        return _KNOWN_TRUTH[name](options, seed)
    _check(name, options)
    return _BUILDERS[name](dict(options))


def _check(name: str, options: Mapping[str, Any]) -> None:
    known = ENGINE_OPTIONS[name]
    faults = [_unknown(option, known) for option in options if option not in known]
    for option, spec in known.items():
        if option not in options:
            if spec.is_needed:
                faults.append(Fault(option, "is missing", f"give {spec.about}"))
        elif not spec.accepts(options[option]):
            found = type(options[option]).__name__
            faults.append(Fault(option, f"cannot be a {found}", f"give {spec.about}"))
    faults += _capability_faults(options.get("capabilities", ()))
    faults += _body_faults(options.get("extra_body", {}))
    if faults:
        raise RunSpecError.from_faults(f"options of engine {name!r}", faults)


def _check_owners(name: str, options: Mapping[str, Any]) -> None:
    """Raise RunSpecError for an option that is another engine's: a model without its engine, most likely."""
    faults = [_unknown(option, {}) for option in options if any(option in known for known in ENGINE_OPTIONS.values())]
    if faults:
        raise RunSpecError.from_faults(f"options of engine {name!r}", faults)


def _unknown(option: str, known: Mapping[str, Option]) -> Fault:
    if "key" in option.lower():
        remedy = "keys stay in the environment: put the variable's name into api_key_env, not the key into the spec"
        return Fault(option, "is no option", remedy)
    owners = [engine for engine, known_there in ENGINE_OPTIONS.items() if option in known_there]
    if owners:
        return Fault(option, f"is an option of engine {owners[0]!r}", f"choose that engine (--engine {owners[0]})")
    near = get_close_matches(option, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return Fault(option, "is no option", f"{hint}allowed: {', '.join(known)}")


def _body_faults(given: object) -> list[Fault]:
    """What must not, or cannot, be sent with every request and stored with the run."""
    remedy = "a specification is stored with the run; the key belongs into the environment (api_key_env)"
    faults = [Fault(place, "looks like a secret", remedy) for place in secret_places(given, "extra_body")]
    try:
        json.dumps(given, allow_nan=False)
    except (TypeError, ValueError):
        faults.append(Fault("extra_body", "cannot be sent as JSON", "give texts, finite numbers, true and false only"))
    return faults


def _capability_faults(given: object) -> list[Fault]:
    if not isinstance(given, list | tuple):
        return []
    allowed = [capability.value for capability in Capability]
    remedy = f"allowed: {', '.join(allowed)}"
    return [Fault("capabilities", f"{entry!r} is none", remedy) for entry in given if entry not in allowed]


def _openai_compatible(options: dict[str, Any]) -> Engine:
    from simulator.engines.openai_compatible import OpenAICompatibleEngine

    return OpenAICompatibleEngine(**options)


def _synthetic(options: Mapping[str, Any], seed: int) -> Engine:
    from simulator.engines.synthetic import synthetic_from_options

    return synthetic_from_options(options, seed)


def _synthetic_judge(options: Mapping[str, Any], seed: int) -> Engine:
    from simulator.engines.synthetic_judge import synthetic_judge_from_options

    return synthetic_judge_from_options(options, seed)


def _scripted(options: dict[str, Any]) -> Engine:
    from simulator.engines.scripted import ScriptedEngine, read_script, script_from_data

    replies = options.pop("replies")
    script = read_script(replies) if isinstance(replies, str) else script_from_data(replies, "replies")
    if "capabilities" in options:
        return ScriptedEngine(script, capabilities=map(Capability, options["capabilities"]))
    return ScriptedEngine(script)


def _replay(options: dict[str, Any]) -> Engine:
    from simulator.engines.replay import ReplayEngine

    return ReplayEngine(options["record"], verify_prompt=options.get("verify_prompt", True))


def _langchain_model(options: dict[str, Any]) -> Engine:
    from simulator.engines.langchain_loading import load_chat_model
    from simulator.engines.langchain_model import LangChainEngine

    return LangChainEngine(load_chat_model(options.pop("chat_model")), **options)


def _vllm_inprocess(options: dict[str, Any]) -> Engine:
    from simulator.engines.vllm_inprocess import VllmEngine

    return VllmEngine(**options)


_KNOWN_TRUTH: Mapping[str, Callable[[Mapping[str, Any], int], Engine]] = {
    "synthetic": _synthetic,
    "synthetic_judge": _synthetic_judge,
}
_BUILDERS: Mapping[str, Callable[[dict[str, Any]], Engine]] = {
    "openai_compatible": _openai_compatible,
    "scripted": _scripted,
    "replay": _replay,
    "vllm_inprocess": _vllm_inprocess,
    "langchain_model": _langchain_model,
}
