"""What people give against people: the noise floor of value structure and ranking for any n, without their answers.

An agreement of a simulated population with people says nothing by itself: two halves of one human sample differ too.
`analysis.noise_floor` shows it where every person's scores are at hand; here only the correlation matrix of the sample
is. Samples are drawn as multivariate normal scores with that matrix. People's scores have heavier tails than normal
ones, which makes their correlations vary more, by one factor at any n (so it is for elliptical scores in large samples:
Muirhead 1982, section 5.1.4). INFLATION is that factor; n people are drawn as n / INFLATION normal ones. That answers
are whole numbers is not in it. Knows no run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from analysis.circumplex import dissimilarities, procrustes_ssd, theory_circle
from analysis.distributions import FloatArray
from analysis.human_values import HumanMatrix, human_means
from analysis.mds import classical_mds, smacof
from analysis.noise_floor import summarize_floor

__all__ = ["COMPARISONS", "INFLATION", "FloorRow", "human_floor", "ranking_floor"]

INFLATION = 1.27
"""How much more the correlations of people vary than those of normal scores.

Fitted once to the two matrix correlations of the German sample (.963 and .935, n = 714), whose respondents were
resampled; its twelve sums of squares are not used, and a test holds the floor against them.
"""

Comparison = Literal["resample-all", "other-sample", "half-half", "permuted", "independent"]
COMPARISONS: tuple[Comparison, ...] = ("resample-all", "other-sample", "half-half", "permuted", "independent")
"""n people of the sample against all of it · n other people of its population against it · a half against the other
half · relabelled values against all · n people whose values have nothing to do with each other against all.
"""

FloorSolution = Literal["smacof", "classical", "smacof-theory"]


class FloorRow(NamedTuple):
    """One line of a floor: what `comparison` gives in `statistic`, mean and central 95 % of the draws.

    `statistic`: "matrix_r", "ssd" or "rank_rho"; `solution` names the scaling of an "ssd", else it is empty.
    """

    comparison: str
    statistic: str
    solution: str
    mean: float
    low: float
    high: float
    n_draws: int


def human_floor(
    matrix: HumanMatrix,
    n: int,
    *,
    seed: int = 0,
    draws: int = 200,
    solutions: Sequence[FloorSolution] = ("smacof", "classical"),
    comparisons: Sequence[Comparison] = COMPARISONS,
) -> tuple[FloorRow, ...]:
    """Matrix agreement and Procrustes sums of squares that people give, for a simulated population of n respondents.

    Each of `comparisons` with Pearson's r of the off-diagonal correlations, and the standardized sum of squares of
    each of `solutions`: "smacof" from Torgerson's start, "classical", or "smacof-theory", started at the theoretical
    circle, where the answer leaks in: only beside figures made that way. "independent" scores have the sample's
    standard deviations (equal ones where it has none) and are centered within person again. Draws are a function of
    the seed; a floor is computed once per process. Refuses a matrix that holds NaN. Source: the designs of
    `noise_floor`; Muirhead 1982.
    """
    if n < 3 or draws < 1:
        raise ValueError(f"a floor needs at least 3 people and 1 draw; got n = {n}, draws = {draws}")
    if np.isnan(matrix.correlations).any():
        raise ValueError(f"{matrix.name}: a floor needs every correlation; leave out the values that have none")
    if unknown := [name for name in comparisons if name not in COMPARISONS]:
        raise ValueError(f"unknown comparison {unknown[0]!r}; use {', '.join(COMPARISONS)}")
    return _floor(matrix, n, seed, draws, tuple(solutions), tuple(comparisons))


def ranking_floor(
    matrix: HumanMatrix, n: int, *, seed: int = 0, draws: int = 2000, reference: ArrayLike | None = None
) -> tuple[FloorRow, ...]:
    """Spearman's rho that the value means of n people give: with all of the sample, and with a reference ranking.

    reference: (n_values,) means in the order of the matrix; by default those over 49 cultural groups, for the 19
    values. Comparisons: "resample-all" n people's means with all's · "groups" n people's means with the reference ·
    "half-half" · "permuted" relabelled means with the reference. Means of n people are drawn as normal with the
    sample's standard deviations and correlations. NaN, with no draws, where the sample's means were not kept. Source:
    Rozen et al. 2025 (the correlation); Schwartz and Cieciuch 2022 (the groups).
    """
    target = _reference_means(matrix, reference)
    if np.isnan(matrix.means).any() or np.isnan(matrix.sds).any():
        return tuple(
            FloorRow(name, "rank_rho", "", np.nan, np.nan, np.nan, 0)
            for name in ("resample-all", "groups", "half-half", "permuted")
        )
    rng = np.random.default_rng([seed, n])
    root = matrix.sds[:, None] * _root(matrix.correlations)

    def means(people: int) -> FloatArray:
        noise = rng.standard_normal((draws, len(root))) @ root.T
        return np.asarray(matrix.means + noise / np.sqrt(people), dtype=np.float64)

    some, half = means(n), max(matrix.n // 2, 1)
    return (
        _row("resample-all", "rank_rho", "", _rank_rho(some, matrix.means)),
        _row("groups", "rank_rho", "", _rank_rho(some, target)),
        _row("half-half", "rank_rho", "", _rank_rho(means(half), means(half))),
        _row("permuted", "rank_rho", "", _rank_rho(_relabelled(matrix.means, draws, rng), target)),
    )


@lru_cache(maxsize=64)
def _floor(
    matrix: HumanMatrix,
    n: int,
    seed: int,
    draws: int,
    solutions: tuple[FloorSolution, ...],
    comparisons: tuple[Comparison, ...],
) -> tuple[FloorRow, ...]:
    # A stream to each comparison, so that leaving one out changes no other.
    streams = dict(zip(COMPARISONS, np.random.default_rng([seed, n]).spawn(len(COMPARISONS)), strict=True))
    rows: list[FloorRow] = []
    for comparison in comparisons:
        rng = streams[comparison]
        left, right = _pairs(matrix, n, comparison, draws, rng)
        rows.append(_row(comparison, "matrix_r", "", _off_diagonal_r(left, right)))
        for solution in solutions:
            a = _configurations(left, solution)
            b = _relabelled(a[0], draws, rng) if comparison == "permuted" else _configurations(right, solution)
            ssd = [procrustes_ssd(one, other) for one, other in zip(np.broadcast_to(a, b.shape), b, strict=True)]
            rows.append(_row(comparison, "ssd", solution, ssd))
    return tuple(rows)


def _pairs(
    matrix: HumanMatrix, n: int, comparison: Comparison, draws: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The two correlation matrices of every draw, (draws or 1, n_values, n_values) each."""
    root, everyone = _root(matrix.correlations), matrix.correlations[None]
    if comparison == "resample-all":
        return everyone, _drawn_correlations(root, n, draws, rng)
    if comparison == "other-sample":
        return _drawn_correlations(root, matrix.n, draws, rng), _drawn_correlations(root, n, draws, rng)
    if comparison == "half-half":
        half = matrix.n // 2
        return _drawn_correlations(root, half, draws, rng), _drawn_correlations(root, half, draws, rng)
    if comparison == "permuted":
        order = _relabelled(np.arange(len(root)), draws, rng)
        return everyone, matrix.correlations[order[:, :, None], order[:, None, :]]
    sds = np.where(np.isnan(matrix.sds), 1.0, matrix.sds)
    return everyone, _drawn_correlations(np.diag(sds) - sds / len(sds), n, draws, rng)


