"""Two ways of asking the same people: what populations differ by is covered, and noise alone makes no difference."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.circumplex import matrix_agreement, value_correlations
from analysis.paired_agreement import matrix_agreement_difference

N_VALUES = 10
ANGLES = 2 * np.pi * np.arange(N_VALUES) / N_VALUES
CIRCLE = np.cos(np.subtract.outer(ANGLES, ANGLES))
MEANS = np.linspace(-1, 1, N_VALUES)
SWAPPED = [3, 1, 2, 0, *range(4, N_VALUES)]


def asked_twice(
    seed: int, n: int, strengths: tuple[float, float], order: list[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the same people, who hold one place on the circle, in two ways that show it more or less.

    order: of the values on the circle, the second time.
    """
    rng = np.random.default_rng(seed)
    place = rng.standard_normal((n, 2)) @ np.stack([np.cos(ANGLES), np.sin(ANGLES)])
    places = (place, place[:, order or range(N_VALUES)])
    first, second = (
        MEANS + strength * shown + rng.standard_normal((n, N_VALUES))
        for strength, shown in zip(strengths, places, strict=True)
    )
    return first, second


@pytest.mark.slow
@pytest.mark.parametrize("order", [None, SWAPPED])
def test_the_interval_covers_the_difference_of_the_populations(order: list[int] | None) -> None:
    # Both ways show one circle; the second shows it more clearly, which alone is no difference of structure.
    shown = CIRCLE if order is None else CIRCLE[np.ix_(order, order)]
    truth = 1.0 - matrix_agreement(shown, CIRCLE).pearson
    assert (truth == 0) == (order is None)
    covered, naive = 0, []
    for seed in range(60):
        first, second = asked_twice(seed, 300, (0.35, 0.7), order)
        found = matrix_agreement_difference(first, second, CIRCLE, np.random.default_rng(seed), resamples=99)
        covered += found.low - 1e-9 <= truth <= found.high + 1e-9
        naive.append(
            matrix_agreement(value_correlations(first), CIRCLE).pearson
            - matrix_agreement(value_correlations(second), CIRCLE).pearson
        )
    assert covered >= 54
    assert np.mean(naive) < truth - 0.1  # without the correction the clearer way would look more human


def test_the_same_answers_twice_differ_by_nothing() -> None:
    first, _ = asked_twice(1, 100, (1.0, 1.0))
    found = matrix_agreement_difference(first, first, CIRCLE, np.random.default_rng(0), resamples=19)
    assert found[:3] == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)


def test_who_is_missing_on_one_side_is_left_out_of_both() -> None:
    first, second = asked_twice(2, 50, (1.0, 1.0))
    first[:5, 3] = np.nan
    second[5:8, 0] = np.nan
    found = matrix_agreement_difference(first, second, CIRCLE, np.random.default_rng(0), resamples=19)
    assert found.n == 42
    assert np.isfinite(found[:3]).all()


def test_without_variance_there_is_no_difference() -> None:
    first, second = asked_twice(3, 50, (1.0, 1.0))
    constant = second.copy()
    constant[:, 4] = 2.0
    found = matrix_agreement_difference(first, constant, CIRCLE, np.random.default_rng(0), resamples=19)
    assert np.isnan(found.value)


def test_other_people_or_values_are_refused() -> None:
    first, second = asked_twice(4, 20, (1.0, 1.0))
    with pytest.raises(ValueError, match="same people"):
        matrix_agreement_difference(first, second[:-1], CIRCLE, np.random.default_rng(0))
    with pytest.raises(ValueError, match="same people"):
        matrix_agreement_difference(first, second[:, :-1], CIRCLE, np.random.default_rng(0))
