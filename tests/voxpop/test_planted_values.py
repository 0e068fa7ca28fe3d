"""The planted structure of a recorded run: what its answers tend to, and why some records have none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_people import values_of

import voxpop as vp
from analysis.values import center_within_person
from simulator.conditions import Condition
from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_truth import KnownTruth
from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from surveys.catalog import find_instrument
from surveys.values import VALUE_CODES
from voxpop.planted_values import asked_items, planted_values, recorded_truth
from voxpop.record_facts import recorded_instrument


def run(folder: Path, n: int = 4, **design: Any) -> Path:
    kind = {"population": vp.Population.basic(n), "memory": {"kind": "none"}, "engine": "synthetic"}
    given: dict[str, Any] = {"survey": "portrait-values", "seed": 3, **kind, **design}
    return vp.simulate(record=folder / "record.sqlite", **given).record


def keyed_scores(reader: Reader, condition: int) -> np.ndarray:
    """Keyed scores of the respondents of one arm, by number: (n_people, n_items), nan where nothing was chosen."""
    instrument = recorded_instrument(reader)
    row_of = {person.number: row for row, person in enumerate(reader.respondents(condition=condition))}
    scores = np.full((len(row_of), len(instrument.items)), np.nan)
    for answer in reader.answers():
        if answer.respondent in row_of and answer.status == "answered":
            score = instrument.items[answer.item].keyed_score(answer.codes[0])
            scores[row_of[answer.respondent], answer.item] = np.nan if score is None else score
    return scores


def test_the_answers_of_a_run_tend_to_what_is_planted_in_it(tmp_path: Path) -> None:
    record = run(
        tmp_path,
        population=vp.Population.value_anchor(190),
        arms={"temperature": [0.0, 1.0]},
        engine_options={"persona_effect": 0.8, "anchor_phase": 2, "decoding_effect": 0.5, "refusal": 0.001},
    )
    with Reader(record) as reader:
        means = []
        for arm in reader.conditions():
            planted = planted_values(reader, arm.id)
            assert planted is not None and planted.values == VALUE_CODES
            instrument = recorded_instrument(reader)
            items = asked_items(instrument, Condition("value-anchor"))
            centered = center_within_person(keyed_scores(reader, arm.id), values_of(items), values=VALUE_CODES)
            gap = centered - planted.expected
            kept = ~np.isnan(gap).any(axis=1)
            # What is left after the expectation of each person is chance, about normal: 19 means and 171 products.
            error = gap[kept].std(axis=0) / np.sqrt(kept.sum())
            assert kept.sum() > 80
            assert np.abs(gap[kept].mean(axis=0) / error).max() < 4
            found = np.corrcoef(centered[kept].T)[np.triu_indices(19, 1)]
            above = planted.correlations[np.triu_indices(19, 1)]
            z = (np.arctanh(found) - np.arctanh(above)) * np.sqrt(kept.sum() - 3)
            assert 0.6 < z.std() < 1.4
            means.append(planted.means)
        assert np.abs(means[0] - means[1]).max() > 0.02  # the temperatures have truths of their own


def test_a_population_without_variance_is_told_apart(tmp_path: Path) -> None:
    options = {"blank_spread": 0, "decoding_effect": 1}
    with Reader(run(tmp_path, settings={"temperature": 0}, engine_options=options)) as reader:
        planted = planted_values(reader, reader.conditions()[0].id)
        assert planted is not None and np.isnan(planted.correlations).all()
        assert len(np.unique(keyed_scores(reader, reader.conditions()[0].id), axis=0)) == 1


def test_a_record_of_another_engine_has_no_planted_structure(tmp_path: Path) -> None:
    with Reader(run(tmp_path, engine="scripted", engine_options={"replies": ["3"] * 4 * 57})) as reader:
        assert recorded_truth(reader) is None
        assert planted_values(reader, reader.conditions()[0].id) is None


def test_an_engine_made_by_hand_is_not_taken_for_the_usual_truth(tmp_path: Path) -> None:
    with (
        Reader(run(tmp_path, engine=SyntheticEngine(KnownTruth(person_spread=1)))) as reader,
        pytest.raises(RunSpecError, match="give the engine by name and options"),
    ):
        recorded_truth(reader)


@pytest.mark.parametrize(
    ("design", "reason"),
    [
        ({"engine_options": {"first_option": 0.1}, "asking": {"option_order": "random"}}, "random order"),
        ({"engine_options": {"label_preference": {"A": 0.1}}, "asking": {"labels": "random"}}, "labels are drawn"),
        ({"engine_options": {"assimilation": 0.1}}, "assimilation"),
        ({"survey": "civic-topics"}, "one basic value each"),
        ({"arms": {"protocol": ["average-person"]}, "population": vp.Population.city("US", n=4)}, "themselves"),
    ],
)
def test_why_nothing_follows(tmp_path: Path, design: dict[str, Any], reason: str) -> None:
    with Reader(run(tmp_path, **design)) as reader, pytest.raises(RunSpecError, match=reason):
        planted_values(reader, reader.conditions()[0].id)


def test_preferences_for_places_count_where_places_are_known(tmp_path: Path) -> None:
    options = {"engine_options": {"first_option": 0.2}, "asking": {"option_order": "reversed"}}
    with Reader(run(tmp_path, **options)) as reader:
        planted = planted_values(reader, reader.conditions()[0].id)
        assert planted is not None
        shown = asked_items(find_instrument("portrait-values"), Condition("basic", option_order="reversed"))
        assert [option.code for option in shown[0].options] == [6, 5, 4, 3, 2, 1]
