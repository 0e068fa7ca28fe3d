"""The study from its options to its report; each section is a module of its own."""

from __future__ import annotations

from analysis.report import Report
from voxpop.studies.facts import study_facts
from voxpop.studies.probing.abstention import abstention_section
from voxpop.studies.probing.actions import action_section
from voxpop.studies.probing.asked import asked_section
from voxpop.studies.probing.choices import read_choices
from voxpop.studies.probing.debiasing import debiased_section
from voxpop.studies.probing.material import gather
from voxpop.studies.probing.measured import Measured
from voxpop.studies.probing.places import place_section
from voxpop.studies.probing.probes import agreement_section
from voxpop.studies.probing.published import published_section
from voxpop.studies.probing.robustness import robustness_section
from voxpop.studies.probing.runs import conduct_runs
from voxpop.studies.probing.steering import steering_section
from voxpop.studies.probing.verdicts import verdicts
from voxpop.studies.study import StudyOptions

TITLE = "What would the model have said? Three probes under presentations that should not matter"
CONVENTIONS = (
    "token-logit:all-spellings-summed;sequence:inverse-perplexity of label and text;text:unreadable 1/K;"
    "js:distance-nats;argmax-ties:first;styles:at the base variant;variants:averaged over styles;"
    "steering:emd, formats averaged first;value-action:middle option split"
)
LIMITS = (
    "The questions are a sample of questions: intervals say what other questions (topics) on such matters would show, "
    "not what another model, another set of styles or another sampling temperature would.",
    "A presentation that should not matter is one that people would be expected to answer alike; that they would is "
    "not shown here. People show order effects as well.",
    "Token and sequence distributions are those of the first answer, before any reasoning in words.",
)
KNOWN_TRUTH = (
    "Known-truth respondents answered, who are neither people nor a language model. The report shows what the analysis "
    "finds of what was planted, and nothing about people or models.",
)


def study_report(options: StudyOptions) -> Report:
    """Run or go on with every run, measure, and say what came out."""
    choices = read_choices(options)
    records = conduct_runs(choices)
    found = Measured(gather(choices, records))
    sections = (
        asked_section,
        robustness_section,
        place_section,
        debiased_section,
        agreement_section,
        abstention_section,
        steering_section,
        action_section,
        published_section,
    )
    return Report(
        title=TITLE,
        lead=_lead(found),
        limits=(KNOWN_TRUTH if found.is_planted else ()) + LIMITS,
        facts=study_facts(
            options, list(records.asked), CONVENTIONS, f"{found.over}; of steering and actions over questions"
        ),
        sections=tuple(section(found) for section in sections),
        findings=tuple(verdicts(found)),
    )


def _lead(found: Measured) -> tuple[str, ...]:
    chosen = found.choices
    n_variants = len(chosen.orders) * len(chosen.labels)
    shifts = ", then in every cyclic shift" if chosen.has_shifts else ""
    return (
        f"{len(chosen.items)} questions of `{chosen.instrument.id}` were put in {len(chosen.styles)} styles "
        f"({', '.join(chosen.styles)}) and {n_variants} option variants (orders {', '.join(chosen.orders)}; labels "
        f"{', '.join(chosen.labels)}){shifts}. Three probes read each presentation: the probabilities of the labels, "
        f"those of whole answers, and {chosen.n_samples} sampled replies.",
        "Two questions. Robustness: do the distributions stay the same where nothing that matters has changed? "
        "Expressiveness: do they react to a country in the persona as people of that country differ, and do they tell "
        "which actions are approved of?",
    )
