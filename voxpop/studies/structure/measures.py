"""What is measured of one cell: who counts, how the values rank, and how they go together beside people's.

One place computes each number; sections and findings show it. Knows no table and no figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from analysis.cell_state import MIN_VALID, CellState, cell_state
from analysis.circumplex import (
    dissimilarities,
    mds_configuration,
    mds_stress,
    procrustes_align,
    procrustes_correlation,
    procrustes_permutation_p,
    procrustes_ssd,
    value_correlations,
)
from analysis.distributions import FloatArray, IntArray
from analysis.exclusions import ExclusionRules, Exclusions, exclusions
from analysis.matrix_agreement import MatrixAgreementEstimate, mantel_p, matrix_agreement_estimate
from analysis.ranking import ranking_agreement
from analysis.structure_agreement import structure_agreement
from analysis.sums import Estimate, sum_interval
from analysis.value_reliability import ValueReliability, value_reliability
from analysis.values import ValueRanking, center_within_person, mean_ranking, ranking_correlation
from simulator.seeds import rng_for
from voxpop.studies.structure.choices import Choices
from voxpop.studies.structure.material import CellAnswers, Material
from voxpop.studies.structure.planted import Planted, planted_cell

Map = Literal["smacof", "classical"]
SOLUTIONS: tuple[Map, ...] = ("smacof", "classical")
RESAMPLES_OF_SHAPES = 299
"""At most so many resamples where every one of them has to be scaled anew."""
RESAMPLES_OF_ITEMS = 199
"""At most so many resamples of the items of every value in every cell."""


class Fit(NamedTuple):
    """A configuration beside that of people.

    ssd: standardized Procrustes sum of squares with the bias taken out, and its interval; ssd_raw without. p: of
    relabelled values, one-sided. points: (n_values, 2), laid over people's.
    """

    ssd: Estimate
    ssd_raw: float
    r_procrustes: float
    p: float
    stress: float
    points: FloatArray


@dataclass(frozen=True, eq=False)
class Measures:
    """One cell, measured against people. `people_points` are people's configurations by solution."""

    cell: CellAnswers
    material: Material
    people_points: Mapping[str, FloatArray]

    @property
    def choices(self) -> Choices:
        """What the study was called with."""
        return self.material.choices

    @cached_property
    def planted(self) -> Planted | None:
        """What known-truth respondents were given; None where a model answered."""
        return planted_cell(self.material, self.cell) if self.choices.is_known_truth else None

    @cached_property
    def exclusions(self) -> Exclusions:
        """Who counts, and why others do not."""
        return exclusions(self.cell.codes, self.rules, value_of_item=self.material.value_of_item)

    @property
    def rules(self) -> ExclusionRules:
        """When a respondent does not count. Where items may be missing, one of every value's at most."""
        chosen = self.choices
        least = max(1, min(Counter(self.material.value_of_item).values()) - 1) if chosen.max_missing else None
        return ExclusionRules(chosen.max_missing, chosen.max_identical, min_items=least)

    @cached_property
    def scores(self) -> FloatArray:
        """(n_valid, n_values) scores of those who count, centered within person."""
        kept = self.cell.scores[self.exclusions.kept]
        return center_within_person(
            kept, self.material.value_of_item, values=self.choices.values, min_items=self.rules.min_items
        )

    @cached_property
    def personas(self) -> tuple[str, ...]:
        """Ids of those who count, by row of `scores`."""
        return tuple(np.array(self.cell.personas, dtype=object)[self.exclusions.kept])

    @cached_property
    def state(self) -> CellState:
        """What may be reported, and if not, why."""
        chosen = self.choices
        return cell_state(self.scores, chosen.values, n_administered=self.cell.n, drop_constant=chosen.drop_constant)

    @property
    def n(self) -> int:
        """How many count."""
        return self.state.n_valid

    @property
    def missing(self) -> str:
        """Why the whole cell is not computed, or nothing."""
        return "; ".join(self.state.first_order_reasons)

    @property
    def structure_missing(self) -> str:
        """Why there is no structure to be computed, or nothing."""
        return self.missing or "; ".join(self.state.second_order_reasons)

    # ---- first order -----------------------------------------------------------------------------------------------

    @cached_property
    def ranking(self) -> ValueRanking:
        """Mean and rank of every value."""
        return mean_ranking(self.scores)

    @cached_property
    def means(self) -> tuple[Estimate, ...]:
        """Mean of every value with its interval."""
        rng = self._rng("means")
        return tuple(_mean(column, rng, self.choices.options.resamples) for column in self.scores.T)

    @cached_property
    def rho(self) -> Estimate:
        """Spearman's rho of the means with people's."""
        resamples = self.choices.options.resamples
        return ranking_agreement(self.scores, self.choices.people.means, self._rng("rho"), resamples=resamples)

    @cached_property
    def rho_p(self) -> float:
        """Its two-sided p, over values."""
        # Means that are equal but for rounding are tied, as in `ranking_agreement`.
        return ranking_correlation(np.round(self.ranking.means, 12), self.choices.people.means).p

    @cached_property
    def reliability(self) -> tuple[ValueReliability, ...]:
        """Alpha and omega of every value, of the items as answered."""
        chosen = self.choices
        items = self.cell.scores[self.exclusions.kept]
        keys, resamples = self.material.value_of_item, min(chosen.options.resamples, RESAMPLES_OF_ITEMS)
        return value_reliability(items, keys, self._rng("items"), values=chosen.values, resamples=resamples)

    # ---- second order ----------------------------------------------------------------------------------------------

    @cached_property
    def correlations(self) -> FloatArray:
        """(n_values, n_values); NaN where a value does not vary, throughout unless constant values are dropped."""
        return value_correlations(self.scores, drop_constant=self.choices.drop_constant, min_valid=MIN_VALID)

    @cached_property
    def agreement(self) -> MatrixAgreementEstimate:
        """Of the correlations with people's, in the sample and with the noise taken out."""
        chosen = self.choices
        return matrix_agreement_estimate(
            self.scores,
            chosen.people.correlations,
            self._rng("agreement"),
            drop_constant=chosen.drop_constant,
            resamples=chosen.options.resamples,
        )

    @cached_property
    def mantel(self) -> float:
        """How often relabelled values agree as well."""
        n = self.choices.options.resamples
        return mantel_p(self.correlations, self.choices.people.correlations, self._rng("mantel"), n_permutations=n)

    @cached_property
    def varying(self) -> IntArray:
        """Places of the values that vary."""
        return np.flatnonzero(~np.isnan(np.diag(self.correlations)))

    @cached_property
    def fits(self) -> Mapping[str, Fit]:
        """The configuration of each solution beside people's, of the values that vary."""
        return {solution: self._fitted(solution) for solution in SOLUTIONS}

    def _fitted(self, solution: Map) -> Fit:
        kept, resamples = self.varying, self.choices.options.resamples
        matrix = self.correlations[np.ix_(kept, kept)]
        people = self.people_points[solution]
        target = people[kept]
        if len(kept) < len(people):  # people's circle of the same values, scaled anew
            target = mds_configuration(self.choices.people.correlations[np.ix_(kept, kept)], solution=solution)
        points = mds_configuration(matrix, solution=solution)
        raw = procrustes_ssd(target, points)
        ssd = structure_agreement(
            self.scores[:, kept],
            target,
            self._rng("ssd", solution),
            solution=solution,
            resamples=min(resamples, RESAMPLES_OF_SHAPES),
        )
        p = procrustes_permutation_p(target, points, self._rng("ssd-p", solution), n_permutations=resamples)
        laid = np.full(people.shape, np.nan)
        laid[kept] = procrustes_align(people[kept], points)
        stress = mds_stress(dissimilarities(matrix), points)
        return Fit(ssd, raw, procrustes_correlation(raw), p, stress, laid)

    def _rng(self, *names: str) -> np.random.Generator:
        return rng_for(self.choices.options.seed, "value-structure", self.cell.name, *names)


def measure(material: Material) -> tuple[Measures, ...]:
    """Every cell, measured; what is not looked at is not computed."""
    people = material.choices.people.correlations
    points: dict[str, FloatArray] = {solution: mds_configuration(people, solution=solution) for solution in SOLUTIONS}
    return tuple(Measures(cell, material, points) for cell in material.cells)


def _mean(values: FloatArray, rng: np.random.Generator, resamples: int) -> Estimate:
    columns = np.stack([values, np.ones(len(values))], axis=1)
    return sum_interval(columns, lambda sums: sums[:, 0] / sums[:, 1], rng, resamples=resamples)
