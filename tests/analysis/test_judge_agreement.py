"""Judges with planted errors: agreement, rates and skill are recovered, and a judge that tells nothing is unmasked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from planted_verdicts import Design, truth, verdicts

from analysis.judge_agreement import between_judges, compare_raters, within_judges
from analysis.judge_information import Reference, judge_information, youden_index
from analysis.sums import Estimate
from analysis.verdict_table import Unit, VerdictTable, label_order, majority
from simulator.engines.synthetic_judge_truth import KnownJudge, expected_agreement
from simulator.store.records import VerdictRow

CV = Design((("cv", 0.25),))
SIX = Design((("iu", 0.1), ("qc", 0.1), ("rp", 0.1), ("cv", 0.1), ("ff", 0.1), ("ir", 0.1)))
GOOD = KnownJudge(sensitivity=0.85, specificity=0.95)
FAIR = KnownJudge(sensitivity=0.7, specificity=0.9)
COIN = KnownJudge(sensitivity=0.3, specificity=0.7)
SEEDS = 50
LEAST = 42  # of 50 intervals that cover with probability .95 each; fewer has probability .001


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def covered(find: Callable[[int], Estimate], target: float) -> int:
    found = [find(seed) for seed in range(SEEDS)]
    return sum(at.low <= target <= at.high for at in found)


def verdict(
    respondent: int, judge: str, label: str | None, repeat: int = 0, criterion: str = "cv", status: str = "ok"
) -> VerdictRow:
    return VerdictRow(respondent, 1, "insensitivity", judge, repeat, criterion, "", label, status)


# Planted values recovered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coefficient", ["fleiss", "alpha", "percent"])
def test_agreement_between_judges_covers_what_was_planted(coefficient: str) -> None:
    panel = {"one": GOOD, "two": FAIR, "three": FAIR}
    planted = expected_agreement(list(panel.values()), "cv", 0.25)
    target = planted.observed if coefficient == "percent" else planted.kappa

    def find(seed: int) -> Estimate:
        table = VerdictTable(verdicts(panel, CV, seed))
        return getattr(between_judges(table, "cv", rng(seed), resamples=299).between, coefficient)

    assert covered(find, target) >= LEAST


@pytest.mark.parametrize("repeatability", [0.0, 0.7])
def test_repeats_of_a_judge_cover_the_planted_repeatability(repeatability: float) -> None:
    judge = KnownJudge(sensitivity=0.7, specificity=0.9, repeatability=repeatability)
    design = Design(CV.shares, repeats=3)
    target = expected_agreement([judge], "cv", 0.25, repeats=3).kappa

    def find(seed: int) -> Estimate:
        (found,) = within_judges(VerdictTable(verdicts({"one": judge}, design, seed)), "cv", rng(seed), resamples=299)
        return found.agreement.alpha

    assert covered(find, target) >= LEAST


def test_sensitivity_specificity_and_youden_cover_what_was_planted() -> None:
    found = []
    for seed in range(SEEDS):
        labels = VerdictTable(verdicts({"one": FAIR}, CV, seed)).first("one")
        pair = compare_raters(("truth", truth(CV, seed)), ("one", labels), "cv", ("pass", "fault"), rng(), resamples=9)
        found.append(
            (pair.sensitivity, pair.specificity, youden_index(truth(CV, seed), labels, rng(seed), resamples=299))
        )
    for estimates, target in zip(zip(*found, strict=True), (0.7, 0.9, 0.6), strict=True):
        assert sum(at.low <= target <= at.high for at in estimates) >= LEAST


def test_criteria_together_are_pooled() -> None:
    panel = {"one": GOOD, "two": GOOD}
    table = VerdictTable(verdicts(panel, SIX, 1))
    assert set(table.criteria) == {"iu", "qc", "rp", "cv", "ff", "ir"}
    whole = between_judges(table, None, rng())
    assert whole.n_units == 6 * 300
    planted = expected_agreement([GOOD, GOOD], "cv", 0.1).kappa
    assert whole.between.alpha.low <= planted <= whole.between.alpha.high


# Judges that tell nothing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("always", "label"), [("no", "fault"), ("yes", "pass")])
def test_a_judge_that_always_says_the_same_is_unmasked_without_any_truth(always: str, label: str) -> None:
    panel = {"good": GOOD, "better": KnownJudge(0.95, 0.99), "constant": KnownJudge(always=always)}
    table = VerdictTable(verdicts(panel, SIX, 3))
    findings = {name: judge_information(table, name, None, rng()) for name in panel}
    assert findings["good"].finding == findings["better"].finding == "informative"
    unmasked = findings["constant"]
    assert unmasked.finding == "no information"
    assert unmasked.shares[label] == 1.0
    assert f"says {label!r} in all 1800 verdicts" in unmasked.sentence
    if always == "yes":
        # Nine faults out of ten replies are absent: it agrees as often as a good judge does, and still is found out.
        assert unmasked.agreement.value > 0.85
        assert findings["good"].agreement.value < unmasked.agreement.value + 0.1
    assert unmasked.kappa.value == pytest.approx(0)


def test_a_constant_judge_beside_the_truth_has_no_skill() -> None:
    table = VerdictTable(verdicts({"constant": KnownJudge(always="no")}, SIX, 3))
    found = judge_information(table, "constant", None, rng(), reference=Reference("planted truth", truth(SIX, 3)))
    assert found.finding == "no information"
    assert tuple(found.youden[:3]) == (0.0, 0.0, 0.0)
    assert found.likelihood_ratio == 1.0


def test_a_judge_that_draws_lots_is_at_chance() -> None:
    panel = {"good": GOOD, "better": KnownJudge(0.95, 0.99), "lots": COIN}
    at_chance = []
    for seed in range(20):
        table = VerdictTable(verdicts(panel, CV, seed))
        at_chance.append(judge_information(table, "lots", "cv", rng(seed), resamples=299).finding == "at chance")
        assert judge_information(table, "good", "cv", rng(seed), resamples=299).finding == "informative"
    assert sum(at_chance) >= 17  # one in forty is told informative by chance; fewer than 17 of 20 has probability .002
    table = VerdictTable(verdicts({"lots": COIN}, CV, 0))
    beside = judge_information(table, "lots", "cv", rng(), reference=Reference("planted truth", truth(CV, 0)))
    assert beside.finding == "at chance"
    assert "Youden's J with planted truth" in beside.sentence


def test_one_constant_judge_does_not_drag_a_good_one_down() -> None:
    """The only other judge always says pass: it has no vote, so nobody is left to compare with."""
    table = VerdictTable(verdicts({"good": GOOD, "constant": KnownJudge(always="yes")}, CV, 0))
    assert judge_information(table, "good", "cv", rng()).finding == "no comparison"
    assert judge_information(table, "constant", "cv", rng()).finding == "no information"


def test_a_reference_without_a_fault_cannot_convict() -> None:
    table = VerdictTable(verdicts({"good": GOOD}, CV, 0))
    sound = Reference("people", dict.fromkeys(table.units(), "pass"))
    found = judge_information(table, "good", "cv", rng(), reference=sound)
    assert found.finding == "no comparison"
    assert found.sentence == "people: only 'pass', so whether it finds the contrary cannot be seen"


def test_constant_on_little_evidence_is_not_called_ignorant() -> None:
    rows = [verdict(n, judge, "pass") for n in range(40) for judge in ("one", "two")]
    assert judge_information(VerdictTable(rows), "one", "cv", rng()).finding == "constant"
    rows[1] = verdict(0, "two", "fault")
    found = judge_information(VerdictTable(rows), "one", "cv", rng())
    assert found.finding == "constant"
    assert "1 are labeled otherwise by the other judges, too few to tell" in found.sentence
    assert judge_information(VerdictTable(rows[:8]), "one", "cv", rng()).finding == "too few"


def test_repeats_alone_show_whether_a_judge_reads() -> None:
    design = Design(CV.shares, repeats=2)
    lots = VerdictTable(verdicts({"lots": KnownJudge(0.5, 0.5, repeatability=0.0)}, design, 1))
    assert judge_information(lots, "lots", "cv", rng()).finding == "at chance"
    stable = judge_information(VerdictTable(verdicts({"good": GOOD}, design, 1)), "good", "cv", rng())
    assert stable.finding == "no comparison"
    assert "does not make it right" in stable.sentence


# What a reader must be told -------------------------------------------------------------------------------------------


def test_the_paradox_is_named_where_a_fault_is_rare() -> None:
    rare = Design((("ff", 0.02),))
    found = between_judges(VerdictTable(verdicts({"one": GOOD, "two": GOOD}, rare, 0)), "ff", rng())
    assert any("kappa paradox" in note for note in found.notes)
    assert found.between.ac1.value > 0.8 > found.between.fleiss.value


def test_unreadable_verdicts_are_counted_and_leave_the_rest_alone() -> None:
    panel = {"one": KnownJudge(0.85, 0.95, unreadable=0.2), "two": GOOD}
    table = VerdictTable(verdicts(panel, CV, 0))
    found = between_judges(table, "cv", rng())
    assert found.n_verdicts == 600
    assert 35 <= found.n_unreadable <= 85
    assert found.between.n_single == found.n_unreadable
    assert found.between.n_units == 300 - found.n_unreadable
    assert table.count("unreadable", judge="two") == 0


def test_what_cannot_be_formed_says_why() -> None:
    one = between_judges(VerdictTable([verdict(n, "one", "pass") for n in range(20)]), "cv", rng())
    assert np.isnan(one.between.fleiss.value)
    assert one.notes == ("one judge only: there is nobody to agree with",)
    both = [verdict(n, judge, "pass") for n in range(20) for judge in ("one", "two")]
    alike = between_judges(VerdictTable(both), "cv", rng())
    assert np.isnan(alike.between.alpha.value)
    assert "unanimous" in alike.notes[0]
    lost = [verdict(n, judge, None, status="unreadable") for n in range(20) for judge in ("one", "two")]
    nothing = between_judges(VerdictTable(lost), "cv", rng())
    assert nothing.notes == ("no reply has readable verdicts of two judges",)
    assert nothing.shares == {}


def test_a_missing_judge_drops_units_from_kappa_alone() -> None:
    rows = [verdict(n, judge, ("pass", "fault")[n % 2]) for n in range(20) for judge in ("one", "two", "three")]
    found = between_judges(VerdictTable(rows[:-1]), "cv", rng())
    assert (found.between.n_units, found.between.n_dropped, found.between.n_single) == (20, 1, 0)
    assert found.notes == ("1 units lack a verdict of some judge: left out of Fleiss kappa, kept in alpha and AC1",)


# Stances --------------------------------------------------------------------------------------------------------------


def test_codes_of_a_scale_have_an_ordinal_alpha_without_abstentions() -> None:
    pairs = [("1", "1"), ("2", "3"), ("4", "4"), ("3", "3"), ("2", "2"), ("abstain", "1"), ("4", "3"), ("1", "2")] * 3
    rows = [
        verdict(n, judge, label, criterion="stance")
        for n, pair in enumerate(pairs)
        for judge, label in zip(("one", "two"), pair, strict=True)
    ]
    found = between_judges(VerdictTable(rows), "stance", rng(), is_ordinal=True)
    from analysis.agreement import krippendorff_alpha

    codes = np.array([[np.nan if a == "abstain" else float(a) for a in side] for side in zip(*pairs, strict=True)])
    assert found.ordinal.value == pytest.approx(krippendorff_alpha(codes, "ordinal"))
    assert found.ordinal.value > found.between.alpha.value
    assert list(found.shares) == ["1", "2", "3", "4", "abstain"]
    pair = compare_raters(
        ("one", VerdictTable(rows).first("one")), ("two", VerdictTable(rows).first("two")), None, found.shares, rng()
    )
    assert np.isnan(pair.sensitivity.value)
    assert pair.confusion[4, 0] == 3
    assert pair.n == 24


def test_votes_and_label_order() -> None:
    assert majority(["a", "b", "a"]) == "a"
    assert majority(["a", "b"]) is None
    assert majority([]) is None
    assert label_order({"abstain", "10", "2", "other", "-1"}) == ("-1", "2", "10", "other", "abstain")
    assert label_order({"fault", "pass"}) == ("pass", "fault")


def test_the_first_repeat_stands_for_a_judge() -> None:
    table = VerdictTable([verdict(0, "one", "fault", repeat=2), verdict(0, "one", "pass", repeat=1)])
    assert table.first("one") == {Unit(0, 1, "cv"): "pass"}
    assert table.within("one").codes.tolist() == [[0.0], [1.0]]
