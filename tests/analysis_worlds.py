"""Surveys whose answers are drawn from known distributions, and humans beside them, for tests of recovery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.reference import HumanReference, ReferenceCell


def scale_item(name: str, n_options: int, *dimensions: str, topic: str | None = None, **more: object) -> Item:
    options = tuple(ResponseOption(code, {"en": str(code)}) for code in range(1, n_options + 1))
    response = more.pop("format", ResponseFormat.SCALE)
    return Item(name, {"en": name}, response, options, dimensions=dimensions, topic=topic, **more)  # type: ignore[arg-type]


def instrument_of(*items: Item) -> Instrument:
    return Instrument("world", {"en": "World"}, items)


def answers(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Rows of respondent, item, status, codes chosen, country; columns as `answers_frame` has them."""
    codes = [row[3] for row in rows]
    return pd.DataFrame(
        {
            "respondent": [row[0] for row in rows],
            "item": pd.Categorical([row[1] for row in rows]),
            "status": pd.Categorical([row[2] for row in rows]),
            "reason": "label",
            "code": pd.array([c[0] if c else None for c in codes], dtype="Int64"),
            "codes": pd.array([";".join(map(str, c)) or None for c in codes], dtype="str"),
            "weight": 1.0,
            "attr_country": [row[4] for row in rows],
        }
    )


def answers_of(choices: np.ndarray, items: Sequence[str], country: str = "US", arm: str = "a") -> pd.DataFrame:
    """Everybody answered everything: choices (n, n_items) are places of options, so codes less 1."""
    n, m = choices.shape
    return pd.DataFrame(
        {
            "arm": arm,
            "respondent": np.repeat([f"{arm}{country}{k}" for k in range(n)], m),
            "item": pd.Categorical(np.tile(list(items), n)),
            "status": "answered",
            "reason": "label",
            "code": pd.array(choices.ravel() + 1, dtype="Int64"),
            "codes": pd.array([None] * (n * m), dtype="str"),
            "weight": 1.0,
            "attr_country": country,
        }
    )


def drawn(rng: np.random.Generator, n: int, shares: np.ndarray, likeness: float = 0.0) -> np.ndarray:
    """Answers of n people (n, n_items) to items with `shares` (n_items, n_options); alike within a person."""
    shape = n, len(shares)
    latent = np.sqrt(likeness) * rng.normal(size=(n, 1)) + np.sqrt(1 - likeness) * rng.normal(size=shape)
    return (stats.norm.cdf(latent)[:, :, None] > np.cumsum(shares, axis=1)[None, :, :-1]).sum(axis=2)


def humans(shares: np.ndarray, items: Sequence[str], n: float | None, country: str = "US") -> HumanReference:
    cells = tuple(
        ReferenceCell(item, {code + 1: float(share) for code, share in enumerate(row)}, n=n, country=country)
        for item, row in zip(items, shares, strict=True)
    )
    return HumanReference("humans", "Humans", "a test", cells)


class World(NamedTuple):
    """A planted difference: `people` answer by `model`, the sample of humans by `human`, (n_items, n_options) each."""

    frame: pd.DataFrame
    instrument: Instrument
    reference: HumanReference
    model: np.ndarray
    human: np.ndarray


def world(
    seed: int, *, n: int, n_human: int, n_items: int, n_options: int, distance: float, likeness: float = 0.0
) -> World:
    """Model populations a share `distance` of the way from the humans to unrelated shares; the same for every seed."""
    plan = np.random.default_rng(99)
    human = plan.dirichlet(np.full(n_options, 3.0), n_items)
    model = (1 - distance) * human + distance * plan.dirichlet(np.full(n_options, 3.0), n_items)
    rng = np.random.default_rng(seed)
    names = [f"q{place}" for place in range(n_items)]
    items = [scale_item(name, n_options, f"D{place % 3}", topic=f"t{place % 2}") for place, name in enumerate(names)]
    sample = drawn(rng, n_human, human)
    counted = np.array([np.bincount(column, minlength=n_options) / n_human for column in sample.T])
    frame = answers_of(drawn(rng, n, model, likeness), names)
    return World(frame, instrument_of(*items), humans(counted, names, n_human), model, human)
