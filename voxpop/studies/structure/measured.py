"""The whole study, measured: every cell beside people, and what people show beside each other. Sections read this."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analysis.human_floor import FloorRow, human_floor, ranking_floor
from analysis.report_cells import Cell, Missing, Unformed, has_gap
from analysis.sums import Estimate
from surveys.values import VALUE_CODES
from voxpop.studies.structure.choices import Arm, Choices
from voxpop.studies.structure.material import Material, way_name
from voxpop.studies.structure.measures import Measures, measure

FLOOR_DRAWS = 200


@dataclass(frozen=True, eq=False)
class Measured:
    """All cells of a study."""

    material: Material
    cells: tuple[Measures, ...]

    @property
    def choices(self) -> Choices:
        """What the study was called with."""
        return self.material.choices

    @cached_property
    def ways(self) -> tuple[Arm, ...]:
        """The ways of asking, in the order of the tables."""
        return self.choices.arms

    def of(self, arm: Arm) -> tuple[Measures, ...]:
        """The cells asked in one way, by strategy."""
        return tuple(one for one in self.cells if one.cell.arm == arm)

    def way(self, arm: Arm) -> str:
        """A way of asking in words; "as asked" where there is one only."""
        return way_name(arm, self.ways) or "as asked"

    def where(self, arm: Arm) -> str:
        """A way of asking as the end of a title, ": battery T 0"; nothing where there is one only."""
        way = way_name(arm, self.ways)
        return f": {way}" if way else ""

    def find(self, strategy: str, arm: Arm) -> Measures | None:
        """The cell of this strategy and way of asking."""
        return next((one for one in self.of(arm) if one.cell.strategy == strategy), None)

    @property
    def is_planted(self) -> bool:
        """Whether known-truth respondents answered."""
        return self.choices.is_known_truth

    def floors(self, n: int) -> tuple[FloorRow, ...]:
        """What people show beside people, for cells of n respondents."""
        return human_floor(self.choices.people.floor_of, n, seed=self.choices.options.seed, draws=FLOOR_DRAWS)

    def floor(self, n: int, comparison: str, statistic: str, solution: str = "") -> FloorRow:
        """One line of it."""
        wanted = (comparison, statistic, solution)
        return next(row for row in self.floors(n) if (row.comparison, row.statistic, row.solution) == wanted)

    def ranking_floor(self, n: int, comparison: str) -> FloorRow | None:
        """What the means of n people show beside those of the 49 groups; None for values that these do not have."""
        sample = self.choices.people.floor_of
        if len(sample.values) != len(VALUE_CODES):
            return None
        rows = ranking_floor(sample, n, seed=self.choices.options.seed)
        return next((row for row in rows if row.comparison == comparison and row.n_draws), None)

    def n_of(self, cells: tuple[Measures, ...]) -> str:
        """How many valid respondents stand behind cells, in words."""
        sizes = sorted({one.n for one in cells})
        each = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
        return f"{each} valid respondents in each of {len(cells)} cells; people: {self.choices.people.n_text}"


def measured(material: Material) -> Measured:
    """The material, measured."""
    return Measured(material, measure(material))


def shown(found: Estimate, reason: str) -> Cell:
    """An estimate, or why it or its interval could not be formed."""
    if not has_gap(found):
        return found
    return Unformed(found, reason) if found.value == found.value else Missing(reason)


def floor_cell(row: FloorRow) -> Cell:
    """Mean and range of what people show."""
    return Estimate(row.mean, row.low, row.high, row.n_draws) if row.n_draws else Missing("the sample does not say it")
