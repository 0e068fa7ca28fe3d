"""Carrying out a run: launch it, stop it cleanly, go on with it. The one place where design, engine and record meet.

Knows no terminal. A run that is stopped (Ctrl-C, a lost engine, a full disk) leaves a record that `resume` completes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from simulator.budget import Budget
from simulator.collector import fewer_collections
from simulator.engines.base import Engine
from simulator.errors import RunSpecError, StoreError, VoxpopError
from simulator.fieldwork import Fieldwork, Outcome, Record, Tally, Task, check_capabilities
from simulator.store.faults import translated
from simulator.store.progress import NO_CALLS, CallCounts
from simulator.store.reader import Reader
from simulator.store.records import ConditionRow, ItemRow, RunRow
from simulator.store.writer import FLUSH_TURNS, Writer
from surveys.serialize import instrument_to_json, item_to_json
from voxpop.budgeting import make_budget
from voxpop.changes import Changes, changed_spec
from voxpop.manifest import make_manifest, use_recorded_styles, without_secrets
from voxpop.planning import Design, make_design
from voxpop.recorded import check_same_design, open_tasks
from voxpop.spec import RunSpec
from voxpop.spec_source import Override
from voxpop.workers import share_out

Result = TypeVar("Result")
Watch = Callable[[Tally], Any]


class Carried(NamedTuple):
    """How a launch or a resume ended."""

    record: Path
    outcome: Outcome
    tally: Tally


@contextmanager
def _unwatched(_tally: Tally) -> Iterator[None]:
    yield


def build_engine(spec: RunSpec) -> Engine:
    """The engine that the spec names. Raises ConfigError for an unknown engine, option or file."""
    from simulator.engines.factory import make_engine

    options = spec.engine.options()
    if spec.engine.name == "synthetic" and "humans" in options:
        from voxpop.planted_humans import with_humans

        options = with_humans(options)
    return make_engine(spec.engine.name, options, seed=spec.seed)


def launch(
    spec: RunSpec,
    record: Path,
    *,
    engine: Engine | None = None,
    replace: bool = False,
    watch: Watch = _unwatched,
    flush_turns: int = FLUSH_TURNS,
) -> Carried:
    """Draw the population, open a new record and interview everyone.

    `watch(tally)` is a context manager that shows progress; a kill loses at most `flush_turns` turns. Raises
    RunSpecError if the record exists (unless `replace`, or unless nothing ever came back from its engine), StoreBusy if
    another process is writing to it, and whatever ends the run; everything answered until then is in the record.
    """
    design = make_design(spec)

    def may_replace() -> bool:
        if replace or is_without_replies(record):
            return True
        raise RunSpecError(
            f"{record}: this run exists; go on with it (voxpop resume {spec.name}), give the new one another name "
            "(--name NAME), or start over (--replace)"
        )

    check_workers(spec, engine)
    engine = engine or build_engine(spec)
    design = design.for_engine(engine.capabilities)
    tasks = [Task(interview) for interview in design.interviews()]
    try:
        check_capabilities(tasks, {"default": engine})
        with translated(record):
            record.parent.mkdir(parents=True, exist_ok=True)
        rows = run_row(design, engine), condition_rows(design), item_rows(design)
        writer = Writer.create(record, *rows, may_replace=may_replace, flush_turns=flush_turns)
    except BaseException:
        run_async(engine.close())
        raise
    return _carry_out(record, writer, engine, tasks, spec, watch)


def check_workers(spec: RunSpec, engine: Engine | None) -> None:
    """Raise RunSpecError for an engine object that several processes would have to share."""
    if engine is not None and spec.fieldwork.workers > 1:
        raise RunSpecError(
            f"fieldwork.workers = {spec.fieldwork.workers}: each process makes its own engine from the spec, and this "
            f"run was given an engine object ({engine.name!r}); name the engine in the spec, or take one worker"
        )


def is_without_replies(record: Path) -> bool:
    """Whether the record of a run holds not one reply: a wrong key or model ended it, and nothing is lost with it."""
    try:
        with Reader(record) as reader:
            return all(row.completion is None for row in reader.exchanges())
    except StoreError:
        return False


def resume(
    record: Path,
    *,
    engine: Engine | None = None,
    watch: Watch = _unwatched,
    flush_turns: int = FLUSH_TURNS,
    overrides: Sequence[Override] = (),
) -> Carried:
    """Go on with a run where its record ends; the answers are those of an uninterrupted run.

    `overrides` may set what cannot change an answer (`voxpop.changes`); RunSpecError for anything else.
    """
    writer = Writer.open(record, flush_turns=flush_turns)
    try:
        with Reader(record) as reader:
            spec, changes = changed_spec(reader, overrides)
            check_workers(spec, engine)
            design = make_design(spec)
            check_same_design(design, reader)
            spent = reader.calls()
            use_recorded_styles(reader.run().manifest)
            tasks = open_tasks(design, reader)
        if not tasks:
            writer.close("complete")
            return Carried(record, Outcome(0, 0, None), Tally())
        engine = engine or build_engine(spec)
        if changes:
            writer.note_changes(without_secrets(changes))
    except BaseException:
        writer.close("failed")
        raise
    return _carry_out(record, writer, engine, tasks, spec, watch, spent, changes)


def _carry_out(
    record: Path,
    writer: Writer,
    engine: Engine,
    tasks: list[Task],
    spec: RunSpec,
    watch: Watch,
    spent: CallCounts = NO_CALLS,
    changes: Changes | None = None,
) -> Carried:
    """Fieldwork between an open record and its closing, whatever happens in between; `spent` are earlier calls."""
    tally = Tally()

    async def work() -> Outcome:
        if min(spec.fieldwork.workers, len(tasks)) > 1:
            await engine.close()  # each worker makes its own
            return await share_out(spec, changes or {}, writer, tasks, tally, spent)
        return await conduct_all(spec, engine, writer, tasks, make_budget(spec, spent), tally=tally)

    closing, detail = "failed", None
    try:
        with watch(tally):
            outcome = run_async(work())
        closing, detail = _ending(outcome)
    except (KeyboardInterrupt, asyncio.CancelledError):
        closing = "interrupted"
        raise
    except VoxpopError as error:
        detail = str(error)
        raise
    finally:
        writer.close(closing, detail)
    return Carried(record, outcome, tally)


async def conduct_all(
    spec: RunSpec,
    engine: Engine,
    record: Record,
    tasks: Sequence[Task],
    budget: Budget,
    *,
    n_processes: int = 1,
    tally: Tally | None = None,
) -> Outcome:
    """Fieldwork over `tasks` in this process, one of so many, as the spec says; closes the engine."""
    fieldwork = Fieldwork(
        {"default": engine},
        record,
        concurrency=-(-spec.fieldwork.concurrency // n_processes),
        passes=spec.fieldwork.passes,
        tally=tally,
        budget=budget,
    )
    try:
        with fewer_collections():
            return await fieldwork.run(tasks)
    finally:
        await engine.close()


def _ending(outcome: Outcome) -> tuple[str, str | None]:
    """How a session ended that no error ended: one word, and why in words."""
    if outcome.is_complete:
        return "complete", None
    if outcome.stopped_by is not None:
        return "budget", outcome.stopped_by
    return "incomplete", str(outcome.last_failure)


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, also from a notebook, whose event loop is taken: then in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    results: list[Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(asyncio.run(work))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def run_row(design: Design, engine: Engine) -> RunRow:
    """The run as recorded: spec without secrets, manifest, and the instrument whole."""
    return RunRow(
        name=design.spec.name,
        seed=design.spec.seed,
        spec=without_secrets(design.spec.as_json()),
        manifest=make_manifest(design, engine),
        instrument=instrument_to_json(design.instrument),
        instrument_hash=design.instrument.content_hash,
        n_respondents=design.n_respondents,
    )


def condition_rows(design: Design) -> list[ConditionRow]:
    """The arms as recorded."""
    return [ConditionRow(index, condition.as_json()) for index, condition in enumerate(design.conditions)]


def item_rows(design: Design) -> list[ItemRow]:
    """The items as asked."""
    rows = []
    for position, item in enumerate(design.instrument.items):
        content = item_to_json(item)
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        rows.append(ItemRow(position, item.id, content, digest))
    return rows
