"""What known-truth respondents were given, cell by cell, beside what was estimated; nothing where a model answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.circumplex import matrix_agreement
from analysis.distributions import FloatArray
from analysis.values import ranking_correlation
from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from voxpop.planted_values import planted_values

if TYPE_CHECKING:
    from voxpop.studies.structure.material import CellAnswers, Material


class Planted(NamedTuple):
    """The truth of one cell: rank and matrix agreement with people, and expected scores (n, n_values) of everybody.

    `reason` says why there is none, where there is none.
    """

    rho: float
    matrix_r: float
    correlations: FloatArray
    expected: FloatArray
    reason: str = ""


def planted_cell(material: Material, cell: CellAnswers) -> Planted | None:
    """The truth of a cell; None where no known truth answered."""
    chosen = material.choices
    with Reader(material.record_of(cell)) as reader:
        try:
            found = planted_values(reader, cell.condition)
        except RunSpecError as error:
            nothing = np.full((len(chosen.values), len(chosen.values)), np.nan)
            return Planted(np.nan, np.nan, nothing, np.full((cell.n, len(chosen.values)), np.nan), str(error))
    if found is None:
        return None
    order = [found.values.index(code) for code in chosen.values]
    correlations = found.correlations[np.ix_(order, order)]
    means = np.round(found.means[order], 9)  # what rounding leaves is no difference of ranks
    rho = ranking_correlation(means, chosen.people.means).rho
    is_whole = not np.isnan(correlations).any() or chosen.drop_constant
    agreement = matrix_agreement(correlations, chosen.people.correlations).pearson if is_whole else np.nan
    return Planted(rho, agreement, correlations, found.expected[:, order])
