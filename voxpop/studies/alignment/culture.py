"""Section: the map of cultures, with people and every arm once for each culture."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.culture_positions import CultureTables, culture_positions
from analysis.figure_maps import labelled_map
from analysis.report import Figure, Section
from analysis.report_cells import Column
from analysis.report_tables import Table
from simulator.seeds import rng_for
from voxpop.studies.alignment.material import ARM, COUNTRY, Material
from voxpop.studies.cells import count, estimate, number, rows_of

HUMANS = "humans"
_WHAT = {"pca": "principal components of centered scores", "literal": "the printed formula, which centers one factor"}


def culture_section(material: Material) -> Section:
    """Positions by both conventions; the way between the cultures beside that of people."""
    cultures = material.choices.countries[:2]
    if len(cultures) < 2:
        return Section(
            "map-of-cultures",
            "The map of cultures",
            ("Not drawn: a map shows how two cultures differ, and this study asked one; give --countries US,CN.",),
        )
    parts: list[Any] = [
        "Every arm's mean scores on the value dimensions, once for each culture, laid out in the plane beside those "
        f"of {material.people}. The axes turn so that the first culture lies right of, and above, the second. An "
        "arrow leads from the second culture to the first: a run that tells the cultures apart as people do has an "
        "arrow of the same direction (cosine 1) and length (ratio 1).",
    ]
    for convention in ("pca", "literal"):
        found = _positions(material, (cultures[0], cultures[1]), convention)
        if convention == "pca":
            parts += [_figure(material, found, cultures), _axes(found)]
        parts += [_vectors(found, convention), _table(found, convention)]
    return Section("map-of-cultures", "The map of cultures", tuple(parts))


def _positions(material: Material, cultures: tuple[str, str], convention: Any) -> CultureTables:
    return culture_positions(
        material.frame,
        material.choices.instrument,
        material.reference,
        rng_for(material.choices.options.seed, "culture", convention),
        by=[ARM],
        country=COUNTRY,
        cultures=cultures,
        convention=convention,
        resamples=min(499, material.choices.options.resamples),
    )


def _name(row: Any, people: str = HUMANS) -> str:
    arm = str(getattr(row, ARM))
    return f"{people if arm == HUMANS else arm}, {row.country}"


def _figure(material: Material, found: CultureTables, cultures: tuple[str, ...]) -> Figure:
    at = found.positions
    points = pd.DataFrame(
        {
            "label": [_name(row, material.people) for row in rows_of(at)],
            "group": [material.people if str(arm) == HUMANS else str(arm) for arm in at[ARM]],
            "x": at["x"],
            "y": at["y"],
            "width": 2 * at["ellipse_major"],
            "height": 2 * at["ellipse_minor"],
            "angle_degrees": at["ellipse_degrees"],
        }
    )
    arms = list(dict.fromkeys(points["group"]))
    known = set(points.loc[points["x"].notna(), "label"])
    arrows = [(f"{arm}, {cultures[1]}", f"{arm}, {cultures[0]}") for arm in arms]
    shares = found.axes["explained_share"].tolist()
    return Figure(
        "map-of-cultures-figure",
        "Cultures of people and of every arm",
        labelled_map(
            points,
            arrows=[pair for pair in arrows if set(pair) <= known],
            xlabel=f"first component ({100 * shares[0]:.0f} % of variance)",
            ylabel=f"second component ({100 * shares[1]:.0f} % of variance)",
            hollow=[material.people],
        ),
        "A plane with one point per arm and culture and for people, joined by arrows from the second culture to the "
        "first.",
        material.n_by_arm,
        "Ellipses hold 95 % of bootstrapped positions.",
        "Points without an ellipse do not vary, because their number of people is not known.",
    )


def _axes(found: CultureTables) -> Table:
    frame = found.axes
    names = [str(name) for name in frame.columns if name not in ("axis", "explained_share")]
    rows = [
        (str(row.axis), number(row.explained_share), *(number(getattr(row, name)) for name in names))
        for row in rows_of(frame)
    ]
    columns = (
        Column("axis"),
        Column("explained_share", "variance explained", percent=True, digits=0),
        *(Column(name) for name in names),
    )
    return Table("map-axes", "What the axes of the map are made of", columns, rows)


def _vectors(found: CultureTables, convention: str) -> Table:
    rows = [
        (
            str(getattr(row, ARM)),
            estimate(row.cosine, row.cosine_low, row.cosine_high, 0, row.reason),
            estimate(row.length_ratio, row.length_ratio_low, row.length_ratio_high, 0, row.reason),
        )
        for row in rows_of(found.vectors)
    ]
    columns = (Column(ARM), Column("cosine", "direction (cosine)"), Column("length_ratio", "length (ratio)"))
    title = f"Difference of the cultures beside that of people ({_WHAT[convention]})"
    return Table(f"map-vectors-{convention}", title, columns, rows)


def _table(found: CultureTables, convention: str) -> Table:
    rows = []
    for row in rows_of(found.positions):
        ends = (row.ellipse_major, row.ellipse_minor, row.ellipse_degrees)
        cells = (number(value, "its number of people is not known, or nothing varies") for value in ends)
        rows.append(
            (
                str(getattr(row, ARM)),
                row.country,
                number(row.x, row.reason),
                number(row.y, row.reason),
                *cells,
                count(row.n, "not said"),
            )
        )
    columns = (
        Column(ARM),
        Column("country"),
        Column("x", digits=3),
        Column("y", digits=3),
        Column("ellipse_major", "ellipse, longer", digits=3),
        Column("ellipse_minor", "shorter", digits=3),
        Column("ellipse_degrees", "angle", digits=0),
        Column("n"),
    )
    return Table(
        f"map-positions-{convention}", f"Positions ({_WHAT[convention]})", columns, rows, n_headers=2, folded=True
    )
