"""Any text as a survey file: an explained refusal, or an instrument that survives being written and read again."""

from __future__ import annotations

from pathlib import Path

from analysis.visible_text import safe
from simulator.errors import InstrumentError
from simulator.store.cells import loaded_json, stored_json
from surveys.check import check_warnings
from surveys.instrument import Instrument
from surveys.loader import instrument_from_toml
from surveys.serialize import instrument_from_json, instrument_to_json, instrument_to_toml
from voxpop.surveying import item_lines, summary

ROOT = Path(__file__).resolve().parents[2]


def check_instrument_survives(instrument: Instrument) -> None:
    """Written as TOML and as JSON it is the same instrument, and it can be shown."""
    again = instrument_from_toml(instrument_to_toml(instrument), "again")
    assert again.content_hash == instrument.content_hash
    assert instrument_from_json(loaded_json(stored_json(instrument_to_json(instrument)))) == instrument
    summary(instrument)
    check_warnings(instrument)
    for item in instrument.items:
        assert safe(item_lines(instrument, item)).replace("\n", "").replace("\t", "").isascii() is not None


def check(data: bytes) -> None:
    """See the module."""
    try:
        instrument = instrument_from_toml(data.decode("utf-8", "replace"), "fuzzed.toml")
    except InstrumentError as error:
        assert str(error).startswith("fuzzed.toml: ")
        assert all(fault.what for fault in error.faults)
        return
    check_instrument_survives(instrument)


SMALL = """
id = "mine"
title = {en = "Mine", de = "Meins"}
version = "2"
instruction = {en = "Say", de = "Sag"}
[option_sets.yn]
options = [{code = 1, text = {en = "Yes", de = "Ja"}, stance = "supports"}, {code = 2, text = {en = "No", de = "Nein"}}]
[[topics]]
id = "t"
title = {en = "T", de = "T"}
controversial = true
[[dimensions]]
code = "D"
title = {en = "D", de = "D"}
[[blocks]]
id = "b"
order = "random"
[[items]]
id = "q1"
block = "b"
topic = "t"
dimensions = ["D"]
text = {en = "Is it so?", de = "Ist es so?"}
options = "yn"
paraphrases = [{en = "So?", de = "So?"}]
[[items]]
id = "q2"
format = "scale"
text = {en = "How?", de = "Wie?"}
range = {low = 1, high = 5, low_text = {en = "a", de = "b"}, high_text = {en = "c", de = "d"}}
reverse_keyed = true
show_if = [{item = "q1", codes = [1]}]
[[items]]
id = "q3"
format = "multiple"
max_picks = 2
text = {en = "Which?", de = "Welche?"}
options = [{code = 1, text = {en = "A", de = "A"}}, {code = 9, text = {en = "-", de = "."}, missing = "dont_know"}]
[[items]]
id = "q4"
format = "open"
text = {en = "Why?", de = "Warum?"}
note = "n"
"""
SEEDS = [SMALL.encode(), SMALL.split("[option_sets", maxsplit=1)[0].encode()]
SEEDS += [part.encode() for part in SMALL.replace("q1", "q").split("\n\n") if part]
SEEDS.append(b'id = "x"\ntitle = "X"\n[[items]]\nid = "a"\ntext = "A?"\nformat = "open"\n')
SEEDS.append((ROOT / "surveys/catalog/portrait-values.toml").read_bytes()[:3900])
WORDS = [
    *("[[items]]", "[[topics]]", "[[blocks]]", "[[dimensions]]", "[option_sets.", "options = ", "{code = 1, text = "),
    *("id = ", "title = ", "text = ", "format = ", '"single"', '"multiple"', '"scale"', '"open"', "range = ", "low = "),
    *("high = ", "show_if = ", "codes = ", "negate = true", "reverse_keyed = true", "max_picks = ", "paraphrases = "),
    *(
        "languages = ",
        '["en", "de"]',
        "language = ",
        "instruction = ",
        "note = ",
        "missing = ",
        '"dont_know"',
        "score = ",
    ),
    *(
        "stance = ",
        "order = ",
        "block_order = ",
        "low_text = ",
        "high_text = ",
        "nan",
        "inf",
        "1979-05-27",
        "a.b.c",
        "0x",
    ),
]
