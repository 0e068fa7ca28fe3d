"""The arrays for response styles, out of real small runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import voxpop as vp
from analysis.memory_assimilation import memory_assimilation
from analysis.response_styles import acquiescence, first_option_preference
from analysis.style_tables import remembered_answers, shown_positions, yes_no_answers
from simulator.store.reader import Reader


@pytest.fixture(scope="module")
def opinions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three respondents who always say yes, options in random order, some replies unreadable."""
    path = tmp_path_factory.mktemp("opinions") / "record.sqlite"
    vp.simulate(
        survey="civic-topics",
        population=vp.Population(strategy="basic", n=3),
        asking={"option_order": "random-per-item"},
        memory={"kind": "none"},
        engine_options={"acquiescence": 0.999, "unreadable": 0.1},
        seed=5,
        record=path,
    )
    return path


@pytest.fixture(scope="module")
def memories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve respondents with randomly pruned memory, most of whose answers repeat what they remember."""
    path = tmp_path_factory.mktemp("memories") / "record.sqlite"
    vp.simulate(
        survey="portrait-values",
        population=vp.Population(strategy="basic", n=12),
        memory={"kind": "random-prune", "max_length": 6},
        engine_options={"assimilation": 0.8, "unreadable": 0.05, "refusal": 0.02},
        seed=5,
        record=path,
    )
    return path


def test_who_always_says_yes_is_found_to(opinions: Path) -> None:
    with Reader(opinions) as reader:
        answers, shown = yes_no_answers(reader), shown_positions(reader)
        n_items = len(reader.items())
    assert len(answers.affirmed) == len(shown.position) > 0.95 * 3 * n_items
    assert acquiescence(*answers).estimate > 0.97
    assert 0.2 < answers.supports_when_affirmed.mean() < 0.8
    # Yes stands first as often as second.
    first = first_option_preference(shown.position, shown.n_options, shown.respondents)
    assert first.low < 0 < first.high
    assert not shown.is_scale.any()
    assert set(shown.n_options) == {2}


def test_memory_matrices_follow_the_record(memories: Path) -> None:
    with Reader(memories) as reader:
        table = remembered_answers(reader)
        exchanges = {(row.respondent, row.number): row for row in reader.exchanges()}
    n, p = table.codes.shape
    assert (n, table.remembered.shape) == (12, (12, p, p))
    assert not table.remembered[:, ~np.tri(p, k=-1, dtype=bool)].any()
    sizes = {k: table.remembered[k].sum(axis=1).max() for k in range(n)}
    for k, respondent in enumerate(table.respondents):
        stored = max(len(row.remembered) for (who, _), row in exchanges.items() if who == respondent)
        assert sizes[k] == stored <= 6
    # What was not answered is nobody's memory.
    assert not table.remembered[np.isnan(table.codes)[:, None, :].repeat(p, axis=1)].any()
    assert set(table.option_sets.ravel()) == {0}


def test_copying_is_found(memories: Path) -> None:
    with Reader(memories) as reader:
        table = remembered_answers(reader)
    found = memory_assimilation(table.codes, table.option_sets, table.remembered)
    assert found.low < 0.8 < found.high
    assert found.low > 0.3


def test_a_run_in_fixed_order_has_no_positions(memories: Path) -> None:
    with Reader(memories) as reader:
        assert len(shown_positions(reader).position) == 0
        assert len(yes_no_answers(reader).affirmed) == 0
