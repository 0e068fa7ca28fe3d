"""Against a real vLLM: what its server and its engine in a process tell of probabilities is what the weights say.

The reference is a plain forward pass with transformers over the same weights (`reference.py`).
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.messages import Completion, Message, Request, Settings, ShownOption
from simulator.probes.distribution import option_probabilities
from simulator.probes.label_tree import label_spellings, read_scored_labels
from simulator.probes.sequence import perplexity, read_sequences, sequence_texts

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("vllm")]

OPTIONS = tuple(
    ShownOption(str(code), code, text) for code, text in enumerate(("Not at all like me", "A little", "Very much"), 1)
)
NESTED = tuple(ShownOption(label, code, f"choice {code}") for code, label in enumerate(("1", "10", "100", "2"), 1))
WORDS = {
    "en": ("Yes", "No"),
    "de": ("Überhaupt nicht", "Sehr"),
    "zh": ("非常像我", "完全不像我"),
    "ja": ("はい", "いいえ"),
}
RELATIVE = 1e-3


def chat(question: str) -> tuple[Message, ...]:
    """A prompt as an interview puts it."""
    shown = "\n".join(f"{option.label}. {option.text}" for option in OPTIONS)
    return (Message("system", "You answer a survey with a label."), Message("user", f"{question}\n{shown}"))


CHAT = chat("This person likes to be outdoors.")
RAW = (Message("user", "Question: Is it good?\n1. Yes\n2. No\nAnswer:"),)
BLANK = (Message("user", "Question: Is it good?\n1. Yes\n2. No\nAnswer: "),)
TEXTS = (*label_spellings(NESTED), *sequence_texts(OPTIONS), *(text for pair in WORDS.values() for text in pair))
ASKED = (
    Request(CHAT, Settings(temperature=1.0, max_tokens=1), seed=3, top_logprobs=20, continuations=TEXTS),
    Request(RAW, Settings(temperature=1.0, max_tokens=1), seed=3, top_logprobs=20, continuations=TEXTS, is_raw=True),
    Request(BLANK, Settings(temperature=1.0, max_tokens=1), seed=3, continuations=TEXTS, is_raw=True),
)
BEAMS = Request(CHAT, Settings(max_tokens=4, beams=4), samples=4)
CHOOSE = Request(CHAT, Settings(temperature=1.0, max_tokens=40), seed=5, samples=100)
LABELS = Request(CHAT, Settings(temperature=1.0, max_tokens=2), samples=250, choices=("1", "2", "3"), top_logprobs=20)
PREFIXED = Request(
    CHAT, Settings(temperature=0.0, max_tokens=1), assistant_prefix="I choose", continuations=(" 1", " 2")
)
TOO_LONG = Request((Message("user", "so " * 4000),), Settings(max_tokens=1))

Ask = Callable[[Sequence[Request]], list[Completion | str]]


def on_server(server: Any, requests: Sequence[Request]) -> list[Completion]:
    """Requests to the server, all at once."""

    async def run() -> list[Completion]:
        engine = OpenAICompatibleEngine(server.model, server.base_url, dialect="vllm")
        try:
            return list(await asyncio.gather(*(engine.complete(request) for request in requests)))
        finally:
            await engine.close()

    return asyncio.run(run())


def structured() -> list[Request]:
    """Choices of several tokens in four languages."""
    return [replace(CHOOSE, choices=words) for words in WORDS.values()]


@pytest.fixture(scope="module")
def served(vllm_server: Any) -> dict[str, Any]:
    """What the server answered."""
    several = [replace(LABELS, seed=seed) for seed in range(4)]
    found = on_server(vllm_server, [*ASKED, BEAMS, PREFIXED, *structured(), *several])
    return {"asked": found[:3], "beams": found[3], "prefixed": found[4], "words": found[5:9], "labels": found[9:]}


@pytest.fixture(scope="module")
def inside(vllm_inprocess: Ask) -> dict[str, Any]:
    """What the engine in a process answered."""
    several = [replace(LABELS, seed=seed) for seed in range(4)]
    found = vllm_inprocess([*ASKED, BEAMS, PREFIXED, *structured(), *several, TOO_LONG])
    kinds = {"asked": found[:3], "beams": found[3], "prefixed": found[4], "words": found[5:9], "labels": found[9:13]}
    return kinds | {"too long": found[13]}


@pytest.fixture(scope="module")
def truth(reference: Any) -> list[dict[str, Any]]:
    """What the weights say of the same."""
    chats = {"messages": [list(message) for message in CHAT]}
    return list(reference([chats | {"texts": TEXTS}, *({"raw": r[0].content, "texts": TEXTS} for r in (RAW, BLANK))]))


@pytest.fixture(params=["server", "in-process"])
def answered(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Either way of reaching the model."""
    found: dict[str, Any] = request.getfixturevalue("served" if request.param == "server" else "inside")
    return found


