"""Human value samples and their noise floors, from the catalog: what docs/values.md shows."""

from __future__ import annotations

from math import isnan

from analysis.circumplex import matrix_agreement
from analysis.correlation import pearson, spearman
from analysis.human_floor import FloorRow, human_floor, ranking_floor
from analysis.human_values import HUMAN_MATRICES, human_correlations, human_matrices, human_means
from analysis.published_tables import published_table
from generators.markdown import code, table

INPUTS = (
    "analysis/human_floor.py",
    "analysis/mds.py",
    "analysis/human/german-19.csv",
    "analysis/human/ess-10.csv",
    "analysis/published/pv-8.csv",
)
"""Files whose change makes the floors out of date."""


def human_samples() -> str:
    """One row for every correlation matrix."""
    rows = [
        [code(one.name), one.label, str(len(one.values)), f"{one.n:,}", str(one.year), one.instrument]
        for one in human_matrices()
    ]
    return table(["name", "sample", "values", "n", "year", "questionnaire"], rows)


def human_terms() -> str:
    """Source and terms, once for all matrices that share them."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in human_matrices():
        groups.setdefault((one.source, one.terms), []).append(code(one.name))
    return table(["matrices", "source", "terms"], [[", ".join(who), *what] for what, who in groups.items()])


def human_agreement() -> str:
    """Pearson's r of the correlations of every two samples of ten values, and that of the German means."""
    ten = [human_correlations(name) for name in HUMAN_MATRICES if "-10" in name]
    rows = []
    for place, one in enumerate(ten):
        numbers = [matrix_agreement(one.correlations, other.correlations).pearson for other in ten[:place]]
        rows.append([code(one.name), *(_digits(r) for r in numbers), *[""] * (len(ten) - place)])
    matrices = table(["r of 45 correlations", *(code(one.name) for one in ten)], rows)
    german, groups = human_correlations("german-19").means, list(human_means().values())
    means = f"Spearman {_digits(spearman(german, groups).r)}, Pearson {_digits(pearson(german, groups).r)}"
    return f"{matrices}\n\nGerman means (`german-19`) against the means over 49 cultural groups: {means}."


def floor_by_n() -> str:
    """What people give at several n: matrix correlation, sum of squares, rank correlation."""
    rows = []
    for name, sizes in (("german-19", (30, 100, 300, 1000)), ("ess-10", (30, 100, 300, 1000))):
        matrix = human_correlations(name)
        for n in sizes:
            chosen = ("other-sample", "independent")
            floor = {(row.comparison, row.solution or "r"): row for row in human_floor(matrix, n, comparisons=chosen)}
            rows.append(
                [code(name), str(n)]
                + [_interval(floor["other-sample", kind]) for kind in ("r", "smacof", "classical")]
                + [_interval(floor["independent", kind]) for kind in ("r", "smacof")]
            )
    heads = ["against", "n", "people: r", "people: SSD", "people: SSD, classical"]
    return table([*heads, "unrelated values: r", "unrelated values: SSD"], rows) + "\n\n" + _rankings()


def _rankings() -> str:
    german = human_correlations("german-19")
    rows = []
    for n in (30, 100, 300, 1000):
        floor = {row.comparison: row for row in ranking_floor(german, n)}
        rows.append([str(n), *(_interval(floor[name]) for name in ("resample-all", "groups", "permuted"))])
    return table(["n", "with all of the German sample", "with the 49 groups", "relabelled values"], rows)


def floor_beside_respondents() -> str:
    """Our floor beside that of resampled respondents (PV-8)."""
    german = human_correlations("german-19")
    solutions = ("smacof", "classical", "smacof-theory")
    found = [
        *human_floor(german, 300, solutions=solutions, comparisons=("resample-all", "half-half", "permuted")),
        *human_floor(german, 714, solutions=solutions, comparisons=("independent",)),
    ]
    published = published_table("PV-8").set_index(["row", "column"])["value"]
    names = dict(zip(("half-half", "resample-all", "permuted", "independent"), _published_rows(), strict=True))
    rows = []
    for row in found:
        kind = f"ssd, {row.solution}" if row.solution else "matrix_r"
        mean, low, high = (
            float(published[names[row.comparison], f"{kind}, {part}"]) for part in ("mean", "low", "high")
        )
        if not isnan(mean):
            theirs = f"{_digits(mean)} [{_digits(low)}, {_digits(high)}]"
            rows.append([names[row.comparison], kind, theirs, _interval(row)])
    return table(["comparison", "statistic", "respondents resampled", "drawn from the matrix"], rows)


def _published_rows() -> list[str]:
    return list(dict.fromkeys(published_table("PV-8")["row"]))


def _interval(row: FloorRow) -> str:
    return f"{_digits(row.mean)} [{_digits(row.low)}, {_digits(row.high)}]"


def _digits(value: float) -> str:
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text
