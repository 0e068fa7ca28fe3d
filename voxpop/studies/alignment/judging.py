"""Section: what judges say of a sample of the replies: which of six faults they have, and how far the judges agree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from analysis.figure_intervals import interval_plot
from analysis.insensitivity import FaultRate
from analysis.report import Figure, Points, Section
from analysis.report_cells import Cell, Column
from analysis.report_tables import Table
from analysis.sums import Estimate
from simulator.errors import StudyIncomplete
from simulator.judges.catalog import find_rubric
from simulator.judges.sample import read_sample_size
from simulator.store.reader import Reader
from voxpop.judge_agreement import JudgeAgreement, judge_agreement
from voxpop.judge_specs import make_judges, read_judge_specs, split_specs
from voxpop.judging import JudgingPlan, judge_run
from voxpop.judging_progress import shown
from voxpop.studies.alignment.choices import Choices
from voxpop.studies.alignment.runs import Records
from voxpop.studies.cells import estimate

RUBRIC = "insensitivity"
REPEATS = 2
PANEL = "judge-a=synthetic_judge,judge-b=synthetic_judge"
"""The judges of known-truth respondents, unless others are named."""

NAMES = {
    "iu": "instruction misunderstood",
    "qc": "question captured",
    "rp": "role dropped",
    "cv": "values in conflict",
    "ff": "false fact",
    "ir": "irrelevant",
}
ALL_FAULTS = "mean of the six"


class Judged(NamedTuple):
    """The judgement of one country's interviews. `arms`: what the record's arms are called here."""

    country: str
    found: JudgeAgreement
    arms: dict[str, str]


def judge_all(choices: Choices, records: Records) -> tuple[Judged, ...]:
    """Judge a sample of every country's interviews; what has a verdict is not judged again. Raises VoxpopError."""
    judges = choices.judges or (PANEL if choices.is_known_truth else "")
    if not judges:
        return ()
    options = choices.options
    judged = []
    for country, record in zip(choices.countries, records.interviews, strict=True):
        plan = JudgingPlan(find_rubric(RUBRIC), REPEATS, read_sample_size(choices.sample), seed=options.seed)
        panel = make_judges(read_judge_specs(list(split_specs(judges))), seed=options.seed)
        name = f"judging {record.parent.name}"
        done = judge_run(record, plan, panel, watch=partial(shown, label=name, quiet=options.is_quiet))
        if not done.outcome.is_complete:
            raise StudyIncomplete(
                f"{done.outcome.n_open:,} judgements of {record.parent} are open; all that was judged is recorded, and "
                "the same command goes on"
            )
        found = judge_agreement(
            record,
            rubric=RUBRIC,
            planted=choices.is_known_truth,
            by=[],
            resamples=options.resamples,
            seed=options.seed,
        )
        judged.append(Judged(country, found, _arm_names(record)))
    return tuple(judged)


def _arm_names(record: Any) -> dict[str, str]:
    """What an arm is called among the judged → what it is called in this report."""
    with Reader(record) as reader:
        strategies = reader.strategies()
        conditions = {row.id: str(row.settings["ablation"]) for row in reader.conditions()}
    return {f"{one}, condition {number}": name for one in strategies for number, name in conditions.items()}


def judge_section(judged: tuple[Judged, ...]) -> Section:
    """Fault rates by arm, agreement, and judges that tell nothing."""
    if not judged:
        text = (
            "No judge was asked. Name one or several with `--judges`, for example `--judges "
            "openai_compatible:MODEL@URL`: a sample of the replies is then judged for six faults, and the agreement "
            "of the judges is reported."
        )
        return Section("judges", "What judges say of the replies", (text,))
    parts: list[Any] = [
        "Judges read a sample of the replies with their questions, without knowing who was interviewed, and say for "
        "each of six faults whether a reply is free of it. A rate is the share of judged replies that most of the "
        "panel find faulty.",
        *_figures(judged),
        _rates(judged),
        _agreement(judged),
        _information(judged),
    ]
    notes = list(_notes(judged))
    if notes:
        parts.append(Points(tuple(f"{note[:1].upper()}{note[1:]}." for note in notes)))
    return Section("judges", "What judges say of the replies", tuple(parts))


def _notes(judged: tuple[Judged, ...]) -> Iterator[str]:
    """What has to be known of these numbers: every kind of note once, and each judge that tells nothing."""
    notes = [note for one in judged for at in one.found.criteria for note in at.notes]
    yield from {note.partition(": ")[2] or note: note for note in reversed(notes)}.values()
    for one in judged:
        for at in one.found.judges:
            if at.criterion is None and at.finding != "informative":
                yield f"{at.judge}, {one.country}: {at.sentence}"


