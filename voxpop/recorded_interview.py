"""Interviews read back as they were recorded, for showing them and for judging what was said in them.

Knows the record, no design, engine or terminal; imports none of them, so that `voxpop show` is quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from personas.persona import Persona
from simulator.conditions import Condition
from simulator.decoding import Decoding, decoding_from_json
from simulator.interview import Interview, Seat
from simulator.store.reader import Reader
from simulator.store.records import ITEM_FORM, RespondentRow, TurnRows
from surveys.instrument import Instrument
from surveys.variants import in_form
from voxpop.manifest import use_recorded_styles
from voxpop.record_facts import recorded_condition, recorded_instrument


def recorded_persona(row: RespondentRow) -> Persona:
    """The persona as described to this respondent."""
    attributes = {name: value for name, value in row.attributes.items() if name != ITEM_FORM}
    return Persona(row.persona_id, row.strategy, row.persona_texts, attributes, row.weight)


def recorded_form(row: RespondentRow) -> str:
    """The form in which sex-specific items were put to this respondent; "" where the survey has none."""
    return str(row.attributes.get(ITEM_FORM, ""))


def recorded_decoding(row: RespondentRow) -> Decoding | None:
    """The decoding settings drawn for this respondent; None where none were."""
    return None if row.settings is None else decoding_from_json(row.settings)


def as_recorded(interview: Interview, row: RespondentRow) -> Interview:
    """A planned interview with what its record holds: a written persona, or what an engine could do, is nowhere else.

    Every draw has a name, so the rest is the same anyway.
    """
    decoding = recorded_decoding(row)
    condition = interview.condition.with_decoding(decoding)
    return replace(interview, persona=recorded_persona(row), condition=condition, decoding=decoding)


class RecordedInterviews:
    """The interviews of one record; what they share (survey, arms, prompt styles) is read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seed = reader.run().seed
        use_recorded_styles(reader.run().manifest)
        self.instrument = recorded_instrument(reader)
        self._conditions: dict[int, Condition] = {}
        self._worded: dict[str, Instrument] = {}

    def of(self, row: RespondentRow, turns: Sequence[TurnRows]) -> Interview:
        """An interview as recorded: the order is that of the questions actually put.

        Whoever sits on a panel was interviewed with its first respondent, whose number the interview has.
        """
        decoding, persona = recorded_decoding(row), recorded_persona(row)
        n_seats = int(row.attributes.get("panel_size", 0))
        return Interview(
            number=row.number if n_seats == 0 else self._reader.respondent_number(row.attributes["panel"]),
            persona=persona,
            condition_id=row.condition,
            condition=self.condition(row.condition).with_decoding(decoding),
            instrument=self.instrument_in(recorded_form(row)),
            order=order_asked(turns),
            memory_length=row.memory_length,
            run_seed=self._seed,
            decoding=decoding,
            panel=(Seat(row.number, persona),) * n_seats,  # a prompt says how many there are, not who
            item_form=recorded_form(row),
        )

    def instrument_in(self, form: str) -> Instrument:
        """The survey as worded for one form."""
        if form not in self._worded:
            self._worded[form] = in_form(self.instrument, form) if form else self.instrument
        return self._worded[form]

    def condition(self, number: int) -> Condition:
        """The arm of this number. Raises StoreCorrupt where the record has none."""
        if number not in self._conditions:
            self._conditions[number] = recorded_condition(self._reader, number)
        return self._conditions[number]


def order_asked(turns: Sequence[TurnRows]) -> tuple[int, ...]:
    """Positions of the items that have an answer or were listed: as they were put, in a battery by their numbers.

    What no list held, because a skip rule hid it, comes last there: its number is not recorded.
    """
    numbers = {one.item: one.number for turn in turns for row in turn.exchanges for one in row.listed}
    answered = [answer.item for turn in turns for answer in turn.answers]
    if not numbers:
        return tuple(answered)
    return (*sorted(numbers, key=numbers.__getitem__), *(item for item in answered if item not in numbers))


def recorded_interview(reader: Reader, row: RespondentRow, turns: Sequence[TurnRows]) -> Interview:
    """One interview as recorded, for showing it."""
    return RecordedInterviews(reader).of(row, turns)
