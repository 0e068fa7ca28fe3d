"""Who is left out and why: the rule of the European Social Survey at its edges, counts that add up."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.exclusions import ESS_21, ExclusionRules, exclusion_rules, exclusions
from analysis.values import low_effort

VARIED = np.tile(np.arange(1, 7), 4)[:21].astype(float)


def answers(*, missing: int = 0, identical: int = 0) -> np.ndarray:
    """21 answers, so many of them missing and so many of them a 6, the rest spread over 1 to 5."""
    rest = 21 - missing - identical
    return np.concatenate([np.full(missing, np.nan), np.full(identical, 6.0), np.arange(rest) % 5 + 1.0])


def test_the_rule_of_the_european_social_survey_at_its_edges() -> None:
    people = np.stack([answers(missing=5), answers(missing=6), answers(identical=16), answers(identical=17)])
    found = exclusions(people, exclusion_rules("ess-21"))
    assert found.kept.tolist() == [True, False, True, False]
    assert found.first_reason == ("", "more than 5 missing", "", "more than 16 identical")
    assert (~found.kept).tolist() == low_effort(people).tolist()
    assert found.n_excluded == 2


def test_counts_by_first_reason_add_up_and_overlaps_show() -> None:
    both = np.concatenate([np.full(8, np.nan), np.full(13, 2.0)])
    rules = ExclusionRules(max_missing=5, max_identical=10, max_longstring=12)
    found = exclusions(np.stack([both, answers(missing=7), answers(identical=11), VARIED]), rules)
    assert found.by_first == {
        "more than 5 missing": 2,
        "more than 10 identical": 1,
        "more than 12 identical in a row": 0,
    }
    assert found.by_any == {
        "more than 5 missing": 2,
        "more than 10 identical": 2,
        "more than 12 identical in a row": 1,
    }
    assert sum(found.by_first.values()) == found.n_excluded == 3


def test_without_rules_everybody_stays() -> None:
    found = exclusions(np.full((3, 57), 4.0))
    assert found.kept.all()
    assert (found.by_first, found.by_any) == ({}, {})
    assert exclusions(np.full((3, 57), 4.0), exclusion_rules("none")).kept.all()


def test_a_rule_for_another_length_is_refused_and_not_scaled() -> None:
    with pytest.raises(ValueError, match="for 21 items, but 57 were asked"):
        exclusions(np.ones((2, 57)), ESS_21)
    with pytest.raises(ValueError, match="unknown exclusion rules 'ess'"):
        exclusion_rules("ess")
    with pytest.raises(ValueError, match="max_missing = -1"):
        ExclusionRules(max_missing=-1)


def test_rows_in_a_row_are_those_asked_in_a_row() -> None:
    # Items 0, 2, 4 got a 3, the others a 1; this person was asked 0, 2, 4, 1, 3, 5, that one as they stand.
    codes = np.tile([3.0, 1, 3, 1, 3, 1], (2, 1))
    order = np.array([[0, 3, 1, 4, 2, 5], [0, 1, 2, 3, 4, 5]])
    found = exclusions(codes, ExclusionRules(max_longstring=2), order=order)
    assert found.kept.tolist() == [False, True]
    assert exclusions(codes, ExclusionRules(max_longstring=2)).kept.all()
    with pytest.raises(ValueError, match="order has shape"):
        exclusions(codes, ExclusionRules(max_longstring=2), order=order[0])


def test_two_of_three_items_per_value() -> None:
    key = ["a", "b", "a", "b", "a", "b"]
    codes = np.array([[1, 2, np.nan, 4, 5, 6], [1, 2, np.nan, 4, np.nan, 6], [1, 2, 3, 4, 5, 6]])
    found = exclusions(codes, ExclusionRules(min_items=2), value_of_item=key)
    assert found.kept.tolist() == [True, False, True]
    assert found.by_first == {"fewer than 2 items on a value": 1}
    with pytest.raises(ValueError, match="give value_of_item"):
        exclusions(codes, ExclusionRules(min_items=2))
    with pytest.raises(ValueError, match="one value per item"):
        exclusions(codes, ExclusionRules(min_items=2), value_of_item=["a", "b"])
