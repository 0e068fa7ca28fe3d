"""Human value samples: means, correlations and item answers that simulated ones are held against. Knows no run.

The numbers lie in `analysis/human`, one file to a sample, each with its source, year, n and terms in its head. Two
matrices of different samples, questionnaires or years are not expected to match: `docs/values.md` says how far they
do. The means over 49 cultural groups are those of `surveys.values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from analysis.circumplex import Solution, Start, mds_configuration
from analysis.distributions import FloatArray, IntArray
from personas.catalogs import read_headed_csv
from surveys.values import HUMAN_MEANS, TEN_VALUES, VALUE_CODES, VALUE_OF_ITEM

__all__ = [
    "HUMAN_MATRICES",
    "HumanItemAnswers",
    "HumanMatrix",
    "human_correlations",
    "human_item_groups",
    "human_item_shares",
    "human_matrices",
    "human_means",
]

HUMAN_MATRICES: tuple[str, ...] = (
    "german-19",
    "german-19-female",
    "german-19-male",
    "german-10",
    "ess-10",
    "ess-10-pooled",
    "ess-10-germany",
    "american-10",
)
"""Names of all correlation matrices. To compare with: "german-19" for the 19 values, "ess-10" for ten."""


@dataclass(frozen=True, slots=True, eq=False)
class HumanMatrix:
    """How the values of one human sample go together.

    values: codes in circle order, 19 or ten. correlations: (n_values, n_values) of scores centered within person.
    means, sds: (n_values,) of the same scores on an answer scale of 1..6; alphas: (n_values,) Cronbach's; NaN where
    the sample's were not kept. `label` is short, for captions; `year` is that of the answers, or of the paper where
    the note says so; `terms` says under which terms the data behind the numbers stand.
    """

    name: str
    label: str
    values: tuple[str, ...]
    correlations: FloatArray
    means: FloatArray
    sds: FloatArray
    alphas: FloatArray
    n: int
    year: int
    instrument: str
    population: str
    source: str
    terms: str
    note: str

    def configuration(self, solution: Solution = "smacof", start: Start = "torgerson") -> FloatArray:
        """The two-dimensional configuration of the values, (n_values, 2), computed as `mds_configuration` does."""
        return mds_configuration(self.correlations, solution=solution, start=start)


@dataclass(frozen=True, slots=True, eq=False)
class HumanItemAnswers:
    """How one group of a human sample answered the 57 items of the PVQ-RR.

    items: numbers 1..57; values: the value code each item measures; counts: (57, 6) people who gave answer 1..6.
    """

    group: str
    label: str
    items: tuple[int, ...]
    values: tuple[str, ...]
    counts: IntArray
    year: int
    population: str
    source: str
    terms: str

    @property
    def n(self) -> IntArray:
        """(57,): people who answered each item."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.int64)

    @property
    def shares(self) -> FloatArray:
        """(57, 6): share of each answer among those who answered the item."""
        return np.asarray(self.counts / self.n[:, None], dtype=np.float64)

    @property
    def means(self) -> FloatArray:
        """(57,): mean answer to each item, on the scale 1..6."""
        return np.asarray(self.shares @ np.arange(1, 7), dtype=np.float64)


def human_means() -> dict[str, float]:
    """Mean centered score of each of the 19 values over 49 cultural groups, in circle order.

    `surveys.values.HUMAN_REFERENCE` says whose they are. Source: Schwartz and Cieciuch 2022.
    """
    return dict(HUMAN_MEANS)


@cache
def human_correlations(name: str = "german-19") -> HumanMatrix:
    """The correlation matrix of a human sample; KeyError for a name that is not in HUMAN_MATRICES."""
    if name not in HUMAN_MATRICES:
        raise KeyError(f"there is no human matrix {name!r}; there are {', '.join(HUMAN_MATRICES)}")
    heading, rows = _read(f"{name}.csv")
    codes = tuple(str(row["value"]) for row in rows)
    if set(codes) not in (set(VALUE_CODES), set(TEN_VALUES)):
        raise ValueError(f"analysis/human/{name}.csv: {', '.join(codes)} are neither the 19 values nor the ten")
    return HumanMatrix(
        name=name,
        values=codes,
        correlations=_frozen([[float(row[code]) for code in codes] for row in rows]),
        means=_column(rows, "mean"),
        sds=_column(rows, "sd"),
        alphas=_column(rows, "alpha"),
        note=heading.get("note", ""),
        **{key: heading[key] for key in ("label", "n", "year", "instrument", "population", "source", "terms")},
    )


def human_matrices() -> tuple[HumanMatrix, ...]:
    """All correlation matrices, in the order of HUMAN_MATRICES."""
    return tuple(human_correlations(name) for name in HUMAN_MATRICES)


def human_item_groups() -> tuple[str, ...]:
    """The groups whose item answers are there: "all", and by sex and by age ("sex=female", "age=18-29", ...)."""
    return tuple(dict.fromkeys(str(row["group"]) for row in _read("german-items.csv")[1]))


@cache
def human_item_shares(group: str = "all") -> HumanItemAnswers:
    """How a group of the German sample answered each item; KeyError for a group not in `human_item_groups`."""
    heading, everybody = _read("german-items.csv")
    rows = sorted((row for row in everybody if row["group"] == group), key=lambda row: int(row["item"]))
    if not rows:
        raise KeyError(f"there is no group {group!r} of the German sample; there are {', '.join(human_item_groups())}")
    counts = np.array([[int(row[f"n{code}"]) for code in range(1, 7)] for row in rows], dtype=np.int64)
    counts.setflags(write=False)
    return HumanItemAnswers(
        group=group,
        items=tuple(VALUE_OF_ITEM),
        values=tuple(VALUE_OF_ITEM.values()),
        counts=counts,
        **{key: heading[key] for key in ("label", "year", "population", "source", "terms")},
    )


@cache
def _read(name: str) -> tuple[dict[str, Any], tuple[Mapping[str, Any], ...]]:
    return read_headed_csv((files("analysis") / "human" / name).read_text(encoding="utf-8"))


def _column(rows: tuple[Mapping[str, Any], ...], name: str) -> FloatArray:
    return _frozen([float(row[name] or "nan") for row in rows])


def _frozen(numbers: list[Any]) -> FloatArray:
    array = np.array(numbers, dtype=np.float64)
    array.setflags(write=False)
    return array
