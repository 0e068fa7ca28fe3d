"""Labels and option texts in four languages against tokenizers of four kinds: every probe finds what is true.

The truth is worked out by going through all tokens of a toy language model (tokenizer_zoo.py).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pytest

pytest.importorskip("tokenizers", reason="tokenizers belongs to the extra dev: pip install --editable '.[dev]'")

from asking_examples import INSTRUMENT, SCALE, condition
from tokenizer_zoo import BEGUN, CHAT, KINDS, RAW, RAW_BLANK, ToyModel
from tokenizers import Tokenizer, models, pre_tokenizers

from simulator.engines.openai_scoring import read_scored, scored_texts
from simulator.messages import Completion, ScoredText, ShownOption, TokenAlternatives
from simulator.presentation import Presentation, label_at, present, shown_options
from simulator.probes.label_tree import label_spellings, read_scored_labels
from simulator.probes.sequence import FORMS, perplexity, read_sequences, sequence_texts
from simulator.probes.token_logit import read_option_probabilities
from surveys.catalog import catalog_names, find_instrument

LABEL_SETS = {
    **{f"{name}, {n}": [label_at(name, place) for place in range(n)] for name, n in (
        ("numbers", 7), ("numbers", 11), ("numbers-from-0", 11), ("letters", 7), ("letters", 28), ("lowercase", 7),
        ("roman", 9),
    )},
    "Chinese signs": ["甲", "乙", "丙", "丁"],
    "words": ["Yes", "No", "Not sure", "Not"],
    "German words": ["ähnlich", "überhaupt nicht", "überhaupt"],
}  # fmt: skip
PROMPTS = {"chat": CHAT, "raw": RAW, "raw, blank at the end": RAW_BLANK, "begun": BEGUN}
ALL_LABELS = [label for labels in LABEL_SETS.values() for label in labels]


@lru_cache(maxsize=8)
def model(kind: str) -> ToyModel:
    spelled = [spelling for label in ALL_LABELS for spelling in (label, f" {label}", f"<a>{label}", f"<a> {label}")]
    return ToyModel(KINDS[kind](), spelled)


@pytest.fixture(params=KINDS)
def toy(request: pytest.FixtureRequest) -> ToyModel:
    return model(request.param)


def options_of(labels: Sequence[str]) -> tuple[ShownOption, ...]:
    return tuple(ShownOption(label, code, f"text {code}") for code, label in enumerate(labels, 1))


def scored(toy: ToyModel, prompt: str, texts: Sequence[str]) -> tuple[ScoredText, ...]:
    """What an engine makes of the server's replies."""
    before = toy.encoded(prompt)
    return scored_texts([read_scored(toy.served(prompt + text), text, before) for text in texts])


def ids_by_text(toy: ToyModel, prompt: str, texts: Sequence[str]) -> tuple[list[int], list[tuple[int, ...]]]:
    """The tokens that all prompts with a text share, and of each text those that follow: the longest common prefix."""
    every = [toy.encoded(prompt + text) for text in texts]
    start = 0
    alone = toy.encoded(prompt)
    while all(len(ids) > start for ids in [*every, alone]) and len({ids[start] for ids in [*every, alone]}) == 1:
        start += 1
    return alone[:start], [tuple(ids[start:]) for ids in every]


