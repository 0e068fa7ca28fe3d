"""The value structure that a known truth implies: what means and correlations of centered value scores tend to.

A person's latent values are jointly normal around what the description says, and items are answered independently given
the person. Two items that measure one value share their latent variable: their covariance is an integral over it. Those
of different values are integrated by Mehler's expansion: with Hermite coefficients a and b of the two curves, the
covariance is the sum of r^n a_n b_n over n >= 1, r being the correlation of the latent values. Knows no respondent, no
draw and no survey file: only the facts of items and the attributes of people. Source: Mehler 1866; Lord and Novick 1968
(items independent given the person).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from simulator.engines.synthetic_curves import Floats, ScoreCurves, score_curves
from simulator.engines.synthetic_decoding import Sharpness, sharpness
from simulator.engines.synthetic_profile import COSINES, MEMBERS, N_VALUES, NOBODY, PersonalSpread
from simulator.engines.synthetic_question import Questions
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked, Settings
from surveys.values import TEN_VALUES, VALUE_CODES, VALUE_POSITION

UNSET = Settings()

PRECISION = 1e-6
"""What may be missing from the covariance of two items, in squared points of the answer scale."""

MOST_TERMS = 800
"""Terms of the expansion after which its sum counts as not found."""

NO_VARIANCE = 1e-12
"""Variance up to which a value counts as not varying: what rounding leaves of a constant."""


class PlantedStructure(NamedTuple):
    """What a known truth implies for the people it was worked out for.

    `values` are the codes measured, in circle order (or that of the ten values). `means` (n_values,), `covariances` and
    `correlations` (n_values, n_values) are those of centered value scores over these people; `correlations` is nan in
    row and column of a value that does not vary. `expected` (n_people, n_values) is what each person's centered scores
    tend to. All in points of the answer scale.
    """

    values: tuple[str, ...]
    means: Floats
    covariances: Floats
    correlations: Floats
    expected: Floats


def planted_structure(
    truth: KnownTruth,
    items: Sequence[Asked],
    attributes: Sequence[Mapping[str, Any]],
    strategy: str = "",
    settings: Settings = UNSET,
) -> PlantedStructure:
    """Means and correlations that centered value scores of people with these attributes tend to.

    Expected over what is personal and over how answers fall, biases and decoding settings included; the attributes stay
    as given, so that what lies between the people is part of the covariances, as in a sample of them (divisor
    n_people). For the structure of a whole population give the attributes of many of its personas. Every item must
    measure exactly one of the 19 values, or one of the ten; `items` bring options, keys and language, their
    respondent is not used. Means are over all items given, as in `center_within_person`. Raises ValueError for other
    items, without people, and where answers do not come from a person alone (`assimilation`, `humans`).
    """
    values = _values_of(truth, items)
    if not attributes:
        raise ValueError("there are no people to work out a structure for; give the attributes of at least one")
    questions = Questions(truth, seed=0)
    names = [repr(sorted(facts.items())) for facts in attributes]
    known = dict(zip(names, attributes, strict=True))
    share = np.array([names.count(name) for name in known]) / len(names)
    moments = _item_moments(questions, items, values, list(known.values()), share, strategy, settings)
    member = np.array([[item.dimensions[0] == value for item in items] for value in values], dtype=np.float64)
    centering = member / member.sum(axis=1, keepdims=True) - 1 / len(items)
    expected = moments.expected @ centering.T
    covariances = centering @ moments.covariances @ centering.T
    place = {name: row for row, name in enumerate(known)}
    return PlantedStructure(
        values, share @ expected, covariances, _correlations(covariances), expected[[place[name] for name in names]]
    )


def _values_of(truth: KnownTruth, items: Sequence[Asked]) -> tuple[str, ...]:
    """The values measured, in their order."""
    if truth.assimilation:
        raise ValueError("with assimilation an answer depends on the answers before it; no structure follows from it")
    if truth.humans:
        raise ValueError("answers planted from people follow no latent values; no structure follows from them")
    for item in items:
        if len(item.dimensions) != 1 or item.dimensions[0] not in MEMBERS:
            raise ValueError(f"item {item.item_id!r} measures {item.dimensions}; give items on one basic value each")
    measured = {item.dimensions[0] for item in items}
    order = VALUE_CODES if measured <= set(VALUE_POSITION) else (*TEN_VALUES, *VALUE_CODES)
    return tuple(dict.fromkeys(code for code in order if code in measured))


def _correlations(covariances: Floats) -> Floats:
    variance = np.diag(covariances)
    spread = np.sqrt(np.where(variance > NO_VARIANCE, variance, np.nan))
    correlations = np.clip(covariances / np.outer(spread, spread), -1.0, 1.0)
    np.fill_diagonal(correlations, np.where(np.isnan(spread), np.nan, 1.0))
    return np.asarray(correlations, dtype=np.float64)


class _ItemMoments(NamedTuple):
    """Expected item scores of every kind of person (n_kinds, n_items), and item covariances (n_items, n_items)."""

    expected: Floats
    covariances: Floats


def _item_moments(
    questions: Questions,
    items: Sequence[Asked],
    values: tuple[str, ...],
    people: Sequence[Mapping[str, Any]],
    share: Floats,
    strategy: str,
    settings: Settings,
) -> _ItemMoments:
    """Moments over kinds of people, each with its `share`: what lies within kinds, and what lies between them."""
    by = sharpness(questions.truth.decoding_effect, settings)
    loadings = np.array([np.isin(np.arange(N_VALUES), MEMBERS[value]) / len(MEMBERS[value]) for value in values])
    centers = np.array([questions.people.build(facts, NOBODY, strategy).values for facts in people]) @ loadings.T
    spreads = [questions.people.personal_spread(facts, strategy) for facts in people]
    expected, within = np.empty((len(people), len(items))), np.zeros((len(items), len(items)))
    for spread in dict.fromkeys(spreads):
        rows = np.array([own == spread for own in spreads])
        latent = loadings @ _latent_covariances(spread, questions.truth.circumplex_strength) @ loadings.T
        part = _alike(questions, items, by, values=values, centers=centers[rows], latent=latent, share=share[rows])
        expected[rows] = part.expected
        within += part.covariances
    between = expected - share @ expected
    return _ItemMoments(expected, within + (share * between.T) @ between)


def _latent_covariances(spread: PersonalSpread, strength: float) -> Floats:
    """Covariances of the 19 latent values between persons whose description is the same, in squared points."""
    steps = np.subtract.outer(np.arange(N_VALUES), np.arange(N_VALUES)) % N_VALUES
    circle = strength * np.array(COSINES)[steps] + (1 - strength) * np.eye(N_VALUES)
    return np.asarray(spread.value**2 * circle + spread.level**2, dtype=np.float64)


def _alike(
    questions: Questions,
    items: Sequence[Asked],
    by: Sharpness,
    *,
    values: tuple[str, ...],
    centers: Floats,
    latent: Floats,
    share: Floats,
) -> _ItemMoments:
    """Kinds of people with the same personal spread: their expected scores, and `share` times covariances within."""
    spreads = np.sqrt(np.diag(latent))
    correlations = latent / np.where(spreads > 0, np.outer(spreads, spreads), 1.0)
    expected, within = np.empty((len(centers), len(items))), np.zeros((len(items), len(items)))
    terms: list[list[Floats]] = []
    for row, value in enumerate(values):
        columns = np.array([place for place, item in enumerate(items) if item.dimensions[0] == value])
        curves = score_curves(questions, [items[place] for place in columns], by, centers[:, row], spreads[row])
        densities = curves.densities(centers[:, row], spreads[row])
        expected[:, columns] = means = densities @ curves.scores
        within[np.ix_(columns, columns)] = _within_one_value(curves, share @ densities, share, means)
        reach = np.abs(np.delete(correlations[row], row)).max(initial=0.0)
        terms.append(_hermite_terms(curves, densities, means, centers[:, row], spreads[row], share, reach))
    value_of = np.array([values.index(item.dimensions[0]) for item in items])
    apart = value_of[:, None] != value_of
    latent_of = np.where(apart, correlations[np.ix_(value_of, value_of)], 0.0)
    for order in range(max(map(len, terms))):
        table = np.zeros_like(expected)
        for row, found in enumerate(terms):
            if order < len(found):
                table[:, value_of == row] = found[order]
        within += latent_of ** (order + 1) * ((share * table.T) @ table)
    return _ItemMoments(expected, within)


def _within_one_value(curves: ScoreCurves, density: Floats, share: Floats, means: Floats) -> Floats:
    """Covariances, times `share`, of items that measure one value; a single answer varies by chance as well."""
    products = (curves.scores.T * density) @ curves.scores
    np.fill_diagonal(products, density @ curves.squares)
    return np.asarray(products - (share * means.T) @ means, dtype=np.float64)


def _hermite_terms(
    curves: ScoreCurves, densities: Floats, means: Floats, centers: Floats, spread: float, share: Floats, reach: float
) -> list[Floats]:
    """Coefficients of normalized Hermite polynomials 1, 2, ... in the curves, each (n_kinds, n_items).

    As many as it takes: what the others add to a covariance is bounded by `reach` (the largest latent correlation),
    raised to their order, times what they hold of the variance (Parseval).
    """
    if spread <= 0 or reach <= 0:
        return []
    z = (curves.values - centers[:, None]) / spread
    left = share @ (densities @ curves.scores**2 - means**2)
    widest = float(np.ptp(curves.scores)) / 2
    before, polynomial = np.zeros_like(z), np.ones_like(z)
    terms: list[Floats] = []
    for order in range(1, MOST_TERMS + 1):
        before, polynomial = polynomial, (z * polynomial - math.sqrt(order - 1) * before) / math.sqrt(order)
        terms.append((densities * polynomial) @ curves.scores)
        left = left - share @ terms[-1] ** 2
        if reach ** (order + 1) * math.sqrt(max(left.max(), 0.0)) * widest < PRECISION:
            return terms
    raise ValueError(
        "answers without chance from persons who differ in their level alone have no structure that can be worked out; "
        "plant a person_spread, or a temperature above 0"
    )
