"""True shares behind imperfect verdicts: by hand, at the limits, and with intervals that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.prevalence import KnownErrors, true_share
from analysis.uncertainty import proportion_interval


def test_by_hand() -> None:
    # 14 % called faulty by a judge with sensitivity .8 and specificity .9: (.14 + .9 - 1) / .7 = .0571.
    found = true_share(0.14, 500, KnownErrors(0.8, 0.9))
    assert found.value == pytest.approx(0.04 / 0.7)
    assert found.low < found.value < found.high
    assert found.n == 500


def test_a_perfect_judge_changes_nothing() -> None:
    found = true_share(0.3, 400, KnownErrors(1.0, 1.0))
    assert found.value == pytest.approx(0.3)
    wilson = proportion_interval(120, 400)
    # Agresti and Coull's interval, to which it then comes down, has Wilson's center and is slightly wider.
    assert (found.low + found.high) / 2 == pytest.approx((wilson.low + wilson.high) / 2)
    assert wilson.high - wilson.low < found.high - found.low < 1.02 * (wilson.high - wilson.low)


def test_it_stays_between_0_and_1() -> None:
    assert true_share(0.02, 300, KnownErrors(0.9, 0.9)).value == 0.0
    assert true_share(0.95, 300, KnownErrors(0.9, 0.9)).value == 1.0
    assert true_share(0.02, 300, KnownErrors(0.9, 0.9)).low == 0.0


@pytest.mark.parametrize(
    ("apparent", "n", "errors"),
    [(0.1, 300, KnownErrors(0.5, 0.5)), (0.1, 0, KnownErrors(0.9, 0.9)), (math.nan, 300, KnownErrors(0.9, 0.9))],
)
def test_nothing_comes_of_a_judge_without_skill_or_of_no_verdicts(apparent: float, n: int, errors: KnownErrors) -> None:
    assert all(math.isnan(number) for number in true_share(apparent, n, errors)[:3])


@pytest.mark.parametrize("n_known", [60, 400, math.inf])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_intervals_cover_the_true_share(n_known: float, share: float) -> None:
    sensitivity, specificity, n = 0.8, 0.9, 500
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(600):
        apparent = rng.binomial(n, share * sensitivity + (1 - share) * (1 - specificity)) / n
        errors = KnownErrors(sensitivity, specificity)
        if math.isfinite(n_known):
            found = (rng.binomial(n_known, p) / n_known for p in (sensitivity, specificity))
            errors = KnownErrors(*found, n_faulty=n_known, n_sound=n_known)
        at = true_share(apparent, n, errors)
        hits += at.low <= share <= at.high
    assert hits / 600 > 0.93  # two standard errors below .95
