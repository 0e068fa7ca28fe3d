"""How much a value anchor moves the respondents who carry it, with an interval.

Scores are centered within person; values stand in circle order. Knows no persona texts. The curve over the circle is
`analysis.anchors`; here others' scores on the same value are the comparison, so the common value hierarchy drops out.
Method: Rozen et al. 2025, with the contrast and its interval our own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.anchors import CosineFit, anchor_profile, cosine_fit
from analysis.clusters import NO_ESTIMATE, ClusteredEstimate, Floats, with_interval


class PersonaEffect(NamedTuple):
    """The own-anchor contrast (points of the answer scale) and the mean rise by offset from the anchor with its cosine.

    `offsets` is (n_values,), offset 0 first; its cosine peaks at `curve.phase_steps` from the anchor (0 expected).
    """

    own_anchor: ClusteredEstimate
    offsets: Floats
    curve: CosineFit


def persona_effect(centered_scores: npt.ArrayLike, anchor_index: npt.ArrayLike) -> PersonaEffect:
    """How far anchored respondents rise on their own anchored value, and the shape of the rise over the circle.

    centered_scores: (n_respondents, n_values), circle order, points of the answer scale; nan = missing, left out
    value by value. anchor_index: (n_respondents,), position of the anchored value, -1 = no anchor (left out). The
    contrast is the mean over anchors of (mean of that value among those anchored on it minus its mean among all
    others); its interval takes respondents as drawn within anchors, and an anchor with one respondent borrows the
    variance of the others. The rise is what a value's mean within an anchor exceeds its mean over anchors by. An
    anchor without an own score or without others' counts for nothing; fewer than two anchors give nan, one respondent
    to every anchor no interval.
    """
    scores, anchors = np.asarray(centered_scores, float), np.asarray(anchor_index, int)
    scores, anchors = scores[anchors >= 0], anchors[anchors >= 0]
    present, group = np.unique(anchors, return_inverse=True)
    known = ~np.isnan(scores[:, present])
    own = (anchors[:, None] == present) & known
    others = (anchors[:, None] != present) & known
    usable = own.any(axis=0) & others.any(axis=0)
    if usable.sum() < 2:
        nothing = np.full(scores.shape[1], np.nan)
        return PersonaEffect(NO_ESTIMATE, nothing, cosine_fit(nothing))
    weights = own / np.maximum(own.sum(axis=0), 1) - others / np.maximum(others.sum(axis=0), 1)
    weights = np.where(usable, weights, 0.0) / usable.sum()
    columns = np.where(known, scores[:, present], 0.0)
    within = np.where(known, columns - _group_means(columns, known, group)[group], 0.0)
    contrast = float((weights * columns).sum())
    return PersonaEffect(_with_interval(contrast, (weights * within).sum(axis=1), group), *_rise(scores, anchors))


def _group_means(columns: Floats, known: npt.NDArray[np.bool_], group: npt.NDArray[np.int_]) -> Floats:
    """Mean of every column within every group, missing left out: (n_groups, n_columns)."""
    member = (group == np.arange(group.max() + 1)[:, None]).astype(float)
    means: Floats = member @ columns / np.maximum(member @ known, 1)
    return means


def _with_interval(contrast: float, part: Floats, group: npt.NDArray[np.int_]) -> ClusteredEstimate:
    """`part` is what each respondent adds to the contrast beyond the mean respondent of the same anchor."""
    sizes = np.bincount(group)[group]
    several = sizes > 1
    degrees = int(several.sum()) - len(np.unique(group[several]))
    if degrees < 1:
        return with_interval(contrast, np.nan, 0, n_answers=part.size, n_respondents=part.size)
    squares = part[several] ** 2 * sizes[several] / (sizes[several] - 1)
    variance = float(squares.sum()) * len(part) / int(several.sum())
    return with_interval(contrast, variance, degrees, n_answers=part.size, n_respondents=part.size)


def _rise(scores: Floats, anchors: npt.NDArray[np.int_]) -> tuple[Floats, CosineFit]:
    by_anchor = np.stack([_known_mean(scores[anchors == anchor]) for anchor in np.unique(anchors)])
    offsets = anchor_profile(by_anchor - _known_mean(by_anchor), np.unique(anchors))
    return offsets, cosine_fit(offsets)


def _known_mean(table: Floats) -> Floats:
    """Column means without the missing; nan where nothing is known."""
    counts = (~np.isnan(table)).sum(axis=0)
    return np.where(counts > 0, np.nansum(table, axis=0) / np.maximum(counts, 1), np.nan)
