"""The structure a truth implies: against closed forms, against plain integration, against many drawn people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from planted_people import anchored, draw_scores, portrait_items, values_of

from analysis.values import center_within_person
from simulator.engines.synthetic_expectation import expected_scores
from simulator.engines.synthetic_profile import NOBODY, VALUE_POSITION, Profile
from simulator.engines.synthetic_question import Question, Questions
from simulator.engines.synthetic_structure import planted_structure
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked, Settings, ShownOption
from surveys.values import TEN_VALUES, VALUE_CODES

FLAT: dict[str, Any] = {"mean_rating": 0, "hierarchy": 0, "hierarchy_noise": 0, "item_spread": 0}
"""Every threshold of every item lies evenly around the mean person."""
COSINE = np.cos(2 * np.pi * np.subtract.outer(np.arange(19), np.arange(19)) / 19)
N_DRAWN = 20_000


def scale_item(value: str, n_categories: int, name: str = "") -> Asked:
    options = tuple(ShownOption(str(code), code, f"step {code}") for code in range(1, n_categories + 1))
    return replace(portrait_items()[0], item_id=name or value, question_id=None, dimensions=(value,), options=options)


# Closed forms ---------------------------------------------------------------------------------------------------------


# Two dichotomies cut at the mean have covariance arcsin(r) / 2 pi (Sheppard 1899), and variance 1/4 each.
@pytest.mark.parametrize("strength", [0.0, 0.6, 1.0])
def test_answers_without_chance_follow_sheppards_formula(strength: float) -> None:
    truth = KnownTruth(
        **FLAT, circumplex_strength=strength, person_spread=0.5, level_spread=0.2, decoding_effect=1, discrimination=2
    )
    found = planted_structure(truth, [scale_item("SDT", 2), scale_item("ST", 2)], [{}], settings=Settings(0.0))
    latent = (0.25 * strength * COSINE[0, 2] + 0.04) / 0.29
    between = math.asin(latent) / (2 * math.pi)
    # Two values centered on their mean are half their difference.
    variance = (1 / 4 + 1 / 4 - 2 * between) / 4
    assert found.covariances == pytest.approx(variance * np.array([[1, -1], [-1, 1]]), abs=1e-6)
    assert found.means == pytest.approx(np.zeros(2), abs=1e-6)


def test_a_fine_scale_shows_the_latent_correlations() -> None:
    truth = KnownTruth(**FLAT, circumplex_strength=0.7, person_spread=0.4, level_spread=0.5, discrimination=50)
    found = planted_structure(truth, [scale_item(value, 60) for value in VALUE_CODES], [{}])
    center = np.eye(19) - 1 / 19
    latent = center @ (0.7 * COSINE + 0.3 * np.eye(19)) @ center
    assert found.values == VALUE_CODES
    # An answer in steps of .1 points adds about .1^2 / 12 to a variance of .16, and the slope of 50 about as much.
    assert found.correlations == pytest.approx(latent / latent[0, 0], abs=0.02)


def test_values_that_vary_by_chance_alone_have_the_correlations_that_centering_makes() -> None:
    truth = KnownTruth(**FLAT, person_spread=0, level_spread=0)
    found = planted_structure(truth, [scale_item(value, 6) for value in VALUE_CODES], [{}])
    assert found.correlations[~np.eye(19, dtype=bool)] == pytest.approx(-1 / 18)


# Plain integration ----------------------------------------------------------------------------------------------------


def by_plain_integration(truth: KnownTruth, items: Sequence[Asked], strategy: str = "") -> np.ndarray:
    """Covariance of two items from a product of Gauss-Hermite rules over two standard normal variables."""
    questions, nodes, weights = Questions(truth, 0), *np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    spread = math.hypot(truth.person_spread, truth.story_effect if strategy == "generated" else 0)
    first, second = (VALUE_POSITION[item.dimensions[0]] for item in items)
    shared = truth.circumplex_strength * COSINE[first, second] if first != second else 1.0
    variance = spread**2 + truth.level_spread**2
    latent = (spread**2 * shared + truth.level_spread**2) / variance
    center = questions.people.build({}, NOBODY).values
    products, means = 0.0, np.zeros(2)
    for (z, u), (y, v) in product(zip(nodes, weights, strict=True), repeat=2):
        normal = (z, latent * z + math.sqrt(1 - latent**2) * y)
        scores = [
            mean_score(questions, item, center[place] + math.sqrt(variance) * step)
            for item, place, step in zip(items, (first, second), normal, strict=True)
        ]
        products += u * v * scores[0] * scores[1]
        means += u * v * np.array(scores)
    return np.array([*means, products - means[0] * means[1]])


def mean_score(questions: Questions, item: Asked, value: float) -> float:
    question: Question = questions.put_to(item, Profile((value,) * 19, 0, 0, ()))
    mean = sum(code * share for code, share in question.alone.items()) / sum(question.alone.values())
    return mean if item.key == 1 else 7 - mean


@pytest.mark.parametrize(
    ("changes", "strategy"),
    [({}, ""), ({"circumplex_strength": 1.0, "acquiescence": 0.2, "refusal": 0.1}, ""), ({}, "generated")],
)
@pytest.mark.parametrize("values", [("SDT", "SDA"), ("POD", "UNC")])
def test_the_covariance_of_two_items_is_the_double_integral(
    changes: dict[str, float], strategy: str, values: tuple[str, str]
) -> None:
    truth = KnownTruth(**changes)
    items = [scale_item(values[0], 6), replace(scale_item(values[1], 6), key=-1)]
    first, second, covariance = by_plain_integration(truth, items, strategy)
    found = planted_structure(truth, items, [{}], strategy)
    assert found.means == pytest.approx([(first - second) / 2, (second - first) / 2], abs=1e-6)
    spread = [planted_variance(truth, item, strategy) for item in items]
    assert found.covariances[0, 0] == pytest.approx((spread[0] + spread[1] - 2 * covariance) / 4, abs=1e-6)


def planted_variance(truth: KnownTruth, item: Asked, strategy: str) -> float:
    """Variance of one item's score, from a single Gauss-Hermite rule over the squares."""
    questions, nodes, weights = Questions(truth, 0), *np.polynomial.hermite_e.hermegauss(120)
    story = truth.story_effect if strategy == "generated" else 0
    spread = math.hypot(truth.person_spread, truth.level_spread, story)
    center = questions.people.build({}, NOBODY).values[VALUE_POSITION[item.dimensions[0]]]
    moments = np.zeros(2)
    for z, weight in zip(nodes, weights / weights.sum(), strict=True):
        alone = questions.put_to(item, Profile((center + spread * z,) * 19, 0, 0, ())).alone
        shares = np.array([alone[code] for code in range(1, 7)]) / sum(alone.values())
        scores = np.arange(1, 7) if item.key == 1 else np.arange(6, 0, -1)
        moments += weight * np.array([shares @ scores, shares @ scores**2])
    return float(moments[1] - moments[0] ** 2)


