"""Verdicts as ratings: units in columns, judges or repeats in rows, what could not be read as missing.

Knows verdict rows and nothing of rubric files or prompts. A unit is one reply under one criterion. Where a judge was
asked several times about a unit, the verdict of its first repeat stands for it between judges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from analysis.distributions import FloatArray, IntArray
from simulator.store.records import VerdictRow

FAULT, PASS, ABSTAIN = "fault", "pass", "abstain"


class Unit(NamedTuple):
    """One reply under one criterion: the respondent's number, the exchange's, and the criterion."""

    respondent: int
    exchange: int
    criterion: str


Labels = Mapping[Unit, str]
"""Canonical labels that somebody gave: a judge's first verdicts, people's, or the planted truth."""


class Ratings(NamedTuple):
    """codes: (n_raters, n_units), the place of each label in `labels`, NaN where there is none that can be read.

    respondents: (n_units,) numbers, the clusters of every interval; raters: who gave each row.
    """

    codes: FloatArray
    labels: tuple[str, ...]
    respondents: IntArray
    raters: tuple[str, ...]


class VerdictTable:
    """The verdicts of one rubric: by judge, then unit, then repeat."""

    def __init__(self, rows: Iterable[VerdictRow]) -> None:
        self._by_judge: dict[str, dict[Unit, dict[int, str | None]]] = {}
        self.statuses: Counter[tuple[str, str, str]] = Counter()
        for row in rows:
            unit = Unit(row.respondent, row.exchange, row.criterion)
            label = row.label if row.status == "ok" else None
            self._by_judge.setdefault(row.judge, {}).setdefault(unit, {})[row.repeat] = label
            self.statuses[row.judge, row.criterion, row.status] += 1

    @property
    def judges(self) -> tuple[str, ...]:
        """The names of the judges, sorted."""
        return tuple(sorted(self._by_judge))

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria, in the order they were first met."""
        return tuple(dict.fromkeys(unit.criterion for units in self._by_judge.values() for unit in units))

    def units(self, criterion: str | None = None) -> list[Unit]:
        """Every unit that any judge was asked about, sorted; of one criterion, or of all."""
        found = {unit for units in self._by_judge.values() for unit in units}
        return sorted(unit for unit in found if criterion in (None, unit.criterion))

    def labels(self, criterion: str | None = None) -> tuple[str, ...]:
        """The labels that occur, in the order of `label_order`."""
        found = {
            label
            for units in self._by_judge.values()
            for unit, repeats in units.items()
            if criterion in (None, unit.criterion)
            for label in repeats.values()
            if label is not None
        }
        return label_order(found)

    def first(self, judge: str) -> dict[Unit, str]:
        """The label of the judge's first repeat on every unit where it can be read."""
        firsts = {unit: repeats[min(repeats)] for unit, repeats in self._by_judge.get(judge, {}).items()}
        return {unit: label for unit, label in firsts.items() if label is not None}

    def every(self, judge: str) -> dict[Unit, dict[int, str]]:
        """All labels of the judge that can be read: unit → repeat → label; without units that have none."""
        readable = {
            unit: {repeat: label for repeat, label in repeats.items() if label is not None}
            for unit, repeats in self._by_judge.get(judge, {}).items()
        }
        return {unit: repeats for unit, repeats in readable.items() if repeats}

    def count(self, status: str, *, judge: str | None = None, criterion: str | None = None) -> int:
        """How many verdicts have this status, of one judge or all, on one criterion or all."""
        return sum(
            n
            for (by, on, what), n in self.statuses.items()
            if what == status and judge in (None, by) and criterion in (None, on)
        )

    def n_verdicts(self, *, judge: str | None = None, criterion: str | None = None) -> int:
        """How many verdicts there are, readable or not."""
        statuses = {status for _, _, status in self.statuses}
        return sum(self.count(status, judge=judge, criterion=criterion) for status in statuses)

    def between(self, criterion: str | None = None) -> Ratings:
        """The judges as raters of every unit."""
        raters = {judge: self.first(judge) for judge in self.judges}
        return ratings_of(raters, self.units(criterion), self.labels(criterion))

    def within(self, judge: str, criterion: str | None = None) -> Ratings:
        """The repeats of one judge as raters; only units that it was asked about more than once."""
        asked = self._by_judge.get(judge, {})
        units = [unit for unit in self.units(criterion) if len(asked.get(unit, {})) > 1]
        repeats = sorted({repeat for unit in units for repeat in asked[unit]})
        raters = {
            f"{judge}#{repeat}": {unit: label for unit in units if (label := asked[unit].get(repeat)) is not None}
            for repeat in repeats
        }
        return ratings_of(raters, units, self.labels(criterion))


def label_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in reading order: pass and fault, codes by number, other words by alphabet, abstention last."""

    def place(label: str) -> tuple[int, float, str]:
        if label in (PASS, FAULT):
            return 0, float(label == FAULT), label
        if label.lstrip("-").isdecimal():
            return 1, float(label), label
        return (3 if label == ABSTAIN else 2), 0.0, label

    return tuple(sorted(set(labels), key=place))


def ratings_of(raters: Mapping[str, Labels], units: Sequence[Unit], labels: Sequence[str]) -> Ratings:
    """A table of ratings; a label outside `labels` and a unit without one are NaN."""
    place = {label: float(index) for index, label in enumerate(labels)}
    codes = [[place.get(given.get(unit, ""), np.nan) for unit in units] for given in raters.values()]
    table = np.array(codes, dtype=np.float64).reshape(len(raters), len(units))
    respondents = np.array([unit.respondent for unit in units], dtype=np.int64)
    return Ratings(table, tuple(labels), respondents, tuple(raters))


def majority(votes: Iterable[str]) -> str | None:
    """The label that more votes have than any other; None for a tie or no votes."""
    ranked = Counter(votes).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
