"""Robustness to presentation: by hand on small tables, against planted effects, and what chance alone shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.jensen_shannon import js_divergence
from analysis.presentation_pairs import PairRules
from analysis.presented import PresentedRow, presented
from analysis.robustness import fragility_link, selection_bias, style_robustness
from tests.planted_presentations import BASE, DIGITS, REVERSED, VARIANTS, presented_rows, softmax

FAST = PairRules(resamples=199, shuffles=1)
NONE = np.zeros(4)


def rng() -> np.random.Generator:
    return np.random.default_rng(6)


def truths(n: int, seed: int = 1) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).dirichlet(np.ones(4), n))


def js(p: list[float], q: list[float]) -> float:
    return float(js_divergence(p, q))


# By hand --------------------------------------------------------------------------------------------------------------


def hand_rows() -> list[PresentedRow]:
    first = {"plain": [0.6, 0.4], "prefixed": [0.4, 0.6], "one-shot": [0.6, 0.4]}
    # Three options, and a tie that goes to the first of them.
    second = {"plain": [0.4, 0.4, 0.2], "prefixed": [0.5, 0.3, 0.2], "one-shot": [0.2, 0.5, 0.3]}
    return [PresentedRow(q, s, BASE, p) for q, table in (("a", first), ("b", second)) for s, p in table.items()]


def test_style_robustness_by_hand() -> None:
    found = style_robustness(presented(hand_rows()), rng(), rules=FAST)
    # plain-prefixed: a differs, b not; plain-one-shot: b differs, a not; prefixed-one-shot: both.
    assert [pair.mismatch.observed.value for pair in found.pairs] == [0.5, 0.5, 1.0]
    assert found.mismatch.observed.value == pytest.approx(2 / 3)
    by_hand = [
        math.sqrt(js([0.6, 0.4], [0.4, 0.6])) + math.sqrt(js([0.4, 0.4, 0.2], [0.5, 0.3, 0.2])),
        math.sqrt(js([0.4, 0.4, 0.2], [0.2, 0.5, 0.3])),
        math.sqrt(js([0.4, 0.6], [0.6, 0.4])) + math.sqrt(js([0.5, 0.3, 0.2], [0.2, 0.5, 0.3])),
    ]
    assert found.js.observed.value == pytest.approx(sum(by_hand) / 6)
    assert found.convention == "js:distance-nats;argmax-ties:first;pairs:styles at given/ABCD"


def test_conventions_of_jensen_shannon() -> None:
    rows = [PresentedRow("a", "one", BASE, [1, 0]), PresentedRow("a", "two", BASE, [0, 1])]
    largest = {
        "distance-nats": math.sqrt(math.log(2)),
        "distance-bits": 1.0,
        "divergence-nats": math.log(2),
        "divergence-bits": 1.0,
    }
    for name, value in largest.items():
        found = style_robustness(presented(rows), rng(), rules=PairRules(js=name))
        assert found.js.observed.value == pytest.approx(value)
        assert found.js.corrected.value == pytest.approx(value)
        assert f"js:{name};" in found.convention


def test_selection_bias_by_hand_averages_over_styles_first() -> None:
    rows = [
        PresentedRow("a", "one", BASE, [0.9, 0.1]),
        PresentedRow("a", "two", BASE, [0.3, 0.7]),
        PresentedRow("a", "one", REVERSED, [0.2, 0.8]),
        PresentedRow("a", "two", REVERSED, [0.4, 0.6]),
        PresentedRow("a", "one", DIGITS, [0.7, 0.3]),
        PresentedRow("a", "two", DIGITS, [0.5, 0.5]),
    ]
    found = selection_bias(presented(rows), rng(), rules=FAST)
    # Averages: base (.6, .4), reversed (.3, .7), digits (.6, .4).
    assert found.position.mismatch.observed.value == 1.0
    assert found.position.js.observed.value == pytest.approx(math.sqrt(js([0.6, 0.4], [0.3, 0.7])))
    assert found.token.mismatch.observed.value == 0.0
    assert found.token.js.observed.value == pytest.approx(0.0, abs=1e-7)
    assert found.average.mismatch.observed.value == 0.5
    assert found.crossed.js.observed.value == pytest.approx(found.position.js.observed.value)
    assert found.every.mismatch.observed.value == pytest.approx(2 / 3)


def test_missing_distributions_leave_the_pair_and_are_counted() -> None:
    rows = [*hand_rows(), PresentedRow("c", "plain", BASE, [math.nan] * 2), PresentedRow("c", "prefixed", BASE, [1, 0])]
    cells = presented(rows)
    found = style_robustness(cells, rng(), rules=FAST)
    assert cells.n_missing == 2
    assert found.mismatch.observed.value == pytest.approx(2 / 3)
    assert [pair.n_missing for pair in found.pairs] == [1, 1, 1]
    assert (found.n_missing, found.mismatch.observed.n) == (3, 2)


def test_a_style_that_one_variant_lacks_does_not_pass_for_its_effect() -> None:
    rows = [
        PresentedRow("a", "one", BASE, [0.9, 0.1]),
        PresentedRow("a", "two", BASE, [0.1, 0.9]),
        PresentedRow("a", "one", REVERSED, [0.9, 0.1]),
    ]
    found = selection_bias(presented(rows), rng(), rules=FAST)
    assert found.position.js.observed.value == 0.0


def test_nothing_to_compare_is_nan() -> None:
    alone = style_robustness(presented([PresentedRow("a", "one", BASE, [0.5, 0.5])]), rng(), rules=FAST)
    assert math.isnan(alone.mismatch.observed.value)
    assert math.isnan(alone.js.corrected.value)
    only_orders = selection_bias(
        presented(PresentedRow("a", "one", variant, [0.5, 0.5]) for variant in (BASE, REVERSED)), rng(), rules=FAST
    )
    assert only_orders.position.js.observed.value == 0.0
    assert math.isnan(only_orders.token.js.observed.value)
    assert math.isnan(only_orders.average.js.observed.value)
    assert math.isnan(style_robustness(presented([]), rng()).mismatch.observed.value)


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="'a' has 2 options and then 3"):
        presented([PresentedRow("a", "one", BASE, [1, 0]), PresentedRow("a", "two", BASE, [1, 0, 0])])
    with pytest.raises(ValueError, match="not of 10 replies with 0 unreadable"):
        presented([PresentedRow("a", "one", BASE, [0.55, 0.45], 10)])
    with pytest.raises(ValueError, match="1 clusters for 2 questions"):
        style_robustness(presented(hand_rows()), rng(), rules=PairRules(clusters=["only"]))
    with pytest.raises(ValueError, match="exact and sampled"):
        presented([PresentedRow("a", "one", BASE, [0.5, 0.5], 10), PresentedRow("a", "one", BASE, [0.5, 0.5])])


def test_fractional_counts_of_unreadable_replies() -> None:
    # METHODS 2.5: counts 5, 2, 1, 0 and two unreadable of ten.
    cells = presented([PresentedRow("a", "one", BASE, [0.55, 0.25, 0.15, 0.05], 10, 2)])
    assert cells.counts[0, 0, 0].tolist() == [5, 2, 1, 0, 2]
    assert cells.shares[0, 0, 0].tolist() == pytest.approx([0.55, 0.25, 0.15, 0.05])
    # With ten readable ones more, a cell holds twenty.
    more = presented([*[PresentedRow("a", "one", BASE, [0.55, 0.25, 0.15, 0.05], 10, 2)] * 2])
    assert more.counts[0, 0, 0].tolist() == [10, 4, 2, 0, 4]


# Planted truth --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("planted", ["style", "position", "token"])
def test_each_planted_effect_shows_where_it_is_and_nowhere_else(planted: str) -> None:
    lean = np.array([1.0, 0.3, -0.3, -1.0])
    effects = {
        (style, variant): lean
        * ((planted == "style") * (style == "two") + (planted == "position") * (variant == REVERSED))
        + lean * (planted == "token") * (variant == DIGITS)
        for style in ("one", "two")
        for variant in VARIANTS
    }
    questions = truths(40)
    cells = presented(presented_rows(questions, effects))
    selection = selection_bias(cells, rng(), rules=FAST)
    found = {
        "style": style_robustness(cells, rng(), rules=FAST).js.observed,
        "position": selection.position.js.observed,
        "token": selection.token.js.observed,
    }
    size = np.mean([math.sqrt(js(p, softmax(np.log(p) + lean))) for p in questions])
    for name, estimate in found.items():
        assert estimate.value == pytest.approx(size if name == planted else 0.0, abs=1e-7)


def test_intervals_cover_the_mean_over_questions() -> None:
    world = np.random.default_rng(11)

    def rows(n: int, seed: int) -> list[PresentedRow]:
        own = np.random.default_rng(seed)
        effects = {"one": NONE, "two": np.array([0.8, 0.0, 0.0, -0.8])}
        return [
            PresentedRow(f"q{q}", style, BASE, softmax(np.log(p) + effect * own.normal(1, 0.3)))
            for q, p in enumerate(world.dirichlet(np.ones(4), n))
            for style, effect in effects.items()
        ]

    many = style_robustness(presented(rows(5_000, 0)), rng(), rules=PairRules(resamples=2, shuffles=1))
    truth = many.mismatch.observed.value, many.js.observed.value
    covered = np.zeros(2)
    for seed in range(1, 101):
        found = style_robustness(presented(rows(60, seed)), rng(), rules=FAST)
        for place, measure in enumerate((found.mismatch.observed, found.js.observed)):
            covered[place] += measure.low <= truth[place] <= measure.high
    assert np.all((covered >= 88) & (covered <= 100)), covered


def test_topics_that_move_together_widen_the_interval() -> None:
    lean = np.array([1.0, 0.3, -0.3, -1.0])
    rows = []
    for topic in range(10):
        effect = lean * (topic % 2)
        rows += [
            PresentedRow(f"t{topic} {number}", style, BASE, softmax(np.log(p) + effect * (style == "two")))
            for number, p in enumerate(truths(8, seed=topic))
            for style in ("one", "two")
        ]
    cells = presented(rows)
    topics = [name.split()[0] for name in cells.questions]
    alone = style_robustness(cells, rng(), rules=FAST).js.observed
    together = style_robustness(cells, rng(), rules=PairRules(clusters=topics, resamples=199, shuffles=1)).js.observed
    assert together.value == pytest.approx(alone.value)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


# Chance ---------------------------------------------------------------------------------------------------------------


def test_ten_replies_show_differences_where_there_are_none() -> None:
    effects = {(style, BASE): NONE for style in ("one", "two")}
    p_values, excess = [], []
    for seed in range(20):
        own = np.random.default_rng(seed)
        cells = presented(presented_rows(truths(60, seed), effects, n_samples=10, rng=own))
        found = style_robustness(cells, own, rules=PairRules(resamples=99, shuffles=99))
        pair = found.pairs[0]
        p_values.append(pair.p)
        excess.append(found.mismatch.corrected.value)
        assert found.js.observed.value == pytest.approx(found.js.by_chance, abs=0.06)
        assert found.js.observed.value > 0.1
        assert found.js.corrected.low == 0.0
    assert sum(p <= 0.05 for p in p_values) <= 3
    # The mean of 20 excesses of 60 questions each: standard error about .45 / sqrt(1200).
    assert np.mean(excess) == pytest.approx(0.0, abs=0.04)


def test_the_corrected_distance_is_that_of_the_exact_distributions() -> None:
    effects = {("one", BASE): NONE, ("two", BASE): np.array([1.2, 0.3, -0.3, -1.2])}
    inside = 0
    for seed in range(20):
        own = np.random.default_rng(100 + seed)
        questions = truths(80, seed)
        cells = presented(presented_rows(questions, effects, n_samples=10, rng=own))
        found = style_robustness(cells, own, rules=PairRules(resamples=199, shuffles=49)).js
        moved = [softmax(np.log(p) + effects["two", BASE]) for p in questions]
        truth = math.sqrt(np.mean([js(p, q) for p, q in zip(questions, moved, strict=True)]))
        assert found.observed.value > found.corrected.value
        inside += found.corrected.low <= truth <= found.corrected.high
    assert inside >= 17


def test_certain_opposite_answers_are_no_chance() -> None:
    rows = [PresentedRow(f"q{n}", s, BASE, p, 100) for n in range(12) for s, p in (("one", [1, 0]), ("two", [0, 1]))]
    found = style_robustness(presented(rows), rng(), rules=PairRules(resamples=99, shuffles=99))
    assert found.mismatch.by_chance == 0.0
    assert found.mismatch.corrected.value == 1.0
    assert found.pairs[0].p <= 0.02
    assert found.js.corrected.value == pytest.approx(math.sqrt(math.log(2)), abs=0.01)


def test_exact_distributions_have_no_noise() -> None:
    found = style_robustness(presented(hand_rows()), rng(), rules=FAST)
    assert (found.mismatch.by_chance, found.js.by_chance) == (0.0, 0.0)
    assert found.mismatch.corrected.value == found.mismatch.observed.value
    assert math.isnan(found.pairs[0].p)


# Between models -------------------------------------------------------------------------------------------------------


def test_the_two_kinds_of_fragility_are_linked_over_models() -> None:
    style = {"a": 0.1, "b": 0.2, "c": 0.4, "d": 0.5, "e": math.nan, "only here": 0.3}
    selection = {"d": 0.9, "c": 0.8, "b": 0.5, "a": 0.2, "e": 0.1}
    found = fragility_link(style, selection)
    # Deviations -.2, -.1, .1, .2 and -.4, -.1, .2, .3: .17 / sqrt(.1 x .3).
    assert found.r == pytest.approx(0.17 / math.sqrt(0.1 * 0.3))
    assert found.n == 4
    assert math.isnan(fragility_link({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.0}).r)
