"""What may be done otherwise when a run goes on: only what cannot change an answer.

A change holds until it is changed again; each session of the record says what it did otherwise than the spec. Knows
spec and record, no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.engines.factory import changeable_options
from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from voxpop.recorded import recorded_spec
from voxpop.spec import BudgetSection, FieldworkSection, RunSpec, make_spec
from voxpop.spec_source import Override, one_change

Changes = dict[str, Any]
"""Dotted key → value, as `{"budget.calls": 1000}`."""


def changeable_keys(engine: str) -> list[str]:
    """Every key that `resume` may set for a run with this engine."""
    keys = [f"budget.{name}" for name in BudgetSection.model_fields]
    keys += [f"fieldwork.{name}" for name in FieldworkSection.model_fields]
    return keys + [f"engine.{name}" for name in changeable_options(engine)]


def changed_spec(reader: Reader, overrides: Sequence[Override] = ()) -> tuple[RunSpec, Changes]:
    """The spec that a resumed run goes on with, and all that it does otherwise than the spec it began with.

    Earlier sessions' changes hold unless `overrides` say otherwise. Raises RunSpecError for a key that could change an
    answer, naming those that may be set.
    """
    recorded = reader.run().spec
    source = f"the spec in {reader.path}"
    engine = recorded_spec(reader).engine.name
    wanted = dict(one_change(override) for override in overrides)
    allowed = changeable_keys(engine)
    for key in wanted:
        if key not in allowed:
            raise RunSpecError(
                f"--set {key}: a run that goes on can change only what cannot change an answer, so that its answers "
                f"belong together; that is {', '.join(allowed)}; for anything else start a new run"
            )
    earlier = [one.changes for one in reader.sessions() if one.changes and one.kind != "judge"]
    changes = {**(earlier[-1] if earlier else {}), **wanted}
    return make_spec(recorded, source=source, overrides=list(changes.items())), changes
