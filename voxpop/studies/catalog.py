"""The studies that come with voxpop. A new one is a line here and a module beside it (docs/studies.md)."""

from __future__ import annotations

from simulator.errors import RunSpecError
from surveys.suggest import did_you_mean
from voxpop.studies.study import Flag, Study

STUDIES: tuple[Study, ...] = (
    Study(
        name="strategies",
        title="Persona strategies side by side",
        about="The same value survey asked of populations that were drawn in different ways: answers, distances with "
        "their noise floor, spread, and how the values rank beside those of people.",
        module="voxpop.studies.strategies",
        n=300,
        flags=(Flag("strategies", "Persona strategies, separated by commas.", "city,value-anchor,named"),),
    ),
)


def find_study(name: str) -> Study:
    """The study of this name. Raises RunSpecError that says which there are."""
    for study in STUDIES:
        if study.name == name:
            return study
    names = [study.name for study in STUDIES]
    raise RunSpecError(f"there is no study {name!r}; {did_you_mean(name, names, 'studies')}")
