"""The runs that the study rests on: one per administration, battery and serial, with the same personas in both.

Every persona is interviewed once in every cell of its administration (design "within"), so that cells are compared
within personas. Serial interviews remember everything said before. Knows no statistic.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from voxpop.studies.fieldwork import carried_out
from voxpop.studies.structure.choices import KNOWN_TRUTH, Choices

PROTOCOLS: Mapping[str, str] = {"battery": "battery", "serial": "interview"}
"""Administration → the protocol of its run (docs/protocols.md)."""

PLANTED_EFFECTS: Mapping[str, Any] = {
    "circumplex_strength": 0.6,
    "blank_spread": 0.0,
    "decoding_effect": 1.0,
    "list_faults": {"missing": 0.002, "out_of_range": 0.002, "decimal": 0.001, "unreadable": 0.001},
}
"""What known-truth respondents are given, unless --set engine.NAME says otherwise: something for every part to find.

A circle; respondents who are told nothing and do not differ; an effect of temperature; lists with lines that cannot be
read. Straight-lining in batteries is not among them: it would give those who do not differ a variance by chance.
"""


MANY = 100
"""Personas of each strategy from which on two processes share the interviews of known-truth respondents."""


class Records(NamedTuple):
    """The record of each administration that was asked for."""

    by_administration: dict[str, Path]

    @property
    def asked(self) -> tuple[Path, ...]:
        """All of them."""
        return tuple(self.by_administration.values())


def conduct_runs(choices: Choices) -> Records:
    """Begin or go on with every run; complete when this returns. Raises VoxpopError."""
    return Records({name: carried_out(choices.options, name, spec_of(choices, name)) for name in choices.temperatures})


def spec_of(choices: Choices, administration: str) -> dict[str, Any]:
    """The specification of one administration's run; `population.n` counts the personas of each strategy."""
    spec: dict[str, Any] = {
        "survey": choices.survey,
        "design": "within",
        "population": [_population(choices, strategy) for strategy in choices.strategies],
        "protocol": {"name": PROTOCOLS[administration]},
        "asking": {"language": choices.languages[0]},
        "memory": {"kind": "none" if administration == "battery" else "full"},
        "arms": {
            "temperature": list(choices.temperatures[administration]),
            "language": list(choices.languages),
            "option_order": list(choices.option_orders),
            "labels": list(choices.labels),
        },
    }
    if choices.is_known_truth:
        if choices.options.n >= MANY:  # known-truth respondents cost nothing but processor time
            spec["fieldwork"] = {"workers": min(2, os.cpu_count() or 1)}
        spec["engine"] = {"name": KNOWN_TRUTH, **PLANTED_EFFECTS}
    return spec


def _population(choices: Choices, strategy: str) -> dict[str, Any]:
    section: dict[str, Any] = {"strategies": [strategy], "label": strategy}
    if "value-anchor" in strategy.split("+"):
        section["anchors"] = int(choices.anchors) if choices.anchors.isdecimal() else choices.anchors
    return section
