"""Reading survey files from disk: what the format means, and what is said where a file cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import ConfigError, InstrumentError
from surveys.instrument import ResponseFormat, ShowIf
from surveys.loader import instrument_from_toml, load_instrument

FULL = """
id = "demo"
title = {en = "Demo", de = "Probe"}
version = "2"
language = "en"
source = "own words"
licence = "CC0"
instruction = {en = "Answer.", de = "Antworte."}
block_order = "random"

[option_sets.yes-no]
options = [{code = 1, text = {en = "Yes", de = "Ja"}}, {code = 2, text = {en = "No", de = "Nein"}},
           {code = 9, text = {en = "No answer", de = "Keine Angabe"}, missing = "refused"}]

[[topics]]
id = "taxes"
title = {en = "Taxes", de = "Steuern"}
controversial = true
[[dimensions]]
code = "SDT"
title = {en = "Thought", de = "Denken"}
position = 0
[[blocks]]
id = "b"
order = "random"

[[items]]
id = "q1"
topic = "taxes"
block = "b"
text = {en = "Higher taxes?", de = "Höhere Steuern?"}
paraphrases = [{en = "Should taxes rise?", de = "Sollen Steuern steigen?"}, {en = "More tax?", de = "Mehr Steuern?"}]
options = "yes-no"
stances = {1 = "supports", 2 = "opposes"}
dimensions = ["SDT"]
[[items]]
id = "q2"
text = {en = "How much?", de = "Wie viel?"}
range = {low = 0, high = 3, low_text = {en = "nothing", de = "nichts"}}
reverse_keyed = true
show_if = [{item = "q1", codes = [1]}, {item = "q1~2", codes = [9], negate = true}]
[[items]]
id = "q3"
text = {en = "Which?", de = "Welche?"}
format = "multiple"
max_picks = 2
options = [{code = 1, text = {en = "a", de = "a"}, score = 2.5}, {code = 2, text = {en = "b", de = "b"}}]
note = "not shown"
"""


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    path = tmp_path / "demo.toml"
    path.write_text(FULL, encoding="utf-8")
    return path


def test_a_file_becomes_an_instrument(survey: Path) -> None:
    instrument = load_instrument(survey)
    assert (instrument.id, instrument.version, instrument.block_order) == ("demo", "2", "random")
    assert instrument.languages == ("en", "de")
    assert [item.id for item in instrument.items] == ["q1", "q1~1", "q1~2", "q2", "q3"]
    assert instrument.topics[0].attributes == {"controversial": True}
    assert instrument.dimensions[0].attributes == {"position": 0}


def test_paraphrases_share_everything_but_their_wording(survey: Path) -> None:
    original, first, second = load_instrument(survey).items[:3]
    assert [item.question_id for item in (original, first, second)] == ["q1"] * 3
    assert [item.wording for item in (original, first, second)] == [0, 1, 2]
    assert first.text == {"en": "Should taxes rise?", "de": "Sollen Steuern steigen?"}
    assert first.options == original.options and first.topic == "taxes" and first.dimensions == ("SDT",)
    assert [option.stance for option in second.options] == ["supports", "opposes", None]
    assert original.options[2].missing == "refused" and original.options[2].value is None


def test_a_range_makes_a_scale_with_named_ends(survey: Path) -> None:
    item = load_instrument(survey).item("q2")
    assert item.format is ResponseFormat.SCALE
    assert [option.code for option in item.options] == [0, 1, 2, 3]
    assert [option.text["de"] for option in item.options] == ["nichts", "1", "2", "3"]
    assert item.keyed_score(0) == 3.0
    assert item.show_if == (ShowIf("q1", (1,)), ShowIf("q1~2", (9,), negate=True))


def test_a_byte_order_mark_and_windows_line_ends_are_fine(survey: Path) -> None:
    plain = load_instrument(survey)
    survey.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert load_instrument(survey) == plain


def test_every_fault_of_a_file_is_listed_under_its_name(survey: Path) -> None:
    survey.write_text(FULL.replace('topic = "taxes"', 'topic = "tax"').replace("max_picks = 2", "max_picks = 5"))
    with pytest.raises(InstrumentError) as caught:
        load_instrument(survey)
    assert isinstance(caught.value, ConfigError) and caught.value.exit_status == 2
    assert str(caught.value).splitlines() == [
        f"{survey}: 2 faults",
        "  item 'q1', topic: there is no topic 'tax'; did you mean 'taxes'? declared topics: 'taxes'",
        "  item 'q3', max_picks: found 5; give a number from 1 to 2, the number of options",
    ]
    assert [fault.place for fault in caught.value.faults] == ["item 'q1', topic", "item 'q3', max_picks"]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('id = "a\n', "line 1, column ", "Illegal character"),
        ('id = "a"\nid = "b"\n', "line 2, column ", "Cannot overwrite a value"),
        ('id = "a"\n[[items]]\nid = q1\n', "line 3, column ", "Invalid value"),
        ("x = [1,\n", "end of document", "Invalid value"),
        (f"x = {'9' * 5000}", "somewhere", "digits"),
        (f"x = {'[' * 20000}", "somewhere", "nested too deeply"),
    ],
)
def test_malformed_toml_is_placed(text: str, where: str, what: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        instrument_from_toml(text, "bad.toml")
    assert str(caught.value).startswith(f"bad.toml: 1 fault\n  {where}")
    assert what in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"none\.toml: there is no such file; give the path of a survey file"):
        load_instrument(tmp_path / "none.toml")
    with pytest.raises(InstrumentError, match="this is a folder"):
        load_instrument(tmp_path)
    with pytest.raises(InstrumentError, match="cannot be read"):
        load_instrument("a\0b.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes('id = "a"\ntitle = "Prüfung"\n'.encode("latin-1"))
    with pytest.raises(
        InstrumentError, match=r"latin\.toml: line 2 is not UTF-8 \(byte 0xfc\); save the file as UTF-8"
    ):
        load_instrument(latin)


def test_messages_cannot_steer_a_terminal() -> None:
    with pytest.raises(InstrumentError) as caught:
        instrument_from_toml('id = "a\\u001b[2J"\ntitle = "x"\n"\\u001b[31m" = 1\n[[items]]\nid = "\\u009b"', "x.toml")
    assert all(character.isprintable() or character == "\n" for character in str(caught.value))
