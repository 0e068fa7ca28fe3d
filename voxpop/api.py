"""The Python interface: what the command line does, as functions and one small class.

import voxpop as vp
run = vp.simulate(survey="portrait-values", population=vp.Population.city("US", n=200), engine="synthetic", seed=7)
run.answers()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from personas.population import Population
from personas.reading import population_to_mapping
from simulator.engines.base import Engine
from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from voxpop.folders import find_record, record_path
from voxpop.progress import shown
from voxpop.spec import RunSpec, make_spec

if TYPE_CHECKING:
    import pandas as pd

    from voxpop.comparing import Comparison
    from voxpop.transcript import Transcript


class Run:
    """A recorded run. Cheap to make; every method reads the record when called."""

    def __init__(self, record: Path) -> None:
        self.record = record

    def __repr__(self) -> str:
        return f"Run({str(self.record)!r})"

    def answers(self, *, attributes: bool = False) -> pd.DataFrame:
        """A tidy frame, one row per answer; with `attributes`, the personas' facts as `attr_` columns."""
        from analysis.responses import answers_frame

        with Reader(self.record) as reader:
            return answers_frame(reader, attributes=attributes)

    def transcript(self, respondent: str) -> Transcript:
        """The interview of one respondent ("r0042"). Raises RunSpecError where there is none of this name."""
        from voxpop.transcript import make_transcript

        with Reader(self.record) as reader:
            return make_transcript(reader, respondent)

    def status(self) -> dict[str, Any]:
        """How far the run is."""
        from voxpop.status import run_status

        return run_status(self.record)

    def export(self, path: str | Path, file_format: str | None = None, *, force: bool = False) -> int:
        """Write the answers to a file (csv, csv-wide, parquet, jsonl, sav); returns the number of rows."""
        from voxpop.export import export

        with Reader(self.record) as reader:
            return export(reader, Path(path), file_format, force=force)


def simulate(
    *,
    survey: str = "portrait-values",
    population: Population | Sequence[Population] | None = None,
    engine: str | Engine = "synthetic",
    seed: int = 0,
    name: str = "run",
    record: str | Path | None = None,
    replace: bool = False,
    progress: bool = False,
    engine_options: Mapping[str, Any] | None = None,
    **sections: Mapping[str, Any],
) -> Run:
    """Interview one population, or several, and return the recorded run.

    survey: a built-in name or a path. engine: a name with `engine_options`, or an engine object. Further keyword
    arguments are sections of the spec, for example `asking={"option_order": "random"}` or `memory={"kind": "none"}`.
    The record goes to `record`, else to runs/<name>/record.sqlite. Raises ConfigError for what cannot be run,
    EngineError or StoreError for what ended it (what was answered by then is recorded, and `resume` goes on).
    """
    from voxpop.running import launch

    data: dict[str, Any] = {"name": name, "seed": seed, **{key: dict(value) for key, value in sections.items()}}
    data["survey"] = {**data.get("survey", {}), "instrument": survey}
    if population is not None:
        populations = [population] if isinstance(population, Population) else list(population)
        data["population"] = [population_section(one) for one in populations]
    data["engine"] = {"name": engine if isinstance(engine, str) else engine.name, **(engine_options or {})}
    spec = make_spec(data, source="simulate()")
    path = Path(record) if record is not None else record_path(name)
    given = None if isinstance(engine, str) else engine
    launch(spec, path, engine=given, replace=replace, watch=lambda tally: shown(tally, name, quiet=not progress))
    return Run(path)


def population_section(population: Population) -> dict[str, Any]:
    """A population as a section of a spec, so that the record can draw it again."""
    mapping = population_to_mapping(population)
    drawing = "quota" if mapping.pop("quotas") else mapping["drawing"]
    options = mapping.pop("options")
    mapping.pop("languages")  # the spec's asking.language and arms say which languages are needed
    return {"strategies": [mapping.pop("strategy")], **mapping, "drawing": drawing, **options}


def run(spec: str | Path | Mapping[str, Any] | RunSpec, *, engine: Engine | None = None, replace: bool = False) -> Run:
    """Carry out a spec: a path, a mapping, or a RunSpec."""
    from voxpop.running import launch
    from voxpop.spec import read_spec

    if isinstance(spec, Mapping):
        spec = make_spec(spec)
    elif not isinstance(spec, RunSpec):
        spec = read_spec(Path(spec))
    path = record_path(spec.name)
    launch(spec, path, engine=engine, replace=replace)
    return Run(path)


def resume(
    run: Run | str | Path,
    *,
    engine: Engine | None = None,
    engine_options: Mapping[str, Any] | None = None,
    **sections: Mapping[str, Any],
) -> Run:
    """Go on with a run that was stopped; returns it complete, or as far as it got.

    What cannot change an answer may be set anew: `budget={"calls": 1000}`, `fieldwork={"concurrency": 8}`, and how the
    engine is reached, `engine_options={"base_url": "..."}`. Raises RunSpecError for anything else.
    """
    from voxpop import running

    path = _record_of(run)
    given = {**sections, "engine": engine_options or {}}
    overrides = [(f"{name}.{key}", value) for name, section in given.items() for key, value in section.items()]
    running.resume(path, engine=engine, overrides=overrides)
    return Run(path)


def open_run(run: str | Path) -> Run:
    """A run recorded earlier, by name, folder or file."""
    return Run(find_record(str(run)))


def compare(
    runs: Run | str | Path | Sequence[Run | str | Path],
    *,
    by: str = "population",
    resamples: int = 999,
    seed: int = 0,
) -> Comparison:
    """Arms side by side, of one run or several. Raises RunSpecError for an unknown axis or runs that do not fit
    together.
    """
    from voxpop.comparing import compare_runs

    several: Sequence[Run | str | Path] = [runs] if isinstance(runs, (Run, str, Path)) else runs
    if not several:
        raise RunSpecError("compare: give at least one run")
    return compare_runs([_record_of(one) for one in several], by=by, resamples=resamples, seed=seed)


def _record_of(run: Run | str | Path) -> Path:
    return run.record if isinstance(run, Run) else find_record(str(run))
