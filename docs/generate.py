"""Rewrites everything in the documentation that is generated, or says what is out of date.

    python docs/generate.py            rewrite (slow parts only where their inputs changed)
    python docs/generate.py --check    change nothing; exit status 1 and the names of stale files
    python docs/generate.py --full     also run the slow parts: with --check compare them, else rewrite them

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; a slow one carries a hash of its inputs.
Knows files and markers; what stands between them comes from `generators`.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from generators import (
    asking,
    benchmarks,
    command_line,
    demo_output,
    engine_pages,
    estimators,
    examples,
    judging,
    known_truth,
    names,
    spec_pages,
    translations,
    tree,
    values,
)

from simulator.store.schema import schema_markdown

ROOT = Path(__file__).resolve().parent.parent
PYTHON_PAGE = "docs/python.md"
PART = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[\w.-]+)(?: inputs=(?P<inputs>\w+))? -->\n)"
    r"(?P<body>.*?)(?P<end>^<!-- end(?: generated)? -->)",
    re.DOTALL | re.MULTILINE,
)


class Slow(NamedTuple):
    """A part that takes long: made only where the files it is made from have changed."""

    make: Callable[[], str]
    inputs: Sequence[str]
    comparable: Callable[[str], str]


PARTS: dict[str, Callable[[], str]] = {
    "command-line": command_line.command_reference,
    "exit-statuses": command_line.exit_table,
    "spec-keys": spec_pages.spec_reference,
    "spec-example": spec_pages.complete_example,
    "engine-options": engine_pages.engine_options,
    "engine-capabilities": engine_pages.capability_table,
    "known-truth-parameters": known_truth.respondent_parameters,
    "known-truth-faults": known_truth.planted_faults,
    "known-judge-parameters": known_truth.judge_parameters,
    "names": names.relied_on,
    "public-names": names.public_names,
    "benchmarks": benchmarks.latest_table,
    "package-tree": lambda: tree.package_tree(ROOT),
    "python-example": lambda: examples.first_example((ROOT / PYTHON_PAGE).read_text(encoding="utf-8")),
    "human-samples": values.human_samples,
    "human-terms": values.human_terms,
    "human-agreement": values.human_agreement,
    "rubric-table": judging.rubric_table,
    "judge-prompt": judging.prompt_example,
    "simulator.store.schema.schema_markdown": schema_markdown,
    **translations.PARTS,
}
SLOW = {
    "demo": Slow(demo_output.demo_output, demo_output.INPUTS, demo_output.without_time),
    "human-floor": Slow(values.floor_by_n, values.INPUTS, str),
    "human-floor-check": Slow(values.floor_beside_respondents, values.INPUTS, str),
}
FILES: dict[str, Callable[[], str]] = {
    "docs/spec.schema.json": spec_pages.json_schema_text,
    "docs/estimators.md": estimators.page,
}
"""Files that are generated whole."""
FILLED: dict[str, Callable[[str], str]] = {"docs/asking.md": asking.filled}
"""Pages whose generator finds its own places in them."""


def pages() -> Iterator[Path]:
    """Every page that may hold generated parts."""
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))


def inputs_hash(slow: Slow) -> str:
    """Twelve hexadecimal digits of the files that a slow part is made from."""
    digest = hashlib.sha256()
    for name in slow.inputs:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:12]


def rewritten(text: str, *, full: bool, check: bool) -> str:
    """`text` with its generated parts as they should be. Raises SystemExit for a name that nobody generates.

    A check that is not full leaves the body of a slow part and replaces only the hash of its inputs.
    """

    def remade(found: re.Match[str]) -> str:
        name = found["name"]
        if name in PARTS:
            return f"{found['begin']}{PARTS[name]().rstrip()}\n{found['end']}"
        if name not in SLOW:
            raise SystemExit(f"no generator is called {name!r}; there are {', '.join([*PARTS, *SLOW])}")
        slow, body = SLOW[name], found["body"]
        inputs = inputs_hash(slow)
        if full or (inputs != found["inputs"] and not check):
            made = slow.make().rstrip() + "\n"
            is_same = slow.comparable(made) == slow.comparable(body)
            body = body if check and is_same else made
        return f"<!-- generated: {name} inputs={inputs} -->\n{body}{found['end']}"

    return PART.sub(remade, text)


def wanted(*, full: bool, check: bool) -> Iterator[tuple[Path, str]]:
    """Every generated file and page with the text that it should have; the page of examples comes first."""
    for name, make in FILES.items():
        yield ROOT / name, make()
    for name, fill in FILLED.items():
        yield ROOT / name, fill((ROOT / name).read_text(encoding="utf-8"))
    if full or not check:
        page = ROOT / PYTHON_PAGE
        yield page, examples.with_outputs(page.read_text(encoding="utf-8"))
    for page in pages():
        yield page, rewritten(page.read_text(encoding="utf-8"), full=full, check=check)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 if something is stale")
    parser.add_argument("--full", action="store_true", help="also run the slow parts")
    chosen = parser.parse_args(arguments)
    stale = []
    for path, text in wanted(full=chosen.full, check=chosen.check):
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT).as_posix())
        if not chosen.check:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"{'out of date (run make docs)' if chosen.check else 'rewritten'}: {', '.join(stale)}\n")
    return int(chosen.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
