"""Is planted value structure found, and do intervals hold it? Many replications, drawn from the truth with numpy.

    python benchmarks/recovery_structure.py [--seeds 100] [--jobs 2] [--write docs/known-truth.md]

Estimators see nothing of a run but scores, so these are drawn by the formulas of the known truth
(`tests/planted_people.py`) in a moment; whole runs are held against the same truth by tests. Every seed has a world of
its own, and its target is what the expected covariances of its items imply. Printed besides: in how many replications
an interval could be formed at all, since where nothing but noise is planted there is no structure to tell of.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from planted_people import anchored, draw_scores, portrait_items, values_of
from recovery import write_between

from analysis.anchor_intervals import anchor_analysis
from analysis.anchors import anchor_profile, cosine_fit
from analysis.circumplex import matrix_agreement, mds_configuration, procrustes_ssd, theory_circle
from analysis.human_values import human_correlations
from analysis.matrix_agreement import matrix_agreement_estimate
from analysis.structure_agreement import structure_agreement
from analysis.sums import Estimate
from analysis.values import center_within_person
from simulator.engines.synthetic_structure import planted_structure
from simulator.engines.synthetic_truth import KnownTruth
from surveys.values import VALUE_CODES

STRENGTHS = (0.0, 0.5, 1.0)
ANCHORS = ((0.0, 0.0), (0.4, -3.0), (1.0, 0.0), (1.0, 2.0))
"""Amplitude (points) and phase (steps) of planted anchors."""
N_TOLD_NOTHING, N_ANCHORED = 300, 300
RESAMPLES = 199
STEPS = np.subtract.outer(np.arange(19), np.arange(19))
CIRCLE = np.cos(2 * np.pi * STEPS / 19)


class Finding(NamedTuple):
    """What one estimator found in one replication, and what it should have found."""

    quantity: str
    planted: str
    target: float
    found: Estimate


def structure_findings(strength: float, seed: int) -> list[Finding]:
    """Likeness to the circle and to people's correlations, of respondents who are told nothing about themselves."""
    truth, items, told = KnownTruth(world=seed, circumplex_strength=strength), portrait_items(), [{}] * N_TOLD_NOTHING
    planted = planted_structure(truth, items, told).correlations
    rng = np.random.default_rng([seed, round(10 * strength)])
    scores = center_within_person(draw_scores(truth, items, told, rng), values_of(items), values=VALUE_CODES)
    people, circle = human_correlations("german-19").correlations, theory_circle(19)
    of = f"circumplex_strength = {strength:g}"
    findings = [
        Finding(
            f"matrix correlation with {name}",
            of,
            matrix_agreement(planted, reference).pearson,
            matrix_agreement_estimate(scores, reference, rng, resamples=RESAMPLES).pearson,
        )
        for name, reference in (("the circle", CIRCLE), ("people", people))
    ]
    target = procrustes_ssd(circle, mds_configuration(planted))
    return [
        *findings,
        Finding("SSD to the circle", of, target, structure_agreement(scores, circle, rng, resamples=RESAMPLES)),
    ]


def anchor_findings(effect: float, phase: float, seed: int) -> list[Finding]:
    """Amplitude and phase of the cosine that anchored respondents show around their anchor."""
    truth = KnownTruth(world=seed, persona_effect=effect, anchor_phase=phase)
    items, told = portrait_items(), anchored(N_ANCHORED)
    anchors = np.array([VALUE_CODES.index(facts["anchor"]) for facts in told])
    target = cosine_fit(anchor_profile(planted_structure(truth, items, told).expected, anchors))
    phase_target = target.phase_steps if target.amplitude > 1e-6 else np.nan  # a flat curve points nowhere
    rng = np.random.default_rng([seed, round(10 * effect), round(phase) % 19])
    scores = center_within_person(draw_scores(truth, items, told, rng), values_of(items), values=VALUE_CODES)
    found = anchor_analysis(scores, anchors, rng, resamples=RESAMPLES)
    of = f"persona_effect = {effect:g}, anchor_phase = {phase:g}"
    return [
        Finding("amplitude", of, target.amplitude, found.amplitude),
        Finding("phase (steps)", of, phase_target, found.phase_steps),
    ]


def carry_out(seed: int) -> list[Finding]:
    """One replication of every plan."""
    found = [finding for strength in STRENGTHS for finding in structure_findings(strength, seed)]
    return found + [finding for effect, phase in ANCHORS for finding in anchor_findings(effect, phase, seed)]


def table_rows(findings: list[Finding]) -> list[str]:
    """Rows of the table (Markdown), quantity by quantity."""
    rows = [
        "| quantity | planted | target | mean estimate | sd of estimates | mean interval width | intervals formed "
        "| covering target |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for quantity in dict.fromkeys(finding.quantity for finding in findings):
        mine = [finding for finding in findings if finding.quantity == quantity]
        for planted in dict.fromkeys(finding.planted for finding in mine):
            rows.append(_row(quantity, planted, [finding for finding in mine if finding.planted == planted]))
    return rows


def _row(quantity: str, planted: str, group: list[Finding]) -> str:
    known = np.array([one.found.value for one in group if np.isfinite(one.found.value)])
    formed = [one for one in group if np.isfinite(one.found.low)]
    covered = sum(one.found.low <= one.target <= one.found.high for one in formed)
    numbers = [float(np.mean([one.target for one in group]))]
    numbers += [float(known.mean()), float(known.std(ddof=1))] if len(known) > 1 else [float("nan")] * 2
    numbers += [float(np.mean([one.found.high - one.found.low for one in formed])) if formed else float("nan")]
    cells = ["–" if np.isnan(number) else f"{round(number, 3) + 0.0:.3f}" for number in numbers]  # no -0.000
    share = f"{covered} of {len(formed)}" if formed else "–"
    return f"| {quantity} | {planted} | {' | '.join(cells)} | {len(formed)} of {len(group)} | {share} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Recovery of planted value structure.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", type=Path, help="page whose generated table is replaced")
    chosen = parser.parse_args()
    started = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(chosen.jobs) as pool:
        found = pool.map(carry_out, range(1, chosen.seeds + 1), chunksize=1)
    rows = table_rows([finding for one in found for finding in one])
    print("\n".join(rows))
    print(f"{chosen.seeds} replications in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    if chosen.write:
        command = f"`python benchmarks/recovery_structure.py --seeds {chosen.seeds} --write {chosen.write.as_posix()}`"
        write_between(chosen.write, "recovery-structure", [f"Made by {command}.", "", *rows])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
