"""The runs of a study: begun where there is none, gone on with where one was stopped, never asked twice.

Records lie in the study's folder as `runs/NAME/record.sqlite`; every verb takes that path. Knows no report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.errors import RunSpecError, StudyIncomplete
from simulator.store.reader import Reader
from voxpop import running
from voxpop.changes import changeable_keys
from voxpop.folders import RECORD
from voxpop.manifest import without_secrets
from voxpop.progress import shown
from voxpop.spec import RunSpec, make_spec
from voxpop.spec_source import Override, one_change
from voxpop.studies.study import StudyOptions


def study_record(folder: Path, name: str) -> Path:
    """Where the record of a study's run lies."""
    return folder / "runs" / name / RECORD


def carried_out(options: StudyOptions, name: str, data: Mapping[str, Any]) -> Path:
    """The complete record of the run that `data` (a spec) describes, with the study's options applied.

    Raises RunSpecError where the record was made with a spec that asks otherwise, StudyIncomplete where interviews are
    open in the end, and whatever ended the run.
    """
    given = _given(options)
    spec = make_spec({**data, "name": name}, source=f"run {name!r} of the study", overrides=given)
    record = study_record(options.folder, name)

    def watch(tally: Any) -> Any:
        return shown(tally, name, quiet=options.is_quiet)

    if record.is_file() and not running.is_without_replies(record):
        carried = running.resume(record, watch=watch, overrides=_changes(spec, record, given))
    else:
        carried = running.launch(spec, record, watch=watch)
    if not carried.outcome.is_complete:
        outcome = carried.outcome
        why = f"stopped by its budget ({outcome.stopped_by})" if outcome.stopped_by else str(outcome.last_failure)
        raise StudyIncomplete(
            f"{outcome.n_open:,} interviews of {record.parent} are open: {why}; all that was answered is recorded, and "
            "the same command goes on"
        )
    return record


def _given(options: StudyOptions) -> list[Override]:
    """What the user said of the runs, as overrides of their specs; --n and --seed always hold."""
    named = {"engine.name": options.engine, "engine.model": options.model, "engine.base_url": options.base_url}
    chosen: list[Override] = [*options.overrides, ("population.n", options.n), ("seed", options.seed)]
    return chosen + [(key, value) for key, value in named.items() if value is not None]


def _changes(spec: RunSpec, record: Path, given: list[Override]) -> list[Override]:
    """What a run that goes on does otherwise. Raises RunSpecError where that would change its answers."""
    with Reader(record) as reader:
        recorded = dict(_leaves(reader.run().spec))
    wanted = dict(_leaves(without_secrets(spec.as_json())))
    allowed = set(changeable_keys(spec.engine.name))
    for key in sorted(recorded.keys() | wanted.keys()):
        if key not in allowed and recorded.get(key) != wanted.get(key):
            raise RunSpecError(
                f"{record.parent} was asked with {key} = {recorded.get(key)!r}, and now it is {wanted.get(key)!r}; "
                "give the same options, or another folder (--out DIR)"
            )
    changes = [(key, value) for key, value in map(one_change, given) if key in allowed]
    return [(key, value) for key, value in changes if recorded.get(key) != value]


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of everything in a spec that is no table."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list) and any(isinstance(one, Mapping) for one in data):
        for number, one in enumerate(data):
            yield from _leaves(one, path if len(data) == 1 else f"{path}.{number}")
    else:
        yield path, data
