"""What an offered way out does: how many take it, and whether the others answer as before. Knows only distributions.

Source: the distances of Shen et al. 2025.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import as_distributions
from analysis.jensen_shannon import js_divergence
from analysis.presentation_chance import differs
from analysis.presentation_pairs import PairRules, in_convention, mean_over_questions
from analysis.sums import Estimate

__all__ = ["AbstentionShift", "abstention_shift"]


class AbstentionShift(NamedTuple):
    """Abstaining share, and mismatch and Jensen-Shannon between the rest and the answers without the way out.

    n_missing: questions without a distribution on either side. n_all_abstain: those with nothing left to compare, which
    count in the abstaining share alone.
    """

    abstaining: Estimate
    mismatch: Estimate
    js: Estimate
    n_missing: int
    n_all_abstain: int
    convention: str


def abstention_shift(
    without: ArrayLike, offered: ArrayLike, rng: np.random.Generator, *, rules: PairRules | None = None
) -> AbstentionShift:
    """What changes when an abstain option is offered.

    without: (n_questions, width), offered: (n_questions, width + 1) with the abstain option last, both in canonical
    order, 0 beyond a question's last option; a missing row on either side leaves the question out and is counted. The
    rest is what was not abstained, normalised. Intervals are 95 % BCa over `rules.clusters`. Distributions are taken as
    exact: sampled ones lie apart by chance too. Source: Shen et al. 2025.
    """
    used = rules or PairRules()
    before, after = np.atleast_2d(as_distributions(without, "without")), np.atleast_2d(as_distributions(offered))
    if before.shape != (len(after), after.shape[1] - 1):
        raise ValueError(
            f"without is {before.shape} and offered {after.shape}; offered has the same questions and one option more"
        )
    missing = np.isnan(before[:, 0]) | np.isnan(after[:, 0])
    rest = as_distributions(np.where(missing[:, None], np.nan, after[:, :-1]))
    before = np.where(missing[:, None], np.nan, before)
    js = in_convention(np.asarray(js_divergence(before, rest)), used.js)
    return AbstentionShift(
        abstaining=mean_over_questions(np.where(missing, np.nan, after[:, -1]), used, rng),
        mismatch=mean_over_questions(differs(before, rest), used, rng),
        js=mean_over_questions(js, used, rng),
        n_missing=int(missing.sum()),
        n_all_abstain=int((np.isnan(rest[:, 0]) & ~missing).sum()),
        convention=f"js:{used.js};argmax-ties:first;rest:renormalised",
    )
