"""Planted value structure through the whole path: population, interviews, record, scores, estimates.

How often intervals hold the truth is `benchmarks/recovery_structure.py`; here one run of each kind must find it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from commandline import Cli
from planted_people import values_of

import voxpop as vp
from analysis.anchor_intervals import anchor_analysis
from analysis.anchors import anchor_profile, cosine_fit
from analysis.cell_state import cell_state
from analysis.circumplex import (
    matrix_agreement,
    mds_configuration,
    procrustes_ssd,
    theory_circle,
    value_correlations,
)
from analysis.human_values import human_correlations
from analysis.matrix_agreement import matrix_agreement_estimate
from analysis.structure_agreement import structure_agreement
from analysis.sums import Estimate
from analysis.values import center_within_person
from simulator.store.reader import Reader
from surveys.values import VALUE_CODES
from voxpop.planted_values import asked_items, planted_values
from voxpop.record_facts import recorded_condition, recorded_instrument

CIRCLE = np.cos(2 * np.pi * np.subtract.outer(np.arange(19), np.arange(19)) / 19)


class Recovered(NamedTuple):
    """One arm of a run: centered scores and anchors of its respondents, and what is planted in it."""

    scores: np.ndarray
    anchors: np.ndarray
    correlations: np.ndarray
    expected: np.ndarray


def carried_out(record: Path, population: vp.Population, **options: Any) -> Recovered:
    vp.simulate(
        survey="portrait-values",
        population=population,
        engine="synthetic",
        engine_options=options,
        seed=11,
        record=record,
        memory={"kind": "none"},
    )
    with Reader(record) as reader:
        return arm_of(reader, reader.conditions()[0].id)


def arm_of(reader: Reader, condition: int) -> Recovered:
    instrument, people = recorded_instrument(reader), list(reader.respondents(condition=condition))
    row_of = {person.number: row for row, person in enumerate(people)}
    scores = np.full((len(people), len(instrument.items)), np.nan)
    for answer in reader.answers():
        if answer.respondent in row_of:
            score = instrument.items[answer.item].keyed_score(answer.codes[0])
            scores[row_of[answer.respondent], answer.item] = np.nan if score is None else score
    planted = planted_values(reader, condition)
    assert planted is not None
    value_of_item = values_of(asked_items(instrument, recorded_condition(reader, condition)))
    centered = center_within_person(scores, value_of_item, values=VALUE_CODES)
    anchors = np.array([VALUE_CODES.index(person.attributes.get("anchor", VALUE_CODES[0])) for person in people])
    return Recovered(centered, anchors, planted.correlations, planted.expected)


def holds(found: Estimate, truth: float) -> bool:
    return found.low <= truth <= found.high


def test_structure_moves_as_planted(tmp_path: Path) -> None:
    people, circle = human_correlations("german-19").correlations, theory_circle(19)
    shapes, likenesses = [], []
    for strength in (0.0, 0.5, 1.0):
        run = carried_out(tmp_path / f"{strength}.sqlite", vp.Population.basic(160), circumplex_strength=strength)
        rng = np.random.default_rng(1)
        shape = structure_agreement(run.scores, circle, rng, resamples=99)
        truth = procrustes_ssd(circle, mds_configuration(run.correlations))
        shapes.append((truth, shape.value))
        for reference in (CIRCLE, people):
            found = matrix_agreement_estimate(run.scores, reference, rng, resamples=199)
            likenesses.append((matrix_agreement(run.correlations, reference).pearson, found.pearson))
        if strength:
            assert holds(shape, truth)
            assert all(holds(estimate, planted) for planted, estimate in likenesses[-2:])
    none, half, whole = shapes
    assert none[0] > 0.7 and none[1] > 0.7
    assert 0.2 > half[0] > whole[0]
    assert max(half[1], whole[1]) < 0.2  # how much these two differ, 160 respondents cannot tell
    # With nothing planted, truths are near 0 (of the circle) or small, and there is little to hold on to.
    assert abs(likenesses[0][0]) < 0.1 and likenesses[1][0] < 0.3
    assert all(planted > 0.99 for planted, _ in likenesses[2::2])
    assert all(0.5 < planted < 0.7 for planted, _ in likenesses[3::2])


def test_the_cosine_of_an_anchor_is_found_with_its_phase(tmp_path: Path) -> None:
    run = carried_out(tmp_path / "record.sqlite", vp.Population.value_anchor(190), persona_effect=0.8, anchor_phase=-3)
    truth = cosine_fit(anchor_profile(run.expected, run.anchors))
    assert truth.phase_steps == pytest.approx(-3, abs=0.05)
    assert 0.7 < truth.amplitude < 0.85
    found = anchor_analysis(run.scores, run.anchors, np.random.default_rng(1), resamples=199)
    assert holds(found.amplitude, truth.amplitude)
    assert holds(found.phase_steps, truth.phase_steps)
    assert found.amplitude.high - found.amplitude.low < 0.2


SPEC = """
name = "still"
seed = 5
[survey]
instrument = "portrait-values"
[population]
strategies = ["basic", "value-anchor"]
n = 76
[memory]
kind = "none"
[engine]
name = "synthetic"
blank_spread = 0
decoding_effect = 1
[settings]
temperature = 0
"""


def test_a_population_without_variance_is_reported_as_such(cli: Cli) -> None:
    Path("still.toml").write_text(SPEC, encoding="utf-8")
    assert cli("run", "still.toml", "--quiet").status == 0
    with Reader(Path("runs/still/record.sqlite")) as reader:
        names = {recorded_condition(reader, arm.id).strategy: arm.id for arm in reader.conditions()}
        basic, anchored = (arm_of(reader, names[name]) for name in ("basic", "value-anchor"))
    assert np.ptp(basic.scores, axis=0).max() == 0
    assert np.isnan(value_correlations(basic.scores)).all()
    state = cell_state(basic.scores, VALUE_CODES)
    assert state.first_order and state.second_order_reasons == (f"no variance: {', '.join(VALUE_CODES)}",)
    rng = np.random.default_rng(0)
    assert np.isnan(matrix_agreement_estimate(basic.scores, CIRCLE, rng, resamples=9).pearson.value)
    assert np.isnan(structure_agreement(basic.scores, theory_circle(19), rng, resamples=9).value)
    assert np.isfinite(value_correlations(anchored.scores)).all()

    told = cli("compare", "still")
    assert "Variance: of the answers, relative to basic: not available, since its answers do not vary." in told.out
    compared = json.loads(cli("compare", "still", "--json").out)
    assert [arm["variance_ratio"]["value"] for arm in compared["arms"]] == [None, None]
    assert compared["arms"][0]["diversity"]["value"] == 0
