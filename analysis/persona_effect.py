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

    centered_scores: (n_respondents, n_values), circle order, points of the answer scale; rows with any nan are left
    out. anchor_index: (n_respondents,), position of the anchored value, -1 = no anchor (left out). The contrast is
    the mean over anchors of (mean of that value among those anchored on it minus its mean among all others); its
    interval takes respondents as drawn within anchors. The rise is what a value's mean within an anchor exceeds its
    mean over anchors by. Fewer than two anchors give nan; anchors with one respondent each give no interval.
    """
    scores, anchors = np.asarray(centered_scores, float), np.asarray(anchor_index, int)
    keep = (anchors >= 0) & ~np.isnan(scores).any(axis=1)
    scores, anchors = scores[keep], anchors[keep]
    present, group = np.unique(anchors, return_inverse=True)
    if len(present) < 2:
        n_values = scores.shape[1]
        return PersonaEffect(NO_ESTIMATE, np.full(n_values, np.nan), cosine_fit(np.full(n_values, np.nan)))
    own = anchors[:, None] == present
    columns = scores[:, present]
    weights = (own / own.sum(axis=0) - ~own / (~own).sum(axis=0)) / len(present)
    part = (weights * columns).sum(axis=1)
    contrast = float(part.sum())
    return PersonaEffect(_with_interval(contrast, part, group), *_rise(scores, anchors))


def _with_interval(contrast: float, part: Floats, group: npt.NDArray[np.int_]) -> ClusteredEstimate:
    """Respondents are drawn within anchors: only differences between respondents of one anchor count as chance."""
    sizes = np.bincount(group)
    around = part - (np.bincount(group, part) / sizes)[group]
    if sizes.min() < 2:
        return with_interval(contrast, np.nan, 0, n_answers=part.size, n_respondents=part.size)
    variance = float(np.sum(around**2 * (sizes / (sizes - 1))[group]))
    return with_interval(contrast, variance, len(part) - len(sizes), n_answers=part.size, n_respondents=part.size)


def _rise(scores: Floats, anchors: npt.NDArray[np.int_]) -> tuple[Floats, CosineFit]:
    by_anchor = np.stack([scores[anchors == anchor].mean(axis=0) for anchor in np.unique(anchors)])
    offsets = anchor_profile(by_anchor - by_anchor.mean(axis=0), np.unique(anchors))
    return offsets, cosine_fit(offsets)
