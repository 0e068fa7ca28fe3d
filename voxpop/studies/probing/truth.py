"""What known-truth respondents would answer, exactly, in every presentation of a record: the planted truth.

Worked out from the options of the engine and the facts of each question, never from replies. Nothing where a model
answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis.place_effects import PlacedRow
from analysis.presented import OptionVariant, PresentedRow
from personas.persona import without_place
from simulator.conditions import Condition, condition_from_json
from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked
from simulator.store.reader import Reader
from simulator.store.records import RespondentRow, respondent_name
from surveys.instrument import Item, ResponseFormat
from voxpop.planted_values import asked_items, recorded_truth
from voxpop.record_facts import recorded_instrument

CLOSED = (ResponseFormat.SINGLE.value, ResponseFormat.SCALE.value)


class Given(NamedTuple):
    """An answer with everything that was offered: item, and code → probability."""

    item: str
    shares: Mapping[int, float]


class TrueAnswers(NamedTuple):
    """The truth of one record, as the probes' rows have it: by presentation, by place, and with missing categories."""

    presented: list[PresentedRow]
    placed: list[PlacedRow]
    given: list[Given]


def true_answers(record: Path, *, unbiased: bool = False) -> TrueAnswers | None:
    """The planted distributions behind a record; `unbiased` as they would be without preferences for places and labels.

    None where another engine answered. Raises RunSpecError where the record does not hold its truth.
    """
    with Reader(record) as reader:
        truth = recorded_truth(reader)
        if truth is None:
            return None
        run, instrument = reader.run(), recorded_instrument(reader)
        arms = {row.id: condition_from_json(row.settings) for row in reader.conditions()}
        people = list(reader.respondents())
    engine = SyntheticEngine(_without_biases(truth) if unbiased else truth, run.seed)
    found = TrueAnswers([], [], [])
    topics = {topic.id: topic.attributes for topic in instrument.topics}
    for person in people:
        arm = arms[person.condition]
        for asked in asked_items(instrument, arm):
            if asked.format in CLOSED:
                told = replace(asked, topic_attributes=topics.get(asked.topic or "", {}))
                _add(found, engine, _to_whom(told, person, arm, run.seed), arm, instrument.item(asked.item_id))
    return found


def _without_biases(truth: KnownTruth) -> KnownTruth:
    return replace(truth, first_option=0.0, last_option=0.0, label_preference={})


def _to_whom(asked: Asked, person: RespondentRow, arm: Condition, run_seed: int) -> Asked:
    return replace(
        asked,
        run_seed=run_seed,
        respondent_id=respondent_name(person.number),
        persona_id=person.persona_id,
        attributes=person.attributes if arm.tells_place else without_place(person.attributes),
    )


def _add(found: TrueAnswers, engine: SyntheticEngine, asked: Asked, arm: Condition, item: Item) -> None:
    answered = engine.true_distribution(asked).answered
    given = {option.code: share for option, share in zip(asked.options, answered, strict=True)}
    shown = [option for option in asked.options if option.missing is None]
    codes = [option.code for option in item.substantive_options]
    total = sum(given[code] for code in codes)
    shares = np.array([given[code] / total for code in codes])
    variant = OptionVariant(arm.option_order, arm.labels)
    found.presented.append(PresentedRow(asked.item_id, arm.style, variant, shares))
    order = [codes.index(option.code) for option in shown]
    found.placed.append(PlacedRow(asked.item_id, shares, order, [option.label for option in shown]))
    found.given.append(Given(asked.item_id, given))
