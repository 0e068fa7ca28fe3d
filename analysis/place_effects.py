"""What a place in the list and a label do to an option, whatever it says: two sets of effects, told apart.

Model, within the questions of one number of options: log probability = option of its question + place + label + a
constant of the presentation (scale "log-odds"), or the same for the shares themselves (scale "share"). Options and
presentations are taken out question by question, so that only what moves with place and label is left. Places and
labels can be told apart only where labels were not always shown at the same places; where they were, what is given is
the effect of both together, and said to be that. Knows only rows of numbers.

Source: the prior of Zheng et al. 2024 (observed = prior of the place x content) as a least-squares model; intervals by
the delete-one-cluster jackknife (Cameron and Miller 2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.distributions import FloatArray, as_distributions
from analysis.sums import Estimate

__all__ = ["PlaceEffects", "PlacedRow", "place_effects"]

Scale = Literal["log-odds", "share"]
TINY = 1e-9


class PlacedRow(NamedTuple):
    """One distribution with the order it was shown in.

    shares: (n_options,) in canonical order. order: the canonical place of the option shown first, second, ... labels:
    those shown beside them, in the order shown; equal ones (such as none at all) have no effect of their own.
    """

    question: str
    shares: Sequence[float] | FloatArray
    order: Sequence[int]
    labels: Sequence[str]


class PlaceEffects(NamedTuple):
    """Effects for questions of `n_options` options, each relative to the mean over places (over labels).

    positions: first place first. labels: empty where they cannot be told apart, with the `reason`. The n of an estimate
    is questions. n_left_out: rows that are missing or, as a logarithm needs, hold a zero.
    """

    n_options: int
    scale: Scale
    positions: tuple[Estimate, ...]
    labels: Mapping[str, Estimate]
    reason: str
    n_rows: int
    n_left_out: int


class _Sums(NamedTuple):
    """Normal equations by cluster: (n_clusters, k, k) and (n_clusters, k)."""

    square: FloatArray
    cross: FloatArray


def place_effects(
    rows: Sequence[PlacedRow], *, scale: Scale = "log-odds", clusters: Mapping[str, str] | None = None
) -> list[PlaceEffects]:
    """Effects of place and of label on the probability of an option, one result per number of options.

    rows: several orders per question; a question in one order tells nothing. `scale`: "log-odds" in nats, exact where
    effects multiply probabilities, without rows that hold a zero; "share" where they add to them, for sampled answers
    too. clusters: question → what moves together; None: each question. NaN where an effect is not identified, and no
    interval below two clusters. Source: Zheng et al. 2024; Cameron and Miller 2015.
    """
    if scale not in ("log-odds", "share"):
        raise ValueError(f"unknown scale {scale!r}; use log-odds or share")
    sizes = sorted({np.size(row.shares) for row in rows})
    return [_effects([row for row in rows if np.size(row.shares) == k], k, scale, clusters or {}) for k in sizes]


def check_order(row: PlacedRow) -> None:
    """Raise ValueError unless the order names every option once, with a label each."""
    k = np.size(row.shares)
    if sorted(row.order) != list(range(k)) or len(row.labels) != k:
        raise ValueError(f"question {row.question!r}: order and labels must name each of its {k} options once")


def _effects(rows: Sequence[PlacedRow], k: int, scale: Scale, clusters: Mapping[str, str]) -> PlaceEffects:
    shares = [as_distributions(row.shares, f"question {row.question!r}") for row in rows]
    used = [not np.isnan(p).any() and (scale == "share" or bool((p > 0).all())) for p in shares]
    by_question: dict[str, list[tuple[PlacedRow, FloatArray]]] = {}
    for row, p, is_used in zip(rows, shares, used, strict=True):
        check_order(row)
        if is_used:
            by_question.setdefault(row.question, []).append((row, np.log(p) if scale == "log-odds" else p))
    kept = [row for group in by_question.values() for row, _ in group]
    names = sorted({label for row in kept for label in row.labels})
    basis = _basis(k, names, kept)
    sums = _normal_equations(by_question, k, names, basis, clusters)
    positions, labels, reason = _identified(sums, basis, k)
    n = len(by_question)
    return PlaceEffects(
        n_options=k,
        scale=scale,
        positions=tuple(one._replace(n=n) for one in positions),
        labels={name: one._replace(n=n) for name, one in zip(names, labels, strict=False)},
        reason=reason,
        n_rows=len(kept),
        n_left_out=len(rows) - len(kept),
    )


def _basis(k: int, names: Sequence[str], rows: Sequence[PlacedRow]) -> FloatArray:
    """(k + n_labels, parameters): effects that sum to zero over places, and over labels that were shown together."""
    together: list[set[str]] = []
    for row in rows:
        joined = set(row.labels)
        for known in [known for known in together if known & joined]:
            joined |= known
            together.remove(known)
        together.append(joined)
    groups = [np.arange(k), *(k + np.array([names.index(name) for name in sorted(one)]) for one in together)]
    columns = []
    for group in groups:
        for part in np.linalg.svd(np.eye(len(group)) - 1.0 / len(group))[0].T[: len(group) - 1]:
            column = np.zeros(k + len(names))
            column[group] = part
            columns.append(column)
    return np.array(columns).reshape(len(columns), k + len(names)).T


def _normal_equations(
    by_question: Mapping[str, Sequence[tuple[PlacedRow, FloatArray]]],
    k: int,
    names: Sequence[str],
    basis: FloatArray,
    clusters: Mapping[str, str],
) -> _Sums:
    groups = sorted({clusters.get(question, question) for question in by_question})
    square = np.zeros((len(groups), basis.shape[1], basis.shape[1]))
    cross = np.zeros((len(groups), basis.shape[1]))
    number = {name: place for place, name in enumerate(names)}
    for question, shown in by_question.items():
        design = np.zeros((len(shown), k, k + len(names)))
        for r, (row, _) in enumerate(shown):
            order = np.asarray(row.order)
            design[r, order, np.arange(k)] = 1.0
            design[r, order, [k + number[label] for label in row.labels]] = 1.0
        x = (_centered(design) @ basis).reshape(len(shown) * k, basis.shape[1])
        y = _centered(np.stack([value for _, value in shown])[..., None]).reshape(len(shown) * k)
        group = groups.index(clusters.get(question, question))
        square[group] += x.T @ x
        cross[group] += x.T @ y
    return _Sums(square, cross)


def _centered(table: FloatArray) -> FloatArray:
    """Without the means of presentations (rows) and of options (columns) of one question: (n_rows, k, n)."""
    centered: FloatArray = table - table.mean(axis=0, keepdims=True)
    return np.asarray(centered - centered.mean(axis=1, keepdims=True), dtype=np.float64)


def _identified(sums: _Sums, basis: FloatArray, k: int) -> tuple[list[Estimate], list[Estimate], str]:
    """Effects of places and labels that can be told, and why others cannot."""
    is_place = np.array([bool(column[:k].any()) for column in basis.T], dtype=bool)
    total = sums.square.sum(axis=0)
    free = _undetermined(total)
    knows_places = not free[is_place].any() and len(sums.square) > 0
    knows_labels = not free[~is_place].any() and len(sums.square) > 0 and (~is_place).any()
    effects = _estimates(sums, basis)
    nothing = [Estimate(np.nan, np.nan, np.nan, 0)] * k
    if knows_places and knows_labels:
        return effects[:k], effects[k:], ""
    if knows_places:
        reason = "labels do not vary" if not (~is_place).any() else "labels stay with their options"
        return effects[:k], [], f"no effect of labels: {reason}"
    if knows_labels:
        return nothing, effects[k:], "no effect of places: every option kept its place"
    alone = _Sums(sums.square[:, is_place][:, :, is_place], sums.cross[:, is_place])
    if len(alone.square) and not _undetermined(alone.square.sum(axis=0)).any():
        together = _estimates(alone, basis[:, is_place])
        return together[:k], [], "places and labels are confounded: the effects are those of both together"
    return nothing, [], "no question was shown in orders that tell places apart"


def _undetermined(square: FloatArray) -> NDArray[np.bool_]:
    """(k,) whether a parameter takes part in a direction that the data say nothing about."""
    values, vectors = np.linalg.eigh(square)
    scale = max(float(values.max(initial=0.0)), TINY)
    return np.asarray((np.abs(vectors[:, values < TINY * scale]) > 1e-6).any(axis=1))


def _estimates(sums: _Sums, basis: FloatArray) -> list[Estimate]:
    """Effects with jackknife intervals; no interval where a cluster alone carries what identifies them."""
    total, cross = sums.square.sum(axis=0), sums.cross.sum(axis=0)
    value = basis @ np.linalg.pinv(total, rcond=TINY, hermitian=True) @ cross
    n = len(sums.square)
    half = np.full(len(value), np.nan)
    rank = np.linalg.matrix_rank(total, tol=TINY * max(float(np.trace(total)), TINY), hermitian=True)
    if n > 1:
        left = total - sums.square
        ranks = np.linalg.matrix_rank(left, tol=TINY * max(float(np.trace(total)), TINY), hermitian=True)
        if np.all(ranks == rank):
            inverse = np.linalg.pinv(left, rcond=TINY, hermitian=True)
            others = np.einsum("gij,gj->gi", inverse, cross - sums.cross) @ basis.T
            spread = np.sqrt((n - 1) / n * ((others - value) ** 2).sum(axis=0))
            half = stats.t.ppf(0.975, n - 1) * spread
    return [Estimate(float(v), float(v - h), float(v + h), n) for v, h in zip(value, half, strict=True)]
