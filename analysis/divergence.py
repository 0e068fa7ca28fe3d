"""How far answer distributions lie apart: KL, Jensen-Shannon, D-D, earth mover, mismatch. Knows only arrays.

Rows are distributions over canonical options, (n_distributions, n_options); counts are normalised. Row-wise functions
take one distribution, or stacks of equal shape, and return a number or an array. Natural logarithms unless said.
A missing row gives NaN. Sources: Moore et al. 2024 (D-D, entropy), Shen et al. 2025 (mismatch,
EMD), Liu et al. 2025 (survey KL).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.dd_divergence import (
    GroupDivergence,
    dd_distances,
    dd_divergence,
    dd_divergence_groups,
    dd_maximum,
    dd_share_of_maximum,
)
from analysis.distributions import FloatArray, Rowwise, argmax_options, as_distributions, is_missing, mean_distribution
from analysis.jensen_shannon import js_distance, js_divergence, paired
from analysis.js_centroid import js_centroid

__all__ = [
    "GroupDivergence",
    "answer_entropy",
    "argmax_options",
    "dd_distances",
    "dd_divergence",
    "dd_divergence_groups",
    "dd_maximum",
    "dd_share_of_maximum",
    "distribution_entropy",
    "emd",
    "emd_alignment",
    "js_centroid",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "mismatch_rate",
    "penalize_infinite",
    "pooled_entropy",
    "survey_kl",
    "total_variation",
]


def kl_divergence(p: ArrayLike, q: ArrayLike, *, convention: Literal["masses", "literal"] = "masses") -> Rowwise:
    """Kullback-Leibler divergence of q from p, in nats: sum_k p_k ln(p_k / q_k).

    p, q: (..., n_options). `inf` where q is 0 and p is not; NaN for a missing row. `convention="literal"` puts
    cumulative shares inside the logarithm, sum_k p_k ln(P_k / Q_k): not a divergence, may be negative.
    Source: Kullback and Leibler 1951, Liu et al. 2025; equals scipy.stats.entropy(p, q).
    """
    p_rows, q_rows = paired(p, q)
    inside = (np.cumsum(p_rows, -1), np.cumsum(q_rows, -1)) if convention == "literal" else (p_rows, q_rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p_rows == 0, 0.0, p_rows * np.log(inside[0] / inside[1]))
    missing = np.isnan(p_rows).any(axis=-1) | np.isnan(q_rows).any(axis=-1)
    return np.where(missing, np.nan, terms.sum(axis=-1))[()]


def penalize_infinite(divergences: ArrayLike) -> FloatArray:
    """Infinite and NaN divergences replaced by the largest finite one plus 1; by 1.0 if none is finite.

    divergences: (n_questions,), all of one model and one survey file. The running maximum starts at 0, so a penalty
    is never below 1. Source: Liu et al. 2025.
    """
    values = np.array(divergences, dtype=np.float64)
    finite = np.isfinite(values)
    values[~finite] = max(0.0, float(values[finite].max(initial=0.0))) + 1.0
    return values


def survey_kl(
    model: Sequence[ArrayLike] | FloatArray,
    human: Sequence[ArrayLike] | FloatArray,
    *,
    n_failed: ArrayLike | None = None,
    failures: Literal["infinite", "exclude"] = "infinite",
    convention: Literal["masses", "literal"] = "masses",
) -> FloatArray:
    """One KL(model || human) per question, infinite and missing ones penalized as `penalize_infinite` does.

    model, human: one distribution or row of counts per question; questions may differ in their number of options.
    n_failed: failed replies per question, if any were left out of `model`. `failures="infinite"` counts them as one
    more option that no human chose, so that a single failure makes the question infinite; "exclude" leaves them
    out (print their rate). A question without answers is penalized too. Source: Liu et al. 2025.
    """
    if len(model) != len(human):
        raise ValueError(f"model has {len(model)} questions and human has {len(human)}; give both the same")
    values = np.array(
        [kl_divergence(m, h, convention=convention) for m, h in zip(model, human, strict=True)], dtype=np.float64
    )
    if n_failed is not None and failures == "infinite":
        values[np.broadcast_to(np.asarray(n_failed), values.shape) > 0] = np.inf
    return penalize_infinite(values)


def answer_entropy(labels: Iterable[Hashable]) -> float:
    """Entropy, base 2, of the answers given in one group: 0..log2(k).

    labels: one answer (arg-max option or stance) per distribution; None and NaN are left out. NaN if none is left.
    Source: Moore et al. 2024.
    """
    counts = Counter(label for label in labels if not is_missing(label))
    if not counts:
        return float("nan")
    return float(distribution_entropy(list(counts.values())))


def distribution_entropy(distribution: ArrayLike) -> Rowwise:
    """Shannon entropy in bits of distributions: -sum_k p_k log2 p_k.

    distribution: (..., n_options). NaN for a missing row. Source: Moore et al. 2024.
    """
    p = as_distributions(distribution, "distribution")
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p == 0, 0.0, -p * np.log2(p))
    return np.maximum(terms.sum(axis=-1), 0.0)[()]


def pooled_entropy(distributions: ArrayLike, *, convention: Literal["argmax", "literal"] = "argmax") -> float:
    """Answer entropy of one group of distributions, in bits.

    distributions: (n_distributions, n_options); missing rows are left out. `argmax` takes the frequencies of the
    arg-max answers (ties: first option); `literal` the entropy of the mean distribution. Source: Moore et al. 2024.
    """
    if convention == "literal":
        return float(distribution_entropy(mean_distribution(distributions)))
    return answer_entropy(argmax_options(distributions).tolist())


def emd(p: ArrayLike, q: ArrayLike) -> Rowwise:
    """Earth mover's distance between ordered options with unit steps: sum over k < K of |P_k - Q_k|, P, Q cumulative.

    p, q: (..., n_options). In [0, n_options - 1]; NaN for a missing row. Meaningless for unordered options: use
    `total_variation` there. Source: Shen et al. 2025.
    """
    p_rows, q_rows = paired(p, q)
    work = np.abs(np.cumsum(p_rows - q_rows, axis=-1)[..., :-1]).sum(axis=-1)
    return np.where(np.isnan(p_rows[..., -1] + q_rows[..., -1]), np.nan, work)[()]


def emd_alignment(p: ArrayLike, q: ArrayLike) -> Rowwise:
    """How well two distributions over ordered options agree: 1 - EMD / (n_options - 1), in [0, 1].

    p, q: (..., n_options). NaN for a missing row and for a single option. Source: Shen et al. 2025.
    """
    steps = np.shape(p)[-1] - 1
    return 1.0 - emd(p, q) / (steps if steps > 0 else np.nan)


def total_variation(p: ArrayLike, q: ArrayLike) -> Rowwise:
    """Total variation distance, half the summed absolute differences, in [0, 1]: the EMD of unordered options.

    p, q: (..., n_options). NaN for a missing row. Source: Shen et al. 2025.
    """
    p_rows, q_rows = paired(p, q)
    return (np.abs(p_rows - q_rows).sum(axis=-1) / 2.0)[()]


def mismatch_rate(a: ArrayLike, b: ArrayLike) -> float:
    """Share of questions whose arg-max differs between two runs.

    a, b: (n_questions, n_options), rows paired by question; a question missing on either side leaves the pair; NaN
    if none is left. Ties go to the first option. Source: Shen et al. 2025.
    """
    a_rows, b_rows = paired(a, b)
    a_best, b_best = np.atleast_1d(argmax_options(a_rows)), np.atleast_1d(argmax_options(b_rows))
    both = ~(np.isnan(a_best) | np.isnan(b_best))
    if not both.any():
        return float("nan")
    return float(np.mean(a_best[both] != b_best[both]))
