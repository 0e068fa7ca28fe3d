"""TrueSkill over value sets against the worked table and the closed form; positions in long answers by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from references.closed_form_trueskill import rate

from analysis import preferences as p

TABLE = [
    (["Honesty", "Vulnerability", "Courage", "Empathy", "Compassion"], ["Privacy", "Independence"]),
    (["Honesty", "Courage", "Integrity"], ["Compassion", "Empathy", "Sacrifice", "Consideration"]),
]
AFTER_TWO = {
    "Empathy": (20.5609, 7.9336),
    "Compassion": (20.5609, 7.9336),
    "Vulnerability": (25.0130, 8.3272),
    "Courage": (29.4651, 7.9336),
    "Honesty": (29.4651, 7.9336),
    "Privacy": (24.9870, 8.3272),
    "Independence": (24.9870, 8.3272),
    "Consideration": (20.5413, 7.9389),
    "Sacrifice": (20.5413, 7.9389),
    "Integrity": (29.4587, 7.9389),
}


def test_worked_table_to_four_decimals():
    found = p.trueskill_preferences(TABLE)
    assert set(found) == set(AFTER_TWO)
    for value, expected in AFTER_TWO.items():
        assert found[value] == pytest.approx(expected, abs=5e-5)


def test_worked_table_after_the_first_dilemma():
    found = p.trueskill_preferences(TABLE[:1])
    assert found["Empathy"] == pytest.approx((25.013, 8.327), abs=5e-4)
    assert found["Privacy"] == pytest.approx((24.987, 8.327), abs=5e-4)
    assert "Integrity" not in found


def test_fresh_teams_of_unequal_size():
    two_against_one = p.trueskill_preferences([({"a", "b"}, {"c"})])
    for value, mu in (("a", 25.6042), ("b", 25.6042), ("c", 24.3958)):
        assert two_against_one[value] == pytest.approx((mu, 8.0749), abs=5e-5)
    one_against_two = p.trueskill_preferences([({"a"}, {"b", "c"})])
    for value, mu in (("a", 33.7307), ("b", 16.2693), ("c", 16.2693)):
        assert one_against_two[value] == pytest.approx((mu, 7.3174), abs=5e-5)


names = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True)


@settings(max_examples=40)
@given(st.lists(st.tuples(names, names), max_size=12), st.sampled_from([0.1, 0.0]), st.sampled_from([25 / 300, 0.0]))
def test_agrees_with_the_closed_form(games, p_draw, tau):
    expected = rate(p.playable_games(games), p_draw, tau)
    found = p.trueskill_preferences(games, draw_probability=p_draw, tau=tau)
    assert set(found) == set(expected)
    for value, rating in expected.items():
        assert found[value] == pytest.approx(rating, abs=1e-4)


def test_options_differ_from_the_default_as_reported():
    default = p.trueskill_preferences(TABLE)
    no_draw = p.trueskill_preferences(TABLE, draw_probability=0)
    still = p.trueskill_preferences(TABLE, tau=0)
    assert max(abs(no_draw[v].mu - default[v].mu) for v in default) == pytest.approx(0.129, abs=2e-3)
    assert max(abs(still[v].sigma - default[v].sigma) for v in default) == pytest.approx(0.001, abs=5e-4)


def test_shared_values_leave_both_sides_and_emptied_games_are_skipped():
    games = [(["a", "b", "b"], ["b", "c"]), (["a"], ["a"]), ([], ["c"])]
    assert p.playable_games(games) == [(["a"], ["c"])]
    assert p.trueskill_preferences(games) == p.trueskill_preferences([(["a"], ["c"])])
    assert p.trueskill_preferences([]) == {}


def test_a_very_surprising_game_still_gives_a_rating():
    games = [(["strong"], ["weak"])] * 400 + [(["weak"], ["strong"])]
    before, after = p.trueskill_preferences(games[:-1]), p.trueskill_preferences(games)
    assert after["weak"].mu > before["weak"].mu
    assert after["strong"].mu < before["strong"].mu
    crowd = [([f"w{i}" for i in range(60)], ["lone"])] * 30 + [(["lone"], [f"w{i}" for i in range(60)])]
    assert np.isfinite(p.trueskill_preferences(crowd)["lone"].mu)


def test_mean_teams_make_a_win_by_a_larger_set_worth_more():
    full = p.trueskill_preferences([({"a", "b", "c"}, {"d"})])
    mean = p.trueskill_preferences([({"a", "b", "c"}, {"d"})], participation="mean-team")
    assert mean["d"].mu < full["d"].mu
    with pytest.raises(ValueError, match="unknown participation"):
        p.trueskill_preferences(TABLE, participation="half")


def test_random_orders_average_and_report_their_spread():
    found = p.shuffled_preferences(TABLE, np.random.default_rng(1))
    orders = [p.trueskill_preferences(order) for order in (TABLE, TABLE[::-1])]
    low, high = sorted(order["Honesty"].mu for order in orders)
    assert low <= found["Honesty"].mu <= high
    assert found["Honesty"].mu_sd > 0
    again = p.shuffled_preferences(TABLE, np.random.default_rng(1))
    assert again == found
    assert np.isnan(p.shuffled_preferences(TABLE, np.random.default_rng(1), n_orders=1)["Honesty"].mu_sd)


def test_position_example():
    answer = [{"honesty", "care"}, {"care"}, {"privacy"}, {"honesty", "privacy"}]
    assert p.position_preferences([answer]) == {"honesty": -0.25, "care": -0.25, "privacy": -0.75}
    assert p.position_preferences([answer], convention="zero-based")["privacy"] == -0.5


def test_positions_average_over_the_answers_that_hold_the_value():
    # Arguments without a value still count in the total.
    answers = [[set(), {"care"}], [{"care"}, set(), set(), {"duty"}], []]
    found = p.position_preferences(answers)
    assert found == {"care": pytest.approx(-(2 / 2 + 1 / 4) / 2), "duty": -1.0}
    with pytest.raises(ValueError, match="unknown convention"):
        p.position_preferences(answers, convention="two-based")
