"""The sequence probe: how likely each whole answer is as a reply, by its perplexity. Knows no engine: it reads scores.

Each option is scored as label and text ("A. Yes"), label alone or text alone, with and without a leading blank. Source:
Shen et al. 2025, method 2 (1/perplexity, normalized, spellings added); per-byte log likelihood as lm-eval's acc_norm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

from simulator.conditions import SequenceForm, SequenceScore
from simulator.errors import RunSpecError
from simulator.messages import ScoredText, ShownOption
from simulator.probes.distribution import OptionProbabilities, option_probabilities, sequence_probabilities

FORMS: tuple[SequenceForm, ...] = get_args(SequenceForm)
SCORES: tuple[SequenceScore, ...] = get_args(SequenceScore)

_FORM_TEXTS = {"label-and-text": "{label}. {text}", "label": "{label}", "text": "{text}"}
BLANKS = ("", " ")
"""What may stand before an answer."""


def sequence_texts(options: Sequence[ShownOption], form: SequenceForm = "label-and-text") -> tuple[str, ...]:
    """The texts to be scored for these options: each without and with a leading blank; texts alone where options are
    shown without labels.

    Raises RunSpecError for an option without text, and for two options of the same text, where the form shows it.
    """
    texts = [
        (_FORM_TEXTS[form] if option.label else "{text}").format(label=option.label, text=option.text.strip())
        for option in options
    ]
    if form != "label":
        for option in options:
            if not option.text.strip():
                raise RunSpecError(
                    f"the probe 'sequence' scores texts of options, and the option with code {option.code} has none;"
                    ' score labels (probe.sequence_form = "label"), or give the option a text'
                )
    twins = {text for text in texts if texts.count(text) > 1}
    if twins:
        raise RunSpecError(
            f"the probe 'sequence' cannot tell options apart that read alike ({sorted(twins)[0]!r}); score label and "
            'text (probe.sequence_form = "label-and-text")'
        )
    return tuple(blank + text for text in texts for blank in BLANKS)


def read_sequences(
    options: Sequence[ShownOption], scored: Sequence[ScoredText], score: SequenceScore = "inverse-perplexity"
) -> OptionProbabilities:
    """The distribution over `options` in the scores of their `sequence_texts`.

    scored: one entry per text, in that order. "inverse-perplexity": 1/perplexity per token, added over spellings,
    normalized. "log-likelihood": softmax of the whole text's log probability, which favors short texts.
    "log-likelihood-per-byte": the same divided by the text's length in bytes. Spellings of one option that are the same
    tokens count once. `option_mass` is None: the texts do not exclude each other. nan with the reason `no_tokens` where
    a text has none.
    """
    by_code: dict[int, list[ScoredText]] = {option.code: [] for option in sorted(options, key=lambda one: one.code)}
    for place, one in enumerate(scored):
        spellings = by_code[options[place // len(BLANKS)].code]
        if one.path not in [other.path for other in spellings]:
            spellings.append(one)
    empty = [code for code, spellings in by_code.items() if not all(one.tokens for one in spellings) or not spellings]
    if empty:
        reason = f"no_tokens: nothing was scored for the options {empty}"
        return OptionProbabilities(dict.fromkeys(by_code, math.nan), None, tuple(empty), None, reason)
    if score == "inverse-perplexity":
        perplexities = {code: [perplexity(one) for one in spellings] for code, spellings in by_code.items()}
        return OptionProbabilities(sequence_probabilities(perplexities), None)
    logs = {code: [_log_likelihood(one, score) for one in spellings] for code, spellings in by_code.items()}
    return OptionProbabilities(option_probabilities(logs), None)


def perplexity(scored: ScoredText) -> float:
    """Perplexity per token, at least 1: exp of the negative mean log probability."""
    return max(1.0, math.exp(-scored.logprob / len(scored.tokens)))


def _log_likelihood(scored: ScoredText, score: SequenceScore) -> float:
    if score == "log-likelihood":
        return scored.logprob
    return scored.logprob / max(1, len(scored.text.strip().encode()))
