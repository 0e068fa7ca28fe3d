"""The study `strategies`: populations drawn in different ways answer one value survey, and are compared.

What `voxpop compare` computes, as a report with figures. Statistics: `analysis.comparison`, `analysis.ranking`.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from analysis.figure_intervals import Band, interval_plot, measure_panels
from analysis.figure_shares import distribution_multiples
from analysis.jensen_shannon import js_divergence
from analysis.report import NO_INTERVAL, Figure, Report, Section
from analysis.report_cells import Column
from analysis.report_tables import Table
from analysis.sums import Floats
from simulator.errors import RunSpecError
from surveys.value_keys import value_titles
from voxpop.arms import load_arms
from voxpop.comparing import Comparison, compare_arms, interval, no_variance
from voxpop.metrics import Inquiry, distributions, value_means
from voxpop.spec_source import names_in
from voxpop.studies.facts import study_facts
from voxpop.studies.fieldwork import carried_out
from voxpop.studies.study import StudyOptions

RUN = "strategies"
ITEMS_SHOWN = 12
FEW = "fewer than two respondents who answered"
CONVENTIONS = "distance:js-nats-mean-of-items;floor:permuted-respondents;ranking:spearman-of-centered-means"
LIMITS = (
    "Simulated respondents are not people: nothing here is evidence of what any group of people thinks.",
    "Intervals cover another draw of respondents, not another model, prompt, wording or order of options. The p-values "
    "are per pair and not adjusted for the number of pairs. The items were written for this project and have not been "
    "validated on people; the human means are those of another questionnaire about the same values.",
)


def study_report(options: StudyOptions) -> Report:
    """Run or resume the survey, compare the strategies, and say what came out."""
    strategies = names_in(options.flags["strategies"], "--strategies")
    if len(strategies) < 2:
        raise RunSpecError(f"--strategies {strategies[0]}: one strategy has nothing to be compared with; give two")
    data = {
        "survey": "portrait-values",
        "population": {"strategies": strategies},
        "asking": {"option_order": "random"},
    }
    record = carried_out(options, RUN, data)
    arms = load_arms([record])
    ask = Inquiry(arms, record, options.resamples, options.seed)
    found = compare_arms(arms, resamples=options.resamples, seed=options.seed)
    values = [_values(ask, found)] if found.rankings else []  # another survey may measure other things
    sections = (_answers(found), _distances(found), _spread(found), *values, _items(ask, found))
    return Report(
        title="Persona strategies side by side",
        lead=(
            f"Respondents of {len(strategies)} populations, drawn in different ways ({', '.join(strategies)}), "
            f"answered the same {len(found.positions)} items about what matters to a person. The answers of each "
            "population are set beside those of the others, and the order of its values beside that of people.",
        ),
        limits=LIMITS,
        facts=study_facts(options, [record], CONVENTIONS),
        sections=sections,
        findings=_findings(found),
    )


def _findings(found: Comparison) -> tuple[str, ...]:
    """The main lines: how far apart the populations are, and how their values rank."""
    smallest = 1 / (1 + found.resamples)
    lines = []
    for pair in found.pairs:
        p = f"p ≤ {smallest:.3f}" if pair.p_value <= smallest else f"p = {pair.p_value:.3f}"
        lines.append(
            f"{pair.first} and {pair.second} are {pair.js_distance:.3f} apart, {pair.by_chance:.3f} by chance ({p})."
        )
    ranked = ", ".join(f"{name} {interval(estimate)}" for name, estimate in found.rankings.items())
    return (*lines, f"Rank correlation of the 19 mean values with those of people: {ranked}.") if ranked else (*lines,)


def _people(found: Comparison) -> str:
    return ", ".join(f"{arm.n_respondents:,} {arm.name}" for arm in found.arms) + " respondents"


def _answers(found: Comparison) -> Section:
    names = ("answered", "refused", "dont_know", "unparsed", "not_applicable", "error")
    rows = [
        (arm.name, arm.n_respondents, summary.effective_n, *(arm.statuses[name] for name in names))
        for arm, summary in zip(found.arms, found.summaries, strict=True)
    ]
    headings = [Column(name, name.replace("_", " ")) for name in names]
    columns = (Column("population"), Column("n"), Column("effective_n", "effective n", digits=0), *headings)
    table = Table("answers-by-status", "Answers by status", columns, rows)
    return Section("who-answered", "Who answered", ("A missing answer has a reason and is never imputed.", table))


def _distances(found: Comparison) -> Section:
    rows = [(f"{at.first} – {at.second}", at.js_distance, at.by_chance, at.corrected, at.p_value) for at in found.pairs]
    columns = (
        Column("pair"),
        Column("distance", digits=3, why=FEW),
        Column("by_chance", "by chance", digits=3, why=FEW),
        Column("corrected", "noise taken out", digits=3, why=FEW),
        Column("p", digits=3, at_least=1 / (1 + found.resamples), why=FEW),
    )
    sampled = pd.DataFrame(
        [(row[0], "as sampled", row[1], np.nan, np.nan, 0.0, row[2]) for row in rows],
        columns=["row", "arm", "value", "low", "high", "floor", "chance"],
    )
    corrected = pd.DataFrame(
        [(row[0], "noise taken out", *row[3][:3]) for row in rows], columns=["row", "arm", "value", "low", "high"]
    )
    distance = "Jensen-Shannon distance, mean over items"
    floor = Figure(
        "distances",
        "Distances as sampled, and by chance",
        interval_plot(sampled, xlabel=distance, band=Band("floor", "chance", "by chance")),
        "One row per pair of populations: a dot at their distance, and a grey band up to the distance by chance.",
        _people(found),
        NO_INTERVAL,
        "Two samples of one population are apart by chance; the grey band ends at that distance, found by shuffling "
        "respondents between the two; p in the table says how often shuffling moved them as far apart.",
    )
    taken_out = Figure(
        "distances-corrected",
        "Distances with the noise taken out",
        interval_plot(corrected, xlabel=f"{distance}, noise taken out", reference=0),
        "One row per pair of populations: the distance with noise taken out, with its interval, cut at 0.",
        _people(found),
    )
    table = Table("pairs", "Distances of each pair", columns, rows, note="p: share of shuffles at least as far apart.")
    return Section("distances-of-populations", "How far apart they are", (floor, taken_out, table))


def _spread(found: Comparison) -> Section:
    rows = [(at.name, at.diversity, at.variance_ratio) for at in found.summaries]
    measures = {"diversity": 1, f"variance relative to {found.arms[0].name}": 2}
    frame = pd.DataFrame(
        [(row[0], name, *row[place][:3]) for row in rows for name, place in measures.items()],
        columns=["row", "measure", "value", "low", "high"],
    )
    figure = Figure(
        "spread",
        "How much respondents differ within each population",
        measure_panels(frame),
        "One row per population in two panels: diversity of answers, and variance relative to the first population.",
        _people(found),
        caption="Diversity is the entropy of the answers to an item as a share of its maximum: 0 all alike, 1 evenly "
        "spread over the options.",
    )
    why = f"variance relative to {found.arms[0].name}{no_variance(found)}" if no_variance(found) else FEW
    columns = (Column("population"), Column("diversity", why=FEW), Column("variance", "variance ratio", why=why))
    table = Table("spreads", "Diversity and variance of the answers", columns, rows)
    return Section("spread-of-answers", "How much respondents differ within a population", (figure, table))


def _values(ask: Inquiry, found: Comparison) -> Section:
    named, reference = value_titles(), ask.arms.value_reference
    rows = value_means(ask)
    people = {row["value"]: row["human"] for row in rows}
    drawn = [(named[row["value"]], row["arm"], *row["mean"][:3]) for row in rows]
    drawn += [(named[code], "people", mean, np.nan, np.nan) for code, mean in people.items()]
    frame = pd.DataFrame(drawn, columns=["row", "arm", "value", "low", "high"])
    figure = Figure(
        "value-means",
        "Mean of each value beside that of people",
        interval_plot(frame, xlabel="mean rating, centered on each respondent's own mean", hollow=["people"]),
        "One row per value: the mean of each population with its interval, and the mean of people as an outline.",
        f"{_people(found)}; people: {reference.people if reference else ''}",
        caption="Right of 0: more important to the respondent than values are on average.",
    )
    ranking = Table(
        "value-ranking",
        "Rank correlation of the mean values with those of people",
        (Column("population"), Column("rho", "Spearman's rho", why=FEW), Column("n", "n who answered")),
        [(name, estimate, estimate.n) for name, estimate in found.rankings.items()],
    )
    columns = (Column("arm", "population"), Column("value"), Column("mean", why=FEW), Column("human", "people"))
    means = Table(
        "value-means-table",
        "Mean of each value",
        (*columns, Column("n"), Column("missing")),
        [(row["arm"], row["value"], row["mean"], row["human"], row["n"], row["missing"]) for row in rows],
        n_headers=2,
        folded=True,
    )
    return Section("values-and-people", "The values beside those of people", (figure, ranking, means))


def _items(ask: Inquiry, found: Comparison) -> Section:
    rows = distributions(ask)
    chosen = _most_different(found)
    asked = {one.id: found.instrument.item_text(one, found.instrument.language) for one in found.instrument.items}
    frame = pd.DataFrame(
        [
            (f"{row['item']}: {asked[row['item']]}", str(row["code"]), row["arm"], *row["share"][:3])
            for row in rows
            if row["item"] in chosen
        ],
        columns=["item", "option", "arm", "share", "low", "high"],
    )
    figure = Figure(
        "item-distributions",
        f"The {len(chosen)} items on which populations differ most",
        distribution_multiples(frame),
        "A small panel per item: the share of each option in each population.",
        _people(found),
        "Intervals are 95 % (Wilson, at the effective n).",
    )
    columns = (
        Column("item"),
        Column("arm", "population"),
        Column("code"),
        Column("option"),
        Column("share", "share", percent=True, digits=0, why="nobody answered"),
        Column("missing"),
    )
    cells = [[row[column.name] for column in columns] for row in rows]
    table = Table("items", "Share of every option of every item", columns, cells, n_headers=3, folded=True)
    return Section("items-and-options", "Item by item", (figure, table))


def _most_different(found: Comparison) -> list[str]:
    """Items in the order of their largest distance between two populations."""
    shares: dict[int, list[Floats]] = {}
    for at in found.distributions:
        shares.setdefault(at.item, []).append(at.shares)
    widest = {
        item: max(float(np.nan_to_num(js_divergence(one, other))) for one, other in combinations(rows, 2))
        for item, rows in shares.items()
    }
    order = sorted(widest, key=lambda item: -widest[item])[:ITEMS_SHOWN]
    return [found.instrument.items[found.positions[item]].id for item in order]
