"""A run read back to be gone on with: its spec, whether the design is still the same, and what is left to do.

Knows the record and the design, no engine and no terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from simulator.store.records import TurnRows
from voxpop.record_facts import survey_and_engine
from voxpop.spec import RunSpec, make_spec

if TYPE_CHECKING:
    from simulator.fieldwork import Task
    from voxpop.planning import Design


def recorded_spec(reader: Reader) -> RunSpec:
    """The spec that a record was made with."""
    return make_spec(reader.run().spec, source=f"the spec in {reader.path}")


def check_same_design(design: Design, reader: Reader) -> None:
    """Raise RunSpecError if survey or population have changed since the run began: its answers would not fit
    together.
    """
    run = reader.run()
    if design.instrument.content_hash != run.instrument_hash:
        raise RunSpecError(
            f"survey {design.instrument.id!r} has changed since run {run.name!r} began; restore the survey file, "
            "or start a new run"
        )
    if design.n_respondents != run.n_respondents:
        raise RunSpecError(
            f"the population of run {run.name!r} is now drawn with {design.n_respondents} respondents instead of "
            f"{run.n_respondents}; restore its table or catalog, or start a new run"
        )


def open_tasks(design: Design, reader: Reader) -> list[Task]:
    """What is left to do: interviews broken off, with what is recorded of them, then those not begun."""
    # LangGraph and numpy come with these, and `voxpop status` has no use for them.
    from simulator.fieldwork import Task
    from simulator.persona_writing import needs_writing
    from voxpop.recorded_interview import as_recorded

    design = design.for_engine(survey_and_engine(reader)[1].get("capabilities", ()))
    finished = reader.finished()
    started = {row.number: (row, turns) for row, turns in reader.respondents_open()}
    tasks = []
    for number in design.conducted:
        if number in finished:  # of a panel, the first ends last
            continue
        interview = design.interview(number)
        if number in started:
            row, turns = started[number]
            ended = frozenset(seat.number for seat in interview.panel) & finished
            interview = interview if interview.panel else as_recorded(interview, row)
            tasks.append(Task(interview, turns, is_recorded=True, ended=ended))
        else:
            writing = reader.exchanges(number) if needs_writing(interview.persona) else ()
            tasks.append(Task(interview, tuple(TurnRows((call,), None) for call in writing)))
    return tasks
