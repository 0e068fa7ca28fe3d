"""Human answers for known-truth respondents: a reference file as the plain data that their engine takes.

An engine knows no survey file; whoever makes it from a specification reads the file here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveys.reference import HumanReference
from surveys.reference_file import read_reference

HumanShares = dict[str, dict[str, dict[str, dict[int, float]]]]


def human_shares(reference: HumanReference) -> HumanShares:
    """Item → country → group → code → share; for a multiple-choice item the share of people who picked the option."""
    found: HumanShares = {}
    for cell in reference.cells:
        found.setdefault(cell.item, {}).setdefault(cell.country, {})[cell.group] = dict(cell.shares)
    return found


def with_humans(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the known-truth engine with the file that `humans` names read; InstrumentError for its faults."""
    named = options.get("humans")
    return {**options, "humans": human_shares(read_reference(named))} if isinstance(named, str) else dict(options)
