"""One interview read back as it was recorded, for showing it.

Knows the record, no design, engine or terminal; imports none of them, so that `voxpop show` is quick.
"""

from __future__ import annotations

from collections.abc import Sequence

from personas.persona import Persona
from simulator.interview import Interview
from simulator.store.reader import Reader
from simulator.store.records import RespondentRow, TurnRows
from voxpop.manifest import use_recorded_styles
from voxpop.record_facts import recorded_condition, recorded_instrument


def recorded_interview(reader: Reader, row: RespondentRow, turns: Sequence[TurnRows]) -> Interview:
    """An interview as recorded, for showing it: the order is that of the questions actually put."""
    run = reader.run()
    use_recorded_styles(run.manifest)
    return Interview(
        number=row.number,
        persona=Persona(row.persona_id, row.strategy, row.persona_texts, row.attributes, row.weight),
        condition_id=row.condition,
        condition=recorded_condition(reader, row.condition),
        instrument=recorded_instrument(reader),
        order=tuple(turn.answer.item for turn in turns if turn.answer is not None),
        memory_length=row.memory_length,
        run_seed=run.seed,
    )
