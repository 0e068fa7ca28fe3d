"""Answer distributions as arrays: checked, normalised, their arg-max. Knows no instrument: only numbers.

A distribution is non-negative over canonical options and sums to 1 along the last axis; counts are normalised. A row
with a missing entry, or with no mass at all, is a missing distribution: all NaN, never uniform and never zero.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FloatArray", "IntArray", "Rowwise", "argmax_options", "as_distributions", "mean_distribution"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

Rowwise: TypeAlias = Any
"""What a row-wise estimator returns: a numpy float for one distribution, an array for a stack of them."""


def as_distributions(values: ArrayLike, name: str = "distributions") -> FloatArray:
    """Rows that sum to 1 along the last axis, from counts or probabilities.

    values: (..., n_options), non-negative. Rows that hold a NaN or sum to zero become all NaN. Negative or infinite
    entries, and an array without options, raise ValueError.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"{name}: a distribution needs at least one option; got shape {array.shape}")
    if np.any(array < 0) or np.any(np.isinf(array)):
        raise ValueError(f"{name}: entries must be finite and not negative; give counts or probabilities")
    total = array.sum(axis=-1, keepdims=True)
    return array / np.where(total > 0, total, np.nan)


def as_stack(values: ArrayLike, name: str = "distributions") -> FloatArray:
    """`as_distributions` for a list of them: always (n_distributions, n_options)."""
    array = as_distributions(values, name)
    if array.ndim != 2:
        raise ValueError(f"{name}: expected rows of (n_distributions, n_options); got shape {array.shape}")
    return array


def argmax_options(distributions: ArrayLike) -> Rowwise:
    """Index of the largest entry of every row, as float; ties go to the first option; NaN for a missing row.

    distributions: (..., n_options). Source: numpy.argmax.
    """
    rows = as_distributions(distributions)
    missing = np.isnan(rows).any(axis=-1)
    index = np.argmax(np.where(np.isnan(rows), -1.0, rows), axis=-1).astype(np.float64)
    return np.where(missing, np.nan, index)[()]


def mean_distribution(distributions: ArrayLike) -> FloatArray:
    """Unweighted mean of the rows, missing rows left out; all NaN if none is left.

    distributions: (n_distributions, n_options).
    """
    rows = as_stack(distributions)
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) == 0:
        return np.full(np.shape(distributions)[1], np.nan)
    return np.asarray(rows.mean(axis=0), dtype=np.float64)


def is_missing(label: Hashable) -> bool:
    """Whether a label stands for a missing answer: None or NaN."""
    return label is None or (isinstance(label, float | np.floating) and bool(np.isnan(label)))


def group_codes(group_ids: Sequence[Hashable] | ArrayLike) -> tuple[NDArray[Any], IntArray]:
    """Sorted distinct groups, and the index of its group for every entry."""
    groups, codes = np.unique(np.asarray(group_ids), return_inverse=True)
    return groups, np.asarray(codes, dtype=np.int64).reshape(-1)
