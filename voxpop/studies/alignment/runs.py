"""The runs that the study rests on: one per country, one per country for the baselines, and planted people if need be.

Interviews follow Liu et al. 2025: a citizen of the country, living in a place drawn for each respondent, answers with
an explanation, remembers a bounded, randomly pruned part of what was said, and decodes with settings drawn for each.
Knows no statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from simulator.seeds import seed_for
from voxpop.studies.alignment.choices import KNOWN_TRUTH, Choices
from voxpop.studies.fieldwork import carried_out
from voxpop.studies.study import StudyOptions

PLACE_EFFECT = 0.6
"""How far known-truth places differ, for people and respondents alike: cultures that there is something to tell of."""

PLANTED_EFFECTS: Mapping[str, Any] = {
    "assimilation": 0.15,
    "decoding_effect": 1.0,
    "place_effect": PLACE_EFFECT,
    "fault_shares": {"iu": 0.01, "qc": 0.02, "rp": 0.02, "cv": 0.05, "ff": 0.05, "ir": 0.03},
}
"""What known-truth respondents are given, unless --set engine.NAME says otherwise: something for every part to find."""


class Records(NamedTuple):
    """The records of the study: interviews, baselines and planted people, one of each kind and country."""

    interviews: tuple[Path, ...]
    baselines: tuple[Path, ...]
    people: tuple[Path, ...]

    @property
    def asked(self) -> tuple[Path, ...]:
        """Those whose answers are measured."""
        return self.interviews + self.baselines


def conduct_runs(choices: Choices) -> Records:
    """Begin or go on with every run; complete when this returns. Raises VoxpopError."""
    people = tuple(_people(choices)) if choices.reference is None else ()
    return Records(tuple(_interviews(choices)), tuple(_baselines(choices)), people)


def _interviews(choices: Choices) -> Iterator[Path]:
    for country, language in zip(choices.countries, choices.languages, strict=True):
        spec = _survey_of(choices, country, language) | {
            "design": "within",
            "settings": {"draws": choices.draws},
            "arms": {"ablation": list(choices.ablations)},
        }
        yield carried_out(_of_its_own(choices.options, country), f"interviews-{country.lower()}", spec)


def _baselines(choices: Choices) -> Iterator[Path]:
    if not choices.baselines:
        return
    for country, language in zip(choices.countries, choices.languages, strict=True):
        spec = _survey_of(choices, country, language) | {
            "design": "within",
            "memory": {"kind": "none"},
            "arms": {"protocol": list(choices.baselines)},
        }
        yield carried_out(_of_its_own(choices.options, country), f"baselines-{country.lower()}", spec)


def _survey_of(choices: Choices, country: str, language: str) -> dict[str, Any]:
    """What all runs of a country share."""
    spec: dict[str, Any] = {
        "survey": _survey(choices),
        "population": {"strategies": ["city"], "country": country, "drawing": "uniform", "detail": "region"},
        "asking": {
            "style": "citizen",
            "answer_format": "explained",
            "option_order": "random-per-item",
            "language": language,
        },
    }
    if choices.is_known_truth:
        spec["engine"] = {"name": KNOWN_TRUTH, **PLANTED_EFFECTS}
    return spec


def _survey(choices: Choices) -> dict[str, Any]:
    return {"instrument": choices.survey, "items": list(choices.items)}


def _people(choices: Choices) -> Iterator[Path]:
    """Known-truth people of each country, free of every effect that the respondents are given."""
    plain = replace(choices.options, engine=None, model=None, base_url=None, overrides=(), n=choices.n_people)
    for country in choices.countries:
        spec = {
            "survey": _survey(choices),
            "population": {"strategies": ["city+demographic"], "country": country, "base": "census"},
            "memory": {"kind": "none"},
            "asking": {"language": choices.instrument.language},
            "engine": {"name": KNOWN_TRUTH, "place_effect": PLACE_EFFECT},
        }
        yield carried_out(_of_its_own(plain, "people", country), f"people-{country.lower()}", spec)


def _of_its_own(options: StudyOptions, *names: str) -> StudyOptions:
    """The options with a seed of their own: respondents of one number in two countries share no draw."""
    return replace(options, seed=seed_for(options.seed, "survey-alignment", *names))
