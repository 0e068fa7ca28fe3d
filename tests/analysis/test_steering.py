"""Steering by demographics: the worked example, recovered where planted, absent where not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.steering import SteeringCell, demographic_steering

P, Q = [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]
COUNTRIES = ("US", "DE", "CZ", "CN", "MX", "EG")


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_the_worked_example() -> None:
    # METHODS 2.8: EMD(p, q) = 1, alignment 2/3; naming the country brings the people's own distribution.
    found = demographic_steering([SteeringCell("a", "US", P, Q, Q)], rng())
    assert found.raw.value == pytest.approx(1.0)
    assert found.normalized.value == pytest.approx(1 / 3)
    assert math.isnan(found.raw.low)
    assert found.convention == "ordered:emd;nominal:skipped;average:formats-first"


def test_formats_are_averaged_before_the_distance() -> None:
    # (.5, .5) on average on both sides, though every single format is 1/2 away from the people.
    cell = SteeringCell("a", "US", [[1, 0], [0, 1]], [[0.4, 0.6], [0.6, 0.4]], [0.5, 0.5])
    assert demographic_steering([cell], rng()).raw.value == pytest.approx(0.0)
    # The second format is missing on one side and leaves both.
    half = cell._replace(demographic=[[0.4, 0.6], [math.nan, math.nan]])
    found = demographic_steering([half], rng())
    assert found.raw.value == pytest.approx(0.5 - 0.1)
    assert found.cells[0].n_formats == 1


def test_what_cannot_be_measured_is_counted_with_its_reason() -> None:
    cells = [
        SteeringCell("a", "US", P, Q, Q),
        SteeringCell("b", "US", [1.0], [1.0], [1.0]),
        SteeringCell("c", "US", P, Q, None),
        SteeringCell("d", "US", P, [math.nan] * 4, Q),
        SteeringCell("e", "DE", P, Q, Q, is_ordered=False),
        SteeringCell("f", "DE", P, Q, [math.nan] * 4),
    ]
    found = demographic_steering(cells, rng())
    assert found.skipped == {"one option": 1, "no human data": 2, "no distribution": 1, "options without an order": 1}
    assert [one.question for one in found.cells] == ["a"]
    assert math.isnan(found.countries["DE"][0].value)
    nominal = demographic_steering(cells, rng(), allow_nominal=True)
    # Total variation of P and Q is .4.
    assert nominal.countries["DE"][0].value == pytest.approx(0.4)
    assert nominal.countries["DE"][1].value == pytest.approx(0.4)
    assert "nominal:tv" in nominal.convention
    assert demographic_steering([], rng()).cells == ()
    with pytest.raises(ValueError, match="question 'a', country 'US'"):
        demographic_steering([SteeringCell("a", "US", P, [0.5, 0.5], Q)], rng())


def world(n: int, own: np.random.Generator, *, steered: float, n_samples: int = 0) -> list[SteeringCell]:
    """Questions whose generic answers go a share of the way to the people's once the country is named."""
    cells = []
    for number in range(n):
        k = int(own.integers(2, 7))
        generic = own.dirichlet(np.ones(k))
        for country in COUNTRIES:
            human = own.dirichlet(np.ones(k))
            named = generic + steered * (human - generic)
            sides = [generic, named]
            if n_samples:
                sides = [own.multinomial(n_samples, side, size=3) / n_samples for side in sides]
            cells.append(SteeringCell(f"q{number}", country, sides[0], sides[1], human))
    return cells


def test_planted_steering_is_recovered_with_its_size() -> None:
    cells = world(60, rng(), steered=0.4)
    found = demographic_steering(cells, rng())
    # Cumulative shares move in proportion: the improvement is .4 of the generic distance, cell by cell.
    distances = [np.abs(np.cumsum(np.subtract(c.generic, c.human))[:-1]).sum() for c in cells]
    assert found.raw.value == pytest.approx(0.4 * np.mean(distances))
    assert 0 < found.normalized.low < found.normalized.value < found.raw.value
    assert found.raw.n == 60
    assert set(found.countries) == set(COUNTRIES)


def test_no_steering_is_reported_as_absent() -> None:
    inside = 0
    for seed in range(60):
        own = np.random.default_rng(seed)
        found = demographic_steering(world(15, own, steered=0.0, n_samples=10), own, resamples=199)
        inside += found.raw.low <= 0.0 <= found.raw.high
    # 95 % of 60, less three standard errors.
    assert inside >= 52


def test_the_wrong_way_is_negative() -> None:
    cells = world(20, rng(), steered=0.4)
    found = demographic_steering([c._replace(generic=c.demographic, demographic=c.generic) for c in cells], rng())
    assert found.raw.value == pytest.approx(-demographic_steering(cells, rng()).raw.value)
    assert found.raw.high < 0