@pytest.mark.parametrize("place", range(3), ids=["chat", "raw", "raw, blank at the end"])
def test_every_token_of_every_text_has_the_reference_probability(
    answered: dict[str, Any], truth: list[dict[str, Any]], place: int
) -> None:
    completion = answered["asked"][place]
    assert len(completion.scored) == len(TEXTS)
    for text, scored, exact in zip(TEXTS, completion.scored, truth[place]["texts"], strict=True):
        assert scored.text == text
        assert list(scored.ids) == [token for token, _ in exact], text
        # 1e-3 relative, of the probability: absolute in its logarithm.
        assert [logprob for _, logprob in scored.tokens] == pytest.approx([p for _, p in exact], abs=RELATIVE), text


def test_a_blank_at_the_end_of_a_prompt_belongs_to_the_answers(answered: dict[str, Any]) -> None:
    """The tokenizer joins it with the answer; the same tokens are scored as of a prompt without it."""
    plain, blank = answered["asked"][1], answered["asked"][2]
    spaced = {one.text: one for one in plain.scored}
    for one in blank.scored:
        if " " + one.text in spaced and not one.text.startswith(" "):
            assert one.ids == spaced[" " + one.text].ids


def test_the_token_logit_probe_is_exact(answered: dict[str, Any], truth: list[dict[str, Any]]) -> None:
    n_labels = len(label_spellings(NESTED))
    for place in range(3):
        found = read_scored_labels(NESTED, answered["asked"][place].scored[:n_labels])
        exact = [(tuple(t for t, _ in rows), math.exp(sum(p for _, p in rows))) for rows in truth[place]["texts"]]
        paths = dict(exact[:n_labels])
        masses = []
        for option in range(len(NESTED)):
            own = [exact[2 * option + spelling][0] for spelling in range(2)]
            mass = 0.0
            for path in own:
                longer = [one for one in paths if len(one) > len(path) and one[: len(path)] == path]
                nearest = [one for one in longer if not any(o != one and one[: len(o)] == o for o in longer)]
                mass += paths[path] - sum(paths[one] for one in nearest)
            masses.append(mass)
        assert found.option_mass == pytest.approx(sum(masses), rel=RELATIVE)
        shares = [found.probabilities[option.code] for option in NESTED]
        assert shares == pytest.approx([mass / sum(masses) for mass in masses], rel=RELATIVE)


def test_the_sequence_probe_is_exact(answered: dict[str, Any], truth: list[dict[str, Any]]) -> None:
    start = len(label_spellings(NESTED))
    end = start + len(sequence_texts(OPTIONS))
    for place in range(3):
        rows = truth[place]["texts"][start:end]
        exact = [math.exp(-sum(p for _, p in row) / len(row)) for row in rows]
        scored = answered["asked"][place].scored[start:end]
        assert [perplexity(one) for one in scored] == pytest.approx(exact, rel=RELATIVE)
        inverse = np.array([1 / value for value in exact]).reshape(-1, 2).sum(axis=1)
        shares = [read_sequences(OPTIONS, scored).probabilities[option.code] for option in OPTIONS]
        assert shares == pytest.approx(list(inverse / inverse.sum()), rel=RELATIVE)