def enumerated(toy: ToyModel, shared: Sequence[int], paths: dict[tuple[int, ...], int]) -> dict[int, float]:
    """By option the probability that a reply begins with a spelling of its label and does not go on to another's."""
    found = dict.fromkeys(paths.values(), 0.0)
    total = 0.0
    for reply, probability in toy.replies(shared, list(paths)):
        total += probability
        passed = [paths[reply[:length]] for length in range(1, len(reply) + 1) if reply[:length] in paths]
        if passed:
            found[passed[-1]] += probability
    assert total == pytest.approx(1)
    return found


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
def test_exact_labels_are_what_going_through_all_replies_finds(toy: ToyModel, labels: list[str], prompt: str) -> None:
    options = options_of(labels)
    texts = label_spellings(options)
    shared, ids = ids_by_text(toy, prompt, texts)
    found = read_scored_labels(options, scored(toy, prompt, texts))
    codes = [options[place // 2].code for place in range(len(texts))]
    paths = dict(zip(ids, codes, strict=True))
    if any(paths[path] != code for path, code in zip(ids, codes, strict=True)):
        assert found.reason.startswith("collision")
        assert all(math.isnan(share) for share in found.probabilities.values())
        return
    exact = enumerated(toy, shared, paths)
    assert found.reason == ""
    assert found.option_mass == pytest.approx(sum(exact.values()), rel=1e-4)
    for code, probability in exact.items():
        assert found.probabilities[code] == pytest.approx(probability / sum(exact.values()), rel=1e-4)


def test_only_what_a_tokenizer_does_not_know_makes_labels_alike() -> None:
    """The refusal above: WordPiece has one token for every word that it does not know, as "sayA"."""
    refused = set()
    for kind in KINDS:
        for where, prompt in PROMPTS.items():
            for labels in LABEL_SETS.values():
                options = options_of(labels)
                texts = label_spellings(options)
                if read_scored_labels(options, scored(model(kind), prompt, texts)).reason:
                    refused.add((kind, where))
                    whole = [model(kind).tokenizer.encode(prompt + text).tokens for text in texts]
                    assert sum("<unk>" in tokens for tokens in whole) > 1
    assert ("word_piece", "begun") in refused
    assert {kind for kind, _ in refused} <= {"word_piece", "word_piece_uncased"}


# --- token alternatives ----------------------------------------------------------------------------------------------


def presentation(options: tuple[ShownOption, ...]) -> Presentation:
    arm = condition()
    shown = present(INSTRUMENT, SCALE, arm, "", shown_options(SCALE, arm, 1, "r1", INSTRUMENT), (), 0)
    return replace(shown, options=options)


def first_position(toy: ToyModel, prompt: str, top: int, *, has_marks: bool) -> Completion:
    listed = toy.alternatives(toy.encoded(prompt), top, has_marks=has_marks)
    return Completion(texts=(listed[0][0],), model="toy", positions=(TokenAlternatives(*listed[0], listed),))


def is_spelling(token: str, label: str) -> bool:
    """Whether a token's first word is the label; blanks, marks of blanks, a bracket or a stop may be beside it."""
    return re.fullmatch(rf"[\s▁ĠĊ(\[]*{re.escape(label)}[)\].:]*([\s▁ĠĊ].*)?", token) is not None


@pytest.mark.parametrize("has_marks", [True, False], ids=["tokens with marks", "tokens as texts"])
@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
def test_alternatives_count_for_the_label_that_they_are(toy: ToyModel, labels: list[str], has_marks: bool) -> None:
    options = options_of(labels)
    whole = first_position(toy, CHAT, toy.size, has_marks=has_marks)
    found = read_option_probabilities(whole, presentation(options), position="first")
    truth = {
        option.code: sum(math.exp(p) for token, p in whole.positions[0].top if is_spelling(token, option.label))
        for option in options
    }
    total = sum(truth.values())
    if found.reason.startswith("collision"):
        assert any(long.startswith(short) for short in labels for long in labels if short != long)
    elif total == 0:
        assert found.reason.startswith("no_label")
    else:
        assert found.option_mass == pytest.approx(total)
        assert found.probabilities == pytest.approx({code: share / total for code, share in truth.items()})
        assert found.truncated == tuple(code for code, share in truth.items() if share == 0)


@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
def test_a_token_that_goes_on_to_another_label_is_never_counted(toy: ToyModel, labels: list[str]) -> None:
    """Where the tokenizer writes a label with the token of a shorter one in front, there is no distribution."""
    whole = first_position(toy, CHAT, toy.size, has_marks=True)
    found = read_option_probabilities(whole, presentation(options_of(labels)), position="first")
    starts = [
        toy.tokenizer.encode(CHAT + text, add_special_tokens=False).tokens
        for text in label_spellings(options_of(labels))
    ]
    behind = [tokens[len(toy.encoded(CHAT)) :] for tokens in starts]
    shared = {
        (label, short)
        for label, tokens in zip([label for label in labels for _ in range(2)], behind, strict=True)
        for short in labels
        if len(tokens) > 1 and short != label and label.startswith(short) and is_spelling(tokens[0], short)
    }
    if shared:
        assert found.reason.startswith("collision"), shared


def test_both_readings_agree_where_labels_are_single_tokens(toy: ToyModel) -> None:
    n_compared = 0
    before = len(toy.encoded(CHAT))
    for labels in LABEL_SETS.values():
        options = options_of(labels)
        whole = first_position(toy, CHAT, toy.size, has_marks=True)
        ids = [toy.encoded(CHAT + text)[before:] for text in label_spellings(options)]
        own = {toy.tokenizer.id_to_token(path[0]) for path in ids}
        counted = {token for token, _ in whole.positions[0].top for label in labels if is_spelling(token, label)}
        if any(len(path) != 1 for path in ids) or own != counted:
            continue
        exact = read_scored_labels(options, scored(toy, CHAT, label_spellings(options)))
        found = read_option_probabilities(whole, presentation(options), position="first")
        if not found.reason:
            assert found.probabilities == pytest.approx(exact.probabilities, rel=1e-4)
            assert found.option_mass == pytest.approx(exact.option_mass, rel=1e-4)
            n_compared += 1
    # Behind a dummy prefix the bare token is another spelling, which no text is written with.
    assert n_compared > 0 or toy is model("unigram_dummy_prefix")


def test_twenty_alternatives_say_which_labels_they_miss(toy: ToyModel) -> None:
    labels = LABEL_SETS["letters, 28"][:26]
    options = options_of(labels)
    few, whole = (first_position(toy, CHAT, top, has_marks=True) for top in (20, toy.size))
    found = read_option_probabilities(few, presentation(options), position="first")
    listed = [token for token, _ in few.positions[0].top]
    missed = [option.code for option in options if not any(is_spelling(token, option.label) for token in listed)]
    if len(missed) == len(options):
        assert found.reason.startswith("no_label")
        return
    assert list(found.truncated) == missed
    assert missed
    assert all(found.probabilities[code] == 0 for code in missed)
    everything = read_option_probabilities(whole, presentation(options), position="first")
    assert found.option_mass is not None and everything.option_mass is not None
    assert found.option_mass < everything.option_mass


def test_the_vocabularies_have_what_a_careless_reading_falls_for() -> None:
    tokens = {kind: Counter(model(kind).tokenizer.get_vocab().keys()) for kind in KINDS}
    assert "Ġ10" in tokens["byte_level_bpe"]
    assert not [token for token in tokens["byte_level_single_digits"] if token.strip("Ġ") == "10"]
    assert "Aardvark" in tokens["word_piece"]
    assert "A" not in tokens["word_piece_uncased"]
    assert any(token.startswith("##") for token in tokens["word_piece"])
    halves = model("byte_level_bpe").tokenizer.encode("甲").ids
    assert len(halves) > 1
    assert {model("byte_level_bpe").shown(token) for token in halves} == {"\ufffd"}


# --- whole answers ---------------------------------------------------------------------------------------------------


def option_lists() -> dict[str, tuple[ShownOption, ...]]:
    """Every list of options that the built-in surveys show, by language."""
    arm = condition()
    return {
        f"{language}: {' / '.join(option.text for option in options)}": options
        for survey in map(find_instrument, catalog_names())
        for language in survey.languages
        for item in survey.items
        if item.format in ("single", "scale")
        for options in [shown_options(item, arm, 0, "", survey, language)]
    }


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_perplexities_are_those_of_the_answers_tokens(toy: ToyModel, prompt: str) -> None:
    lists = option_lists()
    assert {name[:2] for name in lists} == {"en", "de", "zh", "ja"}
    for options in list(lists.values())[:: 1 if prompt == CHAT else 7]:
        for form in FORMS:
            texts = sequence_texts(options, form)
            found = scored(toy, prompt, texts)
            shared, ids = ids_by_text(toy, prompt, texts)
            direct = [
                -sum(float(toy.next_logprobs([*shared, *path[:place]])[path[place]]) for place in range(len(path)))
                for path in ids
            ]
            perplexities = [math.exp(total / len(path)) for total, path in zip(direct, ids, strict=True)]
            assert [perplexity(one) for one in found] == pytest.approx(perplexities, rel=1e-5)
            inverse = dict.fromkeys((option.code for option in options), 0.0)
            seen = set()
            for place, (path, value) in enumerate(zip(ids, perplexities, strict=True)):
                code = options[place // 2].code
                if (code, path) not in seen:
                    inverse[code] += 1 / value
                seen.add((code, path))
            total = sum(inverse.values())
            assert read_sequences(options, found).probabilities == pytest.approx(
                {code: value / total for code, value in inverse.items()}, rel=1e-5
            )


@pytest.mark.parametrize("language", ["en", "de", "zh", "ja"])
def test_texts_shown_without_labels_are_read_like_labels(toy: ToyModel, language: str) -> None:
    """Of any number of tokens, and one the beginning of another ("like me", "like me very much")."""
    lists = [options for name, options in option_lists().items() if name.startswith(language)]
    texts = [option.text for option in max(lists, key=len)]
    texts.append(texts[0] + texts[1])
    options = tuple(ShownOption("", code, text) for code, text in enumerate(texts, 1))
    spelled = label_spellings(options)
    shared, ids = ids_by_text(toy, CHAT, spelled)
    paths = {path: options[place // 2].code for place, path in enumerate(ids)}
    exact = enumerated(toy, shared, paths)
    found = read_scored_labels(options, scored(toy, CHAT, spelled))
    assert found.reason == ""
    assert found.option_mass == pytest.approx(sum(exact.values()), rel=1e-4)
    assert found.probabilities == pytest.approx(
        {code: mass / sum(exact.values()) for code, mass in exact.items()}, rel=1e-3, abs=1e-12
    )


# --- where prompt and reply meet -------------------------------------------------------------------------------------


def test_a_blank_that_the_tokenizer_joins_with_the_stop_before_it_belongs_to_all_texts() -> None:
    """With these pieces "so: " ends in ":▁" and "so: 1" does not: of all texts what follows "so" is scored."""
    pieces = [("<unk>", 0.0), (":▁", -3.0), (":", -2.0), ("▁1", -2.0), ("1", -6.0), ("▁", -4.0), ("so", -1.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=False)
    toy = ToyModel(tokenizer, ["1"])
    assert tokenizer.encode("so: ").tokens == ["so", ":▁"]
    assert tokenizer.encode("so: 1").tokens == ["so", ":", "▁1"]
    found = scored(toy, "so: ", ("1", " 1"))
    assert [[tokenizer.id_to_token(token) for token in one.ids] for one in found] == [[":", "▁1"], [":▁", "▁1"]]
    so = toy.encoded("so")
    for one in found:
        logprobs = [float(toy.next_logprobs([*so, *one.ids[:place]])[one.ids[place]]) for place in range(2)]
        assert [logprob for _, logprob in one.tokens] == pytest.approx(logprobs, abs=1e-6)


def test_a_dummy_blank_makes_both_spellings_one() -> None:
    toy = model("unigram_dummy_prefix")
    bare, spaced = scored(toy, CHAT, ("1", " 1"))
    assert bare.ids == spaced.ids
    options = options_of(["1", "2"])
    found = read_scored_labels(options, scored(toy, CHAT, label_spellings(options)))
    assert found.option_mass is not None
    assert found.option_mass < math.exp(bare.logprob) + math.exp(scored(toy, CHAT, ("2",))[0].logprob) + 1e-9
