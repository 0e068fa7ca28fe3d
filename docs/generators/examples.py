"""Examples that are really run: the output shown below a block of Python is what it printed.

A block ```python directly followed by a block ```text is an example with output. The blocks of a page share names.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"```python\n(?P<source>.*?)```\n(?:(?P<gap>\n*)```text\n(?P<output>.*?)```\n)?", re.DOTALL)


def with_outputs(page: str) -> str:
    """`page` with every output replaced by what its block prints, run in order in an empty folder."""
    names: dict[str, Any] = {"__name__": "example"}

    def rerun(found: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(found["source"], "example", "exec"), names)
        source = f"```python\n{found['source']}```\n"
        return source if found["output"] is None else f"{source}{found['gap']}```text\n{printed.getvalue()}```\n"

    with _elsewhere():
        return BLOCK.sub(rerun, page)


def first_example(page: str) -> str:
    """The first block of Python with its output."""
    found = BLOCK.search(page)
    if found is None:
        raise ValueError("the page has no example")
    return found[0].rstrip()


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """An empty folder as working directory and as the folder of runs."""
    before, runs = Path.cwd(), os.environ.get("VOXPOP_RUNS")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VOXPOP_RUNS"] = str(Path(folder) / "runs")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
            del os.environ["VOXPOP_RUNS"]
            if runs is not None:
                os.environ["VOXPOP_RUNS"] = runs
