"""Known distributions of a population, and weights fitted to them by raking (iterative proportional fitting).

Knows categories and shares, no persona and no strategy. Deming & Stephan 1940, Annals of Mathematical Statistics 11(4);
vocabulary of R's `survey`. A raking is called converged only if every category of every margin was met: what could not
be met is listed with its reason. Quotas are `personas.quotas`; weight diagnostics are `personas.weights`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from personas.weights import (
    Trimmed,
    Weights,
    checked_weights,
    design_effect,
    effective_sample_size,
    trim_weights,
)
from simulator.errors import PopulationError

__all__ = [
    "Margin",
    "MarginCell",
    "Raked",
    "Trimmed",
    "design_effect",
    "effective_sample_size",
    "poststratify",
    "rake",
    "trim_weights",
]

_SUM_TOLERANCE = 0.005
_NO_TARGET = "(no target)"
_BAND = re.compile(r"(\d+)(?:-(\d+)|\+)")


def band(category: str) -> tuple[int, int | None] | None:
    """The bounds of a numeric band: "18-29" gives (18, 29), "80+" gives (80, None); None for any other category."""
    match = _BAND.fullmatch(category)
    if match is None:
        return None
    return int(match[1]), int(match[2]) if match[2] else None


@dataclass(frozen=True, slots=True)
class Margin:
    """The known distribution of one variable: share of each category, where it comes from, and of which year.

    Shares must sum to 1 (up to 0.005, for published rounding; they are normalized) and none may be negative. `year`
    is None only for a distribution by design, such as uniform drawing. Use `from_counts` for counts or percentages.
    """

    variable: str
    shares: Mapping[str, float]
    source: str
    year: int | None

    def __post_init__(self) -> None:
        total = self._checked_total()
        if abs(total - 1) > _SUM_TOLERANCE:
            hint = "percentages" if abs(total - 100) <= 100 * _SUM_TOLERANCE else "counts"
            raise PopulationError(
                f"margin {self.variable!r} ({self.source}): shares sum to {total:.6g}, not 1;"
                f" correct them, or give {hint} as counts"
            )
        # Shares that already sum to 1 stay bit for bit, so that a plan read back draws the same.
        scale = 1.0 if abs(total - 1) < 1e-12 else total
        object.__setattr__(self, "shares", {key: value / scale for key, value in self.shares.items()})

    def _checked_total(self) -> float:
        name = f"margin {self.variable!r}"
        if not self.source.strip():
            raise PopulationError(f"{name}: has no source; say where the figures come from, and of which year")
        if not self.shares:
            raise PopulationError(f"{name} ({self.source}): has no categories; give at least one with its share")
        for category, share in self.shares.items():
            if isinstance(share, bool) or not isinstance(share, int | float) or not math.isfinite(share) or share < 0:
                raise PopulationError(
                    f"{name} ({self.source}): category {category!r} has {share!r};"
                    " a share is a number that is not negative"
                )
        return float(sum(self.shares.values()))

    @classmethod
    def from_counts(cls, variable: str, counts: Mapping[str, float], source: str, year: int | None) -> Margin:
        """A margin from counts, or from percentages: anything not negative that is proportional to the shares."""
        numbers = [value for value in counts.values() if isinstance(value, int | float)]
        total = float(sum(numbers))
        if len(numbers) < len(counts) or not math.isfinite(total) or total <= 0 or min(numbers, default=-1) < 0:
            raise PopulationError(
                f"margin {variable!r} ({source}): counts are {dict(counts)!r};"
                " they must be numbers, none negative and at least one positive"
            )
        return cls(variable, {key: value / total for key, value in counts.items()}, source, year)

    def category_of(self, value: object) -> str | None:
        """The category that `value` belongs to: itself, or the band a number lies in; None if there is none."""
        if value is None:
            return None
        if str(value) in self.shares:
            return str(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        for category in self.shares:
            bounds = band(category)
            # A band holds completed years: 29.5 is in "18-29".
            if bounds and bounds[0] <= value < (math.inf if bounds[1] is None else bounds[1] + 1):
                return category
        return None


class MarginCell(NamedTuple):
    """One category of one margin after weighting: shares of weight, number of units, and why it was not met.

    `target_share` is None for a category that occurs but has no target; `reason` is empty where the target was met.
    """

    variable: str
    category: str
    n: int
    target_share: float | None
    achieved_share: float
    reason: str = ""

    @property
    def error(self) -> float:
        """Achieved minus target share; 0.0 where there is no target."""
        return 0.0 if self.target_share is None else self.achieved_share - self.target_share


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights fitted to margins, and how well they fit.

    `max_margin_error` is the largest |achieved − target| share, `max_relative_error` the largest of these divided by
    its target (1.33 = 133 % off). `converged` is true only if no category is in `unmatched`.
    """

    weights: Weights
    cells: tuple[MarginCell, ...]
    n_iterations: int

    @property
    def unmatched(self) -> tuple[MarginCell, ...]:
        """The categories whose target was not met, each with its reason."""
        return tuple(cell for cell in self.cells if cell.reason)

    @property
    def converged(self) -> bool:
        """Whether every category of every margin has its target share."""
        return not self.unmatched

    @property
    def max_margin_error(self) -> float:
        """The largest |achieved − target| over all categories with a target, in shares."""
        return max((abs(cell.error) for cell in self.cells), default=0.0)

    @property
    def max_relative_error(self) -> float:
        """The largest |achieved − target| / target over all categories with a positive target."""
        return max((abs(cell.error) / cell.target_share for cell in self.cells if cell.target_share), default=0.0)

    @property
    def design_effect(self) -> float:
        """Kish's design effect of the fitted weights."""
        return design_effect(self.weights)

    @property
    def effective_sample_size(self) -> float:
        """Kish's effective sample size of the fitted weights."""
        return effective_sample_size(self.weights)


