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
    Study(
        name="survey-alignment",
        title="How far simulated answers to a social survey lie from those of people",
        about="Citizens of several countries answer a social survey with memory and decoding settings of their own. "
        "Their answers are held against those of people by item, dimension, topic and country, judged for six faults, "
        "and set beside the published numbers (Liu et al. 2025). n counts the respondents of one country and arm.",
        module="voxpop.studies.alignment.study",
        n=40,
        flags=(
            Flag("survey", "A built-in survey's name, or a survey file.", "social-attitudes"),
            Flag("reference", "How people answered: a file of `voxpop reference import`, or planted (invented).", ""),
            Flag("people", "How many planted people there are in each country.", 300),
            Flag("ordered", "Items whose options have an order though the survey does not say so: ids, or all.", ""),
            Flag("countries", "Countries, two-letter codes separated by commas.", "US,CN"),
            Flag("language", "A language for all, or local: each country's own where the survey has it.", "local"),
            Flag("draws", "Ranges of memory and decoding: sane, published-paper or published-code.", "sane"),
            Flag("ablate", "Also without memory, without decoding changes, without location, and without all three."),
            Flag("baselines", "Also by self-critique, of one answer and of a list, and as the average person."),
            Flag("judges", "Who judges a sample of the replies, as for voxpop judge --judges.", ""),
            Flag("sample", "Replies to judge: 1% (at least 30), 200 or all.", "1%"),
        ),
    ),
)


def find_study(name: str) -> Study:
    """The study of this name. Raises RunSpecError that says which there are."""
    for study in STUDIES:
        if study.name == name:
            return study
    names = [study.name for study in STUDIES]
    raise RunSpecError(f"there is no study {name!r}; {did_you_mean(name, names, 'studies')}")
