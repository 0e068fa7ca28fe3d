"""How respondents answer apart from what they think: yes-saying, order effects, ends and middles, copying from memory.

Every share estimated here is in units of a mixture: with a share pi the answer is produced by the style whatever the
content, else by the content alone. Intervals are 95 % and clustered by respondent. Knows plain arrays only.
Method: Moore et al. 2024 (yes-bias, doubled here to become a share); Liu et al. 2025 (randomly pruned memory, used here
as an experiment); two-way clustering by Cameron, Gelbach & Miller 2011.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.clusters import NO_ESTIMATE, ClusteredEstimate, Floats, cluster_ratio, cluster_variance, with_interval

Numbers = npt.NDArray[np.int_]
Names = Sequence[Any] | npt.NDArray[Any]


def acquiescence(
    affirmed: npt.ArrayLike,
    supports_when_affirmed: npt.ArrayLike,
    topic_ids: Names,
    respondents: Names,
    *,
    topics_fixed: bool = False,
) -> ClusteredEstimate:
    """Share of answers that affirm whatever is asked.

    All four: (n_answers,). `affirmed`: 1 yes, 0 no, nan = missing (left out). Within each topic it is
    P(yes | yes supports) + P(yes | yes opposes) - 1, which is 0 for respondents who answer by stance alone and pi for a
    mixture; then the mean over topics with answers of both kinds (others are left out). The interval covers both other
    respondents and other questions (two-way clusters: respondent and topic); `topics_fixed` clusters by respondent
    alone. No usable topic gives nan; the value is twice the bias of METHODS 1.10.
    """
    yes, supports = np.asarray(affirmed, float), np.array(supports_when_affirmed, bool, ndmin=1)
    keep = ~np.isnan(yes)
    yes, supports = yes[keep], supports[keep]
    topics = np.unique(np.asarray(topic_ids)[keep], return_inverse=True)[1]
    people = np.unique(np.asarray(respondents)[keep], return_inverse=True)[1]
    n_topics = int(topics.max(initial=-1)) + 1
    cell = 2 * topics + supports
    counts = np.bincount(cell, minlength=2 * n_topics)
    usable: npt.NDArray[np.bool_] = np.all(counts.reshape(n_topics, 2) > 0, axis=1)
    if not usable.any():
        return NO_ESTIMATE
    rows = usable[topics]
    yes, topics, people, cell = yes[rows], topics[rows], people[rows], cell[rows]
    counts = np.bincount(cell, minlength=2 * n_topics)
    means = np.bincount(cell, yes, minlength=2 * n_topics) / np.maximum(counts, 1)
    per_topic = means.reshape(n_topics, 2).sum(axis=1)[usable] - 1
    # Each answer's part in the estimate; the parts of one cluster move together.
    part = (yes - means[cell]) / counts[cell] / len(per_topic)
    by_person = cluster_variance(part, people)
    variance, degrees = by_person, len(np.unique(people)) - 1
    if not topics_fixed and len(per_topic) > 1:
        by_topic = float(np.var(per_topic, ddof=1)) / len(per_topic)
        both = cluster_variance(part, people * n_topics + topics)
        variance = max(by_person + by_topic - both, by_person, by_topic)
        degrees = min(degrees, len(per_topic) - 1)
    n_people = len(np.unique(people))
    return with_interval(float(per_topic.mean()), variance, degrees, n_answers=len(yes), n_respondents=n_people)


def first_option_preference(
    chosen_position: npt.ArrayLike,
    n_options: npt.ArrayLike,
    respondents: Names,
) -> ClusteredEstimate:
    """Share of answers that take the option shown first, whatever it says (primacy).

    All three: (n_answers,). `chosen_position` counts from 0, nan = missing (left out); `n_options` is the number of
    options that were put into random order. It is sum(first - 1/K) / sum(1 - 1/K), which is pi if every option is
    equally often shown first; a scale that is only shown forwards or backwards needs `primacy_over_recency`. A
    preference for the last option lowers it by pi_last / (K - 1). Nothing to choose between gives nan.
    """
    return _position_preference(chosen_position, n_options, respondents, from_end=False)


def last_option_preference(
    chosen_position: npt.ArrayLike,
    n_options: npt.ArrayLike,
    respondents: Names,
) -> ClusteredEstimate:
    """Share of answers that take the option shown last (recency); otherwise as `first_option_preference`."""
    return _position_preference(chosen_position, n_options, respondents, from_end=True)


def primacy_over_recency(
    chosen_position: npt.ArrayLike,
    n_options: npt.ArrayLike,
    respondents: Names,
) -> ClusteredEstimate:
    """Share taking the first option minus share taking the last: pi_first - pi_last.

    Shapes as `first_option_preference`. Holds wherever an order and its reverse are equally likely, so for scales that
    are shown forwards or backwards too. Items with one option are left out.
    """
    position, count, people = _positions(chosen_position, n_options, respondents)
    signed = (position == 0).astype(float) - (position == count - 1)
    return cluster_ratio(signed, np.ones(len(signed)), people)


def extreme_share(category: npt.ArrayLike, n_categories: npt.ArrayLike, respondents: Names) -> ClusteredEstimate:
    """Share of answers in the lowest or highest category.

    All three: (n_answers,). `category` counts from 0 on the ordered scale, nan = missing (left out); scales of fewer
    than three categories are left out. None left gives nan.
    """
    place, count, people = _positions(category, n_categories, respondents, least=3)
    return cluster_ratio(((place == 0) | (place == count - 1)).astype(float), np.ones(len(place)), people)


def midpoint_share(category: npt.ArrayLike, n_categories: npt.ArrayLike, respondents: Names) -> ClusteredEstimate:
    """Share of answers in the middle category; scales with an even number of categories have none and are left out."""
    place, count, people = _positions(category, n_categories, respondents, least=3)
    odd = count % 2 == 1
    return cluster_ratio((place == (count - 1) / 2).astype(float)[odd], np.ones(int(odd.sum())), people[odd])


def _position_preference(
    chosen_position: npt.ArrayLike, n_options: npt.ArrayLike, respondents: Any, *, from_end: bool
) -> ClusteredEstimate:
    position, count, people = _positions(chosen_position, n_options, respondents)
    wanted = count - 1 if from_end else np.zeros_like(count)
    return cluster_ratio((position == wanted) - 1 / count, 1 - 1 / count, people)


def _positions(
    places: npt.ArrayLike, counts: npt.ArrayLike, respondents: Any, *, least: int = 2
) -> tuple[Floats, Floats, npt.NDArray[Any]]:
    """Places, list lengths and respondents of the answers that are there and had at least `least` options."""
    place = np.asarray(places, float)
    count = np.broadcast_to(np.asarray(counts, float), place.shape)
    keep = ~np.isnan(place) & (count >= least)
    return place[keep], count[keep], np.asarray(respondents)[keep]
