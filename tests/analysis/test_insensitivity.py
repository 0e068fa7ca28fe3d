"""Fault rates: planted shares recovered by fault and group, weighted and corrected; what is missing has a reason."""

from __future__ import annotations

import numpy as np
import pytest
from planted_verdicts import Design, truth, verdicts

from analysis.insensitivity import FaultRate, Member, fault_rates, rulings
from analysis.judged_respondents import age_band
from analysis.prevalence import KnownErrors
from analysis.sums import Estimate
from analysis.verdict_table import Unit, VerdictTable
from simulator.engines.synthetic_judge_truth import KnownJudge, expected_fault_rate
from simulator.store.records import VerdictRow

SIX = Design((("iu", 0.05), ("qc", 0.1), ("rp", 0.15), ("cv", 0.2), ("ff", 0.1), ("ir", 0.05)), n_respondents=200)
GOOD = KnownJudge(sensitivity=0.85, specificity=0.95)
EVERYBODY = {number: Member(1.0, {}) for number in range(200)}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def covers(found: Estimate, target: float) -> bool:
    return found.low <= target <= found.high


def rates_of(seed: int, judge: KnownJudge = GOOD, **options: object) -> dict[str | None, FaultRate]:
    ruled = rulings(VerdictTable(verdicts({"one": judge}, SIX, seed)))
    return {row.criterion: row for row in fault_rates(ruled, EVERYBODY, (), rng(seed), resamples=299, **options)}


def verdict(respondent: int, judge: str, label: str | None, repeat: int = 0, exchange: int = 1) -> VerdictRow:
    status = "unreadable" if label is None else "ok"
    return VerdictRow(respondent, exchange, "insensitivity", judge, repeat, "cv", "", label, status)


def test_observed_and_corrected_rates_cover_what_was_planted() -> None:
    errors = {code: KnownErrors(0.85, 0.95) for code, _ in SIX.shares}
    hits = {"observed": 0, "corrected": 0, "overall": 0}
    overall = np.mean([expected_fault_rate(GOOD, code, share) for code, share in SIX.shares])
    for seed in range(25):
        found = rates_of(seed, errors=errors)
        for code, share in SIX.shares:
            hits["observed"] += covers(found[code].rate, expected_fault_rate(GOOD, code, share))
            hits["corrected"] += covers(found[code].corrected, share)
        hits["overall"] += covers(found[None].rate, overall)
    # Of 150 and of 25 intervals at 95 %; as few or fewer by chance has probability .003 and .001.
    assert hits["observed"] >= 134
    assert hits["corrected"] >= 134
    assert hits["overall"] >= 19


def test_the_overall_rate_is_the_mean_of_six() -> None:
    found = rates_of(1)
    assert found[None].rate.value == pytest.approx(np.mean([found[code].rate.value for code, _ in SIX.shares]))
    assert found[None].n_judged == 6 * 400


def test_a_perfect_judge_finds_exactly_the_planted_faults() -> None:
    found = rates_of(2, KnownJudge(1.0, 1.0))
    planted = truth(SIX, 2)
    for code, _ in SIX.shares:
        labels = [label for unit, label in planted.items() if unit.criterion == code]
        assert found[code].rate.value == labels.count("fault") / len(labels)


def test_groups_weights_and_clusters() -> None:
    """Women's replies are all faulty, men's never, and a man counts three times: a half, and a quarter."""
    rows = [verdict(n, "one", "fault" if n < 20 else "pass", exchange=e) for n in range(40) for e in range(1, 11)]
    members = {n: Member(1.0 if n < 20 else 3.0, {"gender": "female" if n < 20 else "male"}) for n in range(40)}
    found = fault_rates(rulings(VerdictTable(rows)), members, ("gender",), rng(), resamples=99)
    everybody, overall, women, _, men, _ = found
    assert (women.group, women.rate.value, men.group, men.rate.value) == ("female", 1.0, "male", 0.0)
    assert everybody.rate.value == 0.5
    assert everybody.weighted.value == pytest.approx(0.25)
    assert overall.weighted.value == pytest.approx(0.25)
    # 400 replies that come in 40 blocks are worth 40: Wilson's interval of 20 out of 40 is .35 to .65.
    assert everybody.rate.low == pytest.approx(0.352, abs=0.01)
    assert everybody.rate.high == pytest.approx(0.648, abs=0.01)
    # Where all verdicts are alike, how much they cluster cannot be seen: all 200 count.
    assert women.rate.low == pytest.approx(0.981, abs=0.001)


def test_a_panel_decides_by_majority_and_ties_are_counted() -> None:
    rows = [
        *(verdict(0, judge, label) for judge, label in zip("abc", ("fault", "fault", "pass"), strict=True)),
        *(verdict(1, judge, label) for judge, label in zip("ab", ("fault", "pass"), strict=True)),
        *(verdict(2, judge, None) for judge in "abc"),
        # One judge who says pass three times has one voice; his colleague, whose repeats differ, has none.
        *(verdict(3, "a", "pass", repeat) for repeat in range(3)),
        verdict(3, "b", "fault", 0),
        verdict(3, "b", "pass", 1),
        verdict(3, "c", "pass"),
        verdict(4, "b", "fault", 0),
        verdict(4, "b", "pass", 1),
    ]
    table = VerdictTable(rows)
    assert [rulings(table)[Unit(n, 1, "cv")] for n in range(5)] == ["fault", "tied", "unreadable", "pass", "tied"]
    assert rulings(table, "a")[Unit(1, 1, "cv")] == "fault"
    assert rulings(table, "a")[Unit(4, 1, "cv")] == "unreadable"
    (row, _) = fault_rates(rulings(table), EVERYBODY, (), rng(), resamples=9)
    assert (row.n_judged, row.n_tied, row.n_unreadable, row.rate.value) == (2, 2, 1, 0.5)


def test_a_missing_rate_has_a_reason() -> None:
    lost = rulings(VerdictTable([verdict(n, "one", None) for n in range(5)]))
    row, overall = fault_rates(lost, EVERYBODY, (), rng(), resamples=9)
    assert np.isnan(row.rate.value)
    assert row.reason == "no verdict could be read"
    assert overall.reason == "no verdict on cv could be read"
    some = rulings(VerdictTable([verdict(n, "one", "pass") for n in range(5)]))
    row, _ = fault_rates(some, EVERYBODY, (), rng(), errors={"cv": KnownErrors(0.3, 0.6)}, resamples=9)
    assert np.isnan(row.corrected.value)
    assert "tells nothing" in row.reason


def test_ages_fall_into_the_published_bands() -> None:
    ages = {18: "18-29", 29: "18-29", 30: "30-49", "35-44": "30-49", 50: "50+", "81": "50+", 17: None, "old": None}
    assert {age: age_band(age) for age in ages} == ages
