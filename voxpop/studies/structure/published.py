"""Section: the published tables beside ours, with misprints marked and other conventions in brackets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from analysis.correlation import spearman
from analysis.human_floor import FloorRow, human_floor
from analysis.human_values import HumanMatrix, human_correlations, human_means
from analysis.published_tables import published_table
from analysis.report import Section
from analysis.report_published import Beside
from analysis.report_published import published_table as beside_table
from analysis.report_tables import Table
from analysis.sums import Estimate
from surveys.values import TEN_OF_VALUE, VALUE_CODES
from voxpop.studies.cells import rows_of
from voxpop.studies.structure.contrast import fisher, pairs_along
from voxpop.studies.structure.measured import FLOOR_DRAWS, Measured
from voxpop.studies.structure.measures import Measures
from voxpop.studies.structure.overview import ranking_overview, shape_overview

MEANS = "scores:centered-within-person;ranks:average"
SPEARMAN = "spearman-of-means;reference:49-groups"
SSD = "ssd:standardized;mds:smacof-from-torgerson"
FISHER = "fisher-z;n:values"
OF_49 = "reference:49-groups, whose matrix is not public; start of the scaling not stated"
ADMINISTRATIONS = {"batch": "battery", "serial": "serial"}
NAN = float("nan")
PUBLISHED_N = 300
SHORT = 8
NOTE = (
    "Published numbers are of other models, years and items, so no match is to be expected. Signs: † misprint, with "
    "the likely value after it; ‡ doubtful; ¶ recomputed. In brackets: another convention."
)


class Own(NamedTuple):
    """Our number for a published cell: with its n, how many respondents did not count, and why there is none."""

    found: Estimate
    n_failures: int
    reason: str


Find = Callable[[str, str], Own]
"""Row and column of a published table → our number."""


def published_section(found: Measured) -> Section:
    """Every table of Rozen et al. 2025, and the noise floor of a German sample."""
    title = "Beside the published numbers"
    if len(found.choices.values) != len(VALUE_CODES):
        why = "Not shown: the published numbers are of the 19 values, and this survey measures the ten."
        return Section("published", title, (why,))
    ssd = f"{SSD};reference:{found.choices.people.label}"
    tables = (
        _table(
            "PV-3",
            "Table 1: fit of the maps (SSD)",
            lambda row, column: _ssd(found, f"batch, {row}", column),
            ssd,
            OF_49,
        ),
        _table("PV-4", "Rank correlation with human means", lambda _, column: _rho(found, column), SPEARMAN, SPEARMAN),
        _table(
            "PV-5",
            "Table 5: batch and serial administration (SSD)",
            lambda row, column: _ssd(found, row, column),
            ssd,
            OF_49,
        ),
        _table(
            "PV-6",
            "Structure correlation of value-anchored personas",
            lambda row, column: _extreme(found, row, column),
            f"sqrt(1-SSD);{ssd}",
            "not defined in the paper; " + OF_49,
        ),
        _table("PV-7", "Tests", lambda row, column: _test(found, row, column), FISHER, FISHER),
        _table("PV-2", "Tables 2 to 4: means and ranks", lambda row, column: _mean(found, row, column), MEANS, MEANS),
        _table(
            "PV-1", "Human means: a German sample beside the 49 groups", lambda row, _: _german_mean(row), MEANS, MEANS
        ),
        _table(
            "PV-8",
            "What people show beside people: drawn anew beside the respondents resampled",
            _floor_finder(found),
            "normal scores with the sample's correlations",
            "normal scores with the sample's correlations",
        ),
    )
    parts: list[Any] = [
        "Rozen et al. 2025, as printed: 300 administrations per prompt, model and temperature of the 57-item PVQ-RR. "
        "Batch is our battery. Their sums of squares refer to the 49 cultural groups, whose matrix of correlations is "
        "not public; ours to the reference of this study. PV-8 is not from the paper.",
        shape_overview(found),
        ranking_overview(found),
        "The same one by one, with every other published number:",
        *tables,
    ]
    return Section("published", title, tuple(parts))


def _table(table_id: str, title: str, own_of: Find, ours: str, theirs: str) -> Table:
    cells = list(_cells(published_table(table_id), own_of, ours, theirs))
    digits = 3 if table_id in ("PV-4", "PV-7", "PV-8") else 2
    table = beside_table(
        f"published-{table_id.lower()}",
        f"{table_id}. {title}",
        cells,
        row="published row",
        column="column",
        digits=digits,
        note=NOTE,
    )
    return replace(table, folded=len(cells) > SHORT)


def _cells(table: pd.DataFrame, own_of: Find, ours: str, theirs: str) -> Iterator[Beside]:
    for row in rows_of(table):
        own = own_of(str(row.row), str(row.column))
        corrected = float(row.corrected) if math.isfinite(row.corrected) else None
        yield Beside(
            row=str(row.row),
            column=str(row.column),
            own=own.found,
            published=float(row.value),
            convention=ours,
            published_convention=theirs,
            n_failures=own.n_failures,
            mark=row.mark,
            corrected=corrected,
            reason=own.reason,
            note=str(row.note) or "not published",
        )


def _nothing(reason: str) -> Own:
    return Own(Estimate(NAN, NAN, NAN, 0), 0, reason)


def _cell(found: Measured, strategy: str, temperature: str, administration: str = "battery") -> Measures | str:
    """Our cell that corresponds to a published one, asked as the paper did in all else; or why there is none."""
    for one in found.cells:
        arm = one.cell.arm
        if (one.cell.strategy, arm.administration, arm.temperature) == (strategy, administration, float(temperature)):
            return one
    return f"{strategy} was not asked in a {administration} at temperature {float(temperature):g}"


def _own(one: Measures | str, missing: str, number: Callable[[Measures], Estimate], reason: str) -> Own:
    if isinstance(one, str):
        return _nothing(one)
    n_failures = one.cell.n - one.n
    why = str(getattr(one, missing))
    if why:
        return Own(Estimate(NAN, NAN, NAN, one.n), n_failures, why)
    return Own(number(one), n_failures, reason)


def _ssd(found: Measured, row: str, column: str) -> Own:
    *_, administration, temperature = row.split(", ")
    administration = "batch" if row.startswith("batch, ") else administration
    one = _cell(found, column, temperature, ADMINISTRATIONS[administration])
    why = "the interval is that of the corrected sum of squares (above)"
    return _own(one, "structure_missing", lambda it: Estimate(it.fits["smacof"].ssd_raw, NAN, NAN, it.n), why)


def _rho(found: Measured, column: str) -> Own:
    strategy, temperature = column.split(", ")
    return _own(_cell(found, strategy, temperature), "missing", lambda it: it.rho, "all mean scores are equal")


def _mean(found: Measured, row: str, column: str) -> Own:
    _, strategy, temperature, what = column.rsplit(", ", 3)
    place = found.choices.values.index(row)

    def number(one: Measures) -> Estimate:
        if what == "mean":
            return one.means[place]
        return Estimate(float(one.ranking.ranks[place]), NAN, NAN, one.n)

    why = "a rank has no interval" if what == "rank" else "fewer than two valid respondents, or all of them alike"
    return _own(_cell(found, strategy, temperature), "missing", number, why)


def _extreme(found: Measured, row: str, column: str) -> Own:
    cells = [one for one in found.cells if one.cell.strategy == row and not one.structure_missing]
    if not cells:
        return _nothing(f"no structure of {row} was computed")
    pick = min if "lowest" in column else max
    one = pick(cells, key=lambda it: it.fits["smacof"].r_procrustes)
    return Own(
        Estimate(one.fits["smacof"].r_procrustes, NAN, NAN, one.n), one.cell.n - one.n, "no interval is computed"
    )


def _test(found: Measured, row: str, column: str) -> Own:
    if row.startswith("human means"):
        rho = _with_european_survey()
        return Own(Estimate(rho.r if column == "rho" else rho.p, NAN, NAN, rho.n), 0, "over ten values; no interval")
    *_, strategy, temperature = row.split(", ")
    for pair in pairs_along(found, "administration"):
        if (pair.strategy, pair.first.cell.arm.temperature) == (strategy, float(temperature)):
            reason = pair.first.missing or pair.second.missing
            if reason:
                return _nothing(reason)
            test = fisher(pair)
            number = test.z if column == "z" else test.p
            return Own(Estimate(number, NAN, NAN, len(found.choices.values)), 0, "over values; no interval")
    return _nothing(f"{strategy} was not asked both ways at temperature {float(temperature):g}")


def _with_european_survey() -> Any:
    """Human means over 49 groups, collapsed to ten values, beside those of the European Social Survey."""
    survey: HumanMatrix = human_correlations("ess-10")
    known = human_means()
    collapsed = [[known[code] for code in known if TEN_OF_VALUE[code] == ten] for ten in survey.values]
    return spearman([sum(part) / len(part) for part in collapsed], survey.means)


def _german_mean(code: str) -> Own:
    sample = human_correlations("german-19")
    mean = float(sample.means[sample.values.index(code)])
    return Own(Estimate(mean, NAN, NAN, sample.n), 0, "no interval is computed")


def _floor_finder(found: Measured) -> Find:
    sample = human_correlations("german-19")
    floors: dict[int, Sequence[FloorRow]] = {}

    def own(row: str, column: str) -> Own:
        comparison, _, size = row.partition(", n = ")
        n = int(size) if size else PUBLISHED_N  # halves and shuffled names are the same for any n
        statistic, *solution, part = column.split(", ")
        if "smacof-theory" in solution:
            return _nothing("not drawn: a start at the theoretical circle leaks the answer")
        if n not in floors:
            floors[n] = human_floor(sample, n, seed=found.choices.options.seed, draws=FLOOR_DRAWS)
        wanted = (comparison, statistic, "".join(solution))
        line = next(one for one in floors[n] if (one.comparison, one.statistic, one.solution) == wanted)
        return Own(Estimate(getattr(line, part), NAN, NAN, n), 0, "a bound or mean of draws; no interval")

    return own