def test_alternatives_are_those_of_the_first_position(answered: dict[str, Any], truth: list[dict[str, Any]]) -> None:
    for place in range(2):
        position = answered["asked"][place].positions[0]
        likeliest = sorted((logprob for _, logprob in truth[place]["first"]), reverse=True)
        if place == 0:  # raw alternatives that read alike are one entry of a table on the wire
            # The server puts the token taken first, in place of the last where that is none of the likeliest.
            assert len(position.top) == 20
            top = sorted((logprob for _, logprob in position.top), reverse=True)
            assert top[:19] == pytest.approx(likeliest[:19], abs=RELATIVE)
        words: dict[str, list[float]] = {}
        for word, logprob in truth[place]["first"]:
            words.setdefault(word, []).append(logprob)
        for token, logprob in position.top:
            if token in words and len(words[token]) == 1:
                assert logprob == pytest.approx(words[token][0], abs=RELATIVE)


def test_a_thousand_sampled_answers_agree_with_the_logits(
    answered: dict[str, Any], truth: list[dict[str, Any]]
) -> None:
    texts = [text for completion in answered["labels"] for text in completion.texts]
    assert len(texts) == 1000
    counts = Counter(texts)
    first = dict(truth[0]["first"])
    expected = option_probabilities([first[label] for label in ("1", "2", "3")]) * len(texts)
    assert stats.chisquare([counts[label] for label in ("1", "2", "3")], expected).pvalue > 0.001
    assert min(expected) > 20


def test_a_structured_choice_never_leaves_the_options(answered: dict[str, Any]) -> None:
    for (language, words), completion in zip(WORDS.items(), answered["words"], strict=True):
        assert len(completion.texts) == 100
        assert set(completion.texts) <= set(words), language


def test_beams_find_what_is_likelier_than_the_greedy_reply(
    vllm_server: Any, answered: dict[str, Any], served: dict[str, Any]
) -> None:
    beams = answered["beams"]
    assert len(set(beams.texts)) == 4
    assert beams.texts == served["beams"].texts
    greedy = on_server(vllm_server, [Request(CHAT, Settings(temperature=0.0, max_tokens=4))])[0].text
    best, plain = on_server(vllm_server, [Request(CHAT, Settings(max_tokens=1), continuations=(beams.text, greedy))])[
        0
    ].scored
    if "\ufffd" not in beams.text + greedy:
        assert best.logprob >= plain.logprob - RELATIVE


def test_a_reply_begun_for_the_model_is_gone_on_with(
    answered: dict[str, Any], reference: Any, served: dict[str, Any]
) -> None:
    exact = reference([{"messages": [list(one) for one in CHAT], "texts": ["I choose", "I choose 1", "I choose 2"]}])[0]
    begun = len(exact["texts"][0])
    for scored, rows in zip(answered["prefixed"].scored, exact["texts"][1:], strict=True):
        assert [logprob for _, logprob in scored.tokens] == pytest.approx([p for _, p in rows[begun:]], abs=RELATIVE)
    assert answered["prefixed"].text == served["prefixed"].text


def test_both_engines_agree(served: dict[str, Any], inside: dict[str, Any]) -> None:
    for one, other in zip(served["asked"], inside["asked"], strict=True):
        assert one.texts == other.texts
        assert [scored.path for scored in one.scored] == [scored.path for scored in other.scored]
        assert [scored.logprob for scored in one.scored] == pytest.approx(
            [scored.logprob for scored in other.scored], abs=1e-4
        )
        assert one.prompt_tokens == other.prompt_tokens


def test_a_prompt_beyond_the_context_is_refused_and_nothing_else(inside: dict[str, Any]) -> None:
    assert str(inside["too long"]).startswith("EngineRefused: engine 'vllm_inprocess'")
