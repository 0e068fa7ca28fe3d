"""The three formulas that turn raw evidence about options into a distribution. Knows no engine and no prompt.

Sources: Shen et al. 2025 (token logits, sequence perplexity, text samples with fractional counts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np
import numpy.typing as npt

Key = TypeVar("Key")
Numbers = Sequence[Any] | npt.NDArray[Any]
Array = npt.NDArray[np.float64]


class OptionProbabilities(NamedTuple):
    """A distribution over the offered options of one item.

    `probabilities` maps canonical code → share (sums to 1; all nan where none could be formed); `option_mass` is the
    raw probability that fell on the options (for text samples: the share of readable samples); `truncated` lists codes
    whose label was outside the returned alternatives; `position` is the generated position it was read from; `reason`
    says why there is no distribution, or flags one that rests on no valid reply.
    """

    probabilities: dict[int, float]
    option_mass: float | None
    truncated: tuple[int, ...] = ()
    position: int | None = None
    reason: str = ""


def _rows_to_one(weights: Array) -> Array:
    totals = weights.sum(axis=-1, keepdims=True)
    shares: Array = np.divide(weights, totals, out=np.full_like(weights, np.nan), where=totals > 0)
    return shares


def _softmax(logs: Array) -> Array:
    if logs.shape[-1] == 0:
        return logs
    peak = logs.max(axis=-1, keepdims=True)
    shifted = np.where(np.isneginf(peak), -np.inf, logs - np.where(np.isneginf(peak), 0.0, peak))
    return _rows_to_one(np.exp(shifted))


@overload
def option_probabilities(logprobs_by_option: Mapping[Key, Any]) -> dict[Key, float]: ...
@overload
def option_probabilities(logprobs_by_option: Numbers) -> Array: ...
def option_probabilities(logprobs_by_option: Mapping[Key, Any] | Numbers) -> dict[Key, float] | Array:
    """Softmax over the offered options: each option's share of the probability that fell on any of them.

    logprobs_by_option: natural logs; (n_options,) or (n_distributions, n_options), -inf = not offered by the model; or
    a mapping option → logprob, or option → sequence of the logprobs of its spellings, which are summed (never the
    largest). All -inf gives nan; nan gives nan in its row. Shen et al. 2025, method 1.
    """
    if isinstance(logprobs_by_option, Mapping):
        logs = np.array([_log_sum(value) for value in logprobs_by_option.values()], dtype=float)
        return dict(zip(logprobs_by_option, _softmax(logs).tolist(), strict=True))
    return _softmax(np.asarray(logprobs_by_option, dtype=float))


def _log_sum(value: Any) -> float:
    spellings = np.atleast_1d(np.asarray(value, dtype=float))
    return float(np.logaddexp.reduce(spellings)) if spellings.size else float("-inf")


@overload
def sequence_probabilities(perplexities: Mapping[Key, Any]) -> dict[Key, float]: ...
@overload
def sequence_probabilities(perplexities: Numbers) -> Array: ...
def sequence_probabilities(perplexities: Mapping[Key, Any] | Numbers) -> dict[Key, float] | Array:
    """1/perplexity, normalized: with one-token answers the same as `option_probabilities`.

    perplexities: per token, at least 1; (n_options,) or (n_distributions, n_options), inf = impossible; or a mapping
    option → perplexity, or option → sequence over its leading-blank spellings, whose 1/perplexity are summed. All
    inf gives nan.
    ValueError for a perplexity below 1 (beyond rounding). Shen et al. 2025, method 2: mean log-probabilities -0.2 and
    -0.7 give .6225 and .3775.
    """
    if isinstance(perplexities, Mapping):
        inverse = np.array([float(np.sum(_inverse(value))) for value in perplexities.values()])
        return dict(zip(perplexities, _rows_to_one(inverse).tolist(), strict=True))
    return _rows_to_one(_inverse(perplexities))


def _inverse(perplexities: Any) -> Array:
    values = np.asarray(perplexities, dtype=float)
    if np.any(values < 1 - 1e-9):
        raise ValueError(f"a perplexity per token is at least 1; found {np.nanmin(values)}")
    inverse: Array = 1.0 / values
    return inverse


@overload
def text_probabilities(counts: Mapping[Key, Any], n_unreadable: Any = 0) -> dict[Key, float]: ...
@overload
def text_probabilities(counts: Numbers, n_unreadable: Any = 0) -> Array: ...
def text_probabilities(counts: Mapping[Key, Any] | Numbers, n_unreadable: Any = 0) -> dict[Key, float] | Array:
    """Shares of sampled replies; every unreadable sample counts 1/K for each of the K options.

    counts: (n_options,) or (n_distributions, n_options), or a mapping option → count; n_unreadable: one number, or one
    per row. No sample at all gives nan; only unreadable ones give the uniform distribution. ValueError for a negative
    count. Shen et al. 2025, method 3: counts 5, 2, 1, 0 and two unreadable give .55, .25, .15, .05.
    """
    if isinstance(counts, Mapping):
        shares = text_probabilities(list(counts.values()), n_unreadable)
        return dict(zip(counts, shares.tolist(), strict=True))
    numbers = np.asarray(counts, dtype=float)
    unreadable = np.asarray(n_unreadable, dtype=float)
    if np.any(numbers < 0) or np.any(unreadable < 0):
        raise ValueError("counts cannot be negative")
    if numbers.shape[-1] == 0:
        return numbers
    return _rows_to_one(numbers + unreadable[..., None] / numbers.shape[-1])
