"""The facts that head every study's report, out of the records it rests on. Nothing in them reads a clock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.report import Fact
from simulator.store.reader import Reader
from voxpop.record_facts import recorded_instrument, survey_and_engine
from voxpop.studies.study import StudyOptions


def study_facts(
    options: StudyOptions, records: Sequence[Path], conventions: str, over: str = "respondents"
) -> tuple[Fact, ...]:
    """Survey, engine, model, n, answers by status, calls, seed, resamples and what intervals are over, conventions,
    records, versions.
    """
    surveys: dict[str, None] = {}
    engines: dict[str, None] = {}
    models: dict[str, None] = {}
    answers: dict[str, int] = {}
    n_people = n_calls = 0
    versions: dict[str, str] = {}
    for record in records:
        with Reader(record) as reader:
            instrument = recorded_instrument(reader)
            surveys[f"{instrument.id} ({len(instrument.items)} items)"] = None
            _, engine = survey_and_engine(reader)
            engines[str(engine["name"])] = models[str(engine["model"])] = None
            counts = reader.progress()
            n_people += counts.n_respondents
            for status, count in counts.by_status.items():
                answers[status] = answers.get(status, 0) + count
            n_calls += reader.calls().n_calls
            versions = dict(reader.run().manifest.get("versions", {}))
    return (
        Fact("survey", ", ".join(surveys)),
        Fact("engine", ", ".join(engines)),
        Fact("model", ", ".join(models) or "–"),
        Fact("respondents", f"{n_people:,}"),
        Fact("answers", ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in answers.items())),
        Fact("calls", f"{n_calls:,}"),
        Fact("seed", str(options.seed)),
        Fact("intervals", f"95 %, over {over}; {options.resamples:,} resamples"),
        Fact("conventions", conventions),
        Fact("records", ", ".join(str(record.relative_to(options.folder)) for record in records)),
        Fact("versions", ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))),
    )
