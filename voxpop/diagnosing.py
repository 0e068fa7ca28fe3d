"""What `voxpop doctor` finds: versions, surveys, a record written and read back, and what an engine really does."""

from __future__ import annotations

import asyncio
import platform
import sqlite3
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simulator.engines.base import Engine
from simulator.engines.factory import MODEL_ENGINES
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.server_check import check_capabilities, check_server
from simulator.errors import VoxpopError
from surveys.catalog import catalog_names, find_instrument
from voxpop.running import build_engine, launch
from voxpop.spec import RunSpec, make_spec
from voxpop.terminal import plain_text, print_json, stdout

LIBRARIES = ("langgraph", "langchain-core", "aiohttp", "numpy", "scipy", "pandas", "pyreadstat", "sqlite-utils")
LOADING_SECONDS = 900.0
"""How long a model loaded into this process may take to answer first: its weights come from a disk."""
OPTIONAL = ("vllm", "langchain-openai", "matplotlib", "datasette")


def diagnose(spec: RunSpec) -> dict[str, Any]:
    """Every check with its outcome, as plain data; raises nothing that voxpop can explain."""
    checks = [_installation(), _surveys(), _record(), *_engine(spec)]
    return {
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in ("voxpop", *LIBRARIES, *OPTIONAL)},
        "checks": checks,
        "is_well": all(check["works"] is not False for check in checks),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _check(name: str, works: bool | None, detail: str) -> dict[str, Any]:
    return {"check": name, "works": works, "detail": detail}


def _installation() -> dict[str, Any]:
    missing = [name for name in LIBRARIES if _version(name) is None]
    detail = (
        f"missing: {', '.join(missing)}; install again with pip install voxpop" if missing else "all libraries found"
    )
    return _check("installation", not missing and sys.version_info >= (3, 11), detail)


def _surveys() -> dict[str, Any]:
    try:
        sizes = {name: len(find_instrument(name).items) for name in catalog_names()}
    except VoxpopError as error:
        return _check("surveys", False, str(error))
    return _check("surveys", True, ", ".join(f"{name} ({n} items)" for name, n in sizes.items()))


def _record() -> dict[str, Any]:
    """A run of three respondents, written and counted."""
    tiny = make_spec({"name": "doctor", "population": {"n": 3}, "survey": {"limit": 2}})
    try:
        with tempfile.TemporaryDirectory() as folder:
            carried = launch(tiny, Path(folder) / "record.sqlite")
    except VoxpopError as error:
        return _check("record", False, str(error))
    works = carried.tally.items_done == 6
    return _check("record", works, f"{carried.tally.items_done} answers written, SQLite {sqlite3.sqlite_version}")


def _engine(spec: RunSpec) -> list[dict[str, Any]]:
    try:
        engine = build_engine(spec)
    except VoxpopError as error:
        return [_check("engine", False, str(error))]
    return asyncio.run(_engine_checks(engine))


async def _engine_checks(engine: Engine) -> list[dict[str, Any]]:
    try:
        if isinstance(engine, OpenAICompatibleEngine):
            found = await check_server(engine)
            return [_check(f"{engine.name}: {line.name}", line.works, line.detail) for line in found.lines]
        if engine.name in MODEL_ENGINES:
            lines = await check_capabilities(engine, engine.complete, engine.model, LOADING_SECONDS)
            return [_check(f"{engine.name}: {line.name}", line.works, line.detail) for line in lines]
        declared = ", ".join(sorted(capability.value for capability in engine.capabilities)) or "none"
        return [_check(f"{engine.name}: ready", True, f"model {engine.model}; declares {declared}")]
    except VoxpopError as error:
        return [_check(f"{engine.name}", False, str(error))]
    finally:
        await engine.close()


def print_diagnosis(found: dict[str, Any], *, as_json: bool) -> None:
    """The checks for a reader."""
    if as_json:
        print_json(found)
        return
    console = stdout()
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items() if number)
    console.print(plain_text(f"Python {found['python']}, {versions}", "dim"))
    marks = {True: ("ok  ", "green"), False: ("FAIL", "red"), None: ("–   ", "dim")}
    for check in found["checks"]:
        mark, style = marks[check["works"]]
        line = plain_text(mark, style)
        line.append_text(plain_text(f" {check['check']}: {check['detail']}"))
        console.print(line)
