"""The value structure planted in a run of known-truth respondents, out of its record.

Brings together what the record holds: the truth (options of the engine), the items as an arm shows them, and who was
drawn. What follows from these is worked out by `simulator.engines.synthetic_structure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from personas.persona import without_place
from simulator.conditions import Condition
from simulator.engines.synthetic_truth import KnownTruth, known_truth_from_options
from simulator.errors import RunSpecError
from simulator.messages import Asked
from simulator.option_orders import is_drawn
from simulator.presentation import shown_options
from simulator.store.reader import Reader
from surveys.instrument import Instrument
from surveys.scenario_instrument import rated_action
from voxpop.record_facts import recorded_condition, recorded_instrument, survey_and_engine

if TYPE_CHECKING:
    from simulator.engines.synthetic_structure import PlantedStructure


def planted_values(reader: Reader, condition: int) -> PlantedStructure | None:
    """What means and correlations of centered value scores tend to in this arm; None where no known truth answered.

    For the personas of the arm, in the order of their respondents' numbers, each with the same chance to be in a sample
    as they are. RunSpecError says why nothing follows from a known truth: items on something else than one value each,
    answers that depend on remembered ones, a bias for what an order or labels drawn per respondent happen to show.
    """
    from simulator.engines.synthetic_structure import planted_structure  # numpy, and only numbers need it

    truth = recorded_truth(reader)
    if truth is None:
        return None
    arm = recorded_condition(reader, condition)
    _check(truth, arm)
    people = list(reader.respondents(condition=condition))
    told = [person.attributes if arm.tells_place else without_place(person.attributes) for person in people]
    items = asked_items(recorded_instrument(reader), arm)
    try:
        return planted_structure(truth, items, told, arm.strategy, arm.settings)
    except ValueError as error:
        raise RunSpecError(f"no planted value structure: {error}") from error


def recorded_truth(reader: Reader) -> KnownTruth | None:
    """The truth behind the answers of a record; None where another engine answered.

    RunSpecError where the record does not hold it: an engine object that was made by hand brought its own.
    """
    _, engine = survey_and_engine(reader)
    if engine["name"] != "synthetic":
        return None
    options = {name: value for name, value in reader.run().spec.get("engine", {}).items() if name != "name"}
    if isinstance(options.get("humans"), str):
        raise RunSpecError("no planted value structure: answers planted from people follow no latent values")
    truth = known_truth_from_options(options)
    if engine["model"] != f"known-truth-{truth.fingerprint}":
        raise RunSpecError(
            f"{reader.path}: answered by {engine['model']}, but the options recorded are those of "
            f"known-truth-{truth.fingerprint}; give the engine by name and options, so that the record holds its truth"
        )
    return truth


def asked_items(instrument: Instrument, condition: Condition) -> list[Asked]:
    """The items as facts for known-truth engines, as an arm shows them, without a respondent.

    Where options or labels are drawn, they stand as one respondent may see them.
    """
    return [
        Asked(
            run_seed=0,
            respondent_id="",
            persona_id="",
            strategy=condition.strategy,
            attributes={},
            item_id=item.id,
            format=item.format.value,
            options=shown_options(item, condition, 0, "", instrument),
            dimensions=item.dimensions,
            key=-1 if item.reverse_keyed else 1,
            topic=item.topic,
            question_id=item.question_id,
            language=condition.language,
            style=condition.style,
            is_action=rated_action(item.id) is not None,
            max_picks=item.max_picks,
        )
        for item in instrument.items
    ]


def _check(truth: KnownTruth, arm: Condition) -> None:
    """RunSpecError where answers in this arm do not come from person, item and truth alone."""
    reasons = []
    if arm.protocol.is_baseline:
        reasons.append(f"protocol {arm.protocol.kind!r} does not ask the respondents themselves")
    if truth.decoding_effect and arm.draws is not None:
        reasons.append("decoding settings that work are drawn per respondent")
    if truth.battery_straightlining and arm.protocol.is_battery:
        reasons.append("answers of a battery repeat those of the line above")
    if (truth.first_option or truth.last_option) and is_drawn(arm.option_order):
        reasons.append("options stand in a random order, and a preference for the first or last is planted")
    if truth.label_preference and arm.labels == "random":
        reasons.append("labels are drawn, and a preference for some of them is planted")
    if reasons:
        raise RunSpecError(f"no planted value structure: {'; '.join(reasons)}")
