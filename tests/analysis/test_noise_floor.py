"""The human noise floor, on people drawn from the published German correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.noise_floor import noise_floor, summarize_floor


@pytest.fixture
def people(shared_data) -> np.ndarray:
    correlations = pd.read_csv(shared_data / "derived" / "pvqrr_de2022_corr_centred_19x19.csv", index_col=0).to_numpy()
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.maximum(values, 0))
    return np.random.default_rng(11).standard_normal((714, 19)) @ root.T


def test_relabelled_values_stand_where_the_german_sample_says(people):
    # Published for the German sample: .914 [.783, .991]; it depends on the number of values, hardly on the people.
    floor = summarize_floor(noise_floor(people, np.random.default_rng(1), comparison="permuted").ssd)
    assert floor.mean == pytest.approx(0.914, abs=0.02)
    assert floor.low == pytest.approx(0.783, abs=0.06)
    assert floor.high == pytest.approx(0.991, abs=0.01)


def test_halves_of_one_population_differ_but_far_less_than_independent_values(people):
    rng = np.random.default_rng(2)
    halves = noise_floor(people, rng, n_draws=40, solution="classical")
    independent = noise_floor(people, rng, comparison="independent", n_draws=40, solution="classical")
    resampled = noise_floor(people, rng, comparison="resample-all", n_draws=40, solution="classical")
    assert 0.90 < summarize_floor(halves.matrix_r).mean < 0.98
    assert summarize_floor(halves.matrix_r).mean < summarize_floor(resampled.matrix_r).mean
    assert abs(summarize_floor(independent.matrix_r).mean) < 0.1
    assert summarize_floor(halves.ssd).high < summarize_floor(independent.ssd).low


def test_constant_values_and_empty_floors_are_missing():
    scores = np.random.default_rng(0).standard_normal((60, 5))
    scores[:, 0] = 1
    found = noise_floor(scores, np.random.default_rng(0), n_draws=3)
    assert np.isnan(found.ssd).all()
    assert np.isnan(summarize_floor(found.ssd).mean)
    with pytest.raises(ValueError, match="unknown comparison"):
        noise_floor(scores, np.random.default_rng(0), comparison="twins")
