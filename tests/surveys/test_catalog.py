"""Finding surveys by name or path."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from simulator.errors import InstrumentError
from surveys.catalog import catalog_names, find_instrument
from surveys.check import check_instrument
from surveys.loader import instrument_from_toml
from surveys.serialize import instrument_from_json, instrument_to_json, instrument_to_toml


def test_the_built_in_surveys_are_listed() -> None:
    assert {"civic-topics", "portrait-values"} <= set(catalog_names())
    assert catalog_names() == sorted(catalog_names())


@pytest.mark.parametrize("name", catalog_names())
def test_every_built_in_survey_is_sound_and_survives_round_trips(name: str) -> None:
    instrument = find_instrument(name)
    assert instrument.id == name
    assert check_instrument(instrument) == []
    assert instrument_from_json(instrument_to_json(instrument)) == instrument
    assert instrument_from_toml(instrument_to_toml(instrument), name) == instrument


def test_a_survey_is_found_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(instrument_to_toml(find_instrument("portrait-values")), encoding="utf-8")
    assert find_instrument(path) == find_instrument(str(path)) == find_instrument("portrait-values")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InstrumentError, match="there is no survey 'portrait-value'; did you mean 'portrait-values'"):
        find_instrument("portrait-value")
    with pytest.raises(InstrumentError, match="there is no such file"):
        find_instrument("portrait-values.toml")


def test_a_built_in_survey_is_read_once() -> None:
    first = find_instrument("portrait-values")
    start = time.perf_counter()
    assert find_instrument("portrait-values") is first
    assert time.perf_counter() - start < 0.05
