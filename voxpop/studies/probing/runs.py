"""The runs that the study rests on: without a persona, by country, shifted, abstaining, rating actions, and people.

Nobody remembers anything: every question stands by itself, as for a model that is probed. A respondent is interviewed
once in every presentation (design "within"). Knows no statistic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from simulator.seeds import seed_for
from surveys.scenario_instrument import scenario_instrument
from surveys.serialize import instrument_to_toml
from voxpop.studies.fieldwork import carried_out
from voxpop.studies.probing.choices import BASE_LABELS, BASE_ORDER, KNOWN_TRUTH, Choices
from voxpop.studies.study import StudyOptions

N_PEOPLE = 300
PLACE_EFFECT = 3.0
"""How far known-truth countries differ, for people and respondents alike: something for steering to find."""

PLANTED_EFFECTS: Mapping[str, Any] = {
    "blank_spread": 0.0,
    "person_spread": 0.0,
    "level_spread": 0.0,
    "topic_person_spread": 0.0,
    "place_effect": PLACE_EFFECT,
    "discrimination": 1.5,
    "first_option": 0.1,
    "label_preference": {"A": 0.1},
    "style_shift": {"affirmative": 0.8},
    "refusal": 0.04,
    "unreadable": 0.02,
}
"""What known-truth respondents are given, unless --set engine.NAME says otherwise: something for every part to find.

One model that is asked again and again has no persons in it, so that nobody differs but by country.
"""

WITHHELD, OFFERED = "withheld", "offered"


class Records(NamedTuple):
    """The records of the study; `shifts` and `actions` are None where they were not asked for."""

    generic: Path
    countries: dict[str, Path]
    shifts: Path | None
    withheld: Path
    offered: Path
    actions: Path | None
    people: tuple[Path, ...]

    @property
    def asked(self) -> tuple[Path, ...]:
        """Those in which somebody was probed."""
        more = (self.shifts, self.withheld, self.offered, self.actions)
        return (self.generic, *self.countries.values(), *(record for record in more if record is not None))


def conduct_runs(choices: Choices) -> Records:
    """Begin or go on with every run; complete when this returns. Raises VoxpopError."""
    grid = {"style": list(choices.styles), "option_order": list(choices.orders), "labels": list(choices.labels)}
    shifts = {"option_order": ["all-shifts"], "labels": list(choices.labels)}
    return Records(
        generic=_run(choices, "generic", _survey(choices), grid),
        countries={
            country: _run(choices, f"country-{country.lower()}", _survey(choices), grid, country)
            for country in choices.countries
        },
        shifts=_run(choices, "shifts", _survey(choices), shifts) if choices.has_shifts else None,
        withheld=_run(choices, WITHHELD, _survey(choices), {"abstain": [WITHHELD]}),
        offered=_run(choices, OFFERED, _survey(choices), {"abstain": [OFFERED]}),
        actions=_actions(choices),
        people=_people(choices) if choices.reference is None else (),
    )


def _run(
    choices: Choices,
    name: str,
    survey: Mapping[str, Any],
    arms: Mapping[str, Any],
    country: str = "",
    probe: str = "all",
) -> Path:
    """One run of respondents without a persona, or who are told their country and nothing else."""
    spec: dict[str, Any] = {
        "survey": dict(survey),
        "design": "within",
        "population": _population(country),
        "asking": {
            "style": choices.styles[0],
            "option_order": BASE_ORDER,
            "labels": BASE_LABELS,
            "language": choices.language,
            "max_tries": 1,
        },
        "memory": {"kind": "none"},
        "probe": {"name": probe, "samples": choices.n_samples, "exact_labels": choices.exact_labels},
        "settings": {"temperature": 1.0},
        "arms": dict(arms),
    }
    if choices.is_known_truth:
        spec["engine"] = {"name": KNOWN_TRUTH, **PLANTED_EFFECTS}
    return carried_out(_of_its_own(choices.options, name), name, spec)


def _population(country: str) -> dict[str, Any]:
    if not country:
        return {"strategies": ["basic"], "label": "generic"}
    return {"strategies": ["city"], "detail": "country", "country": country, "label": country}


def _survey(choices: Choices) -> dict[str, Any]:
    return {"instrument": choices.survey, "items": list(choices.items)}


def _actions(choices: Choices) -> Path | None:
    """Every action rated by itself, from 1 to 10, as many times as replies are sampled; None without scenarios."""
    if choices.scenarios is None:
        return None
    path = choices.options.folder / "actions.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(instrument_to_toml(scenario_instrument(choices.scenarios)), encoding="utf-8")
    return _run(choices, "actions", {"instrument": str(path)}, {"labels": ["numbers"]}, probe="text")


def _people(choices: Choices) -> tuple[Path, ...]:
    """Known-truth people of each country, free of every effect that the respondents are given."""
    plain = replace(choices.options, engine=None, model=None, base_url=None, overrides=(), n=N_PEOPLE)
    found = []
    for country in choices.countries:
        spec = {
            "survey": _survey(choices),
            "population": {"strategies": ["city"], "detail": "country", "country": country},
            "memory": {"kind": "none"},
            "asking": {"language": choices.language},
            "engine": {"name": KNOWN_TRUTH, "place_effect": PLACE_EFFECT, "discrimination": 1.5},
        }
        name = f"people-{country.lower()}"
        found.append(carried_out(_of_its_own(plain, name), name, spec))
    return tuple(found)


def _of_its_own(options: StudyOptions, name: str) -> StudyOptions:
    """The options with a seed of their own: replies to one question in two runs share no draw."""
    return replace(options, seed=seed_for(options.seed, "probing", name))
