"""The sequence probe: which texts are scored, and what their scores come to."""

from __future__ import annotations

import math

import pytest

from simulator.errors import RunSpecError
from simulator.messages import ScoredText, ShownOption
from simulator.probes.label_tree import label_spellings, read_scored_labels
from simulator.probes.sequence import SCORES, perplexity, read_sequences, sequence_texts

OPTIONS = (ShownOption("A", 1, "Yes"), ShownOption("B", 2, "No"))


def scored(text: str, *logprobs: float) -> ScoredText:
    return ScoredText(text, tuple((f"{text}#{place}", logprob) for place, logprob in enumerate(logprobs)))


def test_the_texts_of_each_form() -> None:
    assert sequence_texts(OPTIONS) == ("A. Yes", " A. Yes", "B. No", " B. No")
    assert sequence_texts(OPTIONS, "label") == ("A", " A", "B", " B")
    assert sequence_texts(OPTIONS, "text") == ("Yes", " Yes", "No", " No")


def test_the_published_example() -> None:
    # Shen et al. 2025, method 2: mean log probabilities -0.2 and -0.7 give .6225 and .3775.
    same = [scored("a", -0.1, -0.3), scored("a", -0.1, -0.3), scored("b", -0.7), scored("b", -0.7)]
    found = read_sequences(OPTIONS, same).probabilities
    assert found[1] == pytest.approx(0.6225, abs=5e-5)
    assert found[2] == pytest.approx(0.3775, abs=5e-5)


def test_answers_of_one_token_are_read_as_by_their_labels() -> None:
    logs = {"A": math.log(0.3), " A": math.log(0.2), "B": math.log(0.15), " B": math.log(0.05)}
    texts = [scored(text, logs[text]) for text in label_spellings(OPTIONS)]
    assert read_sequences(OPTIONS, texts).probabilities == pytest.approx(
        read_scored_labels(OPTIONS, texts).probabilities
    )


def test_the_three_scores_weigh_length_differently() -> None:
    # "Yes" in one token at -1.2, "No" in two at -0.5 each, spellings alike: by hand.
    texts = [scored("Yes", -1.2), scored("Yes", -1.2), scored("No", -0.5, -0.5), scored("No", -0.5, -0.5)]
    expected = {
        "inverse-perplexity": (math.exp(-1.2), math.exp(-0.5)),
        "log-likelihood": (math.exp(-1.2), math.exp(-1.0)),
        "log-likelihood-per-byte": (math.exp(-1.2 / 3), math.exp(-1.0 / 2)),
    }
    for score in SCORES:
        yes, no = expected[score]
        assert read_sequences(OPTIONS, texts, score).probabilities == pytest.approx(
            {1: yes / (yes + no), 2: no / (yes + no)}
        )


def test_a_text_without_tokens_is_no_certainty() -> None:
    texts = [scored("Yes"), scored(" Yes", -1.0), scored("No", -1.0), scored(" No", -1.0)]
    found = read_sequences(OPTIONS, texts)
    assert all(math.isnan(share) for share in found.probabilities.values())
    assert found.reason == "no_tokens: nothing was scored for the options [1]"


def test_perplexity_is_the_inverse_geometric_mean() -> None:
    assert perplexity(scored("x", math.log(0.5), math.log(0.125))) == pytest.approx(4.0)


def test_an_option_without_text_cannot_be_scored_by_it() -> None:
    bare = (*OPTIONS, ShownOption("C", 3, " "))
    with pytest.raises(RunSpecError, match="code 3 has none"):
        sequence_texts(bare)
    assert sequence_texts(bare, "label")[-1] == " C"


def test_options_that_read_alike_need_their_labels() -> None:
    twins = (ShownOption("A", 1, "Yes"), ShownOption("B", 2, "Yes "))
    with pytest.raises(RunSpecError, match="read alike"):
        sequence_texts(twins, "text")
    assert len(sequence_texts(twins)) == 4
