"""Distributions over options: the published formulas, and token alternatives as servers return them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from asking_examples import INSTRUMENT, NOMINAL, SCALE, condition
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import RunSpecError
from simulator.messages import Completion, ShownOption, TokenAlternatives
from simulator.parsing import Reading
from simulator.presentation import present, shown_options
from simulator.probes import option_probabilities, sequence_probabilities, text_probabilities
from simulator.probes.text import sample_probabilities
from simulator.probes.token_logit import check_labels, read_option_probabilities, stripped

# --- formulas --------------------------------------------------------------------------------------------------------


def test_published_examples():
    # Shen et al. 2025: K = 4, counts 5, 2, 1, 0 and two unreadable replies.
    np.testing.assert_allclose(text_probabilities([5, 2, 1, 0], 2), [0.55, 0.25, 0.15, 0.05], atol=1e-12)
    # Mean log-probabilities -0.2 and -0.7.
    np.testing.assert_allclose(sequence_probabilities(np.exp([0.2, 0.7])), [0.6225, 0.3775], atol=5e-5)
    # An option of probability .1 sharpened at temperature .7 is absent from five draws with probability .8089.
    sharpened = option_probabilities(np.log([0.9, 0.1]) / 0.7)
    assert sharpened[0] ** 5 == pytest.approx(0.8089, abs=5e-5)


def test_mappings_and_rows():
    assert text_probabilities({"A": 1, "B": 3}) == {"A": 0.25, "B": 0.75}
    assert option_probabilities({"A": math.log(0.2), "B": [math.log(0.1), math.log(0.1)]}) == pytest.approx(
        {"A": 0.5, "B": 0.5}
    )
    assert sequence_probabilities({1: [2.0, 2.0], 2: 1.0}) == {1: 0.5, 2: 0.5}
    rows = text_probabilities(np.array([[1, 1], [0, 2]]), [0, 2])
    np.testing.assert_allclose(rows, [[0.5, 0.5], [0.25, 0.75]])
    np.testing.assert_allclose(option_probabilities(np.log([[0.1, 0.3], [0.5, 0.5]])), [[0.25, 0.75], [0.5, 0.5]])


def test_degenerate_evidence_is_nan_and_only_unreadable_is_uniform():
    assert np.isnan(option_probabilities([-np.inf, -np.inf])).all()
    assert np.isnan(sequence_probabilities([np.inf, np.inf])).all()
    assert np.isnan(text_probabilities([0, 0])).all()
    np.testing.assert_array_equal(text_probabilities([0, 0, 0, 0], 3), [0.25] * 4)
    np.testing.assert_array_equal(option_probabilities([0.0, -np.inf]), [1.0, 0.0])
    with pytest.raises(ValueError, match="at least 1"):
        sequence_probabilities([0.5, 2.0])
    with pytest.raises(ValueError, match="negative"):
        text_probabilities([-1, 2])


@given(st.lists(st.floats(-80, 0), min_size=1, max_size=9))
def test_one_token_answers_make_both_methods_one(logprobs):
    by_token = option_probabilities(logprobs)
    assert by_token.sum() == pytest.approx(1)
    np.testing.assert_allclose(sequence_probabilities(np.exp(-np.array(logprobs))), by_token, atol=1e-12)


# --- token alternatives ----------------------------------------------------------------------------------------------


def asked(item=SCALE, **fields):
    arm = condition(**fields)
    return present(INSTRUMENT, item, arm, "", shown_options(item, arm, 1, "r1", INSTRUMENT), (), 0)


def completion(*positions):
    rows = []
    for shares in positions:
        top = tuple((token, math.log(share)) for token, share in shares.items())
        rows.append(TokenAlternatives(top[0][0], top[0][1], top))
    return Completion(texts=("",), model="m", positions=tuple(rows))


LETTERS = asked(labels="letters")


def test_all_spellings_of_a_label_are_summed():
    read = read_option_probabilities(
        completion({"A": 0.2, " A": 0.1, "(A": 0.1, "▁B": 0.2, "ĠC": 0.1, "D.": 0.1, "Aardvark": 0.1, "a": 0.1}),
        LETTERS,
    )
    assert read.probabilities == pytest.approx({1: 0.5, 2: 0.25, 3: 0.125, 4: 0.125})
    assert read.option_mass == pytest.approx(0.8)
    assert (read.truncated, read.position, read.reason) == ((), 0, "")


@pytest.mark.parametrize(
    ("token", "label"),
    [
        *((token, "A") for token in ("A", " A", "▁A", "ĠA", "(A", "A)", "A:", "A.", "[A]", "\nA", " A strong")),
        *(("Aardvark", "Aardvark"), ("10", "10"), (" 1", "1"), ("", ""), ("()", "")),
    ],
)
def test_tokens_are_compared_stripped(token, label):
    assert stripped(token) == label


def test_mapping_goes_to_codes_not_positions():
    reversed_letters = asked(NOMINAL, labels="letters", option_order="reversed")
    read = read_option_probabilities(completion({"A": 0.6, "B": 0.3}), reversed_letters)
    assert read.probabilities == pytest.approx({1: 0, 2: 0, 3: 0, 4: 1 / 3, 5: 2 / 3})
    assert read.truncated == (1, 2, 3)


def test_best_and_first_position():
    answered = completion({"The": 0.9, "A": 0.05}, {" answer": 0.99}, {"B": 0.7, "C": 0.2})
    assert read_option_probabilities(answered, LETTERS).position == 2
    first = read_option_probabilities(answered, LETTERS, position="first")
    assert (first.position, first.probabilities[1]) == (0, 1.0)
    late = completion(*[{"The": 0.9}] * 5, {"B": 0.9})
    assert read_option_probabilities(late, LETTERS).reason.startswith("no_label")


def test_missing_labels_get_nothing_or_the_bound():
    answered = completion({"A": 0.6, "B": 0.3, "x": 0.06})
    assert read_option_probabilities(answered, LETTERS).probabilities == pytest.approx({1: 2 / 3, 2: 1 / 3, 3: 0, 4: 0})
    bounded = read_option_probabilities(answered, LETTERS, missing="bound")
    # min(.06, 1 - .96) = .04 for each of the two that are missing.
    assert bounded.probabilities == pytest.approx({1: 0.6 / 0.98, 2: 0.3 / 0.98, 3: 0.04 / 0.98, 4: 0.04 / 0.98})
    assert bounded.truncated == (3, 4)


def test_no_label_and_no_logprobs_are_nan_with_a_reason():
    nothing = read_option_probabilities(completion({"The": 0.9, "a": 0.05}), LETTERS)
    assert all(math.isnan(share) for share in nothing.probabilities.values())
    assert (nothing.option_mass, nothing.reason.split(":")[0]) == (0.0, "no_label")
    without = read_option_probabilities(Completion(texts=("A",), model="m"), LETTERS)
    assert (without.option_mass, without.reason.split(":")[0]) == (None, "no_logprobs")


def test_the_token_taken_counts_where_the_server_leaves_it_out():
    position = TokenAlternatives("B", math.log(0.5), (("A", math.log(0.25)),))
    read = read_option_probabilities(Completion(texts=("B",), model="m", positions=(position,)), LETTERS)
    assert read.probabilities == pytest.approx({1: 1 / 3, 2: 2 / 3, 3: 0, 4: 0})


def test_ten_never_counts_as_one():
    ten = [ShownOption(str(n), n, f"Step {n}") for n in range(1, 11)]
    with pytest.raises(RunSpecError, match=r"item 'q': .*label '1' from '10'.*letters"):
        check_labels(ten, "q")
    check_labels([ShownOption(str(n), n, "") for n in range(10)])
    check_labels(LETTERS.options)
    with pytest.raises(RunSpecError, match="'I' from 'II'"):
        check_labels(asked(labels="roman").options)
    from dataclasses import replace

    shown = replace(LETTERS, options=tuple(ten))
    separate = read_option_probabilities(completion({"10": 0.5, "1": 0.25, "7": 0.25}), shown)
    assert (separate.probabilities[10], separate.probabilities[1]) == pytest.approx((0.5, 0.25))
    unclear = read_option_probabilities(completion({"1": 0.75, "7": 0.25}), shown)
    assert math.isnan(unclear.probabilities[1])
    assert unclear.reason.startswith("collision")


# --- text samples ----------------------------------------------------------------------------------------------------


def test_samples_count_fractionally():
    options = LETTERS.options
    readings = [Reading("answered", (code,), None, "") for code in (1, 1, 1, 1, 1, 2, 2, 3)]
    readings += [Reading("unparsed", (), None, "no_label"), Reading("refused", (), None, "declined")]
    taken = sample_probabilities(readings, options)
    assert taken.probabilities == pytest.approx({1: 0.55, 2: 0.25, 3: 0.15, 4: 0.05})
    assert taken.option_mass == pytest.approx(0.8)


def test_samples_without_any_answer():
    options = LETTERS.options
    flat = sample_probabilities([Reading("unparsed", (), None, "no_label")] * 3, options)
    assert flat.probabilities == dict.fromkeys((1, 2, 3, 4), 0.25)
    assert flat.reason.startswith("no_label")
    assert math.isnan(sample_probabilities([], options).probabilities[1])


def test_each_spelling_has_to_be_told_from_the_longer_label():
    ten = asked(labels="numbers")
    options = (ShownOption("1", 1, "a"), ShownOption("10", 2, "b"))
    both = replace(ten, options=options)
    apart = read_option_probabilities(completion({" 1": 0.3, " 10": 0.2, "1": 0.1, "10": 0.1}), both)
    assert apart.probabilities == pytest.approx({1: 4 / 7, 2: 3 / 7})
    # " 1" may go on with "0": that "10" is listed says nothing of " 10".
    open_end = read_option_probabilities(completion({" 1": 0.3, "1": 0.1, "10": 0.1}), both)
    assert open_end.reason.startswith("collision: the token ' 1' may begin ' 10'")
    # Shown as texts, two tokens read "1" and one reads "10".
    alike = TokenAlternatives("1", math.log(0.3), (("1", math.log(0.3)), ("1", math.log(0.1)), ("10", math.log(0.1))))
    twice = read_option_probabilities(Completion(texts=("1",), model="m", positions=(alike,)), both)
    assert twice.reason.startswith("collision")
