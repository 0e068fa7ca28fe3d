"""Exact probabilities of labels from their scored spellings: any number of tokens, and labels that begin alike.

Each spelling of a label (bare, after a blank) was scored as a reply of its own. The probability of its tokens holds
that of every longer label that goes on from it ("1" holds "10" where a tokenizer has no token "10"), so what goes on to
another is taken off: a label counts where it is followed by anything that does not make it another one. Spellings that
a template or a tokenizer makes alike are counted once. Knows no engine. Source: Shen et al. 2025 (spellings are summed;
they say nothing of labels that begin alike).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from simulator.messages import ScoredText, ShownOption
from simulator.probes.distribution import OptionProbabilities, option_probabilities

Path = tuple[int | str, ...]
SPELLINGS = ("{label}", " {label}")
"""How a label may begin a reply."""


def label_spellings(options: Sequence[ShownOption]) -> tuple[str, ...]:
    """The texts to be scored for these options, spelling by spelling of each; texts stand in for labels not shown."""
    return tuple(spelling.format(label=option.said) for option in options for spelling in SPELLINGS)


def read_scored_labels(options: Sequence[ShownOption], scored: Sequence[ScoredText]) -> OptionProbabilities:
    """The distribution over `options` in the scores of their `label_spellings`.

    scored: one entry per spelling, in that order. `option_mass` is the probability that a reply begins with any label.
    nan with the reason `no_label` where that is 0, `collision` where two options have the same tokens.
    """
    codes = sorted(option.code for option in options)
    paths: dict[Path, tuple[int, float]] = {}
    for place, one in enumerate(scored):
        code = options[place // len(SPELLINGS)].code
        path = one.path
        if path in paths and paths[path][0] != code:
            both = sorted({code, paths[path][0]})
            reason = f"collision: the labels of the options {both} are the same tokens"
            return OptionProbabilities(dict.fromkeys(codes, math.nan), None, tuple(codes), None, reason)
        if path:
            paths[path] = (code, math.exp(one.logprob))
    masses = dict.fromkeys(codes, 0.0)
    for path, (code, probability) in paths.items():
        masses[code] += max(0.0, probability - _gone_on(path, paths))
    total = sum(masses.values())
    if total <= 0.0:
        return OptionProbabilities(dict.fromkeys(codes, math.nan), 0.0, tuple(codes), None, "no_label: no label scored")
    logs = {code: math.log(mass) if mass > 0 else -math.inf for code, mass in masses.items()}
    return OptionProbabilities(option_probabilities(logs), total)


def _gone_on(path: Path, paths: Mapping[Path, tuple[int, float]]) -> float:
    """How much of a path's probability goes on to longer ones: that of the nearest, which hold what is longer still."""
    longer = [other for other in paths if len(other) > len(path) and other[: len(path)] == path]
    nearest = [other for other in longer if not any(other != one and other[: len(one)] == one for one in longer)]
    return sum(paths[other][1] for other in nearest)
