"""How far the answers of simulated respondents lie from those of humans: by item, dimension, topic, country, overall.

Every number stands with how many items, people, failed replies and replaced infinities are behind it, with what samples
of the same sizes would show where there is no difference at all (the noise floor), and with its p-value. Nothing
is left out silently: what cannot be compared is listed with its reason. Works on the frame of `analysis.responses`.

Source: Liu et al. 2025 (diversity-enhanced framework): KL, infinite rule, dimension scores; noise, p and correction are
ours (`analysis.sampling_noise`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.alignment_rows import MEAN, Scored, item_rows, left_out_rows, mean_over_countries, score_rows
from analysis.alignment_scores import score_plan
from analysis.human_shares import human_shares
from analysis.item_distances import AlignmentRules
from analysis.option_grid import OptionGrid, SubjectAnswers, option_grid, subjects
from analysis.sampling_noise import Pairing, noise_draws
from surveys.instrument import Instrument
from surveys.reference import EVERYBODY, HumanReference

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEAN", "AlignmentRules", "AlignmentTables", "align"]


class AlignmentTables(NamedTuple):
    """Scores by dimension, topic and overall; the same by item; and what could not be compared, with the reason."""

    scores: pd.DataFrame
    items: pd.DataFrame
    left_out: pd.DataFrame


def align(
    frame: pd.DataFrame,
    instrument: Instrument,
    reference: HumanReference,
    rng: np.random.Generator,
    *,
    by: Sequence[str] = (),
    country: str | None = "attr_country",
    groups: Sequence[str] = (EVERYBODY,),
    ordered: Collection[str] | None = None,
    rules: AlignmentRules | None = None,
) -> AlignmentTables:
    """Every arm beside the humans of every country and group: three tables.

    frame: of `answers_frame`; by: its columns that tell arms apart; country: its column of two-letter codes, ignored
    where the reference knows no countries; groups: "all", "sex=female", "age=30-49" and their combinations; ordered:
    ids of items with an order (default: those of format "scale"), which alone have an EMD.

    `scores` has the arm's columns, country ("mean": unweighted mean of the countries), group, level (dimension, topic,
    overall), name, metric (kl and js in nats; emd as a share of the largest; alignment = 1 - emd; tv), then: value (of
    the samples; the published number), corrected with low and high (distance of the populations, noise taken out, cut
    at 0, and its interval: it does not surround `value`, which noise makes too large), by_chance and chance_high (mean
    and upper bound of what samples of these sizes give where there is no difference), p_value (add-one, one-sided: of
    no difference), verdict, n_items, n_respondents, n_failed, failure_rate, n_infinite (KL replaced by the infinite
    rule), convention, reason (why a number is missing or to be read with care). `items` has the same by item, without
    a level, with topic, dimensions, n_answered, n_effective and human_n.

    An item that was asked and not answered, or has an infinite KL, counts as the infinite rule says; under the other
    metrics it has no value. KL is biased upward in small samples, and one rare option makes it infinite: read
    `corrected` or "js". Raises KeyError for a column that the frame lacks. Source: Liu et al. 2025.
    """
    grid, chosen = option_grid(instrument, ordered=ordered), rules or AlignmentRules()
    column = None if reference.countries in ((), ("",)) else country
    placed = list(subjects(frame, grid, by=by, country=column, groups=groups, weighted=chosen.weighted))
    found = [scored for subject in placed for scored in _scored(subject, reference, grid, chosen, rng)]
    return AlignmentTables(
        score_rows([*found, *mean_over_countries(found)], by, chosen),
        item_rows(found, by, chosen),
        left_out_rows(frame, grid, reference, placed, by, column, groups),
    )


def _scored(
    subject: SubjectAnswers,
    reference: HumanReference,
    grid: OptionGrid,
    rules: AlignmentRules,
    rng: np.random.Generator,
) -> Iterator[Scored]:
    human = human_shares(reference, grid, subject.country, subject.group)
    used = human.is_known & subject.asked.any(axis=0)
    if used.any():
        pairing = Pairing(subject, human, grid, score_plan(grid, used, rules), rules)
        yield Scored.of(pairing, used, noise_draws(pairing, rng))
