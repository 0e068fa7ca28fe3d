"""Whether probes of one model say the same of the same presentation, and how far sampling alone drives them apart.

Distributions of the same question, style and variant are compared, never of different ones. Replies drawn from exact
probabilities are the noise floor of a sampled probe beside an exact one. Knows only `Presented`.

Source: Shen et al. 2025 (three probes); multinomial variance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import Rowwise, as_distributions
from analysis.presentation_pairs import (
    Difference,
    PairRules,
    QuestionDifferences,
    mean_differences,
    question_differences,
)
from analysis.presented import Presented

__all__ = ["ProbeDisagreement", "probe_disagreements", "sampling_error"]


class ProbeDisagreement(NamedTuple):
    """Two probes: mismatch and Jensen-Shannon, averaged over presentations.

    n_missing: questions in presentations that one of the two said nothing about.
    """

    first: str
    second: str
    mismatch: Difference
    js: Difference
    n_missing: int
    convention: str


def probe_disagreements(
    probes: Mapping[str, Presented], rng: np.random.Generator, *, rules: PairRules | None = None
) -> list[ProbeDisagreement]:
    """Every pair of probes over the presentations that they share.

    probes: name → distributions of `presented`, over the same questions in the same order; presentations that only one
    of a pair has are left out. Intervals are 95 % BCa over `rules.clusters`. NaN without a shared presentation.
    ValueError for different questions. Source: Shen et al. 2025; decision 0007.
    """
    used = rules or PairRules()
    asked = {(found.questions, tuple(found.n_options.tolist())) for found in probes.values()}
    if len(asked) > 1:
        raise ValueError("the probes were put to different questions; give all the same ones in the same order")
    found = []
    for first, second in combinations(probes, 2):
        pairs = _shared(probes[first], probes[second], rng, used)
        mismatch, js = mean_differences(pairs, None, used, rng)
        n_missing = sum(int(np.isnan(pair.mismatch).sum()) for pair in pairs)
        convention = f"js:{used.js};argmax-ties:first;pairs:same presentation"
        found.append(ProbeDisagreement(first, second, mismatch, js, n_missing, convention))
    return found


def sampling_error(distribution: ArrayLike, n_samples: int) -> Rowwise:
    """Root of the expected summed squared error of shares among n replies: sqrt((1 - sum_k p_k^2) / n).

    distribution: (..., n_options), the true one. It falls as 1 / sqrt(n): four times the replies halve it. 0 for a
    certain answer, NaN for a missing row; ValueError for less than one reply. Source: multinomial variance.
    """
    if n_samples < 1:
        raise ValueError(f"n_samples is {n_samples}; a share needs at least one reply")
    p = as_distributions(distribution, "distribution")
    return np.sqrt(np.maximum(1.0 - (p**2).sum(axis=-1), 0.0) / n_samples)[()]


def _shared(a: Presented, b: Presented, rng: np.random.Generator, rules: PairRules) -> Sequence[QuestionDifferences]:
    """Differences in every presentation that both have."""
    pairs = []
    for style in [style for style in a.styles if style in b.styles]:
        for variant in [variant for variant in a.variants if variant in b.variants]:
            first, second = (one.of_style(one.styles.index(style), one.variants.index(variant)) for one in (a, b))
            pairs.append(question_differences(first, second, a.n_options, rng, shuffles=rules.shuffles))
    return pairs
