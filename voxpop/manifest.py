"""The facts of a run as it was carried out: versions, design, engine. What a reader needs to judge or repeat it.

Holds no secret: engine options that name an environment variable are kept, values of variables never are.
"""

from __future__ import annotations

import platform
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simulator.engines.base import Engine
from simulator.styles import register_style, style_named

if TYPE_CHECKING:
    from voxpop.planning import Design  # heavy, and showing a transcript needs a function of this module

LIBRARIES = ("voxpop", "langgraph", "openai", "numpy", "scipy", "sqlite-utils")
_SECRET_KEY = re.compile(r"(^|_)(api_?key|token|secret|password|authorization)$", re.IGNORECASE)


def make_manifest(design: Design, engine: Engine) -> dict[str, Any]:
    """The manifest of a run about to start, as JSON-able data."""
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
        "styles": [style_named(name).as_json() for name in sorted({one.style for one in design.conditions})],
    }


def use_recorded_styles(manifest: dict[str, Any]) -> None:
    """Make the prompt styles of a recorded run available as they were, whatever has become of their files."""
    for style in manifest.get("styles", ()):
        register_style(style)


def without_secrets(data: Any) -> Any:
    """`data` with the value of every key that names a secret replaced by a note; lists and tables included."""
    if isinstance(data, dict):
        return {
            key: "(not recorded)" if _SECRET_KEY.search(str(key)) and value is not None else without_secrets(value)
            for key, value in data.items()
        }
    if isinstance(data, (list, tuple)):
        return [without_secrets(value) for value in data]
    return data
