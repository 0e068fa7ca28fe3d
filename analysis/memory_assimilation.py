"""Whether respondents repeat what they remember: randomly pruned memory read as an experiment.

Of a respondent's earlier answers chance keeps some in memory and drops others, so any excess of agreement with the kept
ones is caused by memory. Knows plain arrays only. The design is Liu et al. 2025's; the estimator is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.clusters import NO_ESTIMATE, ClusteredEstimate, Floats, cluster_ratio

CHUNK = 64


class _Contrast(NamedTuple):
    """All (n, p, p) over (respondent, answer j, earlier answer e): weight, agreement, what copying predicts."""

    weight: Floats
    agreement: Floats
    predicted: Floats


def memory_assimilation(
    codes: npt.ArrayLike, option_sets: npt.ArrayLike, remembered: npt.NDArray[np.bool_]
) -> ClusteredEstimate:
    """Share of answers that repeat an evenly drawn remembered answer, whatever the content.

    codes: (n_respondents, n_positions) in the order asked, nan = missing or no single code; option_sets: the same
    shape, equal numbers where items offer the same list of codes; remembered: (n_respondents, n_positions,
    n_positions), true at [k, j, e] if respondent k still had the answer at position e in memory when answering at
    position j.

    A is the agreement of answer j with an earlier answer e of the same option set, Z the share of everything remembered
    that equals answer e. Of such earlier answers r are remembered and f forgotten; w = 1/r - 1/(r + f) for remembered
    and -1/(r + f) for forgotten ones, so that sum w A = pi sum w Z + what content alone would give. Pruning is random,
    so w less its mean over respondents at the same pair of positions has nothing to do with content, also where
    remembered answers are the more recent ones and items lie in fixed order: pi = sum w A / sum w Z with centered w (A
    and Z less their means at that pair of positions and over the answer, which leaves pi and narrows the interval).
    Interval: jackknife over respondents. Nothing both remembered and forgotten gives nan. Memory must be pruned at
    random: a window is no experiment (nan, or an interval that cannot be trusted).
    """
    answers, sets = np.asarray(codes, float), np.asarray(option_sets)
    n_people, n_positions = answers.shape
    sums, counts = np.zeros((3, n_positions, n_positions)), np.zeros((n_positions, n_positions))
    for contrast, _ in _contrasts(answers, sets, remembered):
        counts += (contrast.weight != 0).sum(axis=0)
        sums += [part.sum(axis=0, where=contrast.weight != 0) for part in contrast]
    usual = _Contrast(*(sums / np.maximum(counts, 1)))
    tops, bottoms, used = (np.zeros(n_people) for _ in range(3))
    for contrast, rows in _contrasts(answers, sets, remembered):
        is_used = contrast.weight != 0
        centered = np.where(is_used, contrast.weight - usual.weight, 0.0)
        tops[rows] = (centered * _beyond(contrast.agreement, usual.agreement, is_used)).sum(axis=(1, 2))
        bottoms[rows] = (centered * _beyond(contrast.predicted, usual.predicted, is_used)).sum(axis=(1, 2))
        used[rows] = is_used.any(axis=2).sum(axis=1)
    informed = used > 0
    if not informed.any():
        return NO_ESTIMATE
    found = cluster_ratio(tops[informed], bottoms[informed], np.flatnonzero(informed))
    return found._replace(n_answers=int(used.sum()))


def _beyond(found: Floats, usual: Floats, is_used: npt.NDArray[np.bool_]) -> Floats:
    """What is found less what is usual at that pair of positions, and less its mean over one answer's pairs.

    Neither mean has to do with chance's weights; without them the interval is narrower.
    """
    rest = np.where(is_used, found - usual, 0.0)
    mean: Floats = rest.sum(axis=2, keepdims=True) / np.maximum(is_used.sum(axis=2, keepdims=True), 1)
    return rest - mean


def _contrasts(
    answers: Floats, sets: npt.NDArray[np.int_], remembered: npt.NDArray[np.bool_]
) -> Iterator[tuple[_Contrast, slice]]:
    """The contrasts of all respondents, a bounded number at a time."""
    earlier = np.tri(answers.shape[1], k=-1, dtype=bool)
    for start in range(0, len(answers), CHUNK):
        rows = slice(start, start + CHUNK)
        given, kind, kept = answers[rows], sets[rows], remembered[rows] & earlier
        same = (kind[:, :, None] == kind[:, None, :]) & ~np.isnan(given)[:, :, None] & ~np.isnan(given)[:, None, :]
        equal = (given[:, :, None] == given[:, None, :]) & same
        comparable = same & earlier
        held, dropped = comparable & kept, comparable & ~kept
        n_held, n_dropped = held.sum(axis=2, keepdims=True), dropped.sum(axis=2, keepdims=True)
        is_both = (n_held > 0) & (n_dropped > 0)
        even = 1 / np.maximum(n_held + n_dropped, 1)
        weight = np.where(is_both & comparable, held / np.maximum(n_held, 1) - even, 0.0)
        share = held / np.maximum(kept.sum(axis=2, keepdims=True), 1)
        yield _Contrast(weight, equal.astype(float), share @ equal.astype(float)), rows
