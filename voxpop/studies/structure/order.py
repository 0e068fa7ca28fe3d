"""Table: whether the values lie around the circle in the order of theory, on the map and in the correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.circular_order import order_violations
from analysis.correspondence import correspondence_index
from analysis.distributions import FloatArray
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from simulator.seeds import rng_for
from voxpop.studies.structure.measured import Measured

TOO_FEW = "fewer than four values vary"
PEOPLE = "people"


def order_table(found: Measured) -> Table:
    """Correspondence index and order violations of people and of every cell."""
    people = found.choices.people
    reference = found.cells[0].people_points["smacof"]
    rows = [
        (f"{PEOPLE}: {people.label}", *_order(found, PEOPLE, people.correlations, reference), people.n or "not said")
    ]
    for one in found.cells:
        if one.structure_missing:
            rows.append((one.cell.name, *[Missing(one.structure_missing)] * 7, one.n))
        else:
            points = one.fits["smacof"].points
            rows.append((one.cell.name, *_order(found, one.cell.name, one.correlations, points), one.n))
    smallest = 1 / (1 + found.choices.options.resamples)
    columns = (
        Column("cell"),
        Column("correspondence", "correspondence index"),
        Column("p_correspondence", "p", digits=3, at_least=smallest),
        Column("out_of_order", "values out of order", digits=0),
        Column("expected_out_of_order", "by chance", digits=1),
        Column("p_out_of_order", "p", digits=3, at_least=smallest),
        Column("broken_pairs", "broken neighbors", digits=0),
        Column("expected_broken_pairs", "by chance", digits=1),
        Column("n", "valid"),
    )
    note = (
        "Correspondence index: of every two pairs of values theory says which correlates more; the share of "
        "predictions that hold less the share that fail, 1 a perfect circle, 0 none. Values out of order: the fewest "
        "to take off the SMACOF map so that the others follow the order of theory. Broken neighbors: pairs next to "
        "each other in theory and not on the map. By chance: mean over random orders; p: how often these do as well."
    )
    return Table("circular-order", "Order of the values around the circle", columns, rows, note)


def _order(found: Measured, name: str, correlations: FloatArray, points: FloatArray) -> list[Any]:
    n, seed = found.choices.options.resamples, found.choices.options.seed
    index = correspondence_index(correlations, rng_for(seed, "correspondence", name), n_permutations=n)
    order = order_violations(points, rng_for(seed, "order", name), n_permutations=n)
    numbers = (index.correspondence, index.p, order.out_of_order, order.expected_out_of_order, order.p_out_of_order)
    return [_cell(number) for number in (*numbers, order.broken_pairs, order.expected_broken_pairs)]


def _cell(number: float) -> Cell:
    return Missing(TOO_FEW) if np.isnan(number) else float(number)
