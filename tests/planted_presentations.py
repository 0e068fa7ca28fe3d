"""Distributions with planted effects of place, label and style, for tests that must recover them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.place_effects import PlacedRow
from analysis.presented import OptionVariant, PresentedRow

BASE = OptionVariant("given", "ABCD")
REVERSED = OptionVariant("reversed", "ABCD")
DIGITS = OptionVariant("given", "0123")
VARIANTS = (BASE, REVERSED, DIGITS)


def softmax(logs: np.ndarray) -> np.ndarray:
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def cyclic_orders(k: int) -> list[tuple[int, ...]]:
    return [tuple((start + place) % k for place in range(k)) for start in range(k)]


def shown_with_effects(
    truth: np.ndarray, order: Sequence[int], places: np.ndarray, labels: np.ndarray, *, multiply: bool = True
) -> np.ndarray:
    """The distribution in canonical order when the option at each place gains the effect of place and label there."""
    effect = np.empty(len(truth))
    effect[list(order)] = np.asarray(places) + np.asarray(labels)
    return softmax(np.log(truth) + effect) if multiply else truth + effect


def placed_rows(
    truths: Sequence[np.ndarray],
    places: Sequence[float],
    labels: dict[str, float],
    rng: np.random.Generator,
    *,
    multiply: bool = True,
    n_orders: int = 6,
) -> list[PlacedRow]:
    """Every question under orders and assignments of labels drawn independently of each other."""
    rows = []
    for number, truth in enumerate(truths):
        for _ in range(n_orders):
            order, names = rng.permutation(len(truth)), rng.permutation(sorted(labels))
            effect = np.array([labels[name] for name in names])
            shares = shown_with_effects(truth, order, np.array(places), effect, multiply=multiply)
            rows.append(PlacedRow(f"q{number}", shares, order.tolist(), names.tolist()))
    return rows


def presented_rows(
    truths: Sequence[np.ndarray],
    effects: dict[tuple[str, OptionVariant], np.ndarray],
    *,
    n_samples: int = 0,
    rng: np.random.Generator | None = None,
) -> Iterator[PresentedRow]:
    """Every question in every presentation, its log probabilities moved by the effect on canonical options."""
    for number, truth in enumerate(truths):
        for (style, variant), effect in effects.items():
            shares = softmax(np.log(truth) + effect)
            if not n_samples:
                yield PresentedRow(f"q{number}", style, variant, shares)
                continue
            assert rng is not None
            drawn = rng.multinomial(n_samples, shares) / n_samples
            yield PresentedRow(f"q{number}", style, variant, drawn, n_samples)
