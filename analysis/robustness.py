"""How far a probe's distributions move with what should not matter: styles of asking, orders and labels of options.

Every number stands beside what sampling alone would show and with that taken out, with an interval over questions (or
topics), the questions that are missing, and the convention it was made by. Lower is better throughout. Works on
`Presented` alone; knows no record. Source: Shen et al. 2025; conventions of METHODS 2.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from analysis.correlation import Correlation, pearson
from analysis.presentation_pairs import (
    Difference,
    JsConvention,
    PairDifference,
    PairRules,
    QuestionDifferences,
    mean_differences,
    pair_difference,
    question_differences,
)
from analysis.presented import OptionVariant, Presented

__all__ = ["PairRules", "Robustness", "SelectionBias", "fragility_link", "selection_bias", "style_robustness"]


class Robustness(NamedTuple):
    """Mismatch rate and Jensen-Shannon averaged over pairs of presentations, and every pair by itself.

    n_missing: questions that left a pair because a distribution was missing, summed over pairs.
    """

    mismatch: Difference
    js: Difference
    pairs: tuple[PairDifference, ...]
    n_missing: int
    convention: str


class SelectionBias(NamedTuple):
    """What the way options are shown does.

    position: pairs of variants with the same labels in another order. token: the same order under other labels.
    average: the mean of the two, NaN unless both are there. crossed: order and labels both differ. every: all pairs.
    """

    position: Robustness
    token: Robustness
    average: Robustness
    crossed: Robustness
    every: Robustness


def style_robustness(
    cells: Presented, rng: np.random.Generator, *, variant: OptionVariant | None = None, rules: PairRules | None = None
) -> Robustness:
    """Prompt-style robustness: mean over all pairs of styles, at one option variant.

    cells: of `presented`; variant: None for the first. A question without a distribution on either side leaves the pair
    and is counted; fewer than two styles give NaN. Intervals are 95 % BCa over `rules.clusters`. Source: Shen et al.
    2025; "distance-nats" where the paper names no base.
    """
    used = rules or PairRules()
    place = 0 if variant is None else cells.variants.index(variant)
    runs = [cells.of_style(style, place) for style in range(len(cells.styles))]
    pairs = [question_differences(a, b, cells.n_options, rng, shuffles=used.shuffles) for a, b in combinations(runs, 2)]
    at = "/".join(cells.variants[place]) if cells.variants else "none"
    return _summary(pairs, None, used, rng, f"styles at {at}")


def selection_bias(cells: Presented, rng: np.random.Generator, *, rules: PairRules | None = None) -> SelectionBias:
    """Selection bias: distributions averaged over styles, then compared over pairs of option variants.

    cells: of `presented`. A pair averages over the styles that are there on both sides, so that a missing one does not
    pass for an effect of the variant; a question with none is counted as missing. Position and token bias are the means
    of their pairs. Intervals are 95 % BCa over `rules.clusters`. Source: Shen et al. 2025.
    """
    used = rules or PairRules()
    runs = [cells.over_styles(place) for place in range(len(cells.variants))]
    kinds: dict[str, list[QuestionDifferences]] = {"position": [], "token": [], "crossed": []}
    for (a, first), (b, second) in combinations(zip(runs, cells.variants, strict=True), 2):
        found = question_differences(a, b, cells.n_options, rng, shuffles=used.shuffles)
        kinds[_kind(first, second)].append(found)
    position, token, crossed = kinds.values()
    both = [1 / (2 * len(group)) for group in (position, token) for _ in group]
    either = [*position, *token] if position and token else []
    return SelectionBias(
        position=_summary(position, None, used, rng, "orders under the same labels"),
        token=_summary(token, None, used, rng, "labels in the same order"),
        average=_summary(either, both if either else None, used, rng, "mean of position and token"),
        crossed=_summary(crossed, None, used, rng, "order and labels differ"),
        every=_summary([*position, *token, *crossed], None, used, rng, "all variants"),
    )


def fragility_link(style: Mapping[str, float], selection: Mapping[str, float]) -> Correlation:
    """Pearson correlation over models (or arms) of style fragility with selection bias, one probe and measure.

    Both: model → value; models that are missing or NaN on either side are left out. r and p are NaN below three models
    and without variance. Source: Shen et al. 2025.
    """
    models = [name for name in style if name in selection]
    return pearson([style[name] for name in models], [selection[name] for name in models])


def _kind(first: OptionVariant, second: OptionVariant) -> str:
    if first.labels == second.labels:
        return "position"
    return "token" if first.order == second.order else "crossed"


def _summary(
    pairs: Sequence[QuestionDifferences],
    weights: Sequence[float] | None,
    rules: PairRules,
    rng: np.random.Generator,
    compared: str,
) -> Robustness:
    mismatch, js = mean_differences(pairs, weights, rules, rng)
    each = tuple(pair_difference(pair, rules, rng) for pair in pairs)
    convention = convention_of(rules.js, compared)
    return Robustness(mismatch, js, each, sum(pair.n_missing for pair in each), convention)


def convention_of(js: JsConvention, compared: str) -> str:
    """What a stored number has to say of how it was made."""
    return f"js:{js};argmax-ties:first;pairs:{compared}"
