"""The facts of a run as it was carried out: versions, design, engine. What a reader needs to judge or repeat it.

Holds no secret: engine options that name an environment variable are kept, values of variables never are. Of the
specification beside it, what looks like a secret is left out, and one that holds the value of a variable is refused.
"""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simulator.engines.base import Engine
from simulator.engines.secrets import holds, names_secret
from simulator.errors import RunSpecError
from simulator.protocols.wording import register_wording, wording_named
from simulator.styles import register_style, style_named

if TYPE_CHECKING:
    from voxpop.planning import Design  # heavy, and showing a transcript needs a function of this module

LIBRARIES = ("voxpop", "langgraph", "aiohttp", "openai", "numpy", "scipy", "sqlite-utils")


def make_manifest(design: Design, engine: Engine) -> dict[str, Any]:
    """The manifest of a run about to start, as JSON-able data."""
    worded = {one.protocol.name for one in design.conditions if one.protocol.is_worded}
    return {
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "engine": {
            "name": engine.name,
            "model": engine.model,
            "capabilities": sorted(capability.value for capability in engine.capabilities),
        },
        "instrument": {
            "id": design.instrument.id,
            "version": design.instrument.version,
            "hash": design.instrument.content_hash,
            "n_items": len(design.instrument.items),
            "languages": list(design.instrument.languages),
        },
        "n_respondents": design.n_respondents,
        "conditions": [condition.as_json() for condition in design.conditions],
        "protocols": [wording_named(name).as_json() for name in sorted(worded)],
        "styles": [style_named(name).as_json() for name in sorted({one.style for one in design.conditions})],
    }


def use_recorded_styles(manifest: dict[str, Any]) -> None:
    """Make prompt styles and wordings of protocols available as they were in a recorded run, whatever has become of
    their files.
    """
    for style in manifest.get("styles", ()):
        register_style(style)
    for wording in manifest.get("protocols", ()):
        register_wording(wording)


def without_secrets(spec: dict[str, Any]) -> dict[str, Any]:
    """A specification as it may be recorded: the text of every key that names a secret replaced by a note.

    Raises RunSpecError where the value of an environment variable for secrets stands in it, under whatever key.
    """
    recorded: dict[str, Any] = _noted(spec)
    text = json.dumps(recorded, ensure_ascii=False)
    own = recorded.get("engine", {}).get("api_key_env")
    for name, value in os.environ.items():
        if (names_secret(name) or name == own) and holds(text, (value,)):
            raise RunSpecError(
                f"the specification holds the value of the environment variable {name}, and is stored with the run;"
                " take it out: engines read their keys from the environment"
            )
    return recorded


def _noted(data: Any) -> Any:
    if isinstance(data, dict):
        return {
            key: "(not recorded)" if names_secret(str(key)) and isinstance(value, str) else _noted(value)
            for key, value in data.items()
        }
    if isinstance(data, (list, tuple)):
        return [_noted(value) for value in data]
    return data
