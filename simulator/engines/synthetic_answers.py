"""From a latent position to the exact probability of every offered option, biases included.

Ordered options follow a graded-response model (Samejima 1969) with evenly spaced thresholds; unordered options a
multinomial logit. Biases act on what is shown, as shares of a mixture. Knows no persona: only positions and options.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from simulator.engines.synthetic_profile import draw_normal
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked, RememberedAnswer, ShownOption
from simulator.seeds import draw_uniform

HALF_WIDTH = 3.0
"""Half the width of a scale in points: thresholds of K categories lie at 3 (2j/K - 1)."""

YES = frozenset({"yes", "ja", "是", "是的", "はい", "oui", "sí", "si", "sim", "да", "예", "네"})
AGREEING = re.compile(
    r"agree|like me|approve|zustimm|stimme\b.*\bzu\b|trifft\b.*\bzu\b|ähnlich"
    r"|同意|贊成|赞成|像我|そう思う|当てはまる|賛成",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"\bdis|\bnot\b|\bunlike\b|\bnicht\b|\blehne\b|\bablehn|\bun\w*ähnlich|不|ない|反对|反対", re.IGNORECASE
)

Kind = Literal["ordered", "stance", "nominal", "open"]


class ItemFacts(NamedTuple):
    """What about an item does not depend on who is asked or in which order it is shown.

    `ranks` maps the code of a substantive option to its category, 0 the lowest; `sizes` counts the options that share a
    category. `hard` is how far the item lies from agreement, in points. `pulls` holds the mean logit of each unordered
    option and its direction on the circle (cosine, sine). `codes` are all codes in ascending order.
    """

    kind: Kind
    codes: tuple[int, ...]
    ranks: dict[int, int]
    sizes: tuple[int, ...]
    hard: float
    pulls: dict[int, tuple[float, float, float]]
    affirming: int | None
    dont_know: tuple[int, ...]
    no_answer: tuple[int, ...]


def graded_probabilities(position: float, n_categories: int, discrimination: float) -> list[float]:
    """Probability of each of `n_categories` ordered categories at `position` (points above the middle)."""
    reached = [1.0]
    for category in range(1, n_categories):
        threshold = HALF_WIDTH * (2 * category / n_categories - 1)
        reached.append(logistic(discrimination * (position - threshold)))
    reached.append(0.0)
    return [above - next_ for above, next_ in pairwise(reached)]


def item_facts(asked: Asked, truth: KnownTruth) -> ItemFacts:
    """The fixed facts of the item that is asked."""
    substantive = sorted((option for option in asked.options if option.missing is None), key=_value)
    question = asked.question_id or asked.item_id
    hard = truth.item_spread * draw_normal(truth.world, "hard", question)
    if asked.item_id != question:
        hard += truth.wording_spread * draw_normal(truth.world, "wording", asked.item_id)
    kind = _kind(asked, substantive)
    pulls: dict[int, tuple[float, float, float]] = {}
    ranks: dict[int, int] = {}
    if kind == "stance":
        ranks = _stance_ranks(substantive)
    elif kind == "ordered":
        ranks = {option.code: rank for rank, option in enumerate(substantive)}
    elif kind == "nominal":
        pulls = {option.code: _pull(truth, question, option.code, asked.format == "multiple") for option in substantive}
    counts = list(ranks.values())
    return ItemFacts(
        kind=kind,
        codes=tuple(sorted(option.code for option in asked.options)),
        ranks=ranks,
        sizes=tuple(counts.count(rank) for rank in range(max(counts, default=-1) + 1)),
        hard=hard,
        pulls=pulls,
        affirming=affirming_code(asked.options),
        dont_know=tuple(option.code for option in asked.options if option.missing == "dont_know"),
        no_answer=tuple(option.code for option in asked.options if option.missing == "refused"),
    )


def _pull(truth: KnownTruth, question: str, code: int, is_multiple: bool) -> tuple[float, float, float]:
    level = truth.pick_level if is_multiple else 0.0
    angle = 2 * math.pi * draw_uniform(truth.world, "pull direction", question, code)
    pull = level + truth.nominal_spread * draw_normal(truth.world, "pull", question, code)
    return pull, math.cos(angle), math.sin(angle)


def _kind(asked: Asked, options: Sequence[ShownOption]) -> Kind:
    if not options:
        return "open"
    if asked.format == "multiple":
        return "nominal"
    if all(option.stance for option in options):
        return "stance"
    scored = all(option.score is not None for option in options)
    return "ordered" if asked.dimensions or asked.format == "scale" or scored else "nominal"


def _stance_ranks(options: Sequence[ShownOption]) -> dict[int, int]:
    """Opposing options below neutral ones below supporting ones, without gaps."""
    order = [
        stance for stance in ("opposes", "neutral", "supports") if any(option.stance == stance for option in options)
    ]
    return {option.code: order.index(option.stance or "") for option in options}


def _value(option: ShownOption) -> tuple[float, int]:
    return (float(option.code) if option.score is None else option.score, option.code)


def affirming_code(options: Sequence[ShownOption]) -> int | None:
    """The code of the option that affirms: "yes", or the agreeing end of an agreement or likeness scale; else None.

    Between two ends the one without a negation affirms; where that does not decide, the one with the higher score.
    """
    offered = [option for option in options if option.missing is None]
    saying_yes = [option.code for option in offered if option.text.strip(" .!。！").casefold() in YES]
    if len(saying_yes) == 1:
        return saying_yes[0]
    if len(offered) < 2 or not any(AGREEING.search(option.text) for option in offered):
        return None
    low, high = min(offered, key=_value), max(offered, key=_value)
    if NEGATED.search(high.text) and not NEGATED.search(low.text):
        return low.code
    return high.code


def content_probabilities(facts: ItemFacts, position: float, truth: KnownTruth) -> dict[int, float]:
    """Probability of each ordered option by content alone, by code, at the keyed latent `position` (points)."""
    categories = graded_probabilities(position - facts.hard, len(facts.sizes), truth.discrimination)
    return {code: categories[rank] / facts.sizes[rank] for code, rank in facts.ranks.items()}


def choice_probabilities(logits: Mapping[int, float]) -> dict[int, float]:
    """Probability of each unordered option by content alone (multinomial logit), by code."""
    top = max(logits.values())
    weights = {code: math.exp(logit - top) for code, logit in logits.items()}
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}


def bias_shares(asked: Asked, facts: ItemFacts, position: float, truth: KnownTruth) -> list[tuple[int, float]]:
    """(code, share) of every bias that finds something to choose in this question."""
    options = asked.options
    shares = []
    if truth.acquiescence and facts.affirming is not None:
        shares.append((facts.affirming, truth.acquiescence))
    if truth.first_option:
        shares.append((options[0].code, truth.first_option))
    if truth.last_option:
        shares.append((options[-1].code, truth.last_option))
    if truth.label_preference:
        preferred = truth.label_preference
        shares += [(option.code, preferred[option.label]) for option in options if option.label in preferred]
    if truth.extremity and len(facts.sizes) >= 3:
        end = len(facts.sizes) - 1 if position > facts.hard else 0
        ends = [code for code, rank in facts.ranks.items() if rank == end]
        shares += [(code, truth.extremity / len(ends)) for code in ends]
    if truth.dont_know and facts.dont_know:
        shares += [(code, truth.dont_know / len(facts.dont_know)) for code in facts.dont_know]
    if truth.assimilation and asked.remembered:
        offered = {option.code for option in options}
        each = truth.assimilation / len(asked.remembered)
        shares += [(turn.codes[0], each) for turn in asked.remembered if _repeats(turn, offered)]
    return shares


def _repeats(turn: RememberedAnswer, offered: set[int]) -> bool:
    return len(turn.codes) == 1 and turn.codes[0] in offered


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), 0 where that would overflow."""
    if x < -700:
        return 0.0
    return 1 / (1 + math.exp(-x))
