"""Tokenizers of four kinds, made from the texts of the built-in surveys, and a toy language model over each.

The model gives every token a probability after every prefix, from a hash of the prefix, so that what a reply is worth
can be worked out by going through all tokens. `served` is what vLLM's server would say of a prompt. Knows no probe.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from surveys.catalog import catalog_names, find_instrument

SPECIAL = ["<unk>", "<s>", "<u>", "<a>"]
QUESTION = "Question: Is it good? 好吗？\n"
CHAT, RAW, RAW_BLANK, BEGUN = f"<u>{QUESTION}<a>", f"{QUESTION}Answer:", f"{QUESTION}Answer: ", f"<u>{QUESTION}<a>I say"
"""Prompts: a chat up to the reply; a text to be gone on with, without and with a blank at its end; a reply begun."""
EXTRA = (
    *"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    *(str(number) for number in range(12)),
    *("(A)", "A.", "B.", "C:", "I.", "II.", "III.", "IV.", "aardvark", "Aardvark", "so: I", "or: A"),
)
SIGNS = "甲乙丙丁"
"""Learnt beside the surveys, with and without a blank before them; byte-level tokenizers do not learn the signs."""


@lru_cache(maxsize=1)
def survey_texts() -> tuple[str, ...]:
    """Every question and option of the built-in surveys, in every language they have."""
    surveys = [find_instrument(name) for name in catalog_names()]
    return tuple(
        dict.fromkeys(
            survey.text_in(text, language)
            for survey in surveys
            for item in survey.items
            for text in (item.text, *(option.text for option in item.options))
            for language in survey.languages
        )
    )


def _trained(tokenizer: Tokenizer, trainer: Any) -> Tokenizer:
    extra = (*EXTRA, *("" if isinstance(tokenizer.model, models.BPE) else SIGNS))
    spelled = [blank + text for text in extra for blank in ("", " ")]
    tokenizer.train_from_iterator([*survey_texts(), *spelled * 20], trainer)
    tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in SPECIAL])
    return tokenizer


def _byte_level(*before: Any) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not before)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*before, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return _trained(
        tokenizer,
        trainers.BpeTrainer(vocab_size=1500, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False),
    )


def byte_level_bpe() -> Tokenizer:
    """As GPT-2: bytes, words with the blank before them, numbers whole."""
    return _byte_level()


def byte_level_single_digits() -> Tokenizer:
    """As Qwen: the same, each digit by itself, and a sign may stand before a word in its token, as in "(A"."""
    pattern = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    return _byte_level(pre_tokenizers.Split(Regex(pattern), "isolated"))


def _unigram(scheme: str) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    # Words are not kept apart: a piece may begin in the prompt and end in the answer.
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme, split=False)
    alphabet = sorted({sign for text in (*survey_texts(), *EXTRA, SIGNS) for sign in text})
    trainer = trainers.UnigramTrainer(
        vocab_size=len(alphabet) + 1500,
        special_tokens=SPECIAL,
        unk_token="<unk>",
        initial_alphabet=alphabet,
        show_progress=False,
        n_sub_iterations=1,
    )
    return _trained(tokenizer, trainer)


def unigram() -> Tokenizer:
    """As SentencePiece without a dummy prefix: a blank is a sign of its own."""
    return _unigram("never")


def unigram_dummy_prefix() -> Tokenizer:
    """As Llama 2: a blank is put before the text, and behind every special token."""
    return _unigram("always")


def _word_piece(*, is_lowercased: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=is_lowercased, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return _trained(tokenizer, trainers.WordPieceTrainer(vocab_size=3000, special_tokens=SPECIAL, show_progress=False))


def word_piece() -> Tokenizer:
    """As BERT: no blanks at all, words go on with ## pieces."""
    return _word_piece(is_lowercased=False)


def word_piece_uncased() -> Tokenizer:
    """The same in small letters."""
    return _word_piece(is_lowercased=True)


KINDS: dict[str, Callable[[], Tokenizer]] = {
    made.__name__: made
    for made in (
        byte_level_bpe,
        byte_level_single_digits,
        unigram,
        unigram_dummy_prefix,
        word_piece,
        word_piece_uncased,
    )
}


class ToyModel:
    """A language model over a tokenizer whose next-token probabilities are known exactly and sum to 1."""

    def __init__(self, tokenizer: Tokenizer, likely: Sequence[str], seed: int = 0) -> None:
        self.tokenizer, self._seed = tokenizer, seed
        self.size = tokenizer.get_vocab_size()
        # Tokens that answers are made of are likelier, or all labels together would have a thousandth.
        self._lift = np.zeros(self.size)
        self._lift[sorted({token for text in likely for token in self.encoded(text)})] = 4.0
        self._rows: dict[tuple[int, ...], npt.NDArray[np.float64]] = {}

    def encoded(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text).ids)

    def next_logprobs(self, prefix: Sequence[int]) -> npt.NDArray[np.float64]:
        """Natural logs over the whole vocabulary."""
        key = tuple(prefix)
        if key not in self._rows:
            digest = blake2b(repr((self._seed, key)).encode(), digest_size=8).digest()
            logits = np.random.default_rng(int.from_bytes(digest, "little")).normal(0, 2, self.size) + self._lift
            self._rows[key] = logits - np.logaddexp.reduce(logits)
        return self._rows[key]

    def served(self, text: str) -> dict[str, Any]:
        """The reply to a request for the log probabilities of this prompt, in the shape of vLLM."""
        ids = self.encoded(text)
        entries: list[dict[str, Any] | None] = [None]
        for place in range(1, len(ids)):
            logprob = float(self.next_logprobs(ids[:place])[ids[place]])
            entries.append({str(ids[place]): {"logprob": logprob, "decoded_token": self.shown(ids[place])}})
        return {"prompt_token_ids": ids, "prompt_logprobs": entries}

    def shown(self, token: int) -> str:
        """The text of one token as servers show it."""
        return str(self.tokenizer.decode([token], skip_special_tokens=False))

    def alternatives(self, prefix: Sequence[int], top: int, *, has_marks: bool) -> tuple[tuple[str, float], ...]:
        """The likeliest next tokens with their log probabilities; servers show them as texts, or with their marks."""
        row = self.next_logprobs(prefix)
        said = self.tokenizer.id_to_token if has_marks else self.shown
        return tuple((said(int(token)), float(row[token])) for token in np.argsort(-row)[:top])

    def replies(
        self, prompt: Sequence[int], tree: Sequence[tuple[int, ...]]
    ) -> Iterator[tuple[tuple[int, ...], float]]:
        """Every way a reply can leave the tree of these token paths: the tokens in it, and the probability of leaving.

        Goes through the whole vocabulary at every branch; the probabilities add up to 1.
        """
        branches = {path[:length] for path in tree for length in range(len(path) + 1)}
        waiting = [((), 0.0)]
        while waiting:
            path, logprob = waiting.pop()
            row = self.next_logprobs((*prompt, *path))
            leaves = np.ones(self.size, dtype=bool)
            for token in {branch[len(path)] for branch in branches if branch[: len(path)] == path and branch != path}:
                waiting.append(((*path, token), logprob + float(row[token])))
                leaves[token] = False
            left = float(np.exp(row[leaves]).sum())
            yield path, math.exp(logprob) * left
