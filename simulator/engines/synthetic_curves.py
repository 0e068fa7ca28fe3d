"""What an item's score is to be expected at every latent value, and its integrals over normally distributed persons.

The answer probabilities are the engine's own (`Questions`). The latent value is cut into panels, where curves jump (as
all do at temperature 0) and where they bend too much, with Gauss-Legendre nodes in each. Knows no respondent and no
draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.engines.synthetic_decoding import Sharpness
from simulator.engines.synthetic_profile import N_VALUES, Profile
from simulator.engines.synthetic_question import Questions, decoded
from simulator.messages import Asked, ShownOption

Floats = npt.NDArray[np.float64]

REACH = 8.0
"""How many standard deviations of the persons are integrated over, to either side."""

PANEL = 0.6
"""Width of the widest panel, in standard deviations of the persons."""

ROUGH = 1e-8
"""A panel whose curves leave more than this in their last Legendre coefficients (points) is halved."""

NARROW = 1e-9
"""How closely a jump is found, in points; no panel is made narrower."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
_LEGENDRE = np.polynomial.legendre.legvander(NODES, len(NODES) - 1)
_LAST_COEFFICIENTS = (_LEGENDRE * WEIGHTS[:, None] * (np.arange(len(NODES)) + 0.5)).T[-2:]


class ScoreCurves(NamedTuple):
    """Expected score and expected squared score of items that measure one value, at the nodes of a quadrature.

    `values` (n_nodes,) are latent values in points, `weights` (n_nodes,) those of the quadrature; `scores` and
    `squares` are (n_nodes, n_items), keyed, over the answers that choose a scored option.
    """

    values: Floats
    weights: Floats
    scores: Floats
    squares: Floats

    def densities(self, centers: Floats, spread: float) -> Floats:
        """Quadrature weights times the density of persons around each of `centers`: (n_centers, n_nodes).

        They sum to 1 over the nodes but for rounding. Without spread (points) everybody stands at a node of their own.
        """
        if spread <= 0:
            return np.eye(len(centers))
        z = (self.values - centers[:, None]) / spread
        return np.asarray(np.exp(-(z**2) / 2) * self.weights / (spread * math.sqrt(2 * math.pi)), dtype=np.float64)


def score_curves(
    questions: Questions, items: Sequence[Asked], by: Sharpness, centers: Floats, spread: float
) -> ScoreCurves:
    """The curves of `items`, which measure the same value, over all that persons around `centers` reach.

    centers: (n_centers,) and spread: mean and standard deviation of their latent value, in points. Without spread the
    nodes are the centers themselves, with weight 1.
    """
    if spread <= 0:
        return ScoreCurves(centers, np.ones(len(centers)), *_scores(questions, items, by, centers))
    panels = _panels(centers, spread, questions, items, by)
    done: list[tuple[Floats, ...]] = []
    while len(panels):
        half = (panels[:, 1] - panels[:, 0]) / 2
        nodes = panels.mean(axis=1)[:, None] + half[:, None] * NODES
        scores, squares = (
            table.reshape(*nodes.shape, len(items)) for table in _scores(questions, items, by, nodes.ravel())
        )
        both = np.concatenate([scores, squares], axis=2)
        left_over = np.abs(np.einsum("cn,pni->pci", _LAST_COEFFICIENTS, both)).max(axis=(1, 2))
        fine = (left_over < ROUGH) | (2 * half < NARROW)
        weights = half[:, None] * WEIGHTS
        done.append((nodes[fine].ravel(), weights[fine].ravel(), *(_flat(part[fine]) for part in (scores, squares))))
        rough = panels[~fine]
        middle = rough.mean(axis=1)
        panels = np.concatenate([np.stack([rough[:, 0], middle], axis=1), np.stack([middle, rough[:, 1]], axis=1)])
    return ScoreCurves(*(np.concatenate(parts) for parts in zip(*done, strict=True)))


def _panels(centers: Floats, spread: float, questions: Questions, items: Sequence[Asked], by: Sharpness) -> Floats:
    """Panels that cover what persons reach, and no more, with an edge at every jump: (n_panels, 2)."""
    width, low = PANEL * spread, centers.min() - REACH * spread
    even = low + width * np.arange(math.ceil((centers.max() + REACH * spread - low) / width) + 1)
    found = [jump for item in items for jump in _jumps(questions, item, by, even.tolist())]
    edges = np.union1d(even, found)
    middles = (edges[:-1] + edges[1:]) / 2
    reached = np.abs(middles[:, None] - centers).min(axis=1) <= REACH * spread
    return np.asarray(np.stack([edges[:-1], edges[1:]], axis=1)[reached], dtype=np.float64)


def _jumps(questions: Questions, item: Asked, by: Sharpness, edges: Sequence[float]) -> list[float]:
    """Where the curve of an item jumps: an extreme answer changes its end, the likeliest answer is another one."""
    is_by_mode = by.mode_share > 0 or by.temperature <= 0
    if not (questions.truth.extremity or is_by_mode):
        return []

    def regime(value: float) -> tuple[bool, int]:
        question = questions.put_to(item, _person(value))
        likeliest = max(question.alone, key=question.alone.__getitem__) if is_by_mode else 0
        return question.position > question.facts.hard, likeliest

    known = {edge: regime(edge) for edge in edges}
    pending, found = list(pairwise(edges)), []
    while pending:
        low, high = pending.pop()
        if known[low] == known[high]:
            continue
        middle = (low + high) / 2
        if high - low < NARROW:
            found.append(middle)
            continue
        known[middle] = regime(middle)
        pending += [(low, middle), (middle, high)]
    return found


def _person(value: float) -> Profile:
    """Somebody to whom every value matters as much: whatever value an item measures, its latent position is known."""
    return Profile((value,) * N_VALUES, 0.0, 0.0, ())


def _flat(table: Floats) -> Floats:
    return table.reshape(-1, table.shape[-1])


def _scores(questions: Questions, items: Sequence[Asked], by: Sharpness, values: Floats) -> tuple[Floats, Floats]:
    """Expected score and expected squared score of every item at every latent value: twice (n_values, n_items)."""
    found = np.empty((2, len(values), len(items)))
    for column, item in enumerate(items):
        scored = [option for option in item.options if option.missing is None]
        scores = np.array([option_score(option) for option in scored])
        if item.key != 1:
            scores = scores.min() + scores.max() - scores
        shares = np.array([_shares(questions, item, by, value, scored) for value in values.tolist()])
        shares = shares.reshape(len(values), len(scored)) / shares.sum(axis=-1, keepdims=True)
        found[:, :, column] = shares @ scores, shares @ scores**2
    return found[0], found[1]


def _shares(
    questions: Questions, item: Asked, by: Sharpness, value: float, scored: Sequence[ShownOption]
) -> list[float]:
    question = questions.put_to(item, _person(value))
    alone = (question if by.is_neutral else decoded(question, by)).alone
    return [alone[option.code] for option in scored]


def option_score(option: ShownOption) -> float:
    """What an option scores before its item is keyed: its own score, else its code."""
    return float(option.code) if option.score is None else option.score
