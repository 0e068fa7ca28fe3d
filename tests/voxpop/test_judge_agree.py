"""Runs of known-truth respondents judged by known-truth judges through the record: what was planted is reported."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from commandline import Cli, Told

from simulator.engines.synthetic_faults import planted_faults
from simulator.engines.synthetic_judge_truth import KnownJudge, expected_agreement, expected_fault_rate
from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from voxpop.cli import call
from voxpop.judge_agreement import judge_agreement

RECORD = Path("runs/r/record.sqlite")
JUDGES = """
[[judges]]
name = "good"
engine = "synthetic_judge"
sensitivity = 0.9
specificity = 0.95
unreadable = 0.02
[[judges]]
name = "fair"
engine = "synthetic_judge"
sensitivity = 0.75
specificity = 0.9
[[judges]]
name = "naysayer"
engine = "synthetic_judge"
always = "no"
"""
SHARES = {"cv": 0.2, "ff": 0.15, "ir": 0.1, "rp": 0.1}
GOOD, FAIR = KnownJudge(0.9, 0.95), KnownJudge(0.75, 0.9)


def run(cli: Cli, *more: str) -> None:
    settings = ("asking.answer_format=explained", "survey.limit=4", *more)
    told = cli(
        *(
            "run",
            "--survey",
            "portrait-values",
            "--strategies",
            "city",
            "--n",
            "60",
            "--seed",
            "5",
            "--name",
            "r",
            "-q",
        ),
        *(part for setting in settings for part in ("--set", setting)),
    )
    assert told.status == 0, told.err


def judge(cli: Cli, rubric: str, judges: str = JUDGES, *more: str) -> None:
    Path("judges.toml").write_text(judges, encoding="utf-8")
    told = cli("judge", "r", "--rubric", rubric, "--judges", "judges.toml", "--sample", "all", "-q", *more)
    assert told.status == 0, told.err


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of 60 respondents and 4 items, four faults planted; judged twice by three judges."""
    folder = tmp_path_factory.mktemp("judged")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("VOXPOP_RUNS", "runs")
        told = lambda *arguments: Told(call(list(arguments)), "", "")  # noqa: E731
        run(told, *(f"engine.fault_shares.{code}={share}" for code, share in SHARES.items()))
        judge(told, "insensitivity", JUDGES, "--repeats", "2")
    return folder / "runs"


@pytest.fixture
def judged(cli: Cli, whole: Path) -> Cli:
    """The command line beside a copy of that run."""
    shutil.copytree(whole, "runs")
    return cli


def test_what_was_planted_is_reported(judged: Cli) -> None:
    found = judge_agreement(RECORD, planted=True, resamples=299)
    assert found.reference == "planted truth"
    assert {row.criterion for row in found.criteria} == {"iu", "qc", "rp", "cv", "ff", "ir", None}
    errors = {(row.second, row.criterion): row for row in found.against}
    for name, known in (("good", GOOD), ("fair", FAIR)):
        pooled = errors[name, None]
        assert pooled.sensitivity.low <= known.rates("cv").sensitivity <= pooled.sensitivity.high
        assert pooled.specificity.low <= known.rates("cv").specificity <= pooled.specificity.high
    pair = next(row for row in found.pairs if (row.first, row.second, row.criterion) == ("fair", "good", "cv"))
    assert pair.kappa.low <= expected_agreement([GOOD, FAIR], "cv", SHARES["cv"]).kappa <= pair.kappa.high
    findings = {(row.judge, row.criterion): row for row in found.judges}
    assert findings["good", None].finding == findings["fair", None].finding == "informative"
    assert findings["naysayer", None].finding == "no information"
    assert "says 'fault' in all" in findings["naysayer", None].sentence
    assert {row.n_unreadable > 0 for row in found.criteria if row.criterion is None} == {True}


def test_rates_of_one_judge_are_corrected_by_its_errors(judged: Cli) -> None:
    found = judge_agreement(RECORD, planted=True, judge="fair", resamples=199)
    everybody = {row.criterion: row for row in found.rates if row.grouping == ""}
    for code, share in SHARES.items():
        seen = everybody[code]
        assert seen.rate.low <= expected_fault_rate(FAIR, code, share) <= seen.rate.high
        assert seen.corrected.low <= share <= seen.corrected.high
        assert seen.n_judged + seen.n_unreadable + seen.n_tied == 240
    assert {row.grouping for row in found.rates} == {"", "arm", "country"}
    assert found.left_out == ("region", "city")


