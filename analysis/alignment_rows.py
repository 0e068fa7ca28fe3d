"""The tables of an alignment: scores with counts, intervals, noise floor, verdict and reasons, as tidy frames.

Knows how numbers are laid out and nothing of how noise is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.alignment_scores import Unit
from analysis.distributions import FloatArray
from analysis.human_shares import N_UNKNOWN, human_shares
from analysis.item_distances import AlignmentRules, Metric, item_distances
from analysis.option_grid import OptionGrid, SubjectAnswers, members
from analysis.sampling_noise import NoiseDraws, Pairing
from analysis.uncertainty import permutation_p_value
from surveys.reference import HumanReference

if TYPE_CHECKING:
    import pandas as pd

MEAN = "mean"
"""The country of a row that is the unweighted mean of the countries' scores."""

WITHIN, BEYOND = "within human sampling noise", "beyond human sampling noise"
SIGNIFICANT = 0.05

NUMBERS: tuple[str, ...] = ("value", "corrected", "low", "high", "by_chance", "chance_high", "p_value", "verdict")
COUNTS: tuple[str, ...] = ("n_items", "n_respondents", "n_failed", "failure_rate", "n_infinite")


@dataclass(frozen=True)
class Counts:
    """What is behind each score, all (n_units,): items, failed replies, replies asked for, replaced infinities."""

    items: Mapping[Metric, NDArray[np.int64]]
    failed: NDArray[np.int64]
    asked: NDArray[np.int64]
    infinite: NDArray[np.int64]

    @classmethod
    def of(cls, pairing: Pairing, distances: Mapping[Metric, FloatArray]) -> Counts:
        """The counts of one subject; distances: (1, n_items) each, before infinite ones are replaced."""
        members = pairing.plan.membership.astype(np.int64)
        known = {metric: ~np.isnan(values[0]) | (metric == "kl") for metric, values in distances.items()}
        return cls(
            {metric: members @ usable.astype(np.int64) for metric, usable in known.items()},
            members @ pairing.subject.failed.sum(axis=0),
            members @ pairing.subject.asked.sum(axis=0),
            members @ (~np.isfinite(distances["kl"][0])).astype(np.int64),
        )


@dataclass(frozen=True)
class Scored:
    """One arm in one country and group, or in the mean of countries, with its draws under every metric."""

    arm: tuple[Any, ...]
    country: str
    group: str
    units: tuple[Unit, ...]
    draws: Mapping[Metric, NoiseDraws]
    counts: Counts
    n_respondents: int
    human_is_exact: bool
    pairing: Pairing | None = None
    used: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, pairing: Pairing, used: NDArray[np.bool_], draws: Mapping[Metric, NoiseDraws]) -> Scored:
        """The scores of one subject."""
        subject = pairing.subject
        sides = pairing.model[None], pairing.human.rates[None]
        distances = item_distances(*sides, pairing.grid, pairing.rules, pairing.has_failed)
        exact = bool(np.isinf(pairing.human.n[used]).all())
        return cls(
            subject.arm,
            subject.country,
            subject.group,
            pairing.plan.units,
            draws,
            Counts.of(pairing, distances),
            subject.n,
            exact,
            pairing,
            used,
        )


def mean_over_countries(found: Sequence[Scored]) -> Iterator[Scored]:
    """One more subject per arm and group that is there in several countries: the mean of the scores all of them have.

    Countries are independent, so the means of their draws are draws of the mean. Source: Liu et al. 2025.
    """
    for arm, group in dict.fromkeys((scored.arm, scored.group) for scored in found):
        same = [scored for scored in found if (scored.arm, scored.group) == (arm, group)]
        shared = [u for u in same[0].units if u.level != "item" and all(u in scored.units for scored in same)]
        if len(same) < 2 or not shared:
            continue
        places = [[scored.units.index(unit) for unit in shared] for scored in same]
        draws = {metric: _mean_draws([s.draws[metric] for s in same], places) for metric in same[0].draws}
        parts = list(zip(same, places, strict=True))
        counts = Counts(
            {metric: sum_of(s.counts.items[metric][p] for s, p in parts) for metric in same[0].draws},
            *(sum_of(getattr(s.counts, name)[p] for s, p in parts) for name in ("failed", "asked", "infinite")),
        )
        n, exact = sum(s.n_respondents for s in same), any(s.human_is_exact for s in same)
        yield Scored(arm, MEAN, group, tuple(shared), draws, counts, n, exact)


