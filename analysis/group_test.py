"""Whether two groups of numbers, such as the scores of two model series, differ in their means. Knows no run.

The numbers are usually scores of several models on several dimensions: scores of one model are not independent of each
other, so the test takes them for more evidence than they are. The result says so.

Source: Liu et al. 2025 (table 3); Welch 1947.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.uncertainty import t_test_from_summaries

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOT_INDEPENDENT", "GroupSummary", "GroupTest", "group_table", "group_test", "summarize_group"]

Convention: TypeAlias = Literal["summed-df", "welch"]

NOT_INDEPENDENT = "values of one model are not independent of each other, so p is smaller than it should be"


class GroupSummary(NamedTuple):
    """Mean, standard deviation (n - 1), number and standard error of the mean."""

    mean: float
    sd: float
    n: int
    sem: float


class GroupTest(NamedTuple):
    """Two groups and the difference of their means with its standard error, 95 % interval, t, df and two-sided p."""

    first: GroupSummary
    second: GroupSummary
    difference: float
    low: float
    high: float
    sed: float
    t: float
    df: float
    p: float
    convention: Convention
    note: str


def summarize_group(values: ArrayLike) -> GroupSummary:
    """Summary of raw values, NaN left out: (n,). NaN where it cannot be formed (no value, or one for the deviation)."""
    known = np.asarray(values, dtype=np.float64).ravel()
    known = known[~np.isnan(known)]
    n = len(known)
    sd = float(known.std(ddof=1)) if n > 1 else float("nan")
    return GroupSummary(float(known.mean()) if n else float("nan"), sd, n, sd / np.sqrt(n) if n else float("nan"))


def group_test(
    first: ArrayLike | GroupSummary, second: ArrayLike | GroupSummary, *, convention: Convention = "summed-df"
) -> GroupTest:
    """t test of the difference of two means, from raw values or from published summaries.

    first, second: (n,) values, NaN left out, or a `GroupSummary` (its `sem` is recomputed). t = (m1 - m2) /
    sqrt(s1^2/n1 + s2^2/n2). "summed-df": n1 + n2 - 2 degrees of freedom, as published, which is exact only for equal n
    and equal variances; "welch": Welch's. NaN for a group of fewer than two or without any variance. Source: Liu et
    al. 2025; Welch 1947 (equals scipy.stats.ttest_ind(equal_var=False)).
    """
    a, b = (_summary(group) for group in (first, second))
    found = t_test_from_summaries(a[:3], b[:3], convention=convention)
    difference, sed = a.mean - b.mean, float(np.sqrt(a.sem**2 + b.sem**2))
    reach = float(stats.t.isf(0.025, found.df)) * sed if found.df > 0 else float("nan")
    ends = difference - reach, difference + reach
    return GroupTest(a, b, difference, *ends, sed, found.t, found.df, found.p, convention, NOT_INDEPENDENT)


def group_table(groups: dict[str, ArrayLike | GroupSummary]) -> pd.DataFrame:
    """Every pair of groups, tested by both conventions: one row per pair and convention.

    Columns: first, second, mean, sd and n of both, difference, low, high, sed, t, df, p, convention, note.
    """
    import pandas as pd

    names, rows = list(groups), []
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            for convention in ("summed-df", "welch"):
                found = group_test(groups[one], groups[other], convention=convention)
                rows.append((one, other, *found.first[:3], *found.second[:3], *found[2:]))
    summaries = [f"{what}_{which}" for which in ("first", "second") for what in ("mean", "sd", "n")]
    return pd.DataFrame(rows, columns=["first", "second", *summaries, *GroupTest._fields[2:]])


def _summary(group: ArrayLike | GroupSummary) -> GroupSummary:
    if not isinstance(group, GroupSummary):
        return summarize_group(group)
    return group._replace(sem=group.sd / float(np.sqrt(group.n)) if group.n > 0 else float("nan"))
