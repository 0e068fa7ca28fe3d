"""The facts about the 19 values against the public derived tables."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from surveys.values import (
    HUMAN_MEANS,
    HUMAN_REFERENCE,
    POLES,
    TEN_OF_VALUE,
    TEN_VALUES,
    VALUE_CODES,
    VALUE_OF_ITEM,
    VALUES,
    circle_distance,
)


def test_each_of_57_items_belongs_to_one_value_three_to_each() -> None:
    assert sorted(number for value in VALUES for number in value.items) == list(range(1, 58))
    assert list(VALUE_OF_ITEM) == list(range(1, 58))
    assert VALUE_OF_ITEM[1] == "SDT" and VALUE_OF_ITEM[57] == "UNT"


def test_the_circle_closes_with_universalism_beside_self_direction() -> None:
    assert len(VALUE_CODES) == len(set(VALUE_CODES)) == 19
    assert circle_distance("UNT", "SDT") == 1
    assert circle_distance("HUM", "BED") == 1
    assert circle_distance("SDT", "SES") == 9
    assert max(circle_distance(a, b) for a in VALUE_CODES for b in VALUE_CODES) == 9
    # Every pole is one unbroken stretch of the circle.
    for pole in POLES:
        places = [place for place, value in enumerate(VALUES) if pole in value.poles]
        assert len(places) == 1 + places[-1] - places[0]


def test_human_means_are_the_published_ones(shared_data: Path) -> None:
    with (shared_data / "derived" / "schwartz_cieciuch_2022_means_49groups.csv").open() as file:
        published = {row["value"]: float(row["mean_centred"]) for row in csv.DictReader(file)}
    assert dict(HUMAN_MEANS) == published
    assert tuple(HUMAN_MEANS) == VALUE_CODES
    assert sum(HUMAN_MEANS.values()) == pytest.approx(0.24)
    assert HUMAN_REFERENCE[1:4] == (2022, 49, 53_472)


def test_the_ten_value_collapse_gives_the_public_german_matrix(shared_data: Path) -> None:
    """A sum of centred values (as many as each has items) reproduces the ten-value correlations of the same people."""
    folder = shared_data / "derived"

    def matrix(name: str) -> tuple[list[str], np.ndarray]:
        with (folder / name).open() as file:
            rows = list(csv.reader(file))
        return rows[0][1:], np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])

    codes, correlations = matrix("pvqrr_de2022_corr_centred_19x19.csv")
    tens, published = matrix("pvqrr_de2022_corr_centred_10x10.csv")
    with (folder / "pvqrr_de2022_value_means.csv").open() as file:
        spread = {row["value"]: float(row["sd_centred"]) for row in csv.DictReader(file)}
    scale = np.array([spread[code] for code in codes])
    covariance = correlations * np.outer(scale, scale)
    loads = np.array([[float(TEN_OF_VALUE[code] == ten) for code in codes] for ten in tens])
    collapsed = loads @ covariance @ loads.T
    root = np.sqrt(np.diag(collapsed))
    assert list(TEN_VALUES) == tens
    assert (
        np.abs(collapsed / np.outer(root, root) - published).max() < 2e-3
    )  # any other place for face or humility: > .06
    assert TEN_OF_VALUE["FAC"] is None and TEN_OF_VALUE["HUM"] == "TR"
