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
    Study(
        name="value-structure",
        title="Do simulated respondents have human value structure?",
        about="The 57-item value questionnaire under five persona strategies, in whole and item by item: do the values "
        "rank and go together as they do in people? Every fit stands beside what people show among themselves, and "
        "beside the published numbers (Rozen et al. 2025). n counts the personas of each strategy; each is interviewed "
        "once in every cell.",
        module="voxpop.studies.structure.study",
        n=300,
        flags=(
            Flag(
                "survey", "A built-in survey's name, or a survey file, of the 19 values or the ten.", "portrait-values"
            ),
            Flag(
                "strategies",
                "Persona strategies, separated by commas.",
                "basic,value-anchor,demographic,generated,named",
            ),
            Flag(
                "administration",
                "battery (all items in one presentation), serial (one by one), or both.",
                "battery,serial",
            ),
            Flag("temperatures", "Temperatures, separated by commas.", "0,0.7"),
            Flag("serial-temperatures", "Those of the serial administration, which costs most calls; or all.", "0.7"),
            Flag("languages", "Languages that the survey has, separated by commas.", "en"),
            Flag("option-orders", "Orders of the options: fixed, reversed, random; each an arm.", "fixed"),
            Flag("labels", "Sets of labels: numbers, letters, random, ...; each an arm.", "numbers"),
            Flag("anchors", "19 anchored values, 20 with animal welfare, or printed (power phrases exchanged).", "19"),
            Flag("reference", "People to compare with: a sample of the catalog, or a CSV file of correlations.", ""),
            Flag("max-missing", "Items that a respondent who counts may leave unanswered.", 0),
            Flag("max-identical", "Equal answers that a respondent who counts may give, or none for no limit.", "none"),
            Flag("drop-constant", "Compute the structure of the values that vary where others do not."),
        ),
    ),
    Study(
        name="probing",
        title="What would the model have said?",
        about="Questions under every presentation that should not matter (style, order and labels of the options), "
        "read by three probes: how far do answers move, do the probes agree, do answers follow a country in the "
        "persona, and do they tell which actions are approved of? Beside the published numbers (Shen et al. 2025). n "
        "counts the respondents without a persona, and those of each country; all are asked in every presentation.",
        module="voxpop.studies.probing.study",
        n=1,
        flags=(
            Flag(
                "survey",
                "A built-in survey's name, or a survey file; its questions with one answer.",
                "social-attitudes",
            ),
            Flag("limit", "Ask only the first so many questions; 0 asks all.", 0),
            Flag("styles", "Prompt styles, separated by commas.", "default,affirmative,one-shot"),
            Flag(
                "variants",
                "Orders (reversed, shift-1, ...; shifts: all of them) and sets of labels beside the base, which is the "
                "order of the file with letters; or none.",
                "reversed,numbers-from-0,shifts",
            ),
            Flag("samples", "Replies that the text probe samples of each presentation.", 10),
            Flag("countries", "Countries for steering, separated by commas; or none.", "US,DE,CN"),
            Flag("reference", "How people answered: a file of `voxpop reference import`, or planted (invented).", ""),
            Flag(
                "scenarios", "Whose actions are rated: a built-in set, a file, or none; default: the survey's own.", ""
            ),
            Flag("exact-labels", "Score labels whole: exact for labels of any length, at the cost of more scoring."),
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
