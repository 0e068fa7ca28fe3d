"""Where every arm and the humans stand on the cultural variation map, with ellipses and the way between cultures.

The map is that of `analysis.culture_map`. Resampled maps are turned onto the map of the data before they are compared,
so that an axis that flips or two that swap do not make an ellipse wide.

Source: Liu et al. 2025 (map, direction and distance); ellipses and intervals are ours: bootstrap of respondents, with
orthogonal Procrustes (Schönemann 1966).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import stats

from analysis.culture_map import Convention, CultureMap, culture_map_fit, culture_vector
from analysis.culture_scores import DimensionKey, Failures, dimension_key, human_scores, subject_scores
from analysis.distributions import FloatArray
from analysis.human_shares import HumanShares, human_shares
from analysis.option_grid import OptionGrid, option_grid, subjects
from surveys.instrument import Instrument
from surveys.reference import EVERYBODY, HumanReference

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HUMANS", "CultureTables", "Ellipse", "culture_positions", "ellipse"]

HUMANS = "humans"
"""What the humans are called in the columns that tell arms apart."""


class Ellipse(NamedTuple):
    """Semi-axes, the longer first, and the angle of the longer one to the first axis of the map, counter-clockwise."""

    major: float
    minor: float
    angle_degrees: float


class CultureTables(NamedTuple):
    """positions: subjects on the map · vectors: their way between cultures · scores: by dimension · axes · left_out."""

    positions: pd.DataFrame
    vectors: pd.DataFrame
    scores: pd.DataFrame
    axes: pd.DataFrame
    left_out: pd.DataFrame


class _Subject(NamedTuple):
    """A point of the map: who, their scores (n_dimensions,), and those of the resamples (m, n_dimensions)."""

    arm: tuple[Any, ...]
    country: str
    scores: FloatArray
    resampled: FloatArray
    n: int


def culture_positions(
    frame: pd.DataFrame,
    instrument: Instrument,
    reference: HumanReference,
    rng: np.random.Generator,
    *,
    by: Sequence[str] = (),
    country: str = "attr_country",
    cultures: tuple[str, str] = ("US", "CN"),
    failures: Failures = "exclude",
    convention: Convention = "pca",
    weighted: bool = True,
    resamples: int = 499,
) -> CultureTables:
    """Every arm and the humans, once per culture, in the plane.

    frame: of `answers_frame`; by, country: its columns. cultures: the humans of the first lie right of, and above,
    those of the second. A score on a dimension is the mean raw code of its items, those with a human reference in both
    cultures, multiple choice left out. failures: "exclude", or "code" (failed replies stay in the denominator).
    positions: arm's columns ("humans"), country, x, y, ellipse_major, ellipse_minor, ellipse_degrees (95 % of
    bootstrapped positions; NaN where nothing varies), n, reason. vectors: from the second culture to the first: cosine
    with that of the humans and ratio of lengths, with intervals (`_low`, `_high`: normal, about the number less
    the bias that the bootstrap shows, since noise turns vectors and makes them longer). scores: one row per
    subject and dimension. axes: explained share of variance and loading of every dimension. left_out: item, reason.
    Subjects without a score on some dimension are left out of the fit and have NaN and a reason. Source: Liu et al.
    2025.
    """
    grid = option_grid(instrument)
    humans = {culture: human_shares(reference, grid, culture) for culture in cultures}
    used = np.logical_and(*(shares.is_known for shares in humans.values()))
    key = dimension_key(grid, used)
    points = [
        _Subject((HUMANS,) * len(by), culture, *human_scores(shares, grid, key, rng, resamples), 0)
        for culture, shares in humans.items()
    ]
    for subject in subjects(frame, grid, by=by, country=country, groups=(EVERYBODY,), weighted=weighted):
        if subject.country in cultures:
            found = subject_scores(subject, grid, key, failures, rng, resamples)
            points.append(_Subject(subject.arm, subject.country, *found, subject.n))
    fit = culture_map_fit(np.array([point.scores for point in points]), convention=convention, reference=(0, 1))
    maps = _turned_maps(points, fit, convention)
    return CultureTables(
        _positions(points, fit, maps, by),
        _vectors(points, fit, maps, by, cultures),
        _scores(points, key, by),
        _axes(fit, key),
        _left_out(grid, humans),
    )


def ellipse(points: FloatArray, level: float = 0.95) -> Ellipse:
    """The covariance ellipse that holds a share `level` of normally scattered points: (n, 2), rows with NaN left out.

    NaN for fewer than three points or without any scatter. Source: Liu et al. 2025 shows points alone; the radius is
    the root of the chi-square quantile with two degrees of freedom.
    """
    known = points[~np.isnan(points).any(axis=1)]
    if len(known) < 3 or not np.ptp(known, axis=0).max() > 1e-12:
        return Ellipse(np.nan, np.nan, np.nan)
    values, vectors = np.linalg.eigh(np.cov(known.T))
    radius = np.sqrt(stats.chi2.ppf(level, 2) * np.maximum(values[::-1], 0.0))
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    return Ellipse(float(radius[0]), float(radius[1]), (angle + 90) % 180 - 90)


def _turned_maps(points: Sequence[_Subject], fit: CultureMap, convention: Convention) -> FloatArray:
    """The map of every resample, turned or mirrored onto that of the data: (resamples, n_subjects, 2)."""
    scores = np.stack([point.resampled for point in points], axis=1)
    maps = np.array([culture_map_fit(table, convention=convention).coordinates for table in scores])
    for place, drawn in enumerate(maps):
        both = ~(np.isnan(drawn) | np.isnan(fit.coordinates)).any(axis=1)
        if both.sum() < 2:
            continue
        center, target = drawn[both].mean(axis=0), fit.coordinates[both].mean(axis=0)
        left, _, right = np.linalg.svd((drawn[both] - center).T @ (fit.coordinates[both] - target))
        maps[place] = (drawn - center) @ (left @ right) + target
    return maps


def _positions(points: Sequence[_Subject], fit: CultureMap, maps: FloatArray, by: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (*point.arm, point.country, *fit.coordinates[place], *ellipse(maps[:, place]), point.n or np.nan, _gap(point))
        for place, point in enumerate(points)
    ]
    names = [*by, "country", "x", "y", "ellipse_major", "ellipse_minor", "ellipse_degrees", "n", "reason"]
    return pd.DataFrame(rows, columns=names)


def _gap(point: _Subject) -> str:
    n = int(np.isnan(point.scores).sum())
    return f"no score on {n} of {len(point.scores)} dimensions" if n else ""


def _vectors(
    points: Sequence[_Subject], fit: CultureMap, maps: FloatArray, by: Sequence[str], cultures: tuple[str, str]
) -> pd.DataFrame:
    import pandas as pd

    place_of = {(point.arm, point.country): place for place, point in enumerate(points) if place > 1}
    rows = []
    for arm in dict.fromkeys(point.arm for point in points[2:]):
        missing = [culture for culture in cultures if (arm, culture) not in place_of]
        ends = [place_of[arm, culture] for culture in cultures if culture not in missing]
        if missing:
            rows.append((*arm, *(np.nan,) * 6, f"nobody in {' and '.join(missing)}"))
            continue
        own = culture_vector(fit.coordinates[ends], fit.coordinates[:2])
        drawn = np.array([culture_vector(one[ends], one[:2]) for one in maps])
        cosine = np.clip(_centered(own.cosine, drawn[:, 0]), -1.0, 1.0)
        ratio = np.maximum(_centered(own.length_ratio, drawn[:, 1]), 0.0)
        rows.append((*arm, own.cosine, *cosine, own.length_ratio, *ratio, ""))
    names = ["cosine", "cosine_low", "cosine_high", "length_ratio", "length_ratio_low", "length_ratio_high", "reason"]
    return pd.DataFrame(rows, columns=[*by, *names])


def _centered(value: float, draws: FloatArray) -> FloatArray:
    """Normal interval about the value less the bias that the draws show (Davison and Hinkley 1997, section 5.2)."""
    known = draws[~np.isnan(draws)]
    if known.size < 2:
        return np.full(2, np.nan)
    center, reach = 2 * value - known.mean(), stats.norm.isf(0.025) * known.std(ddof=1)
    return np.array([center - reach, center + reach])


def _percentiles(draws: FloatArray) -> tuple[float, float]:
    known = draws[~np.isnan(draws)]
    low, high = np.quantile(known, (0.025, 0.975)) if known.size else (np.nan, np.nan)
    return float(low), float(high)


def _scores(points: Sequence[_Subject], key: DimensionKey, by: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    n_items = key.members.sum(axis=1)
    rows = [
        (*point.arm, point.country, name, point.scores[d], *_percentiles(point.resampled[:, d]), int(n_items[d]))
        for point in points
        for d, name in enumerate(key.dimensions)
    ]
    return pd.DataFrame(rows, columns=[*by, "country", "dimension", "score", "low", "high", "n_items"])


def _axes(fit: CultureMap, key: DimensionKey) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(fit.loadings, columns=list(key.dimensions))
    table.insert(0, "explained_share", fit.explained_share)
    table.insert(0, "axis", ["x", "y"])
    return table


def _left_out(grid: OptionGrid, humans: dict[str, HumanShares]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for place, item in enumerate(grid.items):
        reasons = [shares.reasons[item.id] for shares in humans.values() if item.id in shares.reasons]
        if grid.is_multiple[place]:
            reasons.insert(0, "multiple choice has no mean code")
        elif not item.dimensions:
            reasons.append("belongs to no dimension")
        if reasons:
            rows.append((item.id, "; ".join(reasons)))
    return pd.DataFrame(rows, columns=["item", "reason"])