def _mean_draws(draws: Sequence[NoiseDraws], places: Sequence[Sequence[int]]) -> NoiseDraws:
    """Mean over countries of the scores at their `places`, draw by draw."""
    parts = list(zip(draws, places, strict=True))
    return NoiseDraws(
        np.mean([d.value[p] for d, p in parts], axis=0),
        np.mean([d.truths[:, p] for d, p in parts], axis=0),
        tuple(np.mean([d.draws[step][:, p] for d, p in parts], axis=0) for step in range(len(draws[0].draws))),
    )


def sum_of(arrays: Iterable[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Their elementwise sum."""
    return np.asarray(np.sum(list(arrays), axis=0), dtype=np.int64)


def score_rows(found: Sequence[Scored], by: Sequence[str], rules: AlignmentRules) -> pd.DataFrame:
    """The table `scores` of `align`."""
    import pandas as pd

    rows = [
        (*scored.arm, scored.country, scored.group, *unit, metric, *numbers, *counts, rules.convention, reason)
        for scored in found
        for place, unit in enumerate(scored.units)
        if unit.level != "item"
        for metric, numbers, counts, reason in _cells(scored, place, rules)
    ]
    names = [*by, "country", "group", "level", "name", "metric", *NUMBERS, *COUNTS, "convention", "reason"]
    return pd.DataFrame(rows, columns=names)


def item_rows(found: Sequence[Scored], by: Sequence[str], rules: AlignmentRules) -> pd.DataFrame:
    """The table `items` of `align`."""
    import pandas as pd

    rows = []
    for scored in found:
        if scored.pairing is None or scored.used is None:
            continue
        subject, human = scored.pairing.subject, scored.pairing.human
        for place in np.flatnonzero(scored.used).tolist():
            item = scored.pairing.grid.items[place]
            facts = item.id, item.topic, ";".join(item.dimensions)
            sizes = int(subject.answered[:, place].sum()), float(subject.n_effective[place])
            human_n = float(human.n[place]) if np.isfinite(human.n[place]) else np.nan
            for metric, numbers, counts, reason in _cells(scored, place, rules):
                where = *scored.arm, scored.country, scored.group, *facts, metric
                rows.append((*where, *numbers, *sizes, human_n, *counts[2:], rules.convention, reason))
    names = [*by, "country", "group", "item", "topic", "dimensions", "metric", *NUMBERS, "n_answered", "n_effective"]
    return pd.DataFrame(rows, columns=[*names, "human_n", *COUNTS[2:], "convention", "reason"])


def _cells(
    scored: Scored, place: int, rules: AlignmentRules
) -> Iterator[tuple[str, tuple[Any, ...], tuple[Any, ...], str]]:
    """Metric, numbers, counts and reason of one unit; `alignment` follows `emd`. EMD is left out where none has one."""
    for metric, draws in scored.draws.items():
        n_items = int(scored.counts.items[metric][place])
        if metric == "emd" and not n_items:
            continue
        asked, failed = int(scored.counts.asked[place]), int(scored.counts.failed[place])
        infinite = int(scored.counts.infinite[place]) if metric == "kl" else 0
        counts = n_items, scored.n_respondents, failed, failed / asked if asked else np.nan, infinite
        numbers = _numbers(draws, place, rules, is_signed=metric == "kl" and rules.divergence == "literal")
        reason = _reason(scored, numbers[0], infinite)
        yield metric, numbers, counts, reason
        if metric == "emd":
            yield "alignment", _mirrored(numbers), counts, reason


def _numbers(draws: NoiseDraws, place: int, rules: AlignmentRules, *, is_signed: bool) -> tuple[Any, ...]:
    """In the order of NUMBERS."""
    value, truths = float(draws.value[place]), draws.truths[:, place]
    steps = [step[:, place][~np.isnan(step[:, place])] for step in draws.draws]
    if np.isnan(value) or np.isnan(truths).any() or not all(step.size for step in steps):
        return (value, *(np.nan,) * 6, None)
    tail = (1 - rules.level) / 2
    ends = [_inverted(value, bound, truths) for bound in _bounds(steps, tail)]
    if is_signed:  # not a divergence: 0 is neither its least value nor a sign of equality
        return (value, *ends, np.nan, np.nan, np.nan, None)
    center, low, high = (max(end, 0.0) for end in ends)
    null = steps[0]
    p_value = permutation_p_value(value, null)
    floor = float(null.mean()), float(np.quantile(null, rules.level))
    return (value, center, low, high, *floor, p_value, WITHIN if p_value >= SIGNIFICANT else BEYOND)


def _bounds(steps: Sequence[FloatArray], tail: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, upper and lower quantile of the samples at each step: from them follow estimate, low and high."""
    quantiles = np.array([np.quantile(step, (1 - tail, tail)) for step in steps])
    return np.array([step.mean() for step in steps]), quantiles[:, 0], quantiles[:, 1]


def _inverted(value: float, bound: FloatArray, truths: FloatArray) -> float:
    """The distance of populations whose `bound` equals the value; beyond the steps, moved by as much as the value."""
    rising = np.maximum.accumulate(bound)
    return value - float(np.interp(value, rising, rising - truths))


def _mirrored(numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same as agreement, 1 - distance, so that `chance_high` becomes the lowest agreement chance leaves."""
    value, center, low, high, floor, top, p_value, verdict = numbers
    return 1 - value, 1 - center, 1 - high, 1 - low, 1 - floor, 1 - top, p_value, verdict


def _reason(scored: Scored, value: float, infinite: int) -> str:
    reasons = []
    if np.isnan(value):
        reasons.append("no item with answers on both sides")
    if infinite:
        reasons.append(f"{infinite} infinite or unanswered, replaced by the largest finite KL plus 1")
    if scored.human_is_exact:
        reasons.append(N_UNKNOWN)
    return "; ".join(reasons)


def left_out_rows(
    frame: pd.DataFrame,
    grid: OptionGrid,
    reference: HumanReference,
    subjects: Sequence[SubjectAnswers],
    by: Sequence[str],
    country: str | None,
    groups: Sequence[str],
) -> pd.DataFrame:
    """The table `left_out` of `align`: every item, group and country that has no number, with the reason."""
    import pandas as pd

    rows = []
    for subject in subjects:
        human = human_shares(reference, grid, subject.country, subject.group)
        where = *subject.arm, subject.country, subject.group
        answered, asked = (np.atleast_1d(table.any(axis=0)) for table in (subject.answered, subject.asked))
        for place, item in enumerate(grid.items):
            reason = human.reasons.get(item.id, "")
            if not asked[place]:
                reason = "no respondent was asked"
            elif not reason and not answered[place]:
                reason = "no respondent answered; KL counts as the infinite rule says"
            if reason:
                rows.append((*where, item.id, reason))
    for group in groups:
        inside = members(frame, group)
        if inside is None or not inside.any():
            what = "has no attribute for this group" if inside is None else "has nobody in this group"
            rows.append((*("",) * len(by), "", group, "", f"the run {what}"))
    known = {item.id for item in grid.items}
    rows += [
        (*("",) * len(by), "", "", item, "the reference has it; the instrument has no such closed item")
        for item in reference.items
        if item not in known
    ]
    seen = {subject.country for subject in subjects}
    missing = [c for c in reference.countries if c not in seen] if country else []
    rows += [(*("",) * len(by), c, "", "", "the reference has it; no respondent lives there") for c in missing]
    return pd.DataFrame(rows, columns=[*by, "country", "group", "item", "reason"])
