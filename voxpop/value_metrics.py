"""The metrics of value structure that `voxpop analyze` offers: correlations, circular order, reliability, anchors.

Every function takes an `Inquiry` and returns rows, as those in `voxpop.metrics`; the statistics are in `analysis`. A
number that cannot be formed is NaN, and its row says why. Prints nothing.
"""

from __future__ import annotations

import numpy as np

from analysis.anchor_intervals import AnchorAnalysis, anchor_analysis
from analysis.cell_state import cell_state
from analysis.circular_order import order_violations
from analysis.circumplex import mds_configuration, value_correlations
from analysis.correspondence import correspondence_index
from analysis.human_values import HumanMatrix, human_correlations
from analysis.matrix_agreement import mantel_p, matrix_agreement_estimate
from analysis.sums import Floats
from analysis.value_reliability import value_reliability
from simulator.errors import RunSpecError
from simulator.seeds import rng_for
from simulator.store.reader import Reader
from surveys.values import TEN_VALUES, VALUE_CODES, VALUE_POSITION
from voxpop.arms import Arm
from voxpop.comparing import centered_values, keyed_value_items
from voxpop.metrics import Inquiry, Row, measures_no_values


def value_structure(ask: Inquiry) -> list[Row]:
    """How a population's value correlations agree with human ones, and follow the circle; one row per arm.

    The 19 values are compared with the German sample, the ten with the European Social Survey.
    """
    rows = []
    for arm in ask.arms.arms:
        scores, values = _scores(ask, arm)
        rows.append(_structure_row(ask, arm, scores, values, human_matrix(values)))
    return rows


def human_matrix(values: tuple[str, ...]) -> HumanMatrix:
    """The human correlations that these values are compared with."""
    return human_correlations("german-19" if values == VALUE_CODES else "ess-10")


def _structure_row(ask: Inquiry, arm: Arm, scores: Floats, values: tuple[str, ...], human: HumanMatrix) -> Row:
    rng = rng_for(ask.seed, "value-structure", arm.name)
    weights = arm.answers.weights
    state = cell_state(scores, values, weights=weights)
    correlations = value_correlations(scores, weights=weights)
    reference = human.correlations
    if not state.second_order:
        correlations, scores = np.full_like(correlations, np.nan), scores[:0]
        weights = weights[:0]
    found = matrix_agreement_estimate(scores, reference, rng, weights=weights, resamples=ask.resamples)
    order = order_violations(mds_configuration(correlations), rng, n_permutations=ask.resamples)
    correspondence = correspondence_index(correlations, rng, n_permutations=ask.resamples)
    return {
        "arm": arm.name,
        "r sample": found.sample_pearson,
        "r": found.pearson,
        "rho": found.spearman,
        "signal": found.signal_share,
        "p": mantel_p(correlations, reference, rng, n_permutations=ask.resamples),
        "correspondence": correspondence.correspondence,
        "p order": correspondence.p,
        "out of order": order.out_of_order,
        "by chance": order.expected_out_of_order,
        "n": state.n,
        "valid": state.n_valid,
        "not reported": "; ".join(state.second_order_reasons),
    }


def reliability_by_value(ask: Inquiry) -> list[Row]:
    """Cronbach's alpha and McDonald's omega of each value, with item-rest correlations; one row per arm and value."""
    rows = []
    for arm in ask.arms.arms:
        _, values = _scores(ask, arm)
        items = keyed_value_items(ask.arms, arm)
        found = value_reliability(
            items.scores,
            items.value_of_item,
            rng_for(ask.seed, "value-reliability", arm.name),
            values=values,
            weights=arm.answers.weights,
            resamples=ask.resamples,
        )
        for one in found:
            rows.append(
                {
                    "arm": arm.name,
                    "value": one.value,
                    "items": one.n_items,
                    "alpha": one.alpha,
                    "omega": one.omega,
                    "lowest item-rest": min(one.item_rest, default=np.nan),
                    "n": one.alpha.n,
                    "missing": arm.n_respondents - one.alpha.n,
                    "not computable": one.reason,
                }
            )
    return rows


def anchor_profiles(ask: Inquiry) -> list[Row]:
    """Mean centered score at every offset from the respondents' anchors; one row per arm and offset."""
    return [
        {"arm": name, "offset": point.offset, "mean": point.mean, "n": found.n, "no interval": found.reason}
        for name, found in _anchor_analyses(ask).items()
        for point in found.curve
    ]


def anchor_fits(ask: Inquiry) -> list[Row]:
    """The cosine of the anchor profile and how scores fall with distance from the anchor; one row per arm."""
    return [
        {
            "arm": name,
            "amplitude": found.amplitude,
            "phase in steps": found.phase_steps,
            "R squared": found.r_squared,
            "rho with distance": found.distance_correlation,
            "own anchor": found.own_anchor_effect,
            "n": found.n,
            "anchors": found.n_anchors,
            "no interval": found.reason,
        }
        for name, found in _anchor_analyses(ask).items()
    ]


def _anchor_analyses(ask: Inquiry) -> dict[str, AnchorAnalysis]:
    """The anchor analysis of every arm that has anchored respondents."""
    with Reader(ask.record) as reader:
        anchor_of = {row.number: VALUE_POSITION.get(str(row.attributes.get("anchor"))) for row in reader.respondents()}
    found = {}
    for arm in ask.arms.arms:
        scores, values = _scores(ask, arm)
        positions = [anchor_of[number] for number in arm.numbers.tolist()]
        anchored = np.array([position is not None for position in positions], dtype=np.bool_)
        if values == VALUE_CODES and anchored.any():
            found[arm.name] = anchor_analysis(
                scores[anchored],
                [position for position in positions if position is not None],
                rng_for(ask.seed, "anchors", arm.name),
                weights=arm.answers.weights[anchored],
                resamples=ask.resamples,
            )
    if not found:
        raise RunSpecError("nobody in this run is anchored on one of the 19 values; choose another metric")
    return found


def _scores(ask: Inquiry, arm: Arm) -> tuple[Floats, tuple[str, ...]]:
    """Centered scores of an arm, and their values, both in circle order."""
    reference, centered = ask.arms.value_reference, centered_values(ask.arms, arm)
    if reference is None or centered is None:
        raise measures_no_values(ask)
    own = tuple(reference.means)
    values = VALUE_CODES if len(own) == len(VALUE_CODES) else tuple(TEN_VALUES)
    return centered[:, [own.index(value) for value in values]], values