def _fault(criterion: str | None) -> str:
    return ALL_FAULTS if criterion is None else NAMES.get(criterion, criterion)


def _cell(found: Estimate, reason: str) -> Cell:
    return estimate(*found, reason=reason)


def _by_arm(judged: tuple[Judged, ...]) -> list[tuple[str, str, FaultRate]]:
    """(country, arm, rate) of every arm, and of all of them together."""
    rows = []
    for one in judged:
        for rate in one.found.rates:
            if rate.grouping in ("", "arm"):
                rows.append((one.country, one.arms.get(rate.group, rate.group) or "all arms", rate))
    return rows


def _rates(judged: tuple[Judged, ...]) -> Table:
    rows = [
        (
            country,
            arm,
            _fault(rate.criterion),
            _cell(rate.rate, rate.reason),
            _cell(rate.corrected, rate.reason or "what the judges miss and invent is not known"),
            rate.n_judged,
            rate.n_unreadable,
            rate.n_tied,
        )
        for country, arm, rate in _by_arm(judged)
    ]
    columns = (
        Column("country"),
        Column("arm"),
        Column("fault"),
        Column("rate", percent=True, digits=1),
        Column("corrected", "corrected for the judges' errors", percent=True, digits=1),
        Column("n_judged", "judged"),
        Column("n_unreadable", "unreadable"),
        Column("n_tied", "tied"),
    )
    note = "Corrected: the true share behind a rate, from what the judges were found to miss and to invent."
    return Table("fault-rates", "Faults of the replies", columns, rows, note, n_headers=3, folded=len(rows) > 40)


def _figures(judged: tuple[Judged, ...]) -> Iterator[Figure]:
    """The rates of all arms together; nothing where no verdict could be read."""
    rows = [
        (_fault(rate.criterion), country, *rate.rate[:3])
        for country, arm, rate in _by_arm(judged)
        if arm == "all arms" and rate.rate.value == rate.rate.value
    ]
    if not rows:
        return
    frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high"])
    n = ", ".join(f"{one.found.criteria[0].n_units:,} replies in {one.country}" for one in judged)
    yield Figure(
        "fault-rates-figure",
        "Faults of the replies, all arms",
        interval_plot(frame, xlabel="share of judged replies", reference=0.0),
        "One row per fault and one for their mean; a dot with its interval for every country.",
        n,
        "Intervals are 95 %, over respondents.",
    )


def _agreement(judged: tuple[Judged, ...]) -> Table:
    rows = []
    for one in judged:
        for at in one.found.criteria:
            reason = "; ".join(at.notes) or "too few replies were judged twice"
            between = at.between
            coefficients = (between.percent, between.fleiss, between.alpha, between.ac1)
            rows.append(
                (
                    one.country,
                    _fault(at.criterion),
                    *(_cell(value, reason) for value in coefficients),
                    between.n_raters,
                    at.n_units,
                    at.n_unreadable + at.n_refused + at.n_failed,
                )
            )
    columns = (
        Column("country"),
        Column("fault"),
        Column("percent", "pairs that agree", percent=True, digits=0),
        Column("fleiss", "Fleiss kappa"),
        Column("alpha", "Krippendorff alpha"),
        Column("ac1", "Gwet AC1"),
        Column("judges"),
        Column("replies"),
        Column("without_a_verdict", "without a verdict"),
    )
    return Table("judge-agreement", "How far the judges agree", columns, rows, n_headers=2)


def _information(judged: tuple[Judged, ...]) -> Table:
    rows = []
    for one in judged:
        for at in one.found.judges:
            if at.criterion is not None:
                continue
            reason = at.sentence or "there is nothing to hold the judge against"
            cells = (_cell(value, reason) for value in (at.agreement, at.kappa, at.youden, at.repeats))
            rows.append((one.country, at.judge, at.against or "–", *cells, at.n, at.finding))
    columns = (
        Column("country"),
        Column("judge"),
        Column("against", "held against"),
        Column("agreement", percent=True, digits=0),
        Column("kappa", "Cohen kappa"),
        Column("youden", "sensitivity + specificity − 1"),
        Column("repeats", "alpha of repeats"),
        Column("n", "verdicts"),
        Column("finding", "what it tells"),
    )
    return Table("judge-information", "What each judge tells", columns, rows, n_headers=2)