class _Coded(NamedTuple):
    """A margin as numbers: for every unit the position of its category in `labels`; targets are nan where unknown."""

    variable: str
    labels: tuple[str, ...]
    codes: NDArray[np.int64]
    targets: Weights


def rake(
    weights: ArrayLike,
    memberships: Mapping[str, Sequence[object]],
    margins: Sequence[Margin],
    max_iterations: int = 1000,
    tolerance: float = 1e-6,
) -> Raked:
    """Fit weights to all `margins` at once, multiplying them category by category until nothing moves.

    weights: (n,), not negative. memberships: for every margin's variable the n values (numbers go into bands). The sum
    of the weights is kept. A target is met if it is off by at most `tolerance` of itself. A category with a target but
    nobody in it cannot be met: the others of its margin keep their proportions. Units whose value has no target (or is
    None) keep their weight under that margin, and are reported.
    """
    base = checked_weights(weights, "raking")
    if not margins:
        raise PopulationError("raking: no margins given; declare at least one with its source and year")
    coded = [_code(margin, memberships, base.size) for margin in margins]
    fitted, n_iterations = base.copy(), 0
    while n_iterations < max_iterations:
        n_iterations += 1
        before = fitted
        for margin in coded:
            fitted = _fit(fitted, margin)
        if np.all(np.abs(fitted - before) <= 1e-3 * tolerance * np.maximum(before, 1e-300)):
            break
    fitted = fitted * (base.sum() / fitted.sum())
    cells = tuple(cell for margin in coded for cell in _cells(fitted, margin, tolerance, n_iterations))
    return Raked(fitted, cells, n_iterations)


def poststratify(
    weights: ArrayLike, cells: Sequence[Hashable], targets: Mapping[Hashable, float], source: str = "given targets"
) -> Raked:
    """Weights whose sum in every cell is its target share: raking to one margin, exact in one step.

    weights: (n,); cells: n labels, tuples for crossed variables; targets: share per label, summing to 1.
    """
    names = {label: " x ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in targets}
    margin = Margin("cell", {names[label]: share for label, share in targets.items()}, source, None)
    labels = [names.get(cell, " x ".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)) for cell in cells]
    return rake(weights, {"cell": labels}, [margin], max_iterations=1)


def _code(margin: Margin, memberships: Mapping[str, Sequence[object]], n: int) -> _Coded:
    if margin.variable not in memberships:
        raise PopulationError(
            f"raking: there is no variable {margin.variable!r} to match a margin to;"
            f" there are: {', '.join(memberships) or 'none'}"
        )
    values = memberships[margin.variable]
    if len(values) != n:
        raise PopulationError(
            f"raking: variable {margin.variable!r} has {len(values)} values for {n} weights; give one each"
        )
    categories = [margin.category_of(value) for value in values]
    found = [category or _NO_TARGET for category in categories]
    labels = tuple(dict.fromkeys([*margin.shares, *found]))
    position = {label: index for index, label in enumerate(labels)}
    targets = np.array([margin.shares.get(label, np.nan) for label in labels])
    return _Coded(margin.variable, labels, np.array([position[label] for label in found]), targets)


def _fit(weights: Weights, margin: _Coded) -> Weights:
    """One step: scale every category to its target, within the weight that lies on categories with a target."""
    sums = np.bincount(margin.codes, weights=weights, minlength=len(margin.labels))
    usable = ~np.isnan(margin.targets) & (sums > 0)
    reachable = np.where(usable, margin.targets, 0.0).sum()
    if reachable <= 0:
        return weights
    factors = np.ones(len(margin.labels))
    factors[usable] = margin.targets[usable] / reachable * sums[usable].sum() / sums[usable]
    fitted: Weights = weights * factors[margin.codes]
    return fitted


def _cells(weights: Weights, margin: _Coded, tolerance: float, n_iterations: int) -> list[MarginCell]:
    achieved = np.bincount(margin.codes, weights=weights, minlength=len(margin.labels)) / weights.sum()
    counts = np.bincount(margin.codes, minlength=len(margin.labels))
    cells = []
    for label, n, target, share in zip(margin.labels, counts, margin.targets, achieved, strict=True):
        if np.isnan(target):
            reason, wanted = f"{n} with a value for which the margin gives no target", None
        else:
            reason, wanted = _reason(int(n), float(target), float(share), tolerance, n_iterations), float(target)
        cells.append(MarginCell(margin.variable, label, int(n), wanted, float(share), reason))
    return cells


def _reason(n: int, target: float, share: float, tolerance: float, n_iterations: int) -> str:
    if abs(share - target) <= tolerance * (target or 1.0):
        return ""
    if n == 0:
        return "nobody is in this category, so no weight can give it a share"
    if share == 0:
        return "everybody in this category has weight 0"
    return f"off by {share - target:+.3g} after {n_iterations} iterations: the margins cannot all be met in this sample"
