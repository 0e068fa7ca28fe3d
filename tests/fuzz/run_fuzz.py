"""Runs one fuzz target, or all: inputs grown by coverage with atheris, from seeds of our own test data.

`python tests/fuzz/run_fuzz.py [TARGET ...] [-runs=N] [other options of libFuzzer]`; `make fuzz` runs every target. A
target is a module `fuzz_NAME` with `check(data)`, which raises for whatever must not be, `SEEDS` and `WORDS`. An input
that fails is kept as `found/NAME/*`, replayed from then on by `test_fuzz_targets.py`. Knows no target.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGETS = ("parsing", "importers", "references", "spec", "survey", "record")
OURS = ["simulator", "surveys", "personas", "voxpop", "analysis", "tomllib", "csv", "json"]
RUNS = {"parsing": 5_000, "record": 2_000}
"""Inputs for each target where no number is given, so that all of them end within some minutes."""
MORE_RUNS = 20_000
LIMITS = ("-max_len=4096", "-timeout=20", "-rss_limit_mb=4096")


def found(target: str) -> list[Path]:
    """Inputs that once failed."""
    return sorted((HERE / "found" / target).glob("*"))


def fuzz(target: str, options: list[str]) -> None:
    """Run one target in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=OURS):
        module = importlib.import_module(f"fuzz_{target}")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate([*module.SEEDS, *(path.read_bytes() for path in found(target))]):
            (corpus / str(number)).write_bytes(seed)
        words = Path(folder) / "words"
        lines = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in module.WORDS if word)
        words.write_text("".join(f'"{line}"\n' for line in lines), encoding="ascii")
        crashes = HERE / "found" / target
        crashes.mkdir(parents=True, exist_ok=True)
        given = [f"-dict={words}", f"-artifact_prefix={crashes}/", *LIMITS, *options, str(corpus)]
        atheris.Setup([sys.argv[0], *given], module.check)
        atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """Every target named, each in a process of its own; 0 where none failed."""
    options = [one for one in arguments if one.startswith("-")]
    targets = [one for one in arguments if not one.startswith("-")] or list(TARGETS)
    if unknown := [one for one in targets if one not in TARGETS]:
        print(f"fuzz: there is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    if importlib.util.find_spec("atheris") is None:
        print(
            f"fuzz: SKIPPED, nothing was fuzzed: atheris is not installed for Python {sys.version.split()[0]}."
            " Where it has a wheel: pip install 'voxpop[fuzz]'",
            file=sys.stderr,
        )
        return 0
    if len(targets) == 1:
        if not any(one.startswith(("-runs=", "-max_total_time=")) for one in options):
            options.append(f"-runs={RUNS.get(targets[0], MORE_RUNS)}")
        sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "surveys"), str(HERE.parents[1])]
        fuzz(targets[0], options)
        return 0
    failed = []
    for target in targets:
        print(f"fuzz: {target}", flush=True)
        if subprocess.run([sys.executable, __file__, target, *options], check=False).returncode:
            failed.append(target)
    print(f"fuzz: {'failed: ' + ', '.join(failed) if failed else 'nothing failed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
