"""Labels of any number of tokens: what is scored for each spelling adds up to exact probabilities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.messages import ScoredText, ShownOption
from simulator.probes.label_tree import SPELLINGS, label_spellings, read_scored_labels


def shown(*labels: str) -> tuple[ShownOption, ...]:
    return tuple(ShownOption(label, code, f"text {code}") for code, label in enumerate(labels, 1))


def scored(text: str, *tokens: tuple[str, float]) -> ScoredText:
    return ScoredText(text, tuple((token, math.log(share) if share else -math.inf) for token, share in tokens))


def test_both_spellings_of_a_label_are_added() -> None:
    options = shown("A", "B")
    assert label_spellings(options) == ("A", " A", "B", " B")
    texts = [scored("A", ("A", 0.2)), scored(" A", (" A", 0.3)), scored("B", ("B", 0.1)), scored(" B", (" B", 0.2))]
    found = read_scored_labels(options, texts)
    assert found.probabilities == pytest.approx({1: 0.5 / 0.8, 2: 0.3 / 0.8})
    assert found.option_mass == pytest.approx(0.8)


def test_a_label_that_begins_another_gives_up_what_goes_on_to_it() -> None:
    # P("1") = .5 as a first token; after it "0" follows with .4. So "10" has .2 and "1" alone .3.
    options = shown("1", "10")
    texts = [scored("1", ("1", 0.5)), scored(" 1", (" 1", 0.0)), scored("10", ("1", 0.5), ("0", 0.4))]
    texts.append(scored(" 10", (" 1", 0.0), ("0", 0.4)))
    found = read_scored_labels(options, texts)
    assert found.probabilities == pytest.approx({1: 0.6, 2: 0.4})
    assert found.option_mass == pytest.approx(0.5)


def test_a_token_of_its_own_is_no_continuation() -> None:
    options = shown("1", "10")
    texts = [scored("1", ("1", 0.3)), scored(" 1", (" 1", 0.1)), scored("10", ("10", 0.4)), scored(" 10", (" 10", 0.0))]
    assert read_scored_labels(options, texts).probabilities == pytest.approx({1: 0.5, 2: 0.5})


def test_roman_labels_nest() -> None:
    # I (.6) goes on to II (half of it), II to III (half of that): .3, .15, .15.
    options = shown("I", "II", "III")
    step = ("I", 0.5)
    texts = []
    for length in (1, 2, 3):
        texts.append(scored("I" * length, ("I", 0.6), *[step] * (length - 1)))
        texts.append(scored(" " + "I" * length, (" I", 0.0), *[step] * (length - 1)))
    assert read_scored_labels(options, texts).probabilities == pytest.approx({1: 0.5, 2: 0.25, 3: 0.25})


def test_spellings_that_the_template_makes_alike_count_once() -> None:
    options = shown("A", "B")
    texts = [scored("A", ("A", 0.2)), scored(" A", ("A", 0.2)), scored("B", ("B", 0.6)), scored(" B", ("B", 0.6))]
    found = read_scored_labels(options, texts)
    assert found.probabilities == pytest.approx({1: 0.25, 2: 0.75})
    assert found.option_mass == pytest.approx(0.8)


def test_a_spelling_that_goes_on_from_another_of_its_label_counts_once() -> None:
    # A label that is a blank: two of them are among the replies that begin with one.
    options = shown(" ", "B")
    texts = [scored(" ", (" ", 0.4)), scored("  ", (" ", 0.4), (" ", 0.5)), scored("B", ("B", 0.1)), scored(" B")]
    assert read_scored_labels(options, texts).probabilities == pytest.approx({1: 0.8, 2: 0.2})


def test_tokens_are_told_apart_by_their_ids() -> None:
    # Halves of a character decode to the same sign; only the ids differ.
    options = shown("甲", "乙")
    half = ("\ufffd", math.log(0.5))
    texts = [ScoredText(spelling.format(label="x"), (half,), (place,)) for place, spelling in enumerate(SPELLINGS * 2)]
    assert read_scored_labels(options, texts).probabilities == pytest.approx({1: 0.5, 2: 0.5})


def test_two_options_with_the_same_tokens_are_refused() -> None:
    options = shown("A", "A")
    texts = [scored("A", ("A", 0.2)), scored(" A", (" A", 0.2))] * 2
    found = read_scored_labels(options, texts)
    assert all(math.isnan(share) for share in found.probabilities.values())
    assert found.reason.startswith("collision")


def test_no_probability_on_any_label_is_no_distribution() -> None:
    options = shown("A", "B")
    texts = [scored(text, (text, 0.0)) for text in label_spellings(options)]
    found = read_scored_labels(options, texts)
    assert found.option_mass == 0.0
    assert found.reason.startswith("no_label")


@given(st.data())
def test_labels_out_of_any_tree_get_what_ends_with_them(data: st.DataObject) -> None:
    """A random model over strings of "0" and "1" with an end: labels' exact probabilities are known by enumeration."""
    share = st.floats(0.05, 0.4)
    model = {prefix: (data.draw(share), data.draw(share)) for prefix in ("", "0", "1", "00", "01", "10", "11")}
    every = ["0", "1", "00", "01", "10", "11", "000", "001", "010", "011", "100", "101", "110", "111"]
    labels = data.draw(st.lists(st.sampled_from(every), min_size=2, max_size=6, unique=True))

    def path(label: str) -> list[tuple[str, float]]:
        return [(digit, model[label[:place]][int(digit)]) for place, digit in enumerate(label)]

    def reached(label: str) -> float:
        return math.prod(chance for _, chance in path(label))

    exact = {}
    for label in labels:
        longer = [other for other in labels if other != label and other.startswith(label)]
        nearest = [one for one in longer if not any(one != two and one.startswith(two) for two in longer)]
        exact[label] = reached(label) - sum(map(reached, nearest))
    options = shown(*labels)
    texts = [scored(spelled, *path(label)) for label in labels for spelled in (label, f" {label}")]
    found = read_scored_labels(options, texts)
    total = sum(exact.values())
    assert found.option_mass == pytest.approx(total)
    assert [found.probabilities[code] for code in range(1, len(labels) + 1)] == pytest.approx(
        [exact[label] / total for label in labels]
    )