def test_the_report_in_words_and_as_json(judged: Cli) -> None:
    told = judged("judge", "agree", "r", "--planted")
    assert told.status == 0, told.err
    assert "naysayer: says 'fault' in all" in told.out
    assert "no information" in told.out
    assert "Beside the planted truth" in told.out
    data = json.loads(judged("judge", "agree", "r", "--json", "--resamples", "19").out)
    assert data["rubric"] == "insensitivity"
    assert data["reference"] is None
    assert len(data["criteria"]) == 7
    assert {row["judge"] for row in data["repeats"]} == {"good", "fair", "naysayer"}
    assert "NaN" not in json.dumps(data)


def test_people_beside_judges(judged: Cli) -> None:
    """Labels made from the planted truth, by item; one row is of a respondent who is not there."""
    with Reader(RECORD) as reader:
        items = {row.position: row.item_id for row in reader.items()}
        replies = {(row.respondent, row.number): row for row in reader.exchanges()}
        rows = [
            (f"r{answer.respondent:04d}", items[answer.item], "cv", "no" if "cv" in planted_faults(text) else "yes")
            for answer in reader.answers()
            if (text := replies[answer.respondent, answer.exchange or 0].completion) is not None
        ]
    with Path("labels.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("respondent", "item", "criterion", "label"), *rows, ("r0999", "x", "cv", "yes")])
    by_people = judge_agreement(RECORD, human=Path("labels.csv"), resamples=99)
    by_truth = judge_agreement(RECORD, planted=True, resamples=99)
    assert by_people.human is not None
    assert (by_people.human.n_rows, by_people.human.n_matched) == (241, 240)
    one, other = (
        next(row for row in found.against if (row.second, row.criterion) == ("good", "cv"))
        for found in (by_people, by_truth)
    )
    assert one.confusion.tolist() == other.confusion.tolist()
    told = judged("judge", "agree", "r", "--human", "labels.csv")
    assert "240 of 241 rows used" in told.out
    assert "line 242 not used: r0999 has no answer to item 'x'" in told.out


def test_stances_of_scales_have_ordinal_alpha(cli: Cli) -> None:
    run(cli)
    judge(
        cli,
        "stance",
        '[[judges]]\nname = "a"\nengine = "synthetic_judge"\naccuracy = 0.8\n'
        '[[judges]]\nname = "b"\nengine = "synthetic_judge"\naccuracy = 0.8\n',
    )
    found = judge_agreement(RECORD, planted=True, resamples=199)
    (row,) = found.criteria
    assert 0 < row.ordinal.value < 1
    assert found.rates == ()
    accuracy = [pair.accuracy for pair in found.against]
    assert sum(at.low <= 0.8 <= at.high for at in accuracy) == 2
    assert "ordinal" in str(found)


def test_what_a_record_does_not_have_is_named(cli: Cli) -> None:
    run(cli)
    with pytest.raises(RunSpecError, match="holds no verdicts; judge it first: voxpop judge RUN"):
        judge_agreement(RECORD)
    judge(cli, "insensitivity", '[[judges]]\nname = "one"\nengine = "synthetic_judge"\n')
    with pytest.raises(RunSpecError, match="was not judged by 'stance'; it was by insensitivity"):
        judge_agreement(RECORD, rubric="stance")
    with pytest.raises(RunSpecError, match="no judge 'two' judged by 'insensitivity'; there are one"):
        judge_agreement(RECORD, judge="two")
    with pytest.raises(RunSpecError, match="no respondent has the attribute 'shoe_size'"):
        judge_agreement(RECORD, by=["shoe_size"])
    with pytest.raises(RunSpecError, match="not both; choose one"):
        judge_agreement(RECORD, human=Path("x.csv"), planted=True)
    assert "one judge only: there is nobody to agree with" in str(judge_agreement(RECORD, resamples=19))
    told = cli("judge", "agree", "r", "--human", "none.csv")
    assert told.status == 2
    assert "none.csv" in told.message()
