"""The rows that `robustness` and `place_effects` take, out of a record: what a probe found, and how it was shown.

Single choices alone; options that stand for no answer are taken out of a distribution, and what is left is normalised.
What a sampled distribution rests on is counted back from its shares; an answer given once is one reply. Where several
probes were used on one presentation, each is taken by its name. Knows the record through its reader and no engine.

Source: Shen et al. 2025 (distributions mapped back to canonical options).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from analysis.distributions import FloatArray
from analysis.place_effects import PlacedRow
from analysis.presented import OptionVariant, PresentedRow
from simulator.store.reader import Reader
from simulator.store.records import AnswerRow, ExchangeRow, ProbedRow
from surveys.instrument import Item, ResponseFormat
from surveys.serialize import item_from_json

__all__ = ["placed_rows", "presented_rows"]

SAMPLED = "text"
"""The probe that counts replies; all others read probabilities."""


class _Measured(NamedTuple):
    item: Item
    exchange: ExchangeRow
    arm: dict[str, Any]
    probe: str
    given: dict[int, float]
    option_mass: float | None


def presented_rows(reader: Reader, probe: str) -> list[PresentedRow]:
    """One row per answer that the probe was used on: item, style, and the arm's option order and labels by name.

    probe: "text", "token-logit" or "sequence". Distributions that are missing or fell wholly on options that stand for
    no answer are NaN, and so are counted as missing by what takes them.
    """
    rows = []
    for found in _measured(reader, probe):
        variant = OptionVariant(str(found.arm["option_order"]), str(found.arm["labels"]))
        if found.probe == SAMPLED:
            counts, n_unreadable = _replies(found)
            total = float(counts.sum() + n_unreadable)
            shares = (counts + n_unreadable / len(counts)) / total if total else np.full(len(counts), np.nan)
            rows.append(PresentedRow(found.item.id, found.arm["style"], variant, shares, total, n_unreadable))
        else:
            rows.append(PresentedRow(found.item.id, found.arm["style"], variant, _shares(found)))
    return rows


def placed_rows(reader: Reader, probe: str) -> list[PlacedRow]:
    """One row per answer that the probe was used on under a stored order: places and labels as they were shown.

    probe: as in `presented_rows`. What was shown in file order under numbers stores no order, and is not among them.
    """
    rows = []
    for found in _measured(reader, probe):
        codes = [option.code for option in found.item.substantive_options]
        order, labels = found.exchange.order, found.exchange.labels
        if order is None or labels is None:
            continue
        shown = [(codes.index(code), label) for code, label in zip(order, labels, strict=True) if code in codes]
        places, names = zip(*shown, strict=True)
        rows.append(PlacedRow(found.item.id, _shares(found), places, names))
    return rows


def _measured(reader: Reader, probe: str) -> Iterator[_Measured]:
    """Single choices that the probe was used on, in the order of the record."""
    items = [item_from_json(row.content) for row in reader.items()]
    arms = {row.id: row.settings for row in reader.conditions()}
    exchanges = {(row.respondent, row.number): row for row in reader.exchanges()}
    for answer in reader.answers():
        item = items[answer.item]
        exchange = None if answer.exchange is None else exchanges.get((answer.respondent, answer.exchange))
        is_single = item.format in (ResponseFormat.SINGLE, ResponseFormat.SCALE)
        if exchange is None or not is_single or not item.substantive_options:
            continue
        arm = arms[exchange.condition]
        for found in answer.probed or (_alone(arm["probe"], answer),):
            if found.probe == probe:
                yield _Measured(item, exchange, arm, probe, found.probabilities or {}, found.option_mass)


def _alone(probe: str, answer: AnswerRow) -> ProbedRow:
    """What the only probe of an arm found; for the text probe, a single choice is one reply."""
    if probe == SAMPLED and answer.probabilities is None and len(answer.codes) == 1:
        return ProbedRow(probe, {answer.codes[0]: 1.0}, 1.0)
    return ProbedRow(probe, answer.probabilities, answer.option_mass)


def _shares(found: _Measured) -> FloatArray:
    """Over the substantive options in canonical order; NaN where nothing fell on them."""
    shares = np.array(
        [found.given.get(option.code, 0.0) for option in found.item.substantive_options], dtype=np.float64
    )
    total = shares.sum()
    return np.asarray(shares / total if total > 0 else np.full(len(shares), np.nan), dtype=np.float64)


def _replies(found: _Measured) -> tuple[FloatArray, int]:
    """Replies that chose each substantive option, and those that could not be read.

    An unreadable one counted 1/K for each of the K options shown; `option_mass` is the share that could be read.
    """
    codes = [option.code for option in found.item.substantive_options]
    if not found.given:
        return np.zeros(len(codes)), 0
    n = 1 + len(found.exchange.samples)
    n_unreadable = 0 if found.option_mass is None else round(n * (1.0 - found.option_mass))
    counts = [round(n * found.given.get(code, 0.0) - n_unreadable / len(found.given)) for code in codes]
    return np.array(counts, dtype=np.float64), n_unreadable
