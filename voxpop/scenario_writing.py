"""Carrying out `voxpop scenarios write`: the survey, the engine, the log and the file that comes of them."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from simulator.engines.base import Engine
from simulator.errors import RunSpecError
from simulator.scenarios.calls import CallLog
from simulator.scenarios.making import Writing, WrittenItem, make_scenarios
from simulator.scenarios.wording import load_wording
from surveys.catalog import find_instrument
from surveys.instrument import Instrument
from surveys.scenarios import ScenarioSet, scenarios_to_toml
from surveys.suggest import did_you_mean
from voxpop.running import build_engine, run_async
from voxpop.scenario_progress import WritingTally, shown
from voxpop.scenario_words import check_target, write_new
from voxpop.spec import RunSpec
from voxpop.terminal import plain_text, print_json, stdout

WRITES_NOTHING = ("synthetic", "synthetic_judge", "replay")


class Order(NamedTuple):
    """What is to be written, from which items, and where it goes."""

    survey: str
    items: tuple[str, ...]
    out: Path
    log: Path
    wording: str
    n: int
    concurrency: int


@dataclass(frozen=True)
class Written:
    """What came of an order; `is_complete` where no call is left to be made. `file` None: nothing was kept."""

    items: tuple[WrittenItem, ...]
    n_calls: int
    n_earlier_calls: int
    file: Path | None

    @property
    def is_complete(self) -> bool:
        """Whether every item was written and every scenario checked."""
        return all(item.failure is None for item in self.items)


def carry_out(
    order: Order, spec: RunSpec, *, force: bool = False, quiet: bool = True, engine: Engine | None = None
) -> Written:
    """Write and check the scenarios; `engine` in place of the one that `spec` names.

    Of `spec` only engine, seed and decoding settings are heeded, and nothing else may be set. Raises ConfigError for
    what cannot be used, before any call, and an EngineError that ends everything; whatever came back until then is in
    the log.
    """
    check_target(order.out, force=force)
    instrument = find_instrument(order.survey)
    _check_items(order, instrument)
    _check_spec(spec)
    wording = load_wording(order.wording)
    name = spec.engine.name if engine is None else engine.name
    if name in WRITES_NOTHING:
        raise RunSpecError(
            f"engine {name!r} writes nothing of its own; choose one behind which a model answers "
            "(--engine openai_compatible), or scripted"
        )
    engine = engine or build_engine(spec)
    writing = Writing(
        instrument=instrument,
        items=order.items,
        wording=wording,
        n=order.n,
        seed=spec.seed,
        source=f"written by {engine.model} and checked by itself; wording {wording.name}",
        settings=spec.settings.fixed(),
        concurrency=order.concurrency,
    )
    tally = WritingTally(len(order.items))
    with shown(tally, quiet=quiet):
        return run_async(_carried(order, writing, engine, tally))


async def _carried(order: Order, writing: Writing, engine: Engine, tally: WritingTally) -> Written:
    try:
        with CallLog(order.log) as log:
            items = await make_scenarios(writing, engine, log, tally.add)
            n_calls, n_earlier = len(log.calls) - log.n_earlier, log.n_earlier
    finally:
        await engine.close()
    kept = tuple(scenario for item in items for scenario in item.scenarios)
    if kept:
        made = ScenarioSet(
            id=order.out.stem,
            title=f"Written scenarios for {writing.instrument.id}",
            survey=_as_seen_from(order.survey, order.out),
            scenarios=kept,
            source=writing.source,
        )
        write_new(order.out, scenarios_to_toml(made), force=True)
    return Written(items, n_calls, n_earlier, order.out if kept else None)


def _as_seen_from(survey: str, out: Path) -> str:
    """A built-in survey's name; of a file, its path from where the scenarios are written."""
    if not survey.endswith(".toml"):
        return survey
    return os.path.relpath(Path(survey).resolve(), out.parent.resolve())


def _check_spec(spec: RunSpec) -> None:
    """Raise RunSpecError for what the writing would pass over in silence."""
    idle = sorted(spec.model_fields_set - {"engine", "settings", "seed"})
    idle += sorted(f"settings.{key}" for key in spec.settings.model_fields_set - {"temperature", "top_p", "max_tokens"})
    if idle:
        raise RunSpecError(
            f"--set {idle[0]}: says nothing to the writing of scenarios; it heeds engine options, and "
            "settings.temperature, settings.top_p and settings.max_tokens"
        )
    if spec.settings.ranges() is not None:
        raise RunSpecError(
            "--set settings: a range is drawn from for respondents, of whom there are none; give a value"
        )


def _check_items(order: Order, instrument: Instrument) -> None:
    for item in order.items:
        if item not in instrument.index:
            near = did_you_mean(item, instrument.index, f"items of {instrument.id}")
            raise RunSpecError(f"--items: survey {instrument.id!r} has no item {item!r}; {near}")
    if not order.items:
        raise RunSpecError("--items names none; name the items to write scenarios for")


def written_facts(written: Written, order: Order) -> dict[str, Any]:
    """What came of it, as JSON-able data."""
    items = [
        {**asdict(item), "n_kept": len(item.scenarios), "scenarios": [one.id for one in item.scenarios]}
        for item in written.items
    ]
    return {
        "file": None if written.file is None else str(written.file),
        "log": str(order.log),
        "is_complete": written.is_complete,
        "n_calls": written.n_calls,
        "n_earlier_calls": written.n_earlier_calls,
        "items": items,
    }


def print_written(written: Written, order: Order, *, as_json: bool) -> None:
    """What was written, kept and dropped, item by item."""
    if as_json:
        print_json(written_facts(written, order))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("item", "begun", "kept", "dropped", "failed checks", "failure"):
        table.add_column(heading)
    for item in written.items:
        dropped, failed = _counts(item.dropped), _counts(item.failed_checks)
        told = (item.item, item.n_begun, len(item.scenarios), dropped, failed, item.failure or "")
        table.add_row(*(plain_text(str(fact)) for fact in told))
    console = stdout()
    console.print(table)
    console.print(plain_text(f"{written.n_calls} calls; every prompt and reply is in {order.log}", "dim"))
    if written.file is None:
        console.print(plain_text(f"Nothing was kept, and {order.out} was not written."))
    else:
        console.print(plain_text(f"Read {written.file} yourself before you use it: a critic is no reader."))
    if not written.is_complete:
        console.print(plain_text("Calls failed; the same command with --force asks only for what is missing."))


def _counts(counts: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
