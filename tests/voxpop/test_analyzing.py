"""Metrics of a run against the answers counted by hand from the frame, and against what was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import voxpop as vp
from analysis.circumplex import matrix_agreement, value_correlations
from analysis.dd_divergence import dd_divergence
from analysis.human_values import human_correlations
from analysis.sums import Estimate
from simulator.errors import RunSpecError
from voxpop.analyzing import METRICS, analyze_run
from voxpop.arms import load_arms
from voxpop.comparing import centered_values
from voxpop.running import launch
from voxpop.spec import make_spec


@pytest.fixture(scope="module")
def civic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = tmp_path_factory.mktemp("civic") / "record.sqlite"
    spec = make_spec(
        {
            "survey": {"instrument": "civic-topics", "wordings": 2, "limit": 80},
            "population": {"n": 16, "strategies": ["city", "named"]},
            "asking": {"option_order": "random-per-item"},
            "engine": {"name": "synthetic", "acquiescence": 0.3, "refusal": 0.05},
            "seed": 3,
        }
    )
    launch(spec, record)
    return record


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = tmp_path_factory.mktemp("values") / "record.sqlite"
    launch(make_spec({"population": {"n": 20, "strategies": ["value-anchor", "basic"]}}), record)
    return record


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = tmp_path_factory.mktemp("lists") / "record.sqlite"
    engine = {"name": "synthetic", "unreadable": 0.1}
    launch(make_spec({"population": {"n": 8}, "protocol": {"name": "battery"}, "engine": engine}), record)
    return record


def test_support_is_the_share_of_supporting_answers(civic: Path) -> None:
    frame = vp.Run(civic).answers()
    answered = frame[frame["status"] == "answered"]
    expected = (
        (answered["stance"] == "supports").groupby([answered["population"], answered["topic"]], observed=True).mean()
    )
    for row in analyze_run(civic, "support", resamples=49).rows:
        assert row["support"].value == pytest.approx(expected[row["arm"], row["topic"]])
        asked = frame[(frame["population"] == row["arm"]) & (frame["topic"] == row["topic"])]
        assert (row["answers"], row["answers"] + row["missing"]) == ((asked["status"] == "answered").sum(), len(asked))


def test_consistency_is_the_pooled_dd_divergence_of_each_respondents_answers(civic: Path) -> None:
    frame = vp.Run(civic).answers()
    frame = frame[(frame["status"] == "answered") & (frame["population"] == "city")]
    distances: list[float] = []
    for _, group in frame.groupby(["respondent", "question"], observed=True):
        if len(group) > 1:
            supports = (group["stance"] == "supports").to_numpy(dtype=float)
            distances += [dd_divergence(np.stack([supports, 1 - supports], axis=1))] * len(group)
    rows = analyze_run(civic, "consistency", resamples=49).rows
    found = next(row for row in rows if (row["arm"], row["consistency"]) == ("city", "paraphrase"))
    assert found["dd"].value == pytest.approx(np.mean(distances))


def test_planted_yes_saying_shows_in_the_response_styles(civic: Path) -> None:
    rows = {(row["arm"], row["style"]): row["share"] for row in analyze_run(civic, "response-styles").rows}
    for arm in ("city", "named"):
        assert rows[arm, "acquiescence"].low <= 0.3 <= rows[arm, "acquiescence"].high
        assert rows[arm, "first option, lists"].low <= 0.0 <= rows[arm, "first option, lists"].high


def test_value_means_are_centered(values: Path) -> None:
    rows = analyze_run(values, "value-means", resamples=49).rows
    for arm in ("value-anchor", "basic"):
        assert sum(row["mean"].value for row in rows if row["arm"] == arm) == pytest.approx(0, abs=1e-9)


def test_shares_of_an_item_sum_to_one_and_carry_n(values: Path) -> None:
    rows = analyze_run(values, "distributions").rows
    for item in ("pv01", "pv57"):
        of_item = [row for row in rows if row["item"] == item and row["arm"] == "basic"]
        assert sum(row["share"].value for row in of_item) == pytest.approx(1)
        assert {row["n"] for row in of_item} == {10}


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_gives_rows_with_n_or_says_what_it_lacks(
    metric: str, civic: Path, values: Path, lists: Path
) -> None:
    n_tables = 0
    for record in (civic, values, lists):
        try:
            table = analyze_run(record, metric, resamples=19)
        except RunSpecError as error:
            assert "choose another metric" in str(error)
            continue
        n_tables += 1
        assert table.rows
        for row in table.rows:
            estimates = [value for value in row.values() if isinstance(value, Estimate)]
            assert "n" in row
            assert all(value.n <= row["n"] for value in estimates)
        assert table.as_json()["rows"]
    assert n_tables >= 1


def test_an_unknown_metric_is_answered_with_the_nearest(values: Path) -> None:
    with pytest.raises(RunSpecError, match="did you mean 'consistency'"):
        analyze_run(values, "consistancy")


def test_assimilation_is_estimated_only_where_memory_is_pruned_at_random(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    arms = {"memory": ["random-prune", "full", "none"]}
    launch(make_spec({"population": {"n": 24, "strategies": ["basic"]}, "arms": arms}), record)
    rows = analyze_run(record, "response-styles", by="memory").rows
    found = {row["arm"]: row["share"] for row in rows if row["style"] == "memory assimilation"}
    assert np.isfinite(found["random-prune"].value)
    assert np.isnan(found["full"].value)
    assert np.isnan(found["none"].value)


def test_value_structure_is_that_of_the_centered_scores(values: Path) -> None:
    rows = {row["arm"]: row for row in analyze_run(values, "value-structure", resamples=49).rows}
    # Ten respondents each: too few for a structure, and the row says so.
    for row in rows.values():
        assert (row["n"], row["valid"]) == (10, 10)
        assert row["not reported"].startswith("10 valid administrations, fewer than 20")
        assert np.isnan(row["r"].value)
        assert np.isnan([row["r sample"], row["p"], row["correspondence"], row["out of order"]]).all()


def test_planted_structure_and_anchors_show(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(make_spec({"population": {"n": 76, "strategies": ["value-anchor"]}}), record)
    (structure,) = analyze_run(record, "value-structure", resamples=99).rows
    loaded = load_arms([record])
    correlations = value_correlations(centered_values(loaded, loaded.arms[0]))
    assert structure["r sample"] == pytest.approx(
        matrix_agreement(correlations, human_correlations("german-19").correlations).pearson
    )
    assert structure["p"] == structure["p order"] == 1 / 100
    assert structure["not reported"] == ""
    (fit,) = analyze_run(record, "anchor-fit", resamples=99).rows
    # Respondents anchored on a value are planted to score highest there.
    assert fit["phase in steps"].low <= 0 <= fit["phase in steps"].high
    assert fit["rho with distance"].value < -0.95
    profile = {row["offset"]: row["mean"] for row in analyze_run(record, "anchor-profile", resamples=99).rows}
    assert max(profile, key=lambda offset: profile[offset].value) in (-1, 0, 1)
    assert sum(mean.value for mean in profile.values()) == pytest.approx(0, abs=1e-9)


def test_nobody_anchored_is_said(tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(make_spec({"population": {"n": 4, "strategies": ["basic"]}}), record)
    with pytest.raises(RunSpecError, match="nobody in this run is anchored"):
        analyze_run(record, "anchor-fit")
