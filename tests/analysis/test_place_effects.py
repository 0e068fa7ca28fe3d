"""Effects of place and label: planted ones recovered and told apart, confounded ones said to be so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.place_effects import PlacedRow, place_effects
from tests.planted_presentations import cyclic_orders, placed_rows, shown_with_effects

PLACES = [0.6, 0.1, -0.2, -0.5]
LABELS = {"A": 0.3, "B": 0.0, "C": -0.1, "D": -0.2}
FLAT = dict.fromkeys("ABCD", 0.0)


def truths(n: int, k: int = 4, seed: int = 2) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).dirichlet(np.full(k, 3.0), n))


def values(estimates: object) -> list[float]:
    return [one.value for one in estimates]


@pytest.mark.parametrize(
    ("places", "labels"), [(PLACES, LABELS), (PLACES, FLAT), ([0.0] * 4, LABELS)], ids=["both", "places", "labels"]
)
def test_planted_effects_are_recovered_and_not_confused(places: list[float], labels: dict[str, float]) -> None:
    rows = placed_rows(truths(5), places, labels, np.random.default_rng(3))
    (found,) = place_effects(rows)
    assert values(found.positions) == pytest.approx(places, abs=1e-9)
    assert {name: one.value for name, one in found.labels.items()} == pytest.approx(labels, abs=1e-9)
    assert (found.n_options, found.reason, found.n_rows, found.n_left_out) == (4, "", 30, 0)
    assert found.positions[0].n == 5


def test_effects_that_add_to_shares() -> None:
    places, labels = [0.06, 0.01, -0.02, -0.05], {"A": 0.03, "B": 0.0, "C": -0.01, "D": -0.02}
    own = [0.4 * truth + 0.15 for truth in truths(5)]
    rows = placed_rows(own, places, labels, np.random.default_rng(3), multiply=False)
    (found,) = place_effects(rows, scale="share")
    assert values(found.positions) == pytest.approx(places, abs=1e-9)
    assert [one.value for one in found.labels.values()] == pytest.approx(list(labels.values()), abs=1e-9)


def test_two_options_by_hand() -> None:
    # Option 0 has odds of 4 when shown first and 1 when second: twice the two places' distance, which is ln 4 / 2.
    rows = [PlacedRow("q", [0.8, 0.2], (0, 1), ("", "")), PlacedRow("q", [0.5, 0.5], (1, 0), ("", ""))]
    (found,) = place_effects(rows)
    assert values(found.positions) == pytest.approx([math.log(4) / 4, -math.log(4) / 4])
    assert math.isnan(found.positions[0].low)
    assert found.reason == "no effect of labels: labels do not vary"
    (shares,) = place_effects(rows, scale="share")
    assert values(shares.positions) == pytest.approx([0.15, -0.15])


def test_labels_that_move_with_places_are_confounded() -> None:
    letters = tuple("ABCD")
    effect = np.array([LABELS[name] for name in letters])
    rows = [
        PlacedRow(f"q{n}", shown_with_effects(p, order, np.array(PLACES), effect), order, letters)
        for n, p in enumerate(truths(4))
        for order in cyclic_orders(4)
    ]
    (found,) = place_effects(rows)
    assert values(found.positions) == pytest.approx([p + LABELS[name] for p, name in zip(PLACES, letters, strict=True)])
    assert found.labels == {}
    assert "confounded" in found.reason
    # Another set of labels in the same order does not help: each label keeps its place.
    more = [row._replace(labels=tuple("0123")) for row in rows]
    assert "confounded" in place_effects([*rows, *more])[0].reason


def test_labels_that_stay_with_their_options_leave_the_places_clear() -> None:
    rows = [
        PlacedRow(
            f"q{n}",
            shown_with_effects(p, order, np.array(PLACES), np.zeros(4)),
            order,
            [f"o{option}" for option in order],
        )
        for n, p in enumerate(truths(4))
        for order in cyclic_orders(4)
    ]
    (found,) = place_effects(rows)
    assert values(found.positions) == pytest.approx(PLACES)
    assert found.labels == {}
    assert "stay with their options" in found.reason


def test_options_that_keep_their_place_leave_the_labels_clear() -> None:
    rng, order = np.random.default_rng(0), range(4)
    rows = []
    for n, p in enumerate(truths(4)):
        for _ in range(5):
            names = rng.permutation(list(LABELS)).tolist()
            effect = np.array([LABELS[name] for name in names])
            rows.append(PlacedRow(f"q{n}", shown_with_effects(p, order, np.array(PLACES), effect), order, names))
    (found,) = place_effects(rows)
    assert [one.value for one in found.labels.values()] == pytest.approx(list(LABELS.values()))
    assert all(math.isnan(one.value) for one in found.positions)
    assert "every option kept its place" in found.reason


def test_one_order_tells_nothing() -> None:
    (found,) = place_effects([PlacedRow("q", [0.5, 0.3, 0.2], (0, 1, 2), tuple("ABC"))])
    assert all(math.isnan(one.value) for one in found.positions)
    assert "no question" in found.reason
    assert place_effects([]) == []


def test_numbers_of_options_are_kept_apart_and_zeros_counted() -> None:
    rng = np.random.default_rng(1)
    three = placed_rows(truths(3, 3), [0.2, 0.0, -0.2], dict.fromkeys("ABC", 0.0), rng)
    rows = [*placed_rows(truths(3), PLACES, FLAT, rng), *three]
    rows += [
        PlacedRow("z", [1, 0, 0], (0, 1, 2), tuple("ABC")),
        PlacedRow("m", [math.nan] * 3, (0, 1, 2), tuple("ABC")),
    ]
    small, large = place_effects(rows)
    assert (small.n_options, small.n_rows, small.n_left_out) == (3, 18, 2)
    assert values(small.positions) == pytest.approx([0.2, 0.0, -0.2])
    assert values(large.positions) == pytest.approx(PLACES)
    by_share, _ = place_effects(rows, scale="share")
    assert by_share.n_left_out == 1


def test_intervals_cover_under_sampled_answers() -> None:
    rng = np.random.default_rng(8)
    places, covered, zero = np.array([0.08, 0.0, -0.08]), 0, 0
    for _ in range(150):
        rows = []
        for n, truth in enumerate(rng.dirichlet(np.full(3, 4.0), 25)):
            for row in placed_rows([0.5 * truth + 1 / 6], places, dict.fromkeys("ABC", 0.0), rng, multiply=False):
                chosen = rng.multinomial(10, row.shares) / 10
                rows.append(row._replace(question=f"q{n}", shares=chosen))
        (found,) = place_effects(rows, scale="share")
        covered += found.positions[0].low <= places[0] <= found.positions[0].high
        zero += found.labels["A"].low <= 0.0 <= found.labels["A"].high
    # 95 % of 150 are 142.5; three standard errors are 8.
    assert min(covered, zero) >= 135


def test_what_cannot_be_placed_is_refused() -> None:
    with pytest.raises(ValueError, match="question 'q': order and labels must name each of its 2 options once"):
        place_effects([PlacedRow("q", [0.5, 0.5], (1, 1), "AB")])
    with pytest.raises(ValueError, match="log-odds or share"):
        place_effects([], scale="odds")
