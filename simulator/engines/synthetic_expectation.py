"""What known-truth respondents would score on average: the target that an estimator has to hit.

The personal part of a value is normally distributed, so expected scores are integrals over one normal variable, taken
by Gauss-Hermite quadrature; the description (anchor, age, place ...) stays as given. How scores vary and go together
is `synthetic_structure`. Knows no respondent and no draw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.engines.synthetic_curves import option_score
from simulator.engines.synthetic_profile import NOBODY, Profile
from simulator.engines.synthetic_question import Question, Questions
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked
from surveys.values import VALUE_POSITION

NODES = 21


def expected_scores(
    truth: KnownTruth, items: Sequence[Asked], attributes: Sequence[Mapping[str, Any]], strategy: str = ""
) -> npt.NDArray[np.float64]:
    """Expected keyed score of every item for people with these attributes: (n_people, n_items).

    Expected over the personal part of the profile and over answers that choose a scored option, biases included. Every
    item must measure exactly one of the 19 values; `items` bring options and keys, their respondent is not used.
    Raises ValueError for other items, and where answers depend on remembered ones (`assimilation`).
    """
    if truth.assimilation:
        raise ValueError("with assimilation an answer depends on the answers before it; there is no expected score")
    for item in items:
        if len(item.dimensions) != 1 or item.dimensions[0] not in VALUE_POSITION:
            raise ValueError(
                f"item {item.item_id!r} measures {item.dimensions}; give items on one of the 19 values each"
            )
    questions = Questions(truth, seed=0)
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    known: dict[str, list[float]] = {}
    rows = []
    for facts in attributes:
        name = repr(sorted(facts.items()))
        if name not in known:
            center = questions.people.build(facts, NOBODY, strategy)
            spread = math.hypot(*questions.people.personal_spread(facts, strategy))
            known[name] = [_expected(questions, item, center, spread * points, weights) for item in items]
        rows.append(known[name])
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(items))


def _expected(
    questions: Questions,
    item: Asked,
    center: Profile,
    shifts: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
) -> float:
    """One item, averaged over persons who differ by `shifts` in the value it measures."""
    place = VALUE_POSITION[item.dimensions[0]]
    total = 0.0
    for shift, weight in zip(shifts, weights, strict=True):
        values = list(center.values)
        values[place] += float(shift)
        total += float(weight) * _mean_score(item, questions.put_to(item, center._replace(values=tuple(values))))
    return total


def _mean_score(item: Asked, question: Question) -> float:
    """Mean keyed score over the options that have one."""
    scored = [option for option in item.options if option.missing is None]
    scores = [option_score(option) for option in scored]
    shares = [question.alone[option.code] for option in scored]
    mean = sum(share * score for share, score in zip(shares, scores, strict=True)) / sum(shares)
    return mean if item.key == 1 else min(scores) + max(scores) - mean
