"""Section: distributions with the effect of the order taken out, and what that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.debiasing import permutation_averages, prior_debiased
from analysis.distributions import FloatArray
from analysis.jensen_shannon import js_divergence
from analysis.place_effects import PlacedRow
from analysis.presentation_chance import differs
from analysis.presentation_pairs import PairRules, in_convention, mean_over_questions
from analysis.report import Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from analysis.sums import Estimate
from voxpop.studies.probing.choices import BASE_LABELS
from voxpop.studies.probing.measured import Measured, shown
from voxpop.studies.probing.places import NOT_ASKED, rows_under

AS_SHOWN = "as shown, file order"
CALIBRATION = 0.25
NO_INTERVAL = "fewer than two questions (topics)"
ITSELF = "this is what the others are compared with"

Distributions = Mapping[str, FloatArray]
"""Question → its distribution, NaN where it has none."""


def debiased_section(found: Measured) -> Section:
    """Averages over all cyclic shifts, and the prior of the places divided out, beside the file order."""
    title = "Distributions with the order taken out"
    if not found.choices.has_shifts:
        return Section("debiased", title, (NOT_ASKED,))
    parts: list[Any] = [
        "Averaged over all cyclic shifts, an effect of the place cannot favor any option. The arithmetic mean removes "
        "effects that add to shares (and leaves them spread evenly over the options), the geometric mean effects that "
        f"multiply probabilities. PriDe estimates what places give from {CALIBRATION:.0%} of the questions in all "
        "shifts, and divides it out of the others, asked once.",
        _table(found),
        _answers(found),
    ]
    return Section("debiased", title, tuple(parts))


def debiased(found: Measured, source: str) -> dict[str, Distributions]:
    """Method → distributions of one source, under the base labels."""
    rows = rows_under(found.material.shifted[source], BASE_LABELS)
    plain = _in_file_order(rows)
    methods: dict[str, Distributions] = {AS_SHOWN: plain}
    for mean in ("arithmetic", "geometric"):
        averaged = permutation_averages(rows, mean=mean)
        methods[f"{mean} mean over shifts"] = {name: one.shares for name, one in averaged.items()}
    divided = prior_debiased(_file_order_first(rows), found.rng("prior", source), calibration=CALIBRATION)
    methods["PriDe"] = {name: one.shares for name, one in divided.items()}
    return methods


def _is_file_order(row: PlacedRow) -> bool:
    return list(row.order) == sorted(row.order)


def _file_order_first(rows: list[PlacedRow]) -> list[PlacedRow]:
    return sorted(rows, key=lambda row: not _is_file_order(row))


def _in_file_order(rows: list[PlacedRow]) -> dict[str, FloatArray]:
    gathered: dict[str, list[FloatArray]] = {}
    for row in rows:
        if _is_file_order(row):
            gathered.setdefault(row.question, []).append(np.asarray(row.shares, dtype=np.float64))
    return {name: np.asarray(np.mean(parts, axis=0), dtype=np.float64) for name, parts in gathered.items()}


def distance(found: Measured, first: Distributions, second: Distributions, *names: str) -> tuple[Estimate, Estimate]:
    """Mean Jensen-Shannon distance and share of changed first choices over the questions that both have."""
    questions = [name for name in first if name in second]
    topics = dict(zip(found.choices.items, found.material.topics, strict=True))
    clusters = [topics[name] for name in questions] if found.rules.clusters is not None else None
    rules = PairRules(clusters=clusters, resamples=found.rules.resamples)
    js = [float(in_convention(np.asarray(js_divergence(first[one], second[one])), rules.js)) for one in questions]
    moved = [float(differs(first[one], second[one])) for one in questions]
    rng = found.rng("debiased", *names)
    return (
        mean_over_questions(np.array(js, dtype=np.float64), rules, rng),
        mean_over_questions(np.array(moved, dtype=np.float64), rules, rng),
    )


def _table(found: Measured) -> Table:
    content = _in_file_order(rows_under(found.material.content, BASE_LABELS))
    truth = [Column("truth", "JS from the planted content")] if content else []
    columns = (
        Column("probe"),
        Column("distribution"),
        Column("js", "JS from file order"),
        Column("moved", "first choice changed"),
        *truth,
        Column("n", "questions"),
        Column("missing", "could not be formed"),
    )
    rows: list[tuple[Cell, ...]] = []
    for source in found.sources:
        methods = debiased(found, source)
        for name, shares in methods.items():
            js, moved = distance(found, methods[AS_SHOWN], shares, source, name)
            own = [Missing(ITSELF)] * 2 if name == AS_SHOWN else [shown(js, NO_INTERVAL), shown(moved, NO_INTERVAL)]
            to_truth = (
                [shown(distance(found, content, shares, source, name, "truth")[0], NO_INTERVAL)] if content else []
            )
            n_missing = sum(bool(np.isnan(one).any()) for one in shares.values())
            rows.append((source, name, *own, *to_truth, len(shares) - n_missing, n_missing))
    note = (
        "The planted content is what would be answered without any preference for places and labels. Sampled "
        "distributions lie away from it by noise as well, the less the more replies: an average over K shifts has K "
        "times as many."
        if content
        else "Sampled distributions lie apart by noise as well; an average over K shifts has K times as many replies."
    )
    return Table("debiasing", "What taking the order out changes", columns, rows, note, n_headers=2)


def _answers(found: Measured) -> Table:
    """Every question's distribution in file order and averaged over the shifts, by probe."""
    rows: list[tuple[Cell, ...]] = []
    for source in found.sources:
        methods = debiased(found, source)
        plain, averaged = methods[AS_SHOWN], methods["arithmetic mean over shifts"]
        for question, shares in plain.items():
            options = found.choices.instrument.item(question).substantive_options
            for place, option in enumerate(options):
                rows.append((source, question, option.code, float(shares[place]), float(averaged[question][place])))
    why = "no distribution in every order"
    columns = (
        Column("probe"),
        Column("question"),
        Column("code"),
        Column("shown", "file order", why=why),
        Column("debiased", "mean over shifts", why=why),
    )
    return Table("debiased-answers", "Answers with the order taken out", columns, rows, n_headers=3, folded=True)
