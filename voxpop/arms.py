"""The closed answers of one or several runs, split into arms, as the arrays that `analysis.comparison` works on.

Knows records and instruments; computes no statistic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.comparison import ArmAnswers
from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES, ITEM_FORM, ConditionRow
from surveys.instrument import Instrument, ResponseFormat
from voxpop.record_facts import recorded_conditions, recorded_instrument
from voxpop.value_reference import ValueReference, reference_for

CLOSED = (ResponseFormat.SINGLE, ResponseFormat.SCALE)
AXES: tuple[str, ...] = (
    "population",
    "strategy",
    "memory",
    "memory_length",
    "style",
    "answer_format",
    "option_order",
    "labels",
    "language",
    "probe",
    "temperature",
    "ablation",
    "protocol",
    "abstain",
    "form",
    "item_form",
    "engine",
    "run",
)

EARLIER = {"ablation": "full", "abstain": "as-is"}
"""What these settings were before there was a choice: records of that time do not say."""


@dataclass(frozen=True)
class Arm:
    """One arm: its closed answers, its respondents' numbers, how often each status occurred over all its items."""

    name: str
    answers: ArmAnswers
    numbers: NDArray[np.int64]
    statuses: dict[str, int]
    n_respondents: int
    n_open: int


@dataclass(frozen=True)
class Arms:
    """Several arms over the same closed items. `positions` are these items' places in `instrument`."""

    by: str
    instrument: Instrument
    positions: tuple[int, ...]
    arms: tuple[Arm, ...]

    @property
    def value_reference(self) -> ValueReference | None:
        """The human means beside a survey of the 19 values, or of the ten; None for another."""
        return reference_for(self.instrument.items[position] for position in self.positions)


def load_arms(records: Sequence[Path], by: str = "population") -> Arms:
    """The arms of the runs, split by an axis of the design or, for several runs, by run.

    Raises RunSpecError for an unknown axis, for runs of different surveys, and where nothing was answered yet.
    """
    if by not in AXES:
        raise RunSpecError(f"--by {by!r}: there is no such axis; allowed: {', '.join(AXES)}")
    several = len(records) > 1
    instrument: Instrument | None = None
    arms: list[Arm] = []
    for record in records:
        with Reader(record) as reader:
            run = reader.run()
            read = recorded_instrument(reader)
            if instrument is not None and read.content_hash != instrument.content_hash:
                raise RunSpecError(
                    f"run {run.name!r} asked another survey ({read.id!r}) than the first run ({instrument.id!r}); "
                    "compare runs of one survey"
                )
            instrument = instrument or read
            arms += _arms_of(reader, instrument, by, run.name if several or by == "run" else None)
    if instrument is None or not arms:
        raise RunSpecError("there is nobody to compare: no answers are recorded yet")
    return Arms(by, instrument, closed_positions(instrument), tuple(arms))


def closed_positions(instrument: Instrument) -> tuple[int, ...]:
    """Places of the items that are answered with one option."""
    return tuple(place for place, item in enumerate(instrument.items) if item.format in CLOSED)


def axis_value(condition: ConditionRow, by: str) -> str:
    """What an arm is called along an axis."""
    settings: dict[str, Any] = condition.settings
    if by == "memory":
        return str(settings["memory"]["kind"])
    if by == "memory_length":
        low, high = settings["memory"].get("min_length", 0), settings["memory"]["max_length"]
        return f"memory {low} to {high}" if low else f"memory ≤ {high}"
    if by == "temperature":
        return f"temperature {_temperature(settings)}"
    if by in EARLIER:
        return str(settings.get(by, EARLIER[by]))
    if by in ("protocol", "form"):  # records made before there were protocols hold interviews
        protocol = settings.get("protocol", {})
        return str(protocol.get("name", "interview") if by == "protocol" else protocol.get("form") or "no form")
    return str(settings[by])


def _temperature(settings: dict[str, Any]) -> str:
    """The temperature of an arm in words: one for everybody, or drawn for each."""
    draws = settings.get("draws") or {}
    fixed = str(settings["settings"].get("temperature", "unset"))
    words = "{:g} to {:g}".format(*draws["temperature"]) if draws.get("temperature") else fixed
    return f"{words}, or 0" if draws.get("sampling") else words


def _arms_of(reader: Reader, instrument: Instrument, by: str, run: str | None) -> list[Arm]:
    """The arms of one run, in the order of its conditions."""
    people = reader.respondent_columns()
    columns = reader.answer_columns(("respondent", "item", "status", "code"))
    finished = reader.finished()
    arms = []
    for along, chosen in _split(reader, people["condition"], by).items():
        if not chosen.any():
            continue
        name = " · ".join(part for part in (run, along) if part)
        numbers, weights = people["number"][chosen], people["weight"][chosen]
        mask = np.isin(columns["respondent"], numbers)
        part = {key: column[mask] for key, column in columns.items()}
        answers = _arm_answers(name, instrument, numbers, weights, part)
        counts = np.bincount(part["status"].astype(np.int64), minlength=len(ANSWER_STATUSES))
        statuses = {str(status): int(count) for status, count in zip(ANSWER_STATUSES, counts, strict=True)}
        arms.append(Arm(name, answers, numbers, statuses, len(numbers), sum(int(n) not in finished for n in numbers)))
    return arms


def _split(reader: Reader, condition_of: NDArray[Any], by: str) -> dict[str, NDArray[np.bool_]]:
    """Place along the axis → which respondents (by number) are there: in the order of the conditions, forms sorted."""
    if by == ITEM_FORM:
        forms = np.array([str(row.attributes.get(ITEM_FORM, "no form")) for row in reader.respondents()], dtype=object)
        return {form: np.asarray(forms == form) for form in sorted(set(forms))}
    members: dict[str, list[int]] = {}
    for condition in recorded_conditions(reader):
        members.setdefault("" if by == "run" else axis_value(condition, by), []).append(condition.id)
    return {along: np.isin(condition_of, ids) for along, ids in members.items()}


def _arm_answers(
    name: str, instrument: Instrument, numbers: NDArray[Any], weights: NDArray[Any], columns: dict[str, NDArray[Any]]
) -> ArmAnswers:
    positions = closed_positions(instrument)
    offered = [instrument.items[position].substantive_options for position in positions]
    place_of_item = np.full(len(instrument.items), -1)
    place_of_item[list(positions)] = np.arange(len(positions))
    places = place_of_item[columns["item"]]
    answered = np.flatnonzero((columns["status"] == ANSWER_STATUSES.index("answered")) & (places >= 0))
    rows, places = np.searchsorted(numbers, columns["respondent"][answered]), places[answered]
    codes = columns["code"][answered]
    choices = np.full((len(numbers), len(positions)), -1, dtype=np.int64)
    # Answers come by respondent; taken item by item, each item's codes are looked up at once.
    by_item = np.split(np.argsort(places, kind="stable"), np.cumsum(np.bincount(places, minlength=len(positions)))[:-1])
    for place, of_item in enumerate(by_item[: len(positions)]):
        for option_place, option in enumerate(offered[place]):
            chosen = of_item[codes[of_item] == option.code]
            choices[rows[chosen], place] = option_place
    scores = tuple(np.array([np.nan if one.value is None else one.value for one in options]) for options in offered)
    n_options = np.array([len(options) for options in offered], dtype=np.int64)
    return ArmAnswers(name, choices, n_options, weights.astype(np.float64), scores)
