"""The study from its options to its report; each section is a module of its own."""

from __future__ import annotations

from analysis.report import Report
from voxpop.studies.alignment.arms import what_each_part_does
from voxpop.studies.alignment.choices import read_choices
from voxpop.studies.alignment.culture import culture_section
from voxpop.studies.alignment.distance import distance_from_people, verdicts
from voxpop.studies.alignment.groups import group_section
from voxpop.studies.alignment.items import item_section
from voxpop.studies.alignment.judging import judge_all, judge_section
from voxpop.studies.alignment.material import Material, gather
from voxpop.studies.alignment.profiles import profile_section
from voxpop.studies.alignment.published import published_section
from voxpop.studies.alignment.runs import conduct_runs
from voxpop.studies.alignment.who import who_answered
from voxpop.studies.facts import study_facts
from voxpop.studies.study import StudyOptions

LIMITS = (
    "Simulated respondents are not people. A small distance means that their answers are distributed alike, not that "
    "they would answer another question, or change their minds, as people do.",
    "Intervals cover another draw of respondents and, where the reference says how many answered, of people. They do "
    "not cover another model, wording, prompt or order of questions.",
    "Human samples are taken as simple random samples of the n they give; weighting and clustering make them less "
    "certain than that.",
)
PLANTED = (
    "The people of this report are planted: known-truth respondents of the same world, free of the effects that the "
    "simulated respondents were given. It shows what the analysis finds, and nothing about people.",
)


def study_report(options: StudyOptions) -> Report:
    """Run or go on with every run, judge, measure, and say what came out."""
    choices = read_choices(options)
    records = conduct_runs(choices)
    judged = judge_all(choices, records)
    material = gather(choices, records)
    conventions = (
        "kl:masses;overall:dimensions;failures:exclude (published: infinite);map:pca and literal;"
        "profiles:share and counts"
    )
    return Report(
        title="How far simulated answers to a social survey lie from those of people",
        lead=_lead(material),
        limits=(PLANTED + LIMITS) if material.is_planted else LIMITS,
        facts=study_facts(options, [*records.asked, *records.people], conventions),
        sections=(
            who_answered(material),
            distance_from_people(material),
            what_each_part_does(material),
            culture_section(material),
            profile_section(material),
            judge_section(judged),
            group_section(material),
            published_section(material),
            item_section(material),
        ),
        findings=tuple(verdicts(material)),
    )


def _lead(material: Material) -> tuple[str, ...]:
    choices = material.choices
    asked = (
        f"Simulated citizens of {' and '.join(choices.countries)} answered {len(choices.items)} of the "
        f"{len(choices.instrument.items)} items of `{choices.instrument.id}` in "
        f"{' and '.join(dict.fromkeys(choices.languages))}, each with a memory and decoding settings of their own "
        f"({choices.draws} ranges). Their answers are held against those of {material.people}: "
        f"{material.reference.title}."
    )
    arms = "" if len(choices.arms) == 1 else f"Arms: {', '.join(choices.arms)}."
    return (asked, arms) if arms else (asked,)
