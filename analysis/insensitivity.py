"""How often replies carry each fault: by fault, arm and persona attribute, weighted and not, with intervals.

Works on a `VerdictTable` and facts about respondents. The verdict on a reply is that of one judge (the majority of its
repeats) or of the panel (the majority of its judges). Source: Liu et al. 2025 (overall = mean of the faults).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from analysis.agreement_intervals import sums_by_cluster
from analysis.distributions import FloatArray
from analysis.prevalence import KnownErrors, true_share
from analysis.sums import Estimate, sum_interval
from analysis.uncertainty import ProportionInterval, clustered_proportion_interval
from analysis.verdict_table import Unit, VerdictTable, majority

__all__ = ["FaultRate", "Member", "fault_rates", "rulings"]

Ruling = Literal["fault", "pass", "tied", "unreadable"]
UNKNOWN = Estimate(np.nan, np.nan, np.nan, 0)


class Member(NamedTuple):
    """What a respondent counts and belongs to: a weight, and the group in each grouping ("arm", "sex", "age", ...)."""

    weight: float
    groups: Mapping[str, str]


class FaultRate(NamedTuple):
    """The share of replies with a fault, in one group, unweighted (`rate`) and weighted.

    criterion None: the mean of all faults; grouping "": everybody. n_judged: replies with a ruling; n_unreadable:
    without a verdict that could be read; n_tied: without a majority (both left out of the rates). corrected: the true
    share behind `rate`, NaN where the judge's errors were not given. reason: why a number is missing, else "".
    """

    criterion: str | None
    grouping: str
    group: str
    rate: Estimate
    weighted: Estimate
    corrected: Estimate
    n_judged: int
    n_unreadable: int
    n_tied: int
    reason: str


def rulings(table: VerdictTable, judge: str | None = None) -> dict[Unit, Ruling]:
    """What is held of every unit: by one judge, or (None) by most of the panel.

    Each judge counts once, as most of its repeats say. Source: the majority vote.
    """
    judges = table.judges if judge is None else (judge,)
    given = {name: table.every(name) for name in judges}
    found: dict[Unit, Ruling] = {}
    for unit in table.units():
        said = [given[name][unit].values() for name in judges if unit in given[name]]
        votes = [label for repeats in said if (label := majority(repeats)) is not None]
        label = majority(votes)
        if label in ("fault", "pass"):
            found[unit] = "fault" if label == "fault" else "pass"
        else:
            found[unit] = "tied" if said else "unreadable"
    return found


def fault_rates(
    ruled: Mapping[Unit, Ruling],
    members: Mapping[int, Member],
    groupings: Sequence[str],
    rng: np.random.Generator,
    *,
    errors: Mapping[str, KnownErrors] | None = None,
    resamples: int = 999,
) -> list[FaultRate]:
    """Rates of every fault and of all together (unweighted mean), for everybody and each group of each grouping.

    members: by respondent number, all that were judged; groupings: keys of `Member.groups`; who has no group in one is
    left out of it. errors: what is known of the judge, by criterion, for the correction of Rogan and Gladen. Intervals
    are Wilson's at the number of independent replies that the clustering and weights leave; BCa over respondents for
    the mean of all faults. Source: Liu et al. 2025; Wilson 1927.
    """
    criteria = tuple(dict.fromkeys(unit.criterion for unit in ruled))
    found = []
    for grouping, group in _groups(ruled, members, groupings):
        units = [u for u in ruled if not grouping or members[u.respondent].groups.get(grouping) == group]
        for criterion in criteria:
            own = {unit: ruled[unit] for unit in units if unit.criterion == criterion}
            rate = _rate(own, members, (errors or {}).get(criterion))
            found.append(rate._replace(criterion=criterion, grouping=grouping, group=group))
        every = {unit: ruled[unit] for unit in units}
        overall = _overall(every, criteria, members, rng, resamples)
        found.append(overall._replace(grouping=grouping, group=group))
    return found


def _groups(
    ruled: Iterable[Unit], members: Mapping[int, Member], groupings: Sequence[str]
) -> Iterator[tuple[str, str]]:
    yield "", ""
    judged = {unit.respondent for unit in ruled}
    for grouping in groupings:
        present = {members[number].groups.get(grouping) for number in judged}
        for group in sorted(group for group in present if group is not None):
            yield grouping, group


def _rate(own: Mapping[Unit, Ruling], members: Mapping[int, Member], known: KnownErrors | None) -> FaultRate:
    """The rate of one fault among these units."""
    decided = [unit for unit, ruling in own.items() if ruling in ("fault", "pass")]
    is_fault = np.array([own[unit] == "fault" for unit in decided], dtype=np.float64)
    respondents = np.array([unit.respondent for unit in decided], dtype=np.int64)
    weights = np.array([members[unit.respondent].weight for unit in decided], dtype=np.float64)
    plain = clustered_proportion_interval(is_fault, respondents)
    corrected = UNKNOWN
    if known is not None:
        corrected = true_share(plain.proportion, plain.n_effective, known)._replace(n=plain.n)
    reason = "" if decided else "no verdict could be read" if own else "nothing was judged"
    if known is not None and decided and np.isnan(corrected.value):
        reason = "no correction: sensitivity + specificity is not above 1, such a judge tells nothing"
    weighted = _estimate(clustered_proportion_interval(is_fault, respondents, weights))
    return _row(own, _estimate(plain), weighted, reason)._replace(corrected=corrected)


def _overall(
    units: Mapping[Unit, Ruling],
    criteria: Sequence[str],
    members: Mapping[int, Member],
    rng: np.random.Generator,
    resamples: int,
) -> FaultRate:
    """The mean of the rates of all faults; missing where one of them is."""
    place = {criterion: index for index, criterion in enumerate(criteria)}
    decided = [unit for unit, ruling in units.items() if ruling in ("fault", "pass")]
    columns = np.zeros((len(decided), 2 * len(criteria)))
    for row, unit in enumerate(decided):
        columns[row, place[unit.criterion]] = units[unit] == "fault"
        columns[row, len(criteria) + place[unit.criterion]] = 1.0
    respondents = np.array([unit.respondent for unit in decided], dtype=np.int64)
    weights = np.array([members[unit.respondent].weight for unit in decided], dtype=np.float64)
    plain, weighted = (
        sum_interval(sums_by_cluster(part, respondents), _mean_of_rates, rng, resamples=resamples)._replace(
            n=len(decided)
        )
        for part in (columns, columns * weights[:, None])
    )
    lacking = [criterion for criterion in criteria if not columns[:, len(criteria) + place[criterion]].any()]
    reason = f"no verdict on {', '.join(lacking)} could be read" if lacking else ""
    return _row(units, plain, weighted, reason)


def _mean_of_rates(sums: FloatArray) -> FloatArray:
    k = sums.shape[1] // 2
    rates = np.divide(sums[:, :k], sums[:, k:], out=np.full((len(sums), k), np.nan), where=sums[:, k:] > 0)
    mean: FloatArray = rates.mean(axis=1) if k else np.full(len(sums), np.nan)
    return mean


def _row(units: Mapping[Unit, Any], rate: Estimate, weighted: Estimate, reason: str) -> FaultRate:
    counts = Counter(units.values())
    return FaultRate(
        criterion=None,
        grouping="",
        group="",
        rate=rate,
        weighted=weighted,
        corrected=UNKNOWN,
        n_judged=counts["fault"] + counts["pass"],
        n_unreadable=counts["unreadable"],
        n_tied=counts["tied"],
        reason=reason,
    )


def _estimate(found: ProportionInterval) -> Estimate:
    return Estimate(found.proportion, found.low, found.high, found.n)
