"""The people a study's cells are held against: how their values go together, and how they rank. Knows no run.

Built-in samples come from `analysis.human_values`; a matrix of the user's own, such as that of the 49 cultural groups,
from a CSV file.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.distributions import FloatArray
from analysis.human_values import HUMAN_MATRICES, HumanMatrix, human_correlations, human_means
from simulator.errors import RunSpecError
from surveys.suggest import did_you_mean
from surveys.values import HUMAN_REFERENCE, VALUE_CODES

USUAL = {19: "german-19", 10: "ess-10"}
"""Number of values that a survey measures → the sample its structure is held against where the user names none."""


@dataclass(frozen=True, eq=False)
class People:
    """Correlations and means of the values of people, in the order in which the survey's values are taken.

    n: of the correlations, 0 where it is not known. means_label says whose the means are, which may be other people.
    floor_of: the sample of the catalog whose people show what people show beside people.
    """

    label: str
    source: str
    n: int
    values: tuple[str, ...]
    correlations: FloatArray
    means: FloatArray
    means_label: str
    floor_of: HumanMatrix

    @property
    def n_text(self) -> str:
        """How many stand behind the correlations, in words."""
        return f"n = {self.n:,}" if self.n else "n not said"


def find_people(name: str, values: tuple[str, ...]) -> People:
    """The sample of this name, or of the file of this name ("": the usual one), for these values.

    Raises RunSpecError where there is none, or where it is of other values.
    """
    chosen = name or USUAL[len(values)]
    if chosen in HUMAN_MATRICES:
        return _of_sample(human_correlations(chosen), values)
    path = Path(chosen)
    if not path.is_file():
        raise RunSpecError(
            f"--reference {chosen}: {did_you_mean(chosen, HUMAN_MATRICES, 'samples of people')}; or give a CSV file "
            "with one row and one column per value code"
        )
    return _of_matrix(path, values)


def _of_sample(sample: HumanMatrix, values: tuple[str, ...]) -> People:
    if set(sample.values) != set(values):
        others = [name for name in HUMAN_MATRICES if set(human_correlations(name).values) == set(values)]
        raise RunSpecError(
            f"--reference {sample.name}: it is of {len(sample.values)} values and the survey measures {len(values)}; "
            f"take one of {', '.join(others)}"
        )
    order = [sample.values.index(code) for code in values]
    means, label = _means(values)
    if means is None:
        means, label = sample.means[order], f"{sample.label}, n = {sample.n:,}"
    correlations = sample.correlations[np.ix_(order, order)]
    return People(sample.label, sample.source, sample.n, values, correlations, means, label, sample)


def _means(values: tuple[str, ...]) -> tuple[FloatArray | None, str]:
    """The means over 49 cultural groups, where the survey measures the 19 values."""
    if values != VALUE_CODES:
        return None, ""
    known, where = human_means(), HUMAN_REFERENCE
    label = f"{where.n_groups} cultural groups, n = {where.n_people:,} ({where.source})"
    return np.array([known[code] for code in values]), label


def _of_matrix(path: Path, values: tuple[str, ...]) -> People:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading, *rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        raise RunSpecError(f"--reference {path}: cannot be read as a CSV file in UTF-8 ({error})") from error
    matrix = np.array([_row(path, row, heading[1:], values) for row in _in_order(path, rows, values)])
    if not np.allclose(matrix, matrix.T, atol=1e-6) or np.abs(matrix).max() > 1 or not np.allclose(np.diag(matrix), 1):
        raise RunSpecError(
            f"--reference {path}: not a correlation matrix: it has to be symmetric, from -1 to 1, with 1s"
        )
    means, label = _means(values)
    unknown = np.full(len(values), np.nan)
    usual = human_correlations(USUAL[len(values)])
    own = unknown if means is None else means
    return People(path.name, str(path), 0, values, matrix, own, label or "no means", usual)


def _in_order(path: Path, rows: Sequence[Sequence[str]], values: Sequence[str]) -> list[Sequence[str]]:
    by_code = {row[0].strip(): row for row in rows}
    lacking = [code for code in values if code not in by_code]
    if lacking:
        raise RunSpecError(
            f"--reference {path}: no row for {', '.join(lacking)}; give one row and column per value code"
        )
    return [by_code[code] for code in values]


def _row(path: Path, row: Sequence[str], columns: Sequence[str], values: Sequence[str]) -> list[float]:
    cells = dict(zip((name.strip() for name in columns), row[1:], strict=False))
    try:
        return [float(cells[code]) for code in values]
    except KeyError as error:
        raise RunSpecError(f"--reference {path}: row {row[0]!r} has no column {error.args[0]!r}") from None
    except ValueError:
        raise RunSpecError(f"--reference {path}: row {row[0]!r} holds something that is no number") from None
