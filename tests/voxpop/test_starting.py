"""What is imported before anything is done: heavy libraries load only where they are needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"langgraph", "langchain_core", "openai", "aiohttp", "httpx", "pandas", "scipy", "matplotlib", "sqlite_utils"}
FOR_HELP = HEAVY | {"numpy", "pydantic", "rich", "pyarrow", "trueskill"}


def loaded(statement: str, among: set[str]) -> set[str]:
    """Which of the libraries a fresh process holds after `statement`."""
    code = f"import sys\n{statement}\nprint()\nprint(*(sys.modules.keys() & {among!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_question_can_be_answered() -> None:
    assert loaded("import scipy, rich", FOR_HELP) >= {"scipy", "rich", "numpy"}


@pytest.mark.parametrize(
    "statement",
    ["import voxpop", "import voxpop.cli", "import voxpop.cli; voxpop.cli.call(['--help'])"],
)
def test_nothing_heavy_is_loaded_to_start(statement: str) -> None:
    assert loaded(statement, FOR_HELP) == set()


@pytest.mark.parametrize("words", [["show"], ["show", "r0000"], ["status"]])
def test_reading_a_record_needs_no_graph_client_or_frames(words: list[str], small_record: Path) -> None:
    arguments = [words[0], str(small_record), *words[1:]]
    assert loaded(f"import voxpop.cli; assert voxpop.cli.call({arguments!r}) == 0", HEAVY) == set()


@pytest.fixture(scope="module")
def small_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import voxpop as vp

    path = tmp_path_factory.mktemp("starting") / "record.sqlite"
    vp.simulate(population=vp.Population(strategy="basic", n=2), survey="civic-topics", record=path)
    return path
