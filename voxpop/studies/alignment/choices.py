"""What the study is called with: countries, languages, arms, survey and reference, checked before anything is asked.

Knows no run and no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator.errors import RunSpecError
from simulator.option_orders import is_ordered
from surveys.catalog import find_instrument
from surveys.instrument import Instrument, ResponseFormat
from surveys.reference import HumanReference
from surveys.reference_check import check_reference
from surveys.reference_file import read_reference
from surveys.suggest import did_you_mean
from voxpop.spec_source import names_in
from voxpop.studies.study import StudyOptions

PLANTED = "planted"
"""The reference that is made of known-truth people: for planning and checking, never for conclusions."""

KNOWN_TRUTH = "synthetic"
FULL = "full"
ABLATIONS = (FULL, "no-memory", "no-decoding", "no-location", "none")
BASELINES = ("critique-single", "critique-list", "average-person")
LANGUAGES = {"US": "en", "CN": "zh", "DE": "de", "JP": "ja"}
DRAWS = ("sane", "published-paper", "published-code")


@dataclass(frozen=True)
class Choices:
    """A study as its user wants it. `reference` is None where people are planted."""

    options: StudyOptions
    survey: str
    n_people: int
    ordered: tuple[str, ...]
    instrument: Instrument
    reference: HumanReference | None
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    draws: str
    ablations: tuple[str, ...]
    baselines: tuple[str, ...]
    judges: str
    sample: str

    @property
    def items(self) -> tuple[str, ...]:
        """The items that are asked: those that people of every country have answered, so that all can be compared."""
        closed = [item.id for item in self.instrument.items if item.format is not ResponseFormat.OPEN]
        if self.reference is None:
            return tuple(closed)
        usable = check_reference(self.reference, self.instrument, countries=self.countries).usable
        where = ("",) if usable.countries == ("",) else self.countries
        asked = tuple(item for item in closed if all(usable.cell(item, country) for country in where))
        if not asked:
            raise RunSpecError(
                f"--reference: no item of {self.instrument.id!r} has answers of people in "
                f"{' and '.join(self.countries)}; look at it with `voxpop reference check FILE --survey SURVEY`"
            )
        return asked

    @property
    def is_known_truth(self) -> bool:
        """Whether known-truth respondents answer."""
        return self.options.engine in (None, KNOWN_TRUTH)

    @property
    def arms(self) -> tuple[str, ...]:
        """Every arm, in the order of the tables."""
        return self.ablations + self.baselines


def read_choices(options: StudyOptions) -> Choices:
    """The study that `options` ask for. Raises RunSpecError or InstrumentError naming what cannot be had."""
    flags = options.flags
    instrument = find_instrument(str(flags["survey"]))
    countries = names_in(flags["countries"], "--countries")
    for country in countries:
        if country not in LANGUAGES:
            raise RunSpecError(
                f"--countries {country}: no places are known there; {did_you_mean(country, LANGUAGES, 'countries')}"
            )
    if flags["draws"] not in DRAWS:
        raise RunSpecError(f"--draws {flags['draws']}: {did_you_mean(str(flags['draws']), DRAWS, 'sets of ranges')}")
    return Choices(
        options,
        str(flags["survey"]),
        int(flags["people"]),
        _ordered(str(flags["ordered"]), instrument),
        instrument,
        _reference(options),
        tuple(countries),
        tuple(_language(country, str(flags["language"]), instrument) for country in countries),
        str(flags["draws"]),
        ABLATIONS if flags["ablate"] else (FULL,),
        BASELINES if flags["baselines"] else (),
        str(flags["judges"]),
        str(flags["sample"]),
    )


def _reference(options: StudyOptions) -> HumanReference | None:
    given = str(options.flags["reference"])
    if given not in ("", PLANTED):
        return read_reference(Path(given))
    if given == "" and options.engine not in (None, KNOWN_TRUTH):
        raise RunSpecError(
            f"--engine {options.engine}: how people answered has to be given (--reference FILE, made by `voxpop "
            "reference import`); --reference planted invents them, for a rehearsal"
        )
    return None


def _ordered(wanted: str, instrument: Instrument) -> tuple[str, ...]:
    """The items whose options have an order: scales, scored options, two options, and those that are named."""
    closed = [item for item in instrument.items if item.format in (ResponseFormat.SINGLE, ResponseFormat.SCALE)]
    if wanted == "all":
        return tuple(item.id for item in closed)
    named = names_in(wanted, "--ordered") if wanted else []
    for name in named:
        if name not in instrument.index:
            raise RunSpecError(
                f"--ordered {name}: survey {instrument.id!r} has no such item; "
                f"{did_you_mean(name, instrument.index, 'items')}"
            )
    return tuple(
        item.id for item in closed if item.id in named or is_ordered(item) or len(item.substantive_options) == 2
    )


def _language(country: str, wanted: str, instrument: Instrument) -> str:
    """ "local" is the country's language where the survey has it, else the survey's own."""
    language = LANGUAGES[country] if wanted == "local" else wanted
    if language in instrument.languages:
        return language
    if wanted == "local":
        return instrument.language
    raise RunSpecError(
        f"--language {wanted}: survey {instrument.id!r} has {', '.join(instrument.languages)}; choose one of these"
    )