# Many drawn people ----------------------------------------------------------------------------------------------------

TOLD_NOTHING: Callable[[int], list[dict[str, Any]]] = lambda n: [{}] * n  # noqa: E731


@pytest.mark.parametrize(
    ("changes", "people", "temperature"),
    [
        ({"circumplex_strength": 0.0}, TOLD_NOTHING, 1.0),
        ({"circumplex_strength": 1.0, "person_spread": 0.6}, TOLD_NOTHING, 1.0),
        ({"acquiescence": 0.1, "anchor_phase": 2.0}, anchored, 1.0),
        ({"decoding_effect": 1.0, "person_spread": 0.5}, anchored, 0.0),
    ],
)
def test_drawn_people_have_the_planted_structure(
    changes: dict[str, float], people: Callable[[int], list[dict[str, Any]]], temperature: float
) -> None:
    truth, items, told = KnownTruth(**changes), portrait_items(), people(N_DRAWN)
    items[4] = replace(items[4], key=-1)
    planted = planted_structure(truth, items, told, settings=Settings(temperature))
    scores = draw_scores(truth, items, told, np.random.default_rng(1), is_likeliest=temperature == 0)
    centered = center_within_person(scores, values_of(items), values=planted.values)
    error = centered.std(axis=0) / math.sqrt(N_DRAWN)
    assert np.all(np.abs(centered.mean(axis=0) - planted.means) < 4 * error)
    above = np.triu_indices(19, 1)
    gap = (np.corrcoef(centered.T) - planted.correlations)[above]
    z = gap / (1 - planted.correlations[above] ** 2) * math.sqrt(N_DRAWN)
    # 171 errors, about normal: their spread near 1, none beyond 4.5.
    assert 0.6 < z.std() < 1.4
    assert np.abs(z).max() < 4.5


# What it says of its people -------------------------------------------------------------------------------------------


def test_expected_scores_of_every_person_are_those_of_their_description() -> None:
    truth, items, told = KnownTruth(), portrait_items(), [*anchored(3), {"anchor": "SDT"}, {"age": 70}]
    planted = planted_structure(truth, items, told)
    expected = center_within_person(expected_scores(truth, items, told), values_of(items), values=VALUE_CODES)
    assert planted.expected == pytest.approx(expected, abs=1e-6)
    assert planted.means == pytest.approx(expected.mean(axis=0), abs=1e-6)


def test_what_lies_between_people_is_part_of_the_covariances() -> None:
    truth, items = KnownTruth(persona_effect=1.5), portrait_items()
    apart = [planted_structure(truth, items, [facts]) for facts in anchored(19)]
    together = planted_structure(truth, items, anchored(19))
    within = np.mean([one.covariances for one in apart], axis=0)
    between = np.cov(np.concatenate([one.expected for one in apart]).T, bias=True)
    assert together.covariances == pytest.approx(within + between, abs=1e-9)
    assert np.trace(between) > np.trace(within)


def test_people_who_do_not_differ_and_answer_without_chance_have_no_structure() -> None:
    truth = KnownTruth(blank_spread=0, decoding_effect=1)
    planted = planted_structure(truth, portrait_items(), [{}] * 3, "basic", Settings(0.0))
    assert np.abs(planted.covariances).max() == 0
    assert np.isnan(planted.correlations).all()
    assert np.isfinite(planted.means).all()
    described = planted_structure(truth, portrait_items(), anchored(19), "value-anchor", Settings(0.0))
    assert np.isfinite(described.correlations).all()


def test_the_ten_values_stand_in_their_own_order() -> None:
    items = [scale_item(value, 6) for value in reversed(TEN_VALUES)]
    assert planted_structure(KnownTruth(), items, [{}]).values == tuple(TEN_VALUES)


def test_what_has_no_structure_is_refused() -> None:
    items = portrait_items()[:3]
    with pytest.raises(ValueError, match="assimilation"):
        planted_structure(KnownTruth(assimilation=0.1), items, [{}])
    with pytest.raises(ValueError, match="from people"):
        planted_structure(KnownTruth(humans={"i": {}}), items, [{}])
    with pytest.raises(ValueError, match="on one basic value each"):
        planted_structure(KnownTruth(), [replace(items[0], dimensions=("POD", "AC"))], [{}])
    with pytest.raises(ValueError, match="at least one"):
        planted_structure(KnownTruth(), items, [])
    with pytest.raises(ValueError, match="level alone"):
        planted_structure(KnownTruth(person_spread=0, decoding_effect=1), items, [{}], settings=Settings(0.0))