def _root(correlations: FloatArray) -> FloatArray:
    """A square root of the matrix. Centered scores make it singular, rounding even indefinite: those parts are 0."""
    eigenvalues, vectors = np.linalg.eigh(correlations)
    return np.asarray(vectors * np.sqrt(np.maximum(eigenvalues, 0.0)), dtype=np.float64)


def _drawn_correlations(root: FloatArray, n: int, draws: int, rng: np.random.Generator) -> FloatArray:
    """Correlations of n people whose scores have covariance root @ root.T: (draws, n_values, n_values).

    The scatter of n / INFLATION normal people is drawn as a whole (Bartlett 1933), so that n costs nothing; of too few
    for that, person by person.
    """
    size, freedom = len(root), max(n / INFLATION - 1.0, 2.0)
    if freedom < size:
        factor = rng.standard_normal((draws, size, round(freedom)))
    else:
        factor = np.tril(rng.standard_normal((draws, size, size)), k=-1)
        diagonal = np.arange(size)
        factor[:, diagonal, diagonal] = np.sqrt(rng.chisquare(freedom - diagonal, size=(draws, size)))
    factor = root @ factor
    factor /= np.sqrt((factor**2).sum(axis=-1, keepdims=True))
    return np.asarray(np.clip(factor @ factor.swapaxes(-1, -2), -1.0, 1.0), dtype=np.float64)


def _configurations(correlations: FloatArray, solution: FloorSolution) -> FloatArray:
    delta = dissimilarities(correlations)
    points = classical_mds(delta)
    if solution == "classical":
        return points
    if solution == "smacof-theory":
        points = np.broadcast_to(theory_circle(points.shape[-2]), points.shape)
    elif solution != "smacof":
        raise ValueError(f"unknown solution {solution!r}; use smacof, classical or smacof-theory")
    return smacof(delta, points).configuration


def _relabelled(rows: ArrayLike, draws: int, rng: np.random.Generator) -> NDArray[Any]:
    """The rows in `draws` random orders: (n, ...) → (draws, n, ...)."""
    return np.stack([rng.permutation(rows) for _ in range(draws)])


def _off_diagonal_r(left: FloatArray, right: FloatArray) -> FloatArray:
    """`matrix_agreement`'s Pearson r of every pair of matrices: (draws or 1, n, n) twice → (draws,)."""
    above = np.triu_indices(left.shape[-1], k=1)
    a, b = (side[:, above[0], above[1]] for side in (left, right))
    a, b = (side - side.mean(axis=1, keepdims=True) for side in (a, b))
    return np.asarray((a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)), dtype=np.float64)


def _rank_rho(rows: FloatArray, reference: FloatArray) -> FloatArray:
    """Spearman's rho of every row with the reference, or with its row of it: (draws, n) → (draws,)."""
    a, b = (np.atleast_2d(rankdata(side, axis=-1)) for side in (rows, reference))
    a, b = (side - side.mean(axis=1, keepdims=True) for side in (a, b))
    return np.asarray((a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)), dtype=np.float64)


def _reference_means(matrix: HumanMatrix, reference: ArrayLike | None) -> FloatArray:
    known = human_means()
    if reference is None:
        if set(matrix.values) != set(known):
            raise ValueError(f"{matrix.name}: the 49 groups have means of the 19 values only; give a reference")
        reference = [known[code] for code in matrix.values]
    target = np.asarray(reference, dtype=np.float64)
    if target.shape != (len(matrix.values),):
        raise ValueError(f"reference has shape {target.shape}; give one mean for each of {len(matrix.values)} values")
    return target


def _row(comparison: str, statistic: str, solution: str, values: ArrayLike) -> FloorRow:
    return FloorRow(comparison, statistic, solution, *summarize_floor(values))
