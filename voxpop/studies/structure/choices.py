"""What the study is called with: strategies, ways of asking, exclusions, reference; checked before anything is asked.

Knows no run and no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple, TypeVar, get_args

from personas.strategies import STRATEGIES
from simulator.conditions import LabelSet, OptionOrder
from simulator.errors import RunSpecError
from surveys.catalog import find_instrument
from surveys.instrument import Instrument
from surveys.suggest import did_you_mean
from surveys.values import TEN_VALUES, VALUE_CODES
from voxpop.spec_source import names_in
from voxpop.studies.structure.people import People, find_people
from voxpop.studies.study import StudyOptions

T = TypeVar("T")

KNOWN_TRUTH = "synthetic"
ADMINISTRATIONS = ("battery", "serial")
ANCHORS = ("19", "20", "printed")
NONE = "none"


class Arm(NamedTuple):
    """How a cell is asked, besides whom: what the cells of one strategy differ in."""

    administration: str
    temperature: float
    language: str
    option_order: str
    labels: str


@dataclass(frozen=True)
class Choices:
    """A study as its user wants it. `values` are those measured, in the order of the circle.

    `temperatures` are by administration. `max_identical` is None where nobody is left out for equal answers.
    """

    options: StudyOptions
    survey: str
    instrument: Instrument
    values: tuple[str, ...]
    people: People
    strategies: tuple[str, ...]
    temperatures: dict[str, tuple[float, ...]]
    languages: tuple[str, ...]
    option_orders: tuple[str, ...]
    labels: tuple[str, ...]
    anchors: str
    max_missing: int
    max_identical: int | None
    drop_constant: bool

    @property
    def is_known_truth(self) -> bool:
        """Whether known-truth respondents answer."""
        return self.options.engine in (None, KNOWN_TRUTH)

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Every way of asking, in the order of the tables."""
        ways = (self.languages, self.option_orders, self.labels)
        return tuple(Arm(name, *rest) for name in self.temperatures for rest in product(self.temperatures[name], *ways))


def read_choices(options: StudyOptions) -> Choices:
    """The study that `options` ask for. Raises RunSpecError or InstrumentError naming what cannot be had."""
    flags = options.flags
    instrument = find_instrument(str(flags["survey"]))
    values = measured_values(instrument)
    return Choices(
        options=options,
        survey=str(flags["survey"]),
        instrument=instrument,
        values=values,
        people=find_people(str(flags["reference"]), values),
        strategies=_strategies(str(flags["strategies"])),
        temperatures=_temperatures(flags),
        languages=_languages(str(flags["languages"]), instrument),
        option_orders=_among(str(flags["option-orders"]), "--option-orders", get_args(OptionOrder), "option orders"),
        labels=_among(str(flags["labels"]), "--labels", get_args(LabelSet), "label sets"),
        anchors=_among(str(flags["anchors"]), "--anchors", ANCHORS, "sets of anchors")[0],
        max_missing=_missing(int(flags["max-missing"])),
        max_identical=_identical(str(flags["max-identical"])),
        drop_constant=bool(flags["drop-constant"]),
    )


def measured_values(instrument: Instrument) -> tuple[str, ...]:
    """The 19 refined values where the survey measures them all, else the ten. Raises RunSpecError for neither."""
    measured = {item.dimensions[0] for item in instrument.items if len(item.dimensions) == 1}
    for values in (VALUE_CODES, tuple(TEN_VALUES)):
        if set(values) <= measured:
            return values
    near = max((VALUE_CODES, tuple(TEN_VALUES)), key=lambda values: len(measured & set(values)) / len(values))
    lacking = [code for code in near if code not in measured]
    raise RunSpecError(
        f"--survey: {instrument.id!r} measures no whole circle of values; of the {len(near)} it has no item for "
        f"{', '.join(lacking)}; take portrait-values, or import one with its key (docs/instruments.md)"
    )


def _strategies(text: str) -> tuple[str, ...]:
    names = names_in(text, "--strategies")
    for name in names:
        for part in name.split("+"):
            if part not in STRATEGIES:
                raise RunSpecError(f"--strategies {part}: {did_you_mean(part, STRATEGIES, 'strategies')}")
    return _once(names, "--strategies")


def _temperatures(flags: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    administrations = _among(str(flags["administration"]), "--administration", ADMINISTRATIONS, "administrations")
    wanted = _numbers(str(flags["temperatures"]), "--temperatures")
    serial = str(flags["serial-temperatures"])
    by_name = {"battery": wanted, "serial": wanted if serial == "all" else _numbers(serial, "--serial-temperatures")}
    return {name: by_name[name] for name in administrations}


def _numbers(text: str, flag: str) -> tuple[float, ...]:
    numbers = []
    for name in names_in(text, flag):
        try:
            numbers.append(float(name))
        except ValueError:
            raise RunSpecError(f"{flag} {name}: not a number; write numbers from 0 to 5, as in 0,0.7") from None
        if not 0 <= numbers[-1] <= 5:
            raise RunSpecError(f"{flag} {name}: a temperature lies between 0 and 5")
    return _once(numbers, flag)


def _languages(text: str, instrument: Instrument) -> tuple[str, ...]:
    for language in names_in(text, "--languages"):
        if language not in instrument.languages:
            raise RunSpecError(
                f"--languages {language}: survey {instrument.id!r} has {', '.join(instrument.languages)}; choose one "
                "of these"
            )
    return _once(names_in(text, "--languages"), "--languages")


def _among(text: str, flag: str, allowed: tuple[str, ...], what: str) -> tuple[str, ...]:
    for name in names_in(text, flag):
        if name not in allowed:
            raise RunSpecError(f"{flag} {name}: {did_you_mean(name, allowed, what)}")
    return _once(names_in(text, flag), flag)


def _once(values: list[T], flag: str) -> tuple[T, ...]:
    for value in values:
        if values.count(value) > 1:
            raise RunSpecError(f"{flag}: {value} is given {values.count(value)} times; give it once")
    return tuple(values)


def _missing(number: int) -> int:
    if number < 0:
        raise RunSpecError(f"--max-missing {number}: give 0 or more")
    return number


def _identical(text: str) -> int | None:
    if text == NONE:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise RunSpecError(f"--max-identical {text}: give a whole number of at least 1, or none")
    return int(text)
