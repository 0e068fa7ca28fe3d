"""The metrics that `voxpop analyze` offers: from loaded arms to rows with n, missing counts and intervals.

Every function takes an `Inquiry` and returns rows; the statistics themselves are in `analysis`. Prints nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import NO_ESTIMATE, ClusteredEstimate
from analysis.comparison import item_distributions
from analysis.dd_divergence import dd_divergence_groups
from analysis.memory_assimilation import memory_assimilation
from analysis.response_styles import acquiescence, first_option_preference, primacy_over_recency
from analysis.style_tables import remembered_answers, shown_positions, yes_no_answers
from analysis.sums import Estimate, Floats, sum_interval
from simulator.errors import RunSpecError
from simulator.seeds import rng_for
from simulator.store.reader import Reader
from voxpop.arms import Arm, Arms
from voxpop.comparing import centered_values, value_rankings
from voxpop.list_faults import by_kind, list_faults

Row = dict[str, Any]


@dataclass(frozen=True)
class Inquiry:
    """What a metric is asked about: the arms, the record they come from, how to resample."""

    arms: Arms
    record: Path
    resamples: int
    seed: int


def statuses(ask: Inquiry) -> list[Row]:
    """Answers by status, one row per arm."""
    return [{"arm": arm.name, "n": arm.n_respondents, **arm.statuses} for arm in ask.arms.arms]


def faults_of_lists(ask: Inquiry) -> list[Row]:
    """Faults of the lists that batteries brought back, one row per arm and kind; `lists` is how many came in all, from
    `n` respondents.

    Raises RunSpecError for a run without batteries.
    """
    with Reader(ask.record) as reader:
        found = list(list_faults(reader))
    if not found:
        raise RunSpecError("metric 'list-faults': no battery was answered in this run; choose another metric")
    rows = []
    for arm in ask.arms.arms:
        numbers = set(arm.numbers.tolist())
        own = [one for one in found if one.respondent in numbers]
        counts = by_kind(own) or {"none": 0}
        for kind, n in counts.items() if own else ():
            with_it = sum(kind in one.faults for one in own)
            row = {"arm": arm.name, "fault": kind, "faults": n, "lists_with_it": with_it, "lists": len(own)}
            rows.append({**row, "n": len({one.respondent for one in own})})
    return rows


def distributions(ask: Inquiry) -> list[Row]:
    """Share of every option of every closed item, with Wilson intervals."""
    rows = []
    for arm in ask.arms.arms:
        for at in item_distributions(arm.answers):
            item = ask.arms.instrument.items[ask.arms.positions[at.item]]
            for place, option in enumerate(item.substantive_options):
                share = Estimate(float(at.shares[place]), float(at.low[place]), float(at.high[place]), at.n)
                text = ask.arms.instrument.text_in(option.text, ask.arms.instrument.language)
                rows.append(
                    {
                        "item": item.id,
                        "arm": arm.name,
                        "code": option.code,
                        "option": text,
                        "share": share,
                        "n": at.n,
                        "missing": at.n_missing,
                    }
                )
    return rows


def value_ranking(ask: Inquiry) -> list[Row]:
    """Spearman correlation of the mean value ranking with the human one, one row per arm."""
    found = value_rankings(ask.arms, resamples=ask.resamples, seed=ask.seed)
    if not found:
        raise measures_no_values(ask)
    return [{"arm": name, "rho": estimate, "n": estimate.n} for name, estimate in found.items()]


def value_means(ask: Inquiry) -> list[Row]:
    """Mean centered score of each value with its interval, beside the human mean."""
    rng, rows = rng_for(ask.seed, "value-means"), []
    reference = ask.arms.value_reference
    for arm in ask.arms.arms:
        centered = centered_values(ask.arms, arm)
        if reference is None or centered is None:
            raise measures_no_values(ask)
        for place, (code, human) in enumerate(reference.means.items()):
            scores = centered[:, place]
            known = ~np.isnan(scores)
            estimate = weighted_mean(scores[known], arm.answers.weights[known], rng, ask.resamples)
            rows.append(
                {
                    "arm": arm.name,
                    "value": code,
                    "mean": estimate,
                    "human": human,
                    "n": int(known.sum()),
                    "missing": int((~known).sum()),
                }
            )
    return rows


def measures_no_values(ask: Inquiry) -> RunSpecError:
    """What to raise where a survey measures neither the 19 values nor the ten."""
    return RunSpecError(
        f"survey {ask.arms.instrument.id!r} measures neither the 19 values nor the ten; choose another metric"
    )


def weighted_mean(values: Floats, weights: Floats, rng: np.random.Generator, resamples: int) -> Estimate:
    """Weighted mean with a BCa interval over respondents."""
    columns = np.stack([values * weights, weights], axis=1)
    return sum_interval(columns, _ratio, rng, resamples=resamples)


def _ratio(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[:, 0] / sums[:, 1]


def stance_shares(arms: Arms, arm: Arm) -> tuple[Floats, list[int]]:
    """1 where an answer supports its topic, 0 where it opposes, nan otherwise: (n_respondents, n_items), and the items
    used.
    """
    used = [
        place
        for place, position in enumerate(arms.positions)
        if {"supports", "opposes"} <= {option.stance for option in arms.instrument.items[position].options}
    ]
    if not used:
        raise RunSpecError(f"survey {arms.instrument.id!r} codes no stances; choose another metric")
    columns = []
    for place in used:
        item = arms.instrument.items[arms.positions[place]]
        side = np.array([*(_side(option.stance) for option in item.substantive_options), np.nan])
        columns.append(side[arm.answers.choices[:, place]])
    return np.stack(columns, axis=1), used


def _side(stance: str | None) -> float:
    return {"supports": 1.0, "opposes": 0.0}.get(stance or "", np.nan)


def support(ask: Inquiry) -> list[Row]:
    """Share of answers that support each topic, over all its wordings."""
    rng, rows = rng_for(ask.seed, "support"), []
    for arm in ask.arms.arms:
        sides, used = stance_shares(ask.arms, arm)
        topics = np.array([ask.arms.instrument.items[ask.arms.positions[place]].topic or "" for place in used])
        for topic in dict.fromkeys(topics.tolist()):
            part = sides[:, topics == topic]
            known = ~np.isnan(part)
            weight = arm.answers.weights[:, None]
            columns = np.stack([(np.where(known, part, 0.0) * weight).sum(1), (known * weight).sum(1)], axis=1)
            share = sum_interval(columns, _ratio, rng, resamples=ask.resamples)
            rows.append(
                {
                    "arm": arm.name,
                    "topic": topic,
                    "support": share,
                    "n": int(known.any(1).sum()),
                    "answers": int(known.sum()),
                    "missing": int((~known).sum()),
                }
            )
    return rows


def consistency(ask: Inquiry) -> list[Row]:
    """D-D divergence of each respondent's answers over the wordings of a question, and over the questions of a
    topic.
    """
    rng, rows = rng_for(ask.seed, "consistency"), []
    for arm in ask.arms.arms:
        sides, used = stance_shares(ask.arms, arm)
        items = [ask.arms.instrument.items[ask.arms.positions[place]] for place in used]
        for kind, names in (
            ("paraphrase", [item.question_id for item in items]),
            ("topic", [item.topic or "" for item in items]),
        ):
            estimate, n_groups, n_missing = _consistency(sides, np.array(names), rng, ask.resamples)
            rows.append(
                {
                    "arm": arm.name,
                    "consistency": kind,
                    "dd": estimate,
                    "n": estimate.n,
                    "groups": n_groups,
                    "missing": n_missing,
                }
            )
    return rows


def _consistency(
    sides: Floats, names: NDArray[Any], rng: np.random.Generator, resamples: int
) -> tuple[Estimate, int, int]:
    """Mean distance to the group centroid over all answers of groups with at least two, clustered by respondent."""
    labels, group = np.unique(names, return_inverse=True)
    people, places = np.nonzero(~np.isnan(sides))
    group_ids = people * len(labels) + group[places]
    _, inverse, sizes = np.unique(group_ids, return_inverse=True, return_counts=True)
    several = sizes[inverse] >= 2
    people, places, group_ids = people[several], places[several], group_ids[several]
    n_missing = int(np.isnan(sides).sum())
    if not len(people):
        return Estimate(np.nan, np.nan, np.nan, 0), 0, n_missing
    supports = sides[people, places]
    found = dd_divergence_groups(np.stack([supports, 1 - supports], axis=1), group_ids)
    sums = np.bincount(people, found.distances, minlength=len(sides))
    counts = np.bincount(people, minlength=len(sides)).astype(np.float64)
    asked = counts > 0
    columns = np.stack([sums[asked], counts[asked]], axis=1)
    return sum_interval(columns, _ratio, rng, resamples=resamples), len(found.dd), n_missing


def response_styles(ask: Inquiry) -> list[Row]:
    """Yes-saying, preference for what is shown first, and repeating of remembered answers, as shares of all answers."""
    with Reader(ask.record) as reader:
        yes_no, shown, memory = yes_no_answers(reader), shown_positions(reader), remembered_answers(reader)
        people, conditions = reader.respondent_columns(), reader.conditions()
    # Only where chance decides what is remembered is remembering an experiment.
    pruned = [row.id for row in conditions if row.settings["memory"]["kind"] == "random-prune"]
    pruning = people["number"][np.isin(people["condition"], pruned)]
    rows = []
    for arm in ask.arms.arms:
        about = np.isin(yes_no.respondents, arm.numbers)
        said = [column[about] for column in yes_no]
        nominal = np.isin(shown.respondents, arm.numbers) & ~shown.is_scale
        ordered = np.isin(shown.respondents, arm.numbers) & shown.is_scale
        held = np.isin(memory.respondents, np.intersect1d(arm.numbers, pruning))
        found = {
            "acquiescence": acquiescence(*said) if about.any() else NO_ESTIMATE,
            "first option, lists": first_option_preference(*(column[nominal] for column in shown[:3])),
            "first over last, scales": primacy_over_recency(*(column[ordered] for column in shown[:3])),
            "memory assimilation": memory_assimilation(
                memory.codes[held], memory.option_sets[held], memory.remembered[held]
            )
            if held.any()
            else NO_ESTIMATE,
        }
        rows += [_style_row(arm.name, style, estimate) for style, estimate in found.items()]
    return rows


def _style_row(arm: str, style: str, found: ClusteredEstimate) -> Row:
    share = Estimate(found.estimate, found.low, found.high, found.n_respondents)
    return {"arm": arm, "style": style, "share": share, "n": found.n_respondents, "answers": found.n_answers}
