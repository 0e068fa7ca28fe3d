"""Answers of known-truth respondents to value items, drawn with numpy by the formulas of docs/known-truth.md.

Thousands of people in a moment, for what a run would take hours to show. Nothing of the engine but what is fixed by the
truth is used: the profile that a description leads to, and how hard an item is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulator.engines.synthetic_answers import item_facts
from simulator.engines.synthetic_profile import MEMBERS, NOBODY, People
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked, ShownOption
from surveys.catalog import find_instrument
from surveys.values import VALUE_CODES

ANGLES = 2 * np.pi * np.arange(19) / 19


def portrait_items(language: str = "en") -> list[Asked]:
    """The items of `portrait-values` as facts, options in file order."""
    instrument = find_instrument("portrait-values")
    return [
        Asked(
            run_seed=0,
            respondent_id="",
            persona_id="",
            strategy="",
            attributes={},
            item_id=item.id,
            format=item.format.value,
            options=tuple(
                ShownOption(str(option.code), option.code, instrument.text_in(option.text, language), option.score)
                for option in item.options
            ),
            dimensions=item.dimensions,
            key=-1 if item.reverse_keyed else 1,
            question_id=item.question_id,
            language=language,
        )
        for item in instrument.items
    ]


def values_of(items: Sequence[Asked]) -> list[str]:
    """The value that each item measures."""
    return [item.dimensions[0] for item in items]


def anchored(n: int) -> list[dict[str, Any]]:
    """Attributes of `n` personas who are anchored on one value each, in turn."""
    return [{"anchor": VALUE_CODES[number % 19]} for number in range(n)]


def draw_scores(
    truth: KnownTruth,
    items: Sequence[Asked],
    attributes: Sequence[Mapping[str, Any]],
    rng: np.random.Generator,
    *,
    personal_spread: float | None = None,
    is_likeliest: bool = False,
) -> np.ndarray:
    """Keyed scores of one person per entry of `attributes`: (n_people, n_items), on the item's codes from 1.

    By content and yes-saying alone; `is_likeliest` takes the likeliest category in place of a draw (temperature 0).
    """
    people, n = People(truth, 0), len(attributes)
    known: dict[str, tuple[float, ...]] = {}
    for facts in attributes:
        known.setdefault(repr(facts), people.build(facts, NOBODY).values)
    spread = truth.person_spread if personal_spread is None else personal_spread
    strength = truth.circumplex_strength
    on_circle = rng.standard_normal((n, 2)) @ np.stack([np.cos(ANGLES), np.sin(ANGLES)])
    latent = np.array([known[repr(facts)] for facts in attributes])
    latent += spread * (math.sqrt(1 - strength) * rng.standard_normal((n, 19)) + math.sqrt(strength) * on_circle)
    latent += truth.level_spread * rng.standard_normal((n, 1))
    scores = np.empty((n, len(items)))
    for column, item in enumerate(items):
        value = latent[:, list(MEMBERS[item.dimensions[0]])].mean(axis=1)
        scores[:, column] = _answers(truth, item, value, rng, is_likeliest)
    return scores


def _answers(
    truth: KnownTruth, item: Asked, value: np.ndarray, rng: np.random.Generator, is_likeliest: bool
) -> np.ndarray:
    """Keyed categories, from 1, of people with these latent values."""
    facts, n_categories = item_facts(item, truth), len(item.options)
    thresholds = 3 * (2 * np.arange(1, n_categories) / n_categories - 1)
    position = item.key * value - facts.hard
    reached = 1 / (1 + np.exp(-truth.discrimination * (position[:, None] - thresholds)))
    shares = -np.diff(reached, axis=1, prepend=1.0, append=0.0)
    drawn = 1 + (rng.random((len(value), 1)) < reached).sum(axis=1)
    chosen = 1 + shares.argmax(axis=1) if is_likeliest else drawn
    if truth.acquiescence:
        chosen = np.where(rng.random(len(value)) < truth.acquiescence, n_categories, chosen)
    return chosen if item.key == 1 else n_categories + 1 - chosen
