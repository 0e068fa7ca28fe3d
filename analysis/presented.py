"""What a probe found for every question in every presentation: distributions over canonical options, averaged per cell.

A presentation is a style and an option variant; a variant is an order of the options with the labels they carry. Knows
no record and no prompt. A distribution is exact (token probabilities) or sampled (so many replies); only sampled ones
carry noise of their own. A missing one stays missing: all NaN, never uniform.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray, IntArray, as_distributions

__all__ = ["OptionVariant", "Presented", "PresentedRow", "Run", "presented"]


class OptionVariant(NamedTuple):
    """How options were shown: the name of their order ("given", "reversed", "shift-1") and of their labels ("ABC")."""

    order: str
    labels: str


class PresentedRow(NamedTuple):
    """One measured distribution over the substantive options of a question, in canonical order.

    n_samples: replies behind it, infinite where the probabilities were read from the model. n_unreadable: those among
    them that chose nothing and counted 1/K for every option.
    """

    question: str
    style: str
    variant: OptionVariant
    shares: Sequence[float] | FloatArray
    n_samples: float = float("inf")
    n_unreadable: int = 0


class Run(NamedTuple):
    """All questions under one presentation, or under several cells that are averaged before anything is compared.

    shares: (n_questions, n_cells, width), 0 beyond a question's last option, NaN = missing. counts: (n_questions,
    n_cells, width + 1) replies by option, the unreadable ones last; NaN where the distribution is exact.
    """

    name: str
    shares: FloatArray
    counts: FloatArray


@dataclass(frozen=True)
class Presented:
    """Distributions of one probe of one model: (n_questions, n_styles, n_variants, width), and the replies behind them.

    shares and counts as in `Run`, with an axis for styles and one for variants. n_options: (n_questions,).
    """

    questions: tuple[str, ...]
    styles: tuple[str, ...]
    variants: tuple[OptionVariant, ...]
    n_options: IntArray
    shares: FloatArray
    counts: FloatArray

    @property
    def n_missing(self) -> int:
        """Presentations of a question that have no distribution."""
        return int(np.isnan(self.shares[..., 0]).sum())

    def of_style(self, style: int, variant: int) -> Run:
        """One style at one variant."""
        cell = np.s_[:, style : style + 1, variant]
        return Run(self.styles[style], self.shares[cell], self.counts[cell])

    def over_styles(self, variant: int) -> Run:
        """All styles at one variant, to be averaged."""
        name = " ".join(self.variants[variant])
        return Run(name, self.shares[:, :, variant], self.counts[:, :, variant])


def presented(rows: Iterable[PresentedRow]) -> Presented:
    """Rows gathered by question, style and variant, each in the order in which it first occurs.

    Rows of one cell (respondents, replicates) are averaged: exact ones with equal weight, sampled ones by their
    replies; missing rows (NaN, no sample) are left out of it. ValueError where the rows of a question differ in their
    number of options, where a cell holds exact and sampled rows, or where shares and n_samples do not fit each other.
    Source: Shen et al. 2025 (average over runs; unreadable replies count 1/K).
    """
    listed = list(rows)
    questions = list(dict.fromkeys(row.question for row in listed))
    styles = list(dict.fromkeys(row.style for row in listed))
    variants = list(dict.fromkeys(row.variant for row in listed))
    n_options = _option_numbers(listed)
    sizes = np.array([n_options[name] for name in questions], dtype=np.int64)
    sums, n_exact, counts = _gathered(listed, (questions, styles, variants), int(sizes.max(initial=1)))
    is_sampled = counts.sum(axis=-1) > 0
    if np.any((n_exact > 0) & is_sampled):
        raise ValueError("a presentation has exact and sampled distributions; give those of one probe at a time")
    exact = sums / np.where(n_exact > 0, n_exact, np.nan)[..., None]
    return Presented(
        questions=tuple(questions),
        styles=tuple(styles),
        variants=tuple(variants),
        n_options=sizes,
        shares=np.where(is_sampled[..., None], sampled_shares(counts, sizes[:, None, None]), exact),
        counts=np.where(is_sampled[..., None], counts, np.nan),
    )


def _gathered(
    rows: Sequence[PresentedRow], names: tuple[Sequence[str], Sequence[str], Sequence[OptionVariant]], width: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Summed exact shares and their number, and summed replies, by question, style and variant."""
    places: list[dict[Hashable, int]] = [{name: place for place, name in enumerate(part)} for part in names]
    shape = tuple(len(part) for part in names)
    sums, n_exact, counts = np.zeros((*shape, width)), np.zeros(shape), np.zeros((*shape, width + 1))
    for row in rows:
        cell = places[0][row.question], places[1][row.style], places[2][row.variant]
        shares = as_distributions(np.asarray(row.shares, dtype=np.float64), f"question {row.question!r}")
        if np.isnan(shares).any() or row.n_samples == 0:
            continue
        if np.isinf(row.n_samples):
            sums[(*cell, slice(0, len(shares)))] += shares
            n_exact[cell] += 1
        else:
            counts[(*cell, slice(0, len(shares)))] += _replies(row, shares)
            counts[(*cell, -1)] += row.n_unreadable
    return sums, n_exact, counts


def sampled_shares(counts: FloatArray, n_options: NDArray[np.int64]) -> FloatArray:
    """Shares (..., width) from replies (..., width + 1), the unreadable ones last: each counts 1/K for every option."""
    width = counts.shape[-1] - 1
    is_option = np.arange(width) < n_options[..., None]
    spread = counts[..., -1:] / n_options[..., None]
    totals = counts.sum(axis=-1, keepdims=True)
    filled = np.where(is_option, counts[..., :-1] + spread, 0.0)
    return np.asarray(filled / np.where(totals > 0, totals, np.nan), dtype=np.float64)


def _option_numbers(rows: Sequence[PresentedRow]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        k = np.size(row.shares)
        if found.setdefault(row.question, k) != k:
            raise ValueError(
                f"question {row.question!r} has {found[row.question]} options and then {k}; give all alike"
            )
    return found


def _replies(row: PresentedRow, shares: FloatArray) -> FloatArray:
    """Readable replies by option."""
    counts = shares * row.n_samples - row.n_unreadable / len(shares)
    whole = np.round(counts)
    if np.any(np.abs(counts - whole) > 1e-6 * max(1.0, row.n_samples)) or np.any(whole < 0):
        raise ValueError(
            f"question {row.question!r}, style {row.style!r}: the shares are not of {row.n_samples:g} replies with "
            f"{row.n_unreadable} unreadable; give both numbers as they were sampled"
        )
    return np.asarray(whole, dtype=np.float64)
