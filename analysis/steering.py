"""Whether naming a country moves a model's answers towards the people of that country. Knows only distributions.

Improvement is how much nearer the human distribution the answers come once the persona names the country, in earth
mover's steps and as a share of the longest way. Distributions are averaged over styles and option variants first.

Source: Shen et al. 2025; conventions of METHODS 2.8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement_intervals import sums_by_cluster
from analysis.distributions import FloatArray, as_distributions
from analysis.divergence import emd, total_variation
from analysis.sums import Estimate, sum_interval

__all__ = ["Improvement", "Steering", "SteeringCell", "demographic_steering"]


class SteeringCell(NamedTuple):
    """One question and country. generic, demographic: (n_formats, n_options) without and with the country named, rows
    of the same style and variant, NaN = missing. human: (n_options,), None where the country's people were not asked.
    is_ordered: whether the options form an order.
    """

    question: str
    country: str
    generic: ArrayLike
    demographic: ArrayLike
    human: ArrayLike | None
    is_ordered: bool = True


class Improvement(NamedTuple):
    """One question and country: raw in steps of the scale, normalized by its length; above 0 is nearer the people.

    distance: "emd", or "tv" for options without an order. n_formats: those averaged over.
    """

    question: str
    country: str
    raw: float
    normalized: float
    distance: str
    n_formats: int


class Steering(NamedTuple):
    """Mean improvement over questions and countries, by country, and cell by cell. The n of an estimate is questions.

    skipped: reason → number of cells.
    """

    raw: Estimate
    normalized: Estimate
    countries: Mapping[str, tuple[Estimate, Estimate]]
    cells: tuple[Improvement, ...]
    skipped: Mapping[str, int]
    convention: str


def demographic_steering(
    cells: Sequence[SteeringCell], rng: np.random.Generator, *, allow_nominal: bool = False, resamples: int = 999
) -> Steering:
    """Improvement of the answers by naming the country: EMD(generic, human) - EMD(demographic, human), its mean.

    Formats missing on either side leave both averages. Skipped and counted: one option, no human data, no distribution,
    and options without an order unless `allow_nominal`, which takes the total variation for raw and normalized alike.
    Sampled distributions lie too far from anything, by about as much on both sides where both have as many replies, so
    that noise cancels in the mean. Intervals are 95 % BCa over whole questions; (NaN, NaN) below two. `countries` gives
    (raw, normalized). Source: Shen et al. 2025 (raw).
    """
    skipped: Counter[str] = Counter()
    found: list[Improvement] = []
    for cell in cells:
        improvement = _improvement(cell, allow_nominal)
        if isinstance(improvement, str):
            skipped[improvement] += 1
        else:
            found.append(improvement)
    names = list(dict.fromkeys(cell.country for cell in cells))
    by_country = {name: [one for one in found if one.country == name] for name in names}
    raw, normalized = _means(found, rng, resamples)
    nominal = "tv" if allow_nominal else "skipped"
    return Steering(
        raw=raw,
        normalized=normalized,
        countries={name: _means(part, rng, resamples) for name, part in by_country.items()},
        cells=tuple(found),
        skipped=dict(skipped),
        convention=f"ordered:emd;nominal:{nominal};average:formats-first",
    )


def _improvement(cell: SteeringCell, allow_nominal: bool) -> Improvement | str:
    """The improvement of one cell, or why it is skipped."""
    where = f"question {cell.question!r}, country {cell.country!r}"
    generic, demographic = (np.atleast_2d(as_distributions(side, where)) for side in (cell.generic, cell.demographic))
    if generic.shape != demographic.shape:
        raise ValueError(
            f"{where}: {generic.shape} generic and {demographic.shape} demographic formats and options; give both alike"
        )
    k = generic.shape[1]
    if k < 2:
        return "one option"
    if cell.human is None or np.isnan(as_distributions(cell.human, where)).any():
        return "no human data"
    if not cell.is_ordered and not allow_nominal:
        return "options without an order"
    known = ~(np.isnan(generic[:, 0]) | np.isnan(demographic[:, 0]))
    if not known.any():
        return "no distribution"
    without, named = generic[known].mean(axis=0), demographic[known].mean(axis=0)
    distance = emd if cell.is_ordered else total_variation
    raw = float(distance(without, cell.human) - distance(named, cell.human))
    steps = k - 1 if cell.is_ordered else 1
    name = "emd" if cell.is_ordered else "tv"
    return Improvement(cell.question, cell.country, raw, raw / steps, name, int(known.sum()))


def _means(found: Sequence[Improvement], rng: np.random.Generator, resamples: int) -> tuple[Estimate, Estimate]:
    """Mean raw and normalized improvement; questions move with all their countries."""
    if not found:
        nothing = Estimate(np.nan, np.nan, np.nan, 0)
        return nothing, nothing
    questions = np.array([one.question for one in found])
    raw, normalized = (
        sum_interval(
            sums_by_cluster(np.array([(value, 1.0) for value in values]), questions),
            _ratio,
            rng,
            resamples=resamples,
        )
        for values in ([one.raw for one in found], [one.normalized for one in found])
    )
    return raw, normalized


def _ratio(sums: FloatArray) -> FloatArray:
    return np.asarray(sums[:, 0] / sums[:, 1], dtype=np.float64)
