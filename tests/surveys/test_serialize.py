"""Round trips: any valid instrument survives JSON and TOML, with the same hash."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import any_text, instruments, json_values

from simulator.errors import InstrumentError
from surveys.check import check_instrument
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.loader import instrument_from_toml
from surveys.serialize import (
    instrument_from_json,
    instrument_to_json,
    instrument_to_toml,
    item_from_json,
    item_to_json,
)
from surveys.toml_text import toml_inline, toml_key

slow_strategy = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow_strategy
@given(instruments())
def test_json_and_toml_give_the_same_instrument_and_hash(instrument: Instrument) -> None:
    assert check_instrument(instrument) == []
    through_json = instrument_from_json(json.loads(json.dumps(instrument_to_json(instrument))))
    assert through_json == instrument
    through_toml = instrument_from_toml(instrument_to_toml(instrument), "round trip")
    assert through_toml == instrument
    assert through_json.content_hash == through_toml.content_hash == instrument.content_hash


@slow_strategy
@given(instruments())
def test_items_survive_json(instrument: Instrument) -> None:
    for item in instrument.items:
        assert item_from_json(json.loads(json.dumps(item_to_json(item)))) == item


@settings(max_examples=200, deadline=None)
@given(any_text, json_values)
def test_what_toml_text_writes_tomllib_reads(key: str, value: object) -> None:
    assert tomllib.loads(f"{toml_key(key)} = {toml_inline(value)}") == {key: value}


def test_toml_refuses_what_it_cannot_hold() -> None:
    for value in (None, float("inf"), float("nan"), {1, 2}):
        with pytest.raises(TypeError, match="TOML cannot hold"):
            toml_inline(value)


def _yes_no(stances: bool = False) -> tuple[ResponseOption, ...]:
    return (
        ResponseOption(1, {"en": "Yes"}, "supports" if stances else None),
        ResponseOption(2, {"en": "No"}, "opposes" if stances else None),
    )


def _item(item_id: str, **fields: object) -> Item:
    return Item(item_id, {"en": f"{item_id}?"}, ResponseFormat.SINGLE, _yes_no(), **fields)  # type: ignore[arg-type]


def test_shared_options_become_a_set_and_paraphrases_are_folded() -> None:
    original = Item("a", {"en": "A?"}, ResponseFormat.SINGLE, _yes_no(stances=True))
    reworded = Item("a~1", {"en": "Is it A?"}, ResponseFormat.SINGLE, _yes_no(stances=True), "a", 1)
    instrument = Instrument("demo", {"en": "Demo"}, (original, reworded, _item("b")))
    written = tomllib.loads(instrument_to_toml(instrument))
    assert list(written["option_sets"]) == ["options-1"]
    assert [item["id"] for item in written["items"]] == ["a", "b"]
    assert written["items"][0]["paraphrases"] == ["Is it A?"]
    assert written["items"][0]["stances"] == {"1": "supports", "2": "opposes"}
    assert instrument_from_toml(instrument_to_toml(instrument), "demo") == instrument


def test_a_paraphrase_that_differs_in_more_than_its_text_is_written_out() -> None:
    reworded = _item("a~1", question_id="a", wording=1, note="shorter")
    instrument = Instrument("demo", {"en": "Demo"}, (_item("a"), reworded))
    written = tomllib.loads(instrument_to_toml(instrument))
    assert written["items"][1] | {"options": None} == {
        "id": "a~1",
        "question": "a",
        "wording": 1,
        "text": "a~1?",
        "format": "single",
        "note": "shorter",
        "options": None,
    }
    assert instrument_from_toml(instrument_to_toml(instrument), "demo") == instrument


def test_the_hash_sees_wording_and_order_but_not_how_a_score_is_written() -> None:
    base = Instrument("demo", {"en": "Demo"}, (_item("a"), _item("b")))
    swapped = Instrument("demo", {"en": "Demo"}, (_item("b"), _item("a")))
    assert base.content_hash != swapped.content_hash
    as_int, as_float = (
        Instrument("demo", {"en": "Demo"}, (Item("a", {"en": "A"}, ResponseFormat.SINGLE, options),))
        for options in ((ResponseOption(1, {"en": "x"}, None, 3),), (ResponseOption(1, {"en": "x"}, None, 3.0),))
    )
    assert as_int.content_hash == as_float.content_hash
    assert len(base.content_hash) == 64


def test_defaults_are_left_out_so_that_new_fields_do_not_change_old_hashes() -> None:
    assert item_to_json(Item("a", {"en": "A?"}, ResponseFormat.OPEN)) == {
        "id": "a",
        "text": {"en": "A?"},
        "format": "open",
    }


@given(st.dictionaries(any_text, json_values, max_size=3))
def test_foreign_json_is_refused_with_an_explanation(data: dict[str, object]) -> None:
    with pytest.raises(InstrumentError, match="no instrument as voxpop writes it"):
        instrument_from_json(data)


@pytest.mark.parametrize("items", [None, 3, ["x"], [{"id": "a"}], [{"id": "a", "text": {}, "format": "odd"}]])
def test_damaged_items_in_json_are_refused(items: object) -> None:
    data = instrument_to_json(Instrument("demo", {"en": "Demo"}, (_item("a"),))) | {"items": items}
    with pytest.raises(InstrumentError, match="use the JSON of instrument_to_json unchanged"):
        instrument_from_json(data)
