"""The study from its options to its report; each section is a module of its own."""

from __future__ import annotations

from analysis.report import Report
from voxpop.studies.facts import study_facts
from voxpop.studies.structure.anchored import anchor_section
from voxpop.studies.structure.asked import asked_section
from voxpop.studies.structure.choices import read_choices
from voxpop.studies.structure.consistency import consistency_section
from voxpop.studies.structure.contrast import administration_section, variants_section
from voxpop.studies.structure.fit import structure_section
from voxpop.studies.structure.material import gather
from voxpop.studies.structure.measured import Measured, measured
from voxpop.studies.structure.published import published_section
from voxpop.studies.structure.ranking import ranking_section
from voxpop.studies.structure.runs import conduct_runs
from voxpop.studies.structure.verdicts import verdicts
from voxpop.studies.study import StudyOptions

TITLE = "Do simulated respondents have human value structure?"
CONVENTIONS = (
    "scores:centered-within-person;ranking:spearman-of-means;agreement:pearson-off-diagonal, noise taken out;"
    "dissimilarity:chord;mds:smacof-from-torgerson and classical;ssd:standardized;anchors:per-anchor"
)
LIMITS = (
    "Simulated respondents are not people: human ranking or structure in their answers says something about what "
    "answers, and nothing about what any group of people thinks.",
    "Intervals cover another draw of respondents, not another model, wording, prompt or order of questions.",
    "The people are samples as well: the correlations are those of an online sample of one country, in another "
    "questionnaire about the same values, and its means are not those of the cultural groups.",
)
OWN_WORDING = (
    "`portrait-values` is our own wording of the 19 values and not the PVQ-RR, and has not been validated on people; "
    "the original can be imported by whoever has its licence (docs/instruments.md).",
)
KNOWN_TRUTH = (
    "Known-truth respondents answered, who are neither people nor a language model. The report shows what the analysis "
    "finds of what was planted, and nothing about people or models.",
)


def study_report(options: StudyOptions) -> Report:
    """Run or go on with every run, measure, and say what came out."""
    choices = read_choices(options)
    records = conduct_runs(choices)
    found = measured(gather(choices, records))
    return Report(
        title=TITLE,
        lead=_lead(found),
        limits=_limits(found),
        facts=study_facts(options, list(records.asked), CONVENTIONS),
        sections=(
            asked_section(found),
            ranking_section(found),
            structure_section(found),
            anchor_section(found),
            consistency_section(found),
            administration_section(found),
            variants_section(found),
            published_section(found),
        ),
        findings=tuple(verdicts(found)),
    )


def _limits(found: Measured) -> tuple[str, ...]:
    own = OWN_WORDING if found.choices.instrument.id == "portrait-values" else ()
    return (KNOWN_TRUTH if found.is_planted else ()) + LIMITS + own


def _lead(found: Measured) -> tuple[str, ...]:
    chosen = found.choices
    strategies = f"{len(chosen.strategies)} persona strategies ({', '.join(chosen.strategies)})"
    ways = f" in {len(found.ways)} ways ({', '.join(map(found.way, found.ways))})" if len(found.ways) > 1 else ""
    return (
        f"Personas of {strategies}, {chosen.options.n:,} of each, were put the {len(found.material.items)} items of "
        f"`{chosen.instrument.id}`{ways}, each persona once in every way. The report asks whether their values rank "
        f"and go together as those of people do ({chosen.people.label}, {chosen.people.n_text}), and how close other "
        "people come.",
    )
