"""Distributions by presentation out of real small runs, with planted effects of place and label recovered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import voxpop as vp
from analysis.place_effects import place_effects
from analysis.presented import presented
from analysis.presented_tables import placed_rows, presented_rows
from analysis.probe_disagreement import probe_disagreements
from simulator.store.reader import Reader
from surveys.serialize import item_from_json

FIRST, LABEL = 0.2, 0.1


def run(path: Path, n: int, *, probe: dict[str, Any], asking: dict[str, Any], engine_options: dict[str, Any]) -> Path:
    vp.simulate(
        survey="civic-topics",
        population=vp.Population(strategy="basic", n=n),
        probe=probe,
        asking=asking,
        memory={"kind": "none"},
        engine_options=engine_options,
        seed=5,
        record=path,
    )
    return path


def test_a_planted_preference_for_the_first_place_is_recovered(tmp_path: Path) -> None:
    record = run(
        tmp_path / "one.sqlite",
        6,
        probe={"name": "token-logit"},
        asking={"option_order": "random-per-item", "labels": "letters"},
        engine_options={"first_option": FIRST, "label_preference": {"A": LABEL}},
    )
    with Reader(record) as reader:
        rows = placed_rows(reader, "token-logit")
        assert placed_rows(reader, "text") == []
        assert {one.variant for one in presented_rows(reader, "token-logit")} == {("random-per-item", "letters")}
    (found,) = place_effects(rows, scale="share")
    # A is always first: both preferences act there. A share of all answers is half of it above and below the mean.
    assert found.positions[0].low < (FIRST + LABEL) / 2 < found.positions[0].high
    assert found.positions[0].low > 0.05
    assert "confounded" in found.reason


def test_sampled_distributions_count_their_replies(tmp_path: Path) -> None:
    record = run(
        tmp_path / "two.sqlite",
        2,
        probe={"name": "text", "samples": 10},
        asking={},
        engine_options={"unreadable": 0.2},
    )
    with Reader(record) as reader:
        rows = presented_rows(reader, "text")
        items = {row.position: item_from_json(row.content) for row in reader.items()}
        answers = {(answer.respondent, items[answer.item].id): answer for answer in reader.answers()}
    cells = presented(rows)
    assert len(rows) > 100
    assert cells.n_missing == 0
    # Two respondents with ten replies each; what could not be read is counted as such.
    assert np.all(cells.counts.sum(axis=-1) == 20)
    assert 0.1 < cells.counts[..., -1].sum() / cells.counts.sum() < 0.3
    for question in cells.questions[:20]:
        own = [answers[person, question].probabilities for person in (0, 1)]
        mean = [np.mean([one[code] for one in own]) for code in sorted(own[0])]
        assert cells.shares[cells.questions.index(question), 0, 0].tolist() == pytest.approx(mean)


def test_probes_of_one_presentation_are_taken_apart(tmp_path: Path) -> None:
    record = run(
        tmp_path / "three.sqlite",
        1,
        probe={"name": "all", "samples": 10},
        asking={"labels": "letters"},
        engine_options={},
    )
    with Reader(record) as reader:
        probes = {name: presented(presented_rows(reader, name)) for name in ("token-logit", "sequence", "text")}
    assert all(cells.n_missing == 0 for cells in probes.values())
    found = {(one.first, one.second): one for one in probe_disagreements(probes, np.random.default_rng(0))}
    # The truth is that of the tokens: ten replies lie as far off as ten replies must.
    text = found["token-logit", "text"].js
    assert text.observed.value == pytest.approx(text.by_chance, abs=0.02)
    assert text.observed.value > 0.03
    # Perplexities per token of whole answers are another distribution, and no noise makes them so.
    sequence = found["token-logit", "sequence"].js
    assert sequence.observed.low > sequence.by_chance == 0.0


def test_an_answer_given_once_is_one_reply(tmp_path: Path) -> None:
    record = run(tmp_path / "four.sqlite", 4, probe={}, asking={}, engine_options={"refusal": 0.1})
    with Reader(record) as reader:
        rows = presented_rows(reader, "text")
        answered = sum(answer.status == "answered" for answer in reader.answers())
        n_items = len(reader.items())
    assert len(rows) == 4 * n_items
    assert presented(rows).counts[..., :-1].sum() == answered < 4 * n_items
