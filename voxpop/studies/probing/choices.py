"""What the study is called with: items, styles, variants, countries, scenarios; checked before anything is asked.

Knows no run and no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from personas.places import country_named
from simulator.conditions import Condition, LabelSet
from simulator.errors import PopulationError, RunSpecError
from simulator.option_orders import FIXED, is_ordered, shift_of
from simulator.presentation import shown_options
from simulator.probes.token_logit import collisions
from simulator.styles import load_style
from surveys.catalog import find_instrument
from surveys.instrument import Instrument, Item, ResponseFormat
from surveys.reference import HumanReference
from surveys.reference_file import read_reference
from surveys.scenarios import ScenarioSet, find_scenarios, only_items, scenario_set_names
from surveys.suggest import did_you_mean
from voxpop.spec_source import names_in
from voxpop.studies.study import StudyOptions

KNOWN_TRUTH = "synthetic"
PLANTED = "planted"
NONE = "none"
BASE_ORDER, BASE_LABELS = "fixed", "letters"
SHIFTS = "shifts"
LABEL_SETS = tuple(name for name in get_args(LabelSet) if name not in ("plain", "random"))


@dataclass(frozen=True)
class Choices:
    """A study as its user wants it. `items` are the ids of those asked, `colliding` of those left out because one token
    does not tell their labels apart.

    `orders` and `labels` begin with the base variant, and every order is asked with every set of labels; `has_shifts`
    says whether every cyclic shift is asked too. `reference` is None where people are planted. `scenarios` is None
    where no actions are rated, and `no_scenarios` says why.
    """

    options: StudyOptions
    survey: str
    instrument: Instrument
    items: tuple[str, ...]
    colliding: tuple[str, ...]
    styles: tuple[str, ...]
    orders: tuple[str, ...]
    labels: tuple[str, ...]
    has_shifts: bool
    n_samples: int
    exact_labels: bool
    countries: tuple[str, ...]
    reference: HumanReference | None
    scenarios: ScenarioSet | None
    no_scenarios: str

    @property
    def is_known_truth(self) -> bool:
        """Whether known-truth respondents answer."""
        return self.options.engine in (None, KNOWN_TRUTH)

    @property
    def language(self) -> str:
        """The language of asking: English where the survey has it, as in the paper."""
        return "en" if "en" in self.instrument.languages else self.instrument.language

    def is_ordered(self, item: str) -> bool:
        """Whether the options of an item form an order, so that answers can lie nearer or farther."""
        asked = self.instrument.item(item)
        return is_ordered(asked) or len(asked.substantive_options) == 2


def read_choices(options: StudyOptions) -> Choices:
    """The study that `options` ask for. Raises RunSpecError or InstrumentError naming what cannot be had."""
    flags = options.flags
    instrument = find_instrument(str(flags["survey"]))
    orders, labels, has_shifts = _variants(str(flags["variants"]))
    exact = bool(flags["exact-labels"])
    closed = [item for item in instrument.items if item.format in (ResponseFormat.SINGLE, ResponseFormat.SCALE)]
    told = [item for item in closed if exact or not _collide(item, labels, instrument)]
    limit = _positive(int(flags["limit"]), "--limit", least=0)
    items = tuple(item.id for item in told)[: limit or None]
    if not items:
        raise RunSpecError(
            f"--survey: {instrument.id!r} has no question with one answer whose labels one token tells apart; "
            "give --exact-labels, or leave sets of labels out of --variants"
        )
    scenarios, why = _scenarios(str(flags["scenarios"]), instrument, items)
    return Choices(
        options=options,
        survey=str(flags["survey"]),
        instrument=instrument,
        items=items,
        colliding=tuple(item.id for item in closed if item not in told),
        styles=_styles(str(flags["styles"])),
        orders=orders,
        labels=labels,
        has_shifts=has_shifts,
        n_samples=_positive(int(flags["samples"]), "--samples", least=2),
        exact_labels=exact,
        countries=_countries(str(flags["countries"])),
        reference=_reference(options),
        scenarios=scenarios,
        no_scenarios=why,
    )


def _variants(text: str) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Orders and sets of labels, the base ones first, and whether every shift is wanted."""
    orders, labels, has_shifts = [BASE_ORDER], [BASE_LABELS], False
    for name in [] if text == NONE else names_in(text, "--variants"):
        if name == SHIFTS:
            has_shifts = True
        elif name in LABEL_SETS:
            labels.append(name)
        elif name in FIXED or shift_of(name) is not None:
            orders.append(name)
        else:
            allowed = (SHIFTS, *sorted(FIXED), *LABEL_SETS)
            raise RunSpecError(
                f"--variants {name}: {did_you_mean(name, allowed, 'orders and sets of labels')}; shift-1 and so on too"
            )
    return _once(orders, "--variants"), _once(labels, "--variants"), has_shifts


def _collide(item: Item, labels: tuple[str, ...], instrument: Instrument) -> bool:
    """Whether labels of an item begin alike in one of these sets, as "1" and "10" do."""
    for name in labels:
        arm = Condition("basic", labels=cast(LabelSet, name), language=instrument.language)
        if collisions([option.label for option in shown_options(item, arm, 0, "", instrument)]):
            return True
    return False


def _styles(text: str) -> tuple[str, ...]:
    styles = _once(names_in(text, "--styles"), "--styles")
    for style in styles:
        load_style(style)
    return styles


def _countries(text: str) -> tuple[str, ...]:
    """Two-letter codes of countries that personas can live in."""
    codes = []
    for name in [] if text == NONE else names_in(text, "--countries"):
        try:
            codes.append(country_named(name).code)
        except PopulationError as error:
            raise RunSpecError(f"--countries {name}: {error}") from error
    return _once(codes, "--countries")


def _reference(options: StudyOptions) -> HumanReference | None:
    given = str(options.flags["reference"])
    if given not in ("", PLANTED):
        return read_reference(Path(given))
    if given == "" and options.engine not in (None, KNOWN_TRUTH) and str(options.flags["countries"]) != NONE:
        raise RunSpecError(
            f"--engine {options.engine}: how people answered has to be given (--reference FILE, made by `voxpop "
            "reference import`); --countries none leaves steering out, --reference planted invents people, for a "
            "rehearsal"
        )
    return None


def _scenarios(wanted: str, instrument: Instrument, items: tuple[str, ...]) -> tuple[ScenarioSet | None, str]:
    """The scenarios of the items asked, or why there are none."""
    if wanted == NONE:
        return None, "left out by --scenarios none"
    if not wanted and instrument.id not in scenario_set_names():
        return None, f"there are no built-in scenarios for {instrument.id!r}; write some with voxpop scenarios write"
    found = find_scenarios(wanted or instrument.id)
    if found.instrument.id != instrument.id:
        raise RunSpecError(
            f"--scenarios: set {found.id!r} belongs to survey {found.instrument.id!r}, and {instrument.id!r} is asked"
        )
    kept = [item for item in found.items if item in items]
    return (only_items(found, kept), "") if kept else (None, "no item that is asked has scenarios")


def _positive(number: int, flag: str, *, least: int) -> int:
    if number < least:
        raise RunSpecError(f"{flag} {number}: give {least} or more")
    return number


def _once(values: list[str], flag: str) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise RunSpecError(f"{flag}: {value} is given {values.count(value)} times; leave it out")
    return tuple(values)
