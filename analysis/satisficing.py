"""Signs of answering without effort: long strings, low variability, straight-lined blocks. Knows no instrument.

A sign is no proof: an opinion may really be the same on every item. Names and definitions follow R's careless package.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis.distributions import FloatArray, IntArray, group_codes

__all__ = ["irv", "longstring", "straightlining"]


def longstring(codes: ArrayLike) -> IntArray:
    """Length of the longest run of identical consecutive answers.

    codes: (n_respondents, n_items) in the order asked, NaN = missing and ends a run → (n_respondents,); 0 where nothing
    was answered. Source: Johnson 2005; as careless::longstring, apart from missing answers.
    """
    table = np.asarray(codes, dtype=np.float64)
    longest = np.zeros(len(table), dtype=np.int64)
    run = np.zeros(len(table), dtype=np.int64)
    for position in range(table.shape[1]):
        now = table[:, position]
        same = now == table[:, position - 1] if position else np.zeros(len(table), dtype=np.bool_)
        run = np.where(np.isnan(now), 0, np.where(same, run + 1, 1))
        longest = np.maximum(longest, run)
    return longest


def irv(codes: ArrayLike) -> FloatArray:
    """Intra-individual response variability: every person's standard deviation over their answers.

    codes: (n_respondents, n_items), as given and not reverse-keyed, NaN left out → (n_respondents,). NaN below two
    answers. Source: Dunn et al. 2018; equals careless::irv (n - 1 in the denominator).
    """
    table = np.asarray(codes, dtype=np.float64)
    present = ~np.isnan(table)
    n = present.sum(axis=1)
    mean = np.where(present, table, 0.0).sum(axis=1) / np.maximum(n, 1)
    squares = np.where(present, (table - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)


def straightlining(codes: ArrayLike, blocks: Sequence[Hashable] | ArrayLike, *, min_items: int = 3) -> FloatArray:
    """Share of every person's blocks in which all answers are one and the same.

    codes: (n_respondents, n_items), NaN left out; blocks: (n_items,) the block of each item. A block counts where at
    least `min_items` of its items were answered → (n_respondents,), NaN where none counts. Source: Kim et al. 2019
    (simple nondifferentiation).
    """
    table = np.asarray(codes, dtype=np.float64)
    _names, of_item = group_codes(blocks)
    if len(of_item) != table.shape[1]:
        raise ValueError(f"{table.shape[1]} items but {len(of_item)} blocks; name one block per item")
    counted, straight = np.zeros(len(table)), np.zeros(len(table))
    for block in range(int(of_item.max(initial=-1)) + 1):
        part = table[:, of_item == block]
        present = ~np.isnan(part)
        enough = present.sum(axis=1) >= max(min_items, 1)
        low = np.where(present, part, np.inf).min(axis=1)
        high = np.where(present, part, -np.inf).max(axis=1)
        counted += enough
        straight += enough & (low == high)
    return np.where(counted > 0, straight / np.maximum(counted, 1), np.nan)
