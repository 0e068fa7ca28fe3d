"""voxpop: launch simulated respondent populations and measure them the way a survey methodologist would.

The public names. They are imported when first used, so that `import voxpop` and `voxpop --help` are quick.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from personas.population import Population, draw
    from simulator.engines.base import Engine
    from simulator.errors import VoxpopError
    from simulator.seeds import rng_for
    from surveys.catalog import find_instrument
    from surveys.instrument import Instrument
    from voxpop.api import Run, compare, open_run, resume, run, simulate
    from voxpop.spec import RunSpec, make_spec, read_spec

_HOMES = {
    "Engine": "simulator.engines.base",
    "Instrument": "surveys.instrument",
    "Population": "personas.population",
    "Run": "voxpop.api",
    "RunSpec": "voxpop.spec",
    "VoxpopError": "simulator.errors",
    "compare": "voxpop.api",
    "draw": "personas.population",
    "find_instrument": "surveys.catalog",
    "make_spec": "voxpop.spec",
    "open_run": "voxpop.api",
    "read_spec": "voxpop.spec",
    "resume": "voxpop.api",
    "rng_for": "simulator.seeds",
    "run": "voxpop.api",
    "simulate": "voxpop.api",
}

__all__ = [
    "Engine",
    "Instrument",
    "Population",
    "Run",
    "RunSpec",
    "VoxpopError",
    "compare",
    "draw",
    "find_instrument",
    "make_spec",
    "open_run",
    "read_spec",
    "resume",
    "rng_for",
    "run",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Public names, and `__version__`, on first use."""
    if name == "__version__":
        return version("voxpop")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'voxpop' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
